/** Sorting: gathers the state of the frame for every row, sorts (stable), and puts each state back in turn. */

import type { Tuple } from '../../storage/tuple.ts';
import type { Datum, PgType } from '../../types/datum.ts';
import type { Cursor, Evaluate, Frame, PlanNode, Row } from './frame.ts';

export interface SortColumn {
  readonly value: Evaluate;
  readonly type: PgType;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
}

/** Everything of a frame that a row may be read from. */
export interface FrameState {
  readonly rows: (Row | null)[];
  readonly tuples: (Tuple | null)[];
  readonly groups: Datum[];
  readonly aggregates: Datum[];
  windows: Datum[];
}

export function saveFrame(frame: Frame): FrameState {
  return {
    rows: frame.rows.slice(),
    tuples: frame.tuples.slice(),
    groups: frame.groups,
    aggregates: frame.aggregates,
    windows: frame.windows,
  };
}

export function restoreFrame(frame: Frame, state: FrameState): void {
  // Copies, since the frame is written to while the state is kept.
  frame.rows = state.rows.slice();
  frame.tuples = state.tuples.slice();
  frame.groups = state.groups;
  frame.aggregates = state.aggregates;
  frame.windows = state.windows;
}

export function compareDatums(
  column: Pick<SortColumn, 'type' | 'isDescending' | 'nullsFirst'>,
  left: Datum,
  right: Datum,
): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === column.nullsFirst ? -1 : 1;
  }
  const sign = column.type.compare(left, right);
  return column.isDescending ? -sign : sign;
}

export function compareByColumns(
  columns: readonly SortColumn[],
  left: readonly Datum[],
  right: readonly Datum[],
): number {
  for (let index = 0; index < columns.length; index++) {
    const sign = compareDatums(columns[index]!, left[index]!, right[index]!);
    if (sign !== 0) return sign;
  }
  return 0;
}

export class Sort implements PlanNode {
  readonly child: PlanNode;
  readonly columns: readonly SortColumn[];
  constructor(child: PlanNode, columns: readonly SortColumn[]) {
    this.child = child;
    this.columns = columns;
  }

  open(frame: Frame): Cursor {
    const { columns } = this;
    const child = this.child.open(frame);
    const gathered: { readonly state: FrameState; readonly keys: Datum[] }[] = [];
    let isSorted = false;
    let isPending = false;
    let at = 0;
    return {
      next: () => {
        while (!isSorted) {
          if (!isPending && !child.next()) {
            gathered.sort((a, b) => compareByColumns(columns, a.keys, b.keys));
            isSorted = true;
            break;
          }
          isPending = true;
          const keys = columns.map((column) => column.value(frame));
          isPending = false;
          gathered.push({ state: saveFrame(frame), keys });
        }
        const item = gathered[at];
        if (item === undefined) return false;
        at += 1;
        restoreFrame(frame, item.state);
        return true;
      },
    };
  }
}
