/**
 * Finds a cycle of sessions that wait for each other, and undoes it by another queue order where that is enough.
 * Source: PostgreSQL 15, README of its lock manager, "The Deadlock Detection Algorithm": hard edges go to holders, soft edges to waiters
 * ahead in a queue; a cycle with a soft edge may be undone by letting the later waiter pass the earlier.
 * Invariant: a check changes nothing unless the new orders leave no cycle through the one who checks.
 */
import type { LockHolder, LockManager, Waiter } from './lock-manager.ts';
import { describeLockTag, LOCK_CONFLICTS, LOCK_MODE_NAMES } from './lock-tag.ts';

interface Edge {
  readonly waiter: Waiter;
  readonly blocker: LockHolder;
  /** The waiter ahead, when the edge is soft. */
  readonly ahead: Waiter | null;
}

/** A queue order wanted: `later` is to pass `earlier`. */
interface Pass {
  readonly later: Waiter;
  readonly earlier: Waiter;
}

export type DeadlockCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'reordered' }
  /** One line for each session of the cycle, for the error's detail. */
  | { readonly kind: 'deadlock'; readonly detail: string };

/** How many soft edges one check may turn round, as a bound of the search. */
const PASSES_MAX = 16;

export function checkDeadlock(locks: LockManager, start: LockHolder): DeadlockCheck {
  const first = findCycle(locks, start, []);
  if (first === null) return { kind: 'none' };
  const passes = solve(locks, start, [], first);
  if (passes === null) return { kind: 'deadlock', detail: describe(first) };
  const queues = new Set(passes.map((pass) => pass.later.lock));
  for (const lock of queues) locks.reorder(lock, orderWith(lock.queue, passes));
  return { kind: 'reordered' };
}

function solve(
  locks: LockManager,
  start: LockHolder,
  passes: readonly Pass[],
  cycle: readonly Edge[],
): readonly Pass[] | null {
  if (passes.length >= PASSES_MAX) return null;
  for (const edge of cycle) {
    if (edge.ahead === null) continue;
    const wanted = [...passes, { later: edge.waiter, earlier: edge.ahead }];
    if (passes.some((pass) => pass.later === edge.ahead && pass.earlier === edge.waiter)) continue;
    const next =
      findCycle(locks, start, wanted) ??
      findCycle(locks, edge.waiter.holder, wanted) ??
      findCycle(locks, edge.ahead.holder, wanted);
    if (next === null) return wanted;
    const deeper = solve(locks, start, wanted, next);
    if (deeper !== null) return deeper;
  }
  return null;
}

/** The queue with each `later` moved just before its `earlier`. */
function orderWith(queue: readonly Waiter[], passes: readonly Pass[]): Waiter[] {
  const order = [...queue];
  for (const pass of passes) {
    const later = order.indexOf(pass.later);
    const earlier = order.indexOf(pass.earlier);
    if (later < 0 || earlier < 0 || later < earlier) continue;
    order.splice(later, 1);
    order.splice(earlier, 0, pass.later);
  }
  return order;
}

/** A cycle through `start`, first edge first; null when there is none. */
function findCycle(locks: LockManager, start: LockHolder, passes: readonly Pass[]): readonly Edge[] | null {
  const seen = new Set<LockHolder>();
  const path: Edge[] = [];
  const visit = (holder: LockHolder): boolean => {
    if (holder === start && path.length > 0) return true;
    if (seen.has(holder)) return false;
    seen.add(holder);
    const waiter = holder.waiter;
    if (waiter === null) return false;
    const { hard } = locks.blockersOf(waiter);
    for (const blocker of hard) {
      path.push({ waiter, blocker, ahead: null });
      if (visit(blocker)) return true;
      path.pop();
    }
    const conflicts = LOCK_CONFLICTS[waiter.mode]!;
    for (const ahead of orderWith(waiter.lock.queue, passes)) {
      if (ahead === waiter) break;
      if ((conflicts & (1 << ahead.mode)) === 0) continue;
      path.push({ waiter, blocker: ahead.holder, ahead });
      if (visit(ahead.holder)) return true;
      path.pop();
    }
    return false;
  };
  return visit(start) ? path : null;
}

function describe(cycle: readonly Edge[]): string {
  return cycle
    .map(
      ({ waiter, blocker }) =>
        `Process ${waiter.holder.processId} waits for ${LOCK_MODE_NAMES[waiter.mode]} on ${describeLockTag(waiter.lock.tag)}; ` +
        `blocked by process ${blocker.processId}.`,
    )
    .join('\n');
}
