/**
 * C21: a workflow that is replayed takes the same steps: the n-th command of a workflow is the same in each of its runs, as far as both
 * got. Code that reads the clock, draws at random or was changed under way breaks this.
 */
import { timeText } from '../duration.ts';
import { matchesGlob } from '../labels/glob.ts';
import { valueText } from '../models/model.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

interface Command {
  readonly text: string;
  readonly at: number;
  readonly seq: number;
}

/**
 * The workflow server's marks have a value of `workflow`, `index` (from 0, anew in each replay) and `command`.
 * @param commands glob over names of marks
 * Premises: commands that a replay gave again.
 * @example invariant.replayPrefix('wfd.command')
 */
export function replayPrefix(commands: string): Checker {
  const name = `replayPrefix(${commands})`;
  return alwaysChecker({
    id: 'C21',
    name,
    claim: 'each replay of a workflow gives the same commands in the same order',
    start() {
      const first = new Map<string, Command>();
      let compared = 0;
      return {
        record(record) {
          if (record.kind !== 'mark' || !matchesGlob(commands, record.name)) return undefined;
          const [workflow, index] = [fieldOf(record.value, 'workflow'), fieldOf(record.value, 'index')];
          if (workflow === undefined || index === undefined) return undefined;
          const text = valueText((record.value as { readonly command?: unknown }).command);
          const place = JSON.stringify([workflow, index]);
          const before = first.get(place);
          if (before === undefined) {
            first.set(place, { text, at: record.at, seq: record.seq });
            return undefined;
          }
          compared += 1;
          if (before.text === text) return undefined;
          const message =
            `the replay of ${workflow} at ${timeText(record.at)} gave ${text} as command ${index}; ` +
            `at ${timeText(before.at)} it was ${before.text}.`;
          return violated(name, message, [before.seq, record.seq]);
        },
        premises: () => compared,
      };
    },
  });
}
