/** What the checkers of this scenario share. */
import type { Finding, HistoryRecord, Judge, SettleContext } from 'seedstorm';

/** A judge of its parts; one without `settle` finds everything on the way. */
export function judge(parts: {
  readonly premises: () => number;
  // biome-ignore lint/suspicious/noConfusingVoidType: a rule that found nothing just returns.
  readonly record: (record: HistoryRecord) => Finding | void;
  readonly settle?: (context: SettleContext) => Finding;
}): Judge {
  return {
    premises: parts.premises,
    record: (record) => parts.record(record) ?? undefined,
    settle: (context) => parts.settle?.(context),
  };
}

/** A time as messages print it. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
