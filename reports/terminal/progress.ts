/**
 * Progress of a sweep: one line that rewrites itself on a TTY; elsewhere a plain line now and then, so that a log of hours stays short.
 * It owns no timer: time comes with each update, and nothing is drawn between updates.
 */
import { duration, oneLine } from '../words.ts';
import type { Colour } from './colour.ts';

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressState {
  readonly scenario: string;
  readonly subject: string;
  readonly done: number;
  readonly total: number;
  readonly violations: number;
  readonly errors: number;
  /** Real ms since the sweep began. */
  readonly elapsedMs: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Writes a text above the line, which comes back with the next update. */
  print(text: string): void;
  /** Removes the line. */
  end(): void;
}

const TTY_EVERY_MS = 80;
const PLAIN_EVERY_MS = 10_000;
const BAR_WIDTH = 20;

export function createProgress(stream: ProgressStream, colour: Colour): Progress {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) stream.write('\r\u001b[2K');
    isDrawn = false;
  };
  return {
    update(state) {
      const isTty = stream.isTTY === true;
      const isLast = state.done >= state.total;
      const pause = isTty ? TTY_EVERY_MS : PLAIN_EVERY_MS;
      if (state.elapsedMs - writtenAt < pause && !(isLast && isTty)) return;
      writtenAt = state.elapsedMs;
      if (!isTty) {
        stream.write(`${plainLine(state)}\n`);
        return;
      }
      // One column stays free: a line that fills the last one wraps on some terminals.
      const room = (stream.columns ?? 80) - 1;
      stream.write(`\r\u001b[2K${ttyLine(state, room, colour)}`);
      isDrawn = true;
    },
    print(text) {
      clear();
      stream.write(`${text}\n`);
    },
    end: clear,
  };
}

function plainLine(state: ProgressState): string {
  return oneLine(
    `${state.scenario} (${state.subject}): ${state.done} of ${state.total} seeds${found(state)}, ${duration(state.elapsedMs * 1000)}`,
  );
}

function ttyLine(state: ProgressState, room: number, colour: Colour): string {
  const share = state.total === 0 ? 1 : Math.min(1, state.done / state.total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${'━'.repeat(filled)}${'─'.repeat(BAR_WIDTH - filled)}`;
  const rest = `  ${state.done}/${state.total}${found(state)}  ${duration(state.elapsedMs * 1000)}  ${state.scenario} (${state.subject})`;
  if (room < BAR_WIDTH + 12) return oneLine(rest.trim(), room);
  return `${colour('green', bar.slice(0, filled))}${colour('dim', bar.slice(filled))}${oneLine(rest, room - BAR_WIDTH)}`;
}

function found(state: ProgressState): string {
  const violations =
    state.violations === 0 ? '' : `, ${state.violations} ${state.violations === 1 ? 'violation' : 'violations'}`;
  const errors = state.errors === 0 ? '' : `, ${state.errors} ${state.errors === 1 ? 'error' : 'errors'}`;
  return violations + errors;
}
