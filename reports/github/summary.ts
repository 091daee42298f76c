/**
 * The step summary of GitHub Actions, in Markdown: the outcome, what was not expected with its replay command, the table. Texts from
 * programs are escaped so that they stay text in a table cell.
 */
import type { ScenarioReport, SuiteReport } from '../model.ts';
import { expectationText, outcomeOf, replayCommandOf, suiteSentence, totalsOf, verdictNames } from '../totals.ts';
import { duration, oneLine, plural } from '../words.ts';

/** GitHub refuses a summary above 1 MiB. */
const SUMMARY_BYTES_MAX = 1_000_000;

/** Markdown for the file that `GITHUB_STEP_SUMMARY` names. */
export function renderStepSummary(suite: SuiteReport): string {
  const { unexpected, seeds } = totalsOf(suite);
  const lines = [
    `## ${text(suite.title)}`,
    '',
    `**${suiteSentence(suite)}** ${plural(seeds, 'seed')} in ${duration(suite.seconds * 1e6)}.`,
    '',
  ];
  for (const scenario of unexpected) lines.push(...section(scenario));
  if (suite.scenarios.length > 0) {
    lines.push(
      '| Scenario | Subject | Outcome | Seeds | Pass | Violation | Vacuous | Unknown | Error | Time |',
      '|---|---|---|--:|--:|--:|--:|--:|--:|--:|',
      ...suite.scenarios.map(row),
      '',
    );
  }
  const summary = lines.join('\n');
  if (Buffer.byteLength(summary) <= SUMMARY_BYTES_MAX) return summary;
  const cut = summary.slice(0, SUMMARY_BYTES_MAX / 4);
  return `${cut.slice(0, cut.lastIndexOf('\n'))}\n\nThe rest is in the HTML report.\n`;
}

function section(scenario: ScenarioReport): string[] {
  const command = replayCommandOf(scenario);
  return [
    `### ${text(scenario.name)}, ${text(scenario.subject)}: ${expectationText(scenario)}`,
    '',
    ...(scenario.first === null
      ? []
      : [text(scenario.first.message), '', `Seed ${scenario.first.seed}, ${code(scenario.first.invariant)}`, '']),
    ...(command === null ? [] : [fence(command), '']),
  ];
}

function row(scenario: ScenarioReport): string {
  const outcome = `${outcomeOf(scenario)}, ${expectationText(scenario)}`;
  const cells = [
    text(scenario.name),
    text(scenario.subject),
    scenario.expected === false ? `**${outcome}**` : outcome,
    String(scenario.seeds),
  ];
  return `| ${[...cells, ...verdictNames.map((verdict) => String(scenario[verdict])), duration(scenario.seconds * 1e6)].join(' | ')} |`;
}

/** Every character with a meaning in Markdown or HTML, anywhere or at the start of a line, loses it. */
function text(value: string): string {
  return oneLine(value, 1000)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~@]|^[-+#]|(?<=^\d+)\./g, (mark) => `\\${mark}`);
}

function code(value: string): string {
  return `<code>${oneLine(value, 300).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('|', '&#124;')}</code>`;
}

/** A fence longer than any run of back-ticks inside. */
function fence(value: string): string {
  const line = oneLine(value, 1000);
  const longest = Math.max(2, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}sh\n${line}\n${marks}`;
}
