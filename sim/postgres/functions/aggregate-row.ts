/** pg_aggregate: which pg_proc rows are aggregates, and of what kind. */
import { aggregateRows } from './rows/aggregate-rows.ts';

export interface AggregateRow {
  /** pg_proc OID. */
  readonly oid: number;
  /** n = plain, o = ordered-set, h = hypothetical-set. */
  readonly kind: 'n' | 'o' | 'h';
  /** Arguments in front of WITHIN GROUP. */
  readonly directCount: number;
  /** Operator whose order puts the result first (min and max), 0 otherwise. */
  readonly sortOperator: number;
  readonly stateType: number;
  readonly initialValue: string;
}

/** All rows, in OID order. */
export const aggregateRowList: readonly AggregateRow[] = aggregateRows.split('\n').map((line) => {
  const c = line.split(';');
  return {
    oid: Number(c[0]),
    kind: c[1] as 'n' | 'o' | 'h',
    directCount: Number(c[2]),
    sortOperator: Number(c[3]),
    stateType: Number(c[4]),
    initialValue: c[5]!,
  };
});

const byFunction = new Map<number, AggregateRow>(aggregateRowList.map((row) => [row.oid, row]));

export const aggregateByFunction = (oid: number): AggregateRow | undefined => byFunction.get(oid);
