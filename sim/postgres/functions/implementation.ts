/**
 * What a function, an aggregate or a window function is to the engine. Families register by implementation key (prosrc of pg_proc).
 * Strict functions are never called with null; the caller checks FunctionRow.isStrict.
 */
import type { CallContext, Datum, RecordField } from '../types/datum.ts';

/** What is known of one call when it is planned. */
export interface CallSite {
  /** Concrete types of the arguments as passed. */
  readonly argTypes: readonly number[];
  readonly resultType: number;
  /** True when the last argument of a VARIADIC "any" function was marked VARIADIC, so it is an array to be spread; absent means false. */
  readonly isVariadic?: boolean | undefined;
  /** Result columns where the call gives them (`AS x(a int, b text)`), for json_to_record and the like. */
  readonly columns?: readonly RecordField[] | undefined;
}

export type Implementation = (args: readonly Datum[], context: CallContext, site: CallSite) => Datum;

/** A call as the engine makes it: the site together with the session's context. */
export interface BoundSite extends CallSite {
  readonly context: CallContext;
}

/** A function that returns rows: one datum a row, a PgRecord where it has several columns. */
export type SetImplementation = (args: readonly Datum[], context: CallContext, site: CallSite) => Iterable<Datum>;

/**
 * An aggregate. `step` gets every row that passed FILTER and DISTINCT, nulls included, and skips what it must. For ordered-set aggregates rows
 * come sorted as WITHIN GROUP says and `direct` holds the arguments in front of it.
 */
export interface AggregateImplementation {
  start(site: CallSite): unknown;
  step(state: unknown, args: readonly Datum[], context: CallContext, site: CallSite): unknown;
  finish(state: unknown, context: CallContext, site: CallSite, direct: readonly Datum[]): Datum;
}

/** The partition around one row, as a window function sees it. Row numbers count from 0 within the partition. */
export interface WindowView {
  readonly row: number;
  readonly rowCount: number;
  /** Rows before and up to the end of the current row's peers. */
  readonly peerStart: number;
  readonly peerEnd: number;
  /** How many peer groups come before this one. */
  readonly peerGroup: number;
  /** Rows in the frame, EXCLUDE applied. */
  readonly frameCount: number;
  /** The partition's row number of the n-th row of the frame, or -1. */
  frameRow(n: number): number;
  /** Argument `index` evaluated at a row of the partition. */
  argument(row: number, index: number): Datum;
}

export type WindowImplementation = (view: WindowView, context: CallContext, site: CallSite) => Datum;
