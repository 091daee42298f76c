/**
 * The state of one running statement (Execution) and of one query level in it (Frame). A scan puts its row into the frame under the number
 * of its table; expressions read it there, so joins copy nothing.
 */
import type { Backend } from '../../backend.ts';
import { statementTimeout, tooManyRows } from '../../errors.ts';
import type { Tuple } from '../../storage/tuple.ts';
import type { Snapshot } from '../../transaction-status.ts';
import type { CallContext, Datum } from '../../types/datum.ts';
import type { CommonTable } from '../query.ts';

/** What volatile calls of one restartable expression have given so far; see expression compiler. */
export interface ReplayLog {
  readonly entries: {
    isDone: boolean;
    value: Datum;
    work: Generator<import('../../wait.ts').Wait, Datum, void> | null;
  }[];
  at: number;
}

/** Differs: the real server has no such limit; a statement that needs more, such as a cross join by mistake, is refused here. */
const SCANNED_ROWS_MAX = 20_000_000;

export class Execution {
  readonly backend: Backend;
  readonly context: CallContext;
  readonly snapshot: Snapshot;
  readonly parameters: readonly Datum[];
  /** Versions older than this commit number are removed when met. */
  readonly horizon: number;
  /** Rows looked at, for the service time. */
  scannedRows = 0;
  changedRows = 0;
  readonly #scannedRowsMax: number;
  readonly #isTimed: boolean;
  replay: ReplayLog | null = null;
  readonly replays = new Map<object, ReplayLog>();
  /** Results of subqueries that depend on nothing outside, by plan. */
  readonly once = new Map<object, unknown>();

  constructor(backend: Backend, snapshot: Snapshot, parameters: readonly Datum[]) {
    this.backend = backend;
    this.context = backend.callContext;
    this.snapshot = snapshot;
    this.parameters = parameters;
    this.horizon = backend.engine.horizon();
    const timeoutMs = backend.settings.integer('statement_timeout');
    const rowMicros = backend.engine.costs.scannedRowMicros;
    const inTime = timeoutMs > 0 && rowMicros > 0 ? (timeoutMs * 1000) / rowMicros : Number.POSITIVE_INFINITY;
    this.#isTimed = inTime < SCANNED_ROWS_MAX;
    this.#scannedRowsMax = Math.min(inTime, SCANNED_ROWS_MAX);
  }

  /**
   * Counts a row that a scan looks at. A statement runs within one event, so no timer can stop it: what it costs is held against
   * statement_timeout here.
   */
  scan(): void {
    this.scannedRows += 1;
    if (this.scannedRows > this.#scannedRowsMax)
      throw this.#isTimed ? statementTimeout() : tooManyRows(SCANNED_ROWS_MAX);
  }
}

export type Row = readonly Datum[];

export class Frame {
  readonly execution: Execution;
  readonly parent: Frame | null;
  /** Current row of each table; null for the null-extended side of an outer join. */
  rows: (Row | null)[];
  tuples: (Tuple | null)[];
  groups: Datum[] = [];
  aggregates: Datum[] = [];
  windows: Datum[] = [];
  sets: Datum[] = [];
  /** Value of `test value`. */
  test: Datum = null;
  /** Row of `subquery column`. */
  subqueryRow: Row = [];
  /** While a changed row is judged again: the only row that each table has. */
  recheck: (Row | null)[] | null = null;
  recheckTuples: (Tuple | null)[] = [];
  readonly ctes = new Map<CommonTable, unknown>();

  constructor(execution: Execution, parent: Frame | null, tables: number) {
    this.execution = execution;
    this.parent = parent;
    this.rows = new Array<Row | null>(tables).fill(null);
    this.tuples = new Array<Tuple | null>(tables).fill(null);
  }
}

/** Evaluates in a frame. */
export type Evaluate = (frame: Frame) => Datum;

/** A running plan node: `next` puts the next row into the frame, false at the end. May throw Suspended and is then called again. */
export interface Cursor {
  next(): boolean;
}

export interface PlanNode {
  open(frame: Frame): Cursor;
}
