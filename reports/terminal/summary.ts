/** The suite as a table for terminals: one line per subject, the five counts, whether it was expected, and what follows from it. */
import type { ScenarioReport, SuiteReport } from '../model.ts';
import { expectationText, replayCommandOf, suiteSentence, totalsOf, verdictNames } from '../totals.ts';
import { duration, oneLine } from '../words.ts';
import { type Colour, noColour } from './colour.ts';

interface TextColumn {
  readonly title: string;
  readonly isNumber: boolean;
  readonly text: (scenario: ScenarioReport) => string;
}

const columns: readonly TextColumn[] = [
  { title: 'scenario', isNumber: false, text: (scenario) => oneLine(scenario.name, 40) },
  { title: 'subject', isNumber: false, text: (scenario) => oneLine(scenario.subject, 32) },
  { title: 'seeds', isNumber: true, text: (scenario) => String(scenario.seeds) },
  ...verdictNames.map((verdict) => ({
    title: verdict,
    isNumber: true,
    text: (scenario: ScenarioReport) => (scenario[verdict] === 0 ? '·' : String(scenario[verdict])),
  })),
  { title: 'time', isNumber: true, text: (scenario) => duration(scenario.seconds * 1e6) },
  { title: '', isNumber: false, text: (scenario) => expectationText(scenario) },
];

/** Table, unexpected subjects with their replay commands, and the outcome in one sentence. */
export function formatSuite(suite: SuiteReport, colour: Colour = noColour): string {
  const rows = suite.scenarios.map((scenario) => columns.map((column) => column.text(scenario)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => row[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (columns[index]!.isNumber ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  const lines = suite.scenarios.length === 0 ? [] : [colour('dim', line(columns.map((column) => column.title)))];
  for (const [index, scenario] of suite.scenarios.entries()) {
    const text = line(rows[index]!);
    lines.push(scenario.expected === false ? colour('red', text) : text);
  }
  const { unexpected } = totalsOf(suite);
  for (const scenario of unexpected) lines.push('', ...unexpectedLines(scenario, colour));
  for (const scenario of suite.scenarios) {
    const idle = scenario.premises.filter((premise) => premise.sum === 0).map((premise) => premise.invariant);
    if (idle.length === 0) continue;
    lines.push(
      '',
      colour('yellow', oneLine(`${scenario.name} (${scenario.subject}): nothing to judge for ${idle.join(', ')}`, 400)),
    );
  }
  lines.push('', colour(unexpected.length === 0 ? 'green' : 'red', suiteSentence(suite)));
  return lines.join('\n');
}

function unexpectedLines(scenario: ScenarioReport, colour: Colour): string[] {
  const title = `${scenario.name} (${scenario.subject}): ${expectationText(scenario)}`;
  const command = replayCommandOf(scenario);
  return [
    colour('red', oneLine(title, 300)),
    ...(scenario.first === null ? [] : [`  ${oneLine(scenario.first.message, 400)}`]),
    ...(command === null ? [] : [`  ${oneLine(command, 400)}`]),
  ];
}
