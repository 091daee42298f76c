/**
 * JUnit XML: a suite per scenario, a case per subject. A failure is what was not expected, so a violated naive subject passes; an `error`
 * is the harness's; an inconclusive subject is skipped and says why. The dialect is that of the Ant task which CI systems read.
 */
import type { ScenarioReport, SuiteReport } from '../model.ts';
import { expectationText, outcomeOf, replayCommandOf, verdictNames } from '../totals.ts';
import { printable } from '../words.ts';

type Result = 'passed' | 'failed' | 'error' | 'skipped';

export function renderJunit(suite: SuiteReport): string {
  const groups = new Map<string, ScenarioReport[]>();
  for (const scenario of suite.scenarios) {
    const known = groups.get(scenario.name);
    if (known === undefined) groups.set(scenario.name, [scenario]);
    else known.push(scenario);
  }
  const suites = [...groups].map(([name, scenarios]) => renderGroup(name, scenarios, suite.startedAt));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(suite.title)}" ${counts(suite.scenarios)} time="${suite.seconds.toFixed(3)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function renderGroup(name: string, scenarios: readonly ScenarioReport[], startedAt: string): string {
  const seconds = scenarios.reduce((sum, scenario) => sum + scenario.seconds, 0);
  return [
    `  <testsuite name="${attribute(name)}" ${counts(scenarios)} time="${seconds.toFixed(3)}" timestamp="${attribute(startedAt)}">`,
    ...scenarios.map(renderCase),
    '  </testsuite>',
  ].join('\n');
}

function renderCase(scenario: ScenarioReport): string {
  const result = resultOf(scenario);
  const head = `    <testcase classname="${attribute(scenario.name)}" name="${attribute(scenario.subject)}" time="${scenario.seconds.toFixed(3)}">`;
  const properties = [
    ['mode', scenario.mode],
    ['seeds', String(scenario.seeds)],
    ...verdictNames.map((verdict) => [verdict, String(scenario[verdict])] as const),
  ].map(([name, value]) => `        <property name="${name}" value="${attribute(String(value))}"/>`);
  const lines = [head, '      <properties>', ...properties, '      </properties>'];
  const text = describe(scenario);
  if (result === 'failed' || result === 'error') {
    const element = result === 'failed' ? 'failure' : 'error';
    const type = result === 'failed' ? (scenario.first?.invariant ?? outcomeOf(scenario)) : 'error';
    const message = scenario.first === null ? expectationText(scenario) : scenario.first.message;
    lines.push(
      `      <${element} message="${attribute(message)}" type="${attribute(type)}">${content(text)}</${element}>`,
    );
  } else if (result === 'skipped') lines.push(`      <skipped message="${attribute(expectationText(scenario))}"/>`);
  else if (scenario.first !== null) lines.push(`      <system-out>${content(text)}</system-out>`);
  lines.push('    </testcase>');
  return lines.join('\n');
}

function resultOf(scenario: ScenarioReport): Result {
  if (scenario.expected === 'inconclusive') return 'skipped';
  if (scenario.expected === true) return 'passed';
  return scenario.violation === 0 && scenario.error > 0 ? 'error' : 'failed';
}

function describe(scenario: ScenarioReport): string {
  const command = replayCommandOf(scenario);
  const idle = scenario.premises.filter((premise) => premise.sum === 0).map((premise) => premise.invariant);
  return [
    ...(command === null ? [] : [`Replay: ${command}`]),
    ...(scenario.first === null
      ? []
      : [scenario.first.message, `broken: ${scenario.first.invariant}, seed ${scenario.first.seed}`]),
    `${expectationText(scenario)}: ${verdictNames.map((verdict) => `${scenario[verdict]} ${verdict}`).join(', ')} of ${scenario.seeds} seeds`,
    ...(idle.length === 0 ? [] : [`nothing to judge: ${idle.join(', ')}`]),
  ].join('\n');
}

function counts(scenarios: readonly ScenarioReport[]): string {
  const results = scenarios.map(resultOf);
  const number = (result: Result): number => results.filter((each) => each === result).length;
  return `tests="${scenarios.length}" failures="${number('failed')}" errors="${number('error')}" skipped="${number('skipped')}"`;
}

/** Control characters are no XML at all, not even as references; `printable` has made them visible. */
function content(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}
