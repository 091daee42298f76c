/**
 * FOR UPDATE and its weaker kin: locks the row of each marked table, and under READ COMMITTED judges a row again that somebody changed while
 * it was waited for. Source: PostgreSQL's nodeLockRows.c and EvalPlanQual in execMain.c.
 */
import { assert } from '../../../kernel/assert.ts';
import type { Relation } from '../../catalog/objects.ts';
import { concurrentDelete, concurrentUpdate, rowLockNotAvailable } from '../../errors.ts';
import type { RowLockMode, Tuple } from '../../storage/tuple.ts';
import { stepOf, type Waiting } from '../../wait.ts';
import type { Query } from '../query.ts';
import { leafOf } from '../table/partition.ts';
import { lockRow, type WaitPolicy } from '../table/row-lock.ts';
import { type Cursor, Frame, type PlanNode } from './frame.ts';
import { widened } from './scan.ts';

export class LockRows implements PlanNode {
  readonly child: PlanNode;
  readonly query: Query;
  constructor(child: PlanNode, query: Query) {
    this.child = child;
    this.query = query;
  }

  open(frame: Frame): Cursor {
    const child = this.child.open(frame);
    let work: Waiting<boolean> | null = null;
    return {
      next: () => {
        for (;;) {
          if (work === null) {
            if (!child.next()) return false;
            // A row judged again inside an outer re-check is locked already.
            if (frame.recheck !== null) return true;
            work = lockMarked(this, frame);
          }
          let isKept: boolean;
          try {
            isKept = stepOf(work);
          } catch (thrown) {
            if (!isSuspension(thrown)) work = null;
            throw thrown;
          }
          work = null;
          if (isKept) return true;
        }
      },
    };
  }
}

function isSuspension(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'wait' in thrown;
}

/** Locks all marked rows of the frame; false when the row is not wanted (skipped, deleted, or no longer matching). */
function* lockMarked(node: LockRows, frame: Frame): Waiting<boolean> {
  let hasChanged = false;
  for (const mark of node.query.rowMarks) {
    const tuple = frame.tuples[mark.table];
    // The null side of an outer join has no row to lock.
    if (tuple === null || tuple === undefined || frame.rows[mark.table] === null) continue;
    const entry = node.query.tables[mark.table]!;
    assert(entry.kind === 'relation', 'a row mark names no table');
    const { relation } = leafOf(frame.execution.backend, entry.shape, tuple.values);
    const locked = yield* lockNewest(frame, relation, tuple, mark.mode, mark.wait);
    if (locked === null) return false;
    if (locked === tuple) continue;
    hasChanged = true;
    frame.tuples[mark.table] = locked;
    frame.rows[mark.table] = widened(locked, relation);
  }
  return hasChanged ? isStillWanted(frame, node.child) : true;
}

/**
 * Locks the version, or under READ COMMITTED the newest that replaced it.
 * @returns the version locked; null when there is none (deleted, or skipped)
 */
export function* lockNewest(
  frame: Frame,
  relation: Relation,
  start: Tuple,
  mode: RowLockMode,
  policy: WaitPolicy,
): Waiting<Tuple | null> {
  const { backend, snapshot } = frame.execution;
  let tuple = start;
  for (;;) {
    const result = yield* lockRow(backend, relation, tuple, mode, policy, true);
    switch (result.kind) {
      case 'locked':
        return tuple;
      case 'self':
        // Changed by an earlier part of this very command: not to be seen again.
        return result.command >= snapshot.command ? null : tuple;
      case 'busy':
        if (policy === 'error') throw rowLockNotAvailable(relation.name);
        return null;
      case 'deleted':
        if (backend.current().isolation !== 'read committed') throw concurrentDelete();
        return null;
      case 'updated':
        if (backend.current().isolation !== 'read committed') throw concurrentUpdate();
        tuple = result.newer;
    }
  }
}

/** EvalPlanQual: runs the plan below over just the rows in the frame; true when they still come out. */
export function isStillWanted(frame: Frame, plan: PlanNode): boolean {
  const again = new Frame(frame.execution, frame.parent, frame.rows.length);
  again.recheck = frame.rows.slice();
  again.recheckTuples = frame.tuples.slice();
  for (const [cte, state] of frame.ctes) again.ctes.set(cte, state);
  if (!plan.open(again).next()) return false;
  // What the re-check null-extended or computed anew is what the row is now.
  frame.rows = again.rows;
  frame.tuples = again.tuples.map((tuple, index) => tuple ?? frame.tuples[index] ?? null);
  return true;
}
