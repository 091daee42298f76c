/**
 * A violation in a terminal: the replay line first, then the violation in one sentence, the plan in words, hints. Also what a test
 * runner prints as the failure's message.
 */
import { oneLine, plural, printable } from '../words.ts';
import { type Colour, noColour } from './colour.ts';

export interface ViolationText {
  readonly replayCommand: string;
  readonly scenario: string;
  readonly subject: string;
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  /** The claim in words. */
  readonly claim?: string;
  readonly planInWords: readonly string[];
  /** Number of faults in the plan, and before shrinking. */
  readonly faults?: { readonly now: number; readonly before?: number; readonly runs?: number };
  /** `npx seedstorm run ... --seed 17`: finds it again while the code is unchanged. */
  readonly runCommand?: string;
  /** Path of the run page. */
  readonly page?: string;
  readonly hints?: readonly string[];
}

/** Some lines without a final line feed. */
export function formatViolation(violation: ViolationText, colour: Colour = noColour): string {
  const lines = [
    `${colour('bold', 'Replay:')} ${printable(violation.replayCommand)}`,
    '',
    `${colour('red', 'Violation')} in ${violation.scenario} (${violation.subject}), seed ${violation.seed}`,
    ...wrap(printable(violation.message), 96).map((line) => `  ${colour('bold', line)}`),
    `  ${colour('dim', `broken: ${oneLine(violation.claim === undefined ? violation.invariant : `${violation.claim} (${violation.invariant})`, 300)}`)}`,
    '',
    planTitle(violation),
    ...planLines(violation.planInWords, violation.faults?.now ?? violation.planInWords.length),
  ];
  const hints = [
    ...(violation.page === undefined ? [] : [`Open ${violation.page} to see what happened.`]),
    ...(violation.runCommand === undefined
      ? []
      : [`While the code is unchanged, this finds it again: ${violation.runCommand}`]),
    ...(violation.hints ?? []),
  ];
  if (hints.length > 0) lines.push('', ...hints.map((hint) => colour('dim', printable(hint))));
  return lines.join('\n');
}

function planTitle({ faults, planInWords }: ViolationText): string {
  const now = faults?.now ?? planInWords.length;
  const runs = faults?.runs === undefined ? '' : ` in ${plural(faults.runs, 'run')}`;
  const shrunk = faults?.before === undefined ? '' : `, shrunk from ${faults.before}${runs}`;
  return now === 0
    ? `The plan has no faults${shrunk}: the violation needs none.`
    : `The plan, ${plural(now, 'fault')}${shrunk}:`;
}

/** Faults are numbered; what follows them, about the workload, is not. */
function planLines(sentences: readonly string[], faults: number): string[] {
  return sentences.flatMap((sentence, index) => {
    const number = index < faults ? `${index + 1}. ` : '';
    return wrap(printable(sentence), 94 - number.length).map(
      (line, row) => `  ${row === 0 ? number : ' '.repeat(number.length)}${line}`,
    );
  });
}

/** Breaks at spaces; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
