/**
 * The logs of a run, interleaved in true time, with what the node's own clock showed: two nodes that disagree about the time are seen to.
 * Faults and process life stand between them, so that a gap in a log explains itself.
 */
import type { HistoryRecord } from '../../harness/history/record.ts';
import { clockTime, describeRecord, printable } from '../words.ts';
import { type Colour, noColour } from './colour.ts';

export interface LogOptions {
  /** Unix ms at true time zero; node clocks of another day are written with their date. */
  readonly epochMs: number;
  readonly colour?: Colour;
}

/** One line per log line, fault and change of a process: true time, node clock, process, text. */
export function formatLogs(history: readonly HistoryRecord[], options: LogOptions): string {
  const colour = options.colour ?? noColour;
  const shown = history.filter(isShown);
  const width = shown.reduce((widest, record) => Math.max(widest, nameOf(record).length), 0);
  return shown
    .flatMap((record) => {
      const clock = record.nodeAt === undefined ? '' : clockTime(record.nodeAt, options.epochMs);
      const head = `${(record.at / 1e6).toFixed(6).padStart(12)}  ${clock.padEnd(12)}  ${nameOf(record).padEnd(width)}  `;
      if (record.kind !== 'log') return [`${colour('dim', head)}${colour('yellow', `-- ${describeRecord(record)}`)}`];
      const lines = printable(record.text).replace(/\n$/, '').split('\n');
      return lines.map((line) => `${colour('dim', head)}${record.stream === 'stderr' ? colour('red', line) : line}`);
    })
    .join('\n');
}

/** A bite tells what the fault's start has told. */
function isShown(record: HistoryRecord): boolean {
  if (record.kind === 'fault') return record.phase !== 'bit';
  return record.kind === 'log' || record.kind === 'process';
}

function nameOf(record: HistoryRecord): string {
  return printable(record.process ?? record.host);
}
