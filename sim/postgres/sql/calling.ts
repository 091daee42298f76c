/**
 * Calls inside expressions, and expressions that can be evaluated again.
 *
 * Where a call may suspend (pg_sleep, advisory locks), the expression is evaluated again after the wait. Volatile calls in it are recorded in
 * order, and repeated evaluation gets the recorded values, so nothing with an effect happens twice.
 */
import { assert } from '../../kernel/assert.ts';
import type { Datum } from '../types/datum.ts';
import { Suspended, stepOf } from '../wait.ts';
import type { Evaluate, Frame, ReplayLog } from './execute/frame.ts';
import type { CallExpr } from './expression.ts';

type Bound = Parameters<NonNullable<CallExpr['callable']['call']>>[1];

interface MutableSite {
  context: Bound['context'];
  readonly argTypes: readonly number[];
  readonly resultType: number;
}

export function plainCall(
  call: NonNullable<CallExpr['callable']['call']>,
  args: readonly Evaluate[],
  isStrict: boolean,
  site: MutableSite,
): Evaluate {
  if (args.length === 2 && isStrict) {
    const [first, second] = args as [Evaluate, Evaluate];
    return (frame) => {
      const a = first(frame);
      if (a === null) return null;
      const b = second(frame);
      if (b === null) return null;
      site.context = frame.execution.context;
      return call([a, b], site);
    };
  }
  return (frame) => {
    const values: Datum[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (value === null && isStrict) return null;
      values.push(value);
    }
    site.context = frame.execution.context;
    return call(values, site);
  };
}

export function waitingCall(
  wait: NonNullable<CallExpr['callable']['wait']>,
  args: readonly Evaluate[],
  isStrict: boolean,
  site: MutableSite,
): Evaluate {
  return (frame) => {
    const values: Datum[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (value === null && isStrict) return null;
      values.push(value);
    }
    const { context } = frame.execution;
    return logged(frame, () => wait(values, { ...site, context }));
  };
}

/** Runs work that may wait inside a restartable expression: what it gave is kept until the expression is through. */
export function logged(frame: Frame, start: () => Generator<import('../wait.ts').Wait, Datum, void>): Datum {
  const log = frame.execution.replay;
  assert(log !== null, 'a call that may wait is in an expression that cannot be evaluated again');
  const at = log.at;
  log.at += 1;
  let entry = log.entries[at];
  if (entry === undefined) {
    entry = { isDone: false, value: null, work: start() };
    log.entries[at] = entry;
  }
  if (!entry.isDone) {
    entry.value = stepOf(entry.work!);
    entry.isDone = true;
    entry.work = null;
  }
  return entry.value;
}

/** A volatile call: inside a restartable expression its value is recorded. */
export function recorded(evaluate: Evaluate): Evaluate {
  return (frame) => {
    const log = frame.execution.replay;
    if (log === null) return evaluate(frame);
    const known = log.entries[log.at];
    if (known?.isDone) {
      log.at += 1;
      return known.value;
    }
    const value = evaluate(frame);
    log.entries[log.at] = { isDone: true, value, work: null };
    log.at += 1;
    return value;
  };
}

/** Keeps a log for the expression until it is through; a failure drops it. */
export function restartable(evaluate: Evaluate): Evaluate {
  const key = {};
  return (frame) => {
    const { execution } = frame;
    let log: ReplayLog | undefined = execution.replays.get(key);
    if (log === undefined) {
      log = { entries: [], at: 0 };
      execution.replays.set(key, log);
    }
    const saved = execution.replay;
    execution.replay = log;
    log.at = 0;
    try {
      const value = evaluate(frame);
      execution.replays.delete(key);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof Suspended)) execution.replays.delete(key);
      throw thrown;
    } finally {
      execution.replay = saved;
    }
  };
}
