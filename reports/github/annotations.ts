/** Workflow commands of GitHub Actions: an `error` per unexpected subject, a `notice` per inconclusive one. One line each, on stdout. */
import type { ScenarioReport, SuiteReport } from '../model.ts';
import { expectationText, replayCommandOf } from '../totals.ts';
import { printable } from '../words.ts';

export function renderAnnotations(suite: SuiteReport): readonly string[] {
  return suite.scenarios.filter((scenario) => scenario.expected !== true).map(annotation);
}

function annotation(scenario: ScenarioReport): string {
  const command = replayCommandOf(scenario);
  const body = [
    scenario.first?.message ?? expectationText(scenario),
    ...(command === null ? [] : [`Replay: ${command}`]),
  ].join('\n');
  const title = `${scenario.name} (${scenario.subject}): ${expectationText(scenario)}`;
  const level = scenario.expected === false ? 'error' : 'notice';
  return `::${level} title=${property(title)}::${data(body)}`;
}

function data(value: string): string {
  return printable(value).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(value: string): string {
  return data(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
