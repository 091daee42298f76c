/** UNION, INTERSECT and EXCEPT, and the rounds of a recursive query. The result is one table of the frame. */

import { failure } from '../../errors.ts';
import type { PgType } from '../../types/datum.ts';
import type { CommonTable } from '../query.ts';
import { rowKey } from './aggregate.ts';
import type { Cursor, Frame, PlanNode, Row } from './frame.ts';
import type { QueryPlan, RowCursor } from './query-plan.ts';
import { CommonTableState } from './source.ts';

export class SetOperationScan implements PlanNode {
  readonly table: number;
  readonly operation: 'union' | 'intersect' | 'except';
  readonly isAll: boolean;
  readonly left: QueryPlan;
  readonly right: QueryPlan;
  readonly types: readonly PgType[];

  constructor(
    table: number,
    operation: SetOperationScan['operation'],
    isAll: boolean,
    left: QueryPlan,
    right: QueryPlan,
    types: readonly PgType[],
  ) {
    this.table = table;
    this.operation = operation;
    this.isAll = isAll;
    this.left = left;
    this.right = right;
    this.types = types;
  }

  open(frame: Frame): Cursor {
    const rows = this.operation === 'union' ? this.#union(frame) : this.#matching(frame);
    return {
      next: () => {
        const row = rows.next();
        if (row === null) return false;
        frame.rows[this.table] = row;
        return true;
      },
    };
  }

  #union(frame: Frame): RowCursor {
    const left = this.left.open(frame.execution, frame);
    let right: RowCursor | null = null;
    const seen = this.isAll ? null : new Set<unknown>();
    const next = (): Row | null => {
      if (right === null) {
        const row = left.next();
        if (row !== null) return row;
        right = this.right.open(frame.execution, frame);
      }
      return right.next();
    };
    return {
      next: () => {
        for (;;) {
          const row = next();
          if (row === null || seen === null) return row;
          const key = rowKey(this.types, row);
          if (seen.has(key)) continue;
          seen.add(key);
          return row;
        }
      },
    };
  }

  /** INTERSECT and EXCEPT count the right side first. */
  #matching(frame: Frame): RowCursor {
    const right = this.right.open(frame.execution, frame);
    const left = this.left.open(frame.execution, frame);
    const counts = new Map<unknown, number>();
    const given = new Set<unknown>();
    let isCounted = false;
    return {
      next: () => {
        while (!isCounted) {
          const row = right.next();
          if (row === null) isCounted = true;
          else {
            const key = rowKey(this.types, row);
            counts.set(key, (counts.get(key) ?? 0) + 1);
          }
        }
        for (;;) {
          const row = left.next();
          if (row === null) return null;
          const key = rowKey(this.types, row);
          const count = counts.get(key) ?? 0;
          const isIntersect = this.operation === 'intersect';
          if (this.isAll) {
            if (count > 0) counts.set(key, count - 1);
            if (count > 0 === isIntersect) return row;
          } else if (count > 0 === isIntersect && !given.has(key)) {
            given.add(key);
            return row;
          }
        }
      },
    };
  }
}

/** Rounds of one recursive query at most. */
const ROUNDS_MAX = 10_000_000;

export class RecursiveUnionScan implements PlanNode {
  readonly table: number;
  readonly cte: CommonTable;
  readonly isAll: boolean;
  readonly base: QueryPlan;
  readonly step: QueryPlan;
  readonly types: readonly PgType[];

  constructor(
    table: number,
    cte: CommonTable,
    isAll: boolean,
    base: QueryPlan,
    step: QueryPlan,
    types: readonly PgType[],
  ) {
    this.table = table;
    this.cte = cte;
    this.isAll = isAll;
    this.base = base;
    this.step = step;
    this.types = types;
  }

  open(frame: Frame): Cursor {
    const seen = this.isAll ? null : new Set<unknown>();
    let source: RowCursor = this.base.open(frame.execution, frame);
    let gathered: Row[] = [];
    let rounds = 0;
    return {
      next: () => {
        for (;;) {
          const row = source.next();
          if (row === null) {
            if (gathered.length === 0) return false;
            rounds += 1;
            if (rounds > ROUNDS_MAX) throw failure('54000', 'a recursive query does not end', {});
            const working = new CommonTableState(null);
            working.rows.push(...gathered);
            gathered = [];
            // The step reads the last round through the CTE's name, in the frame where the name is known.
            frame.ctes.set(this.cte, working);
            source = this.step.open(frame.execution, frame);
            continue;
          }
          if (seen !== null) {
            const key = rowKey(this.types, row);
            if (seen.has(key)) continue;
            seen.add(key);
          }
          gathered.push(row);
          frame.rows[this.table] = row;
          return true;
        }
      },
    };
  }
}
