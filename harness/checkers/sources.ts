/**
 * What checkers read from the history, each in one place: effects of a ledger or of a table, requests that were accepted, and the
 * present rows of a table.
 */
import { timeText } from '../duration.ts';
import type { CommitRecord, HistoryRecord, OperationRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';

export type Row = Readonly<Record<string, unknown>>;

/** One effect that the outside world saw. */
export interface Effect {
  readonly key: string;
  readonly at: number;
  readonly seq: number;
  /** Who asked for it; for a table, the transaction. */
  readonly caller: string;
  readonly value: unknown;
}

export interface EffectSource {
  /** Name of the ledger; or of a Postgres server, next to `table`. */
  readonly from: string;
  /** Its inserted rows are the effects. */
  readonly table: string | undefined;
  /** Field of the effect's value, or column, that is its business key; default: the effect's own key, or the column `key`. */
  readonly by: string | undefined;
}

/** The effects in a record: none, one of a ledger, or the rows that a commit inserted. */
export function effectsIn(record: HistoryRecord, { from, table, by }: EffectSource): readonly Effect[] {
  if (record.kind === 'effect') {
    if (record.ledger !== from || table !== undefined) return none;
    const { at, seq, caller, value } = record;
    return [{ key: fieldOf(value, by) ?? record.key, at, seq, caller, value }];
  }
  if (record.kind !== 'commit' || record.server !== from || table === undefined) return none;
  const effects: Effect[] = [];
  for (const row of record.rows) {
    if (row.table !== table || row.op !== 'insert') continue;
    const key = fieldOf(row.new, by ?? 'key');
    if (key === undefined) continue;
    effects.push({ key, at: record.at, seq: record.seq, caller: `transaction ${record.tx}`, value: row.new });
  }
  return effects;
}

const none: readonly Effect[] = [];

/** A field of a value as text; undefined when there is no such field, or it is null. */
export function fieldOf(value: unknown, field: string | undefined): string | undefined {
  if (field === undefined || typeof value !== 'object' || value === null) return undefined;
  const found = (value as Row)[field];
  return found === undefined || found === null ? undefined : textOf(found);
}

/** A value as a key or a word. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}

/** `at 12.3 s by worker-1`. */
export function effectText({ at, caller }: Effect): string {
  return `at ${timeText(at)} by ${caller}`;
}

/** A request of the workload by its business key. */
export interface Request {
  readonly key: string;
  readonly id: string;
  readonly f: string;
  readonly invokedAt: number;
  /** `seq` of the invocation. */
  readonly invoked: number;
  readonly value: unknown;
  state: 'invoked' | 'ok' | 'fail' | 'info';
  endedAt: number | undefined;
  /** `seq` of the completion. */
  ended: number | undefined;
}

export interface RequestsOptions {
  /** Glob over the operations' names; default: all but reads (`GET ...`, `HEAD ...`, `read...`). */
  readonly requests: string | undefined;
  /** Field of the operation's value that is its business key, where there is one; else the operation's own key. */
  readonly by: string | undefined;
}

/** True for operations that ask for something to be done. */
export function isRequest(f: string, requests: string | undefined): boolean {
  return requests === undefined ? !/^(GET|HEAD|read)\b/.test(f) : matchesGlob(requests, f);
}

/** Follows the workload's requests that have a business key. */
export class Requests {
  private readonly options: RequestsOptions;
  private readonly byId = new Map<string, Request>();

  constructor(options: RequestsOptions) {
    this.options = options;
  }

  /** All requests, in order of invocation. */
  get all(): Iterable<Request> {
    return this.byId.values();
  }

  /** Takes note of a record; returns the request when it is one of its invocation or completion. */
  record(record: HistoryRecord): Request | undefined {
    if (record.kind !== 'op') return undefined;
    if (record.phase === 'invoke') return this.invoke(record);
    const request = this.byId.get(record.id);
    if (request === undefined) return undefined;
    request.state = record.phase;
    request.endedAt = record.at;
    request.ended = record.seq;
    return request;
  }

  /** Requests that were accepted (`ok`), the first of each key. */
  accepted(): ReadonlyMap<string, Request> {
    const accepted = new Map<string, Request>();
    for (const request of this.byId.values()) {
      if (request.state === 'ok' && !accepted.has(request.key)) accepted.set(request.key, request);
    }
    return accepted;
  }

  private invoke(record: OperationRecord): Request | undefined {
    if (!isRequest(record.f, this.options.requests)) return undefined;
    const key = fieldOf(record.value, this.options.by) ?? record.key;
    if (key === undefined) return undefined;
    const { id, f, at, seq, value } = record;
    const request: Request = {
      key,
      id,
      f,
      invokedAt: at,
      invoked: seq,
      value,
      state: 'invoked',
      endedAt: undefined,
      ended: undefined,
    };
    this.byId.set(id, request);
    return request;
  }
}

/** Column and the value, or any of the values, that a row must have. */
export type RowFilter = Readonly<Record<string, unknown>>;

/** True when the row has all that the filter asks for. */
export function rowMatches(row: Row | undefined, filter: RowFilter): boolean {
  if (row === undefined) return false;
  return Object.entries(filter).every(([column, wanted]) => {
    const value = row[column];
    return Array.isArray(wanted) ? wanted.some((one) => isSame(one, value)) : isSame(wanted, value);
  });
}

/** Rows come from drivers and wires: `1` and `'1'` are the same value. */
function isSame(wanted: unknown, value: unknown): boolean {
  return (
    wanted === value || (wanted !== null && value !== null && value !== undefined && textOf(wanted) === textOf(value))
  );
}

/** `state queued or running`. */
export function filterText(filter: RowFilter): string {
  if (Object.keys(filter).length === 0) return 'any content';
  return Object.entries(filter)
    .map(([column, wanted]) => `${column} ${Array.isArray(wanted) ? wanted.map(textOf).join(' or ') : textOf(wanted)}`)
    .join(' and ');
}

/** One row that is there now. */
export interface PresentRow {
  readonly key: string;
  readonly row: Row;
  /** When it got this content. */
  readonly at: number;
  readonly seq: number;
}

export interface TableOptions {
  readonly server: string;
  readonly table: string;
  /** Column, or columns, that name a row; default `id`. Rows without them are named by their whole content. */
  readonly key?: string | readonly string[] | undefined;
}

/** One change of a row, with what was there before. */
export interface RowStep {
  readonly key: string;
  readonly before: PresentRow | undefined;
  readonly after: PresentRow | undefined;
}

/** The rows of one table, as the commits so far left them. */
export class Table {
  private readonly options: TableOptions;
  private readonly keyColumns: readonly string[];
  readonly rows = new Map<string, PresentRow>();

  constructor(options: TableOptions) {
    this.options = options;
    const { key = 'id' } = options;
    this.keyColumns = typeof key === 'string' ? [key] : key;
  }

  /** Applies a commit of the server; returns the steps of this table's rows. */
  record(record: HistoryRecord): readonly RowStep[] {
    if (record.kind !== 'commit' || record.server !== this.options.server) return noSteps;
    return this.commit(record);
  }

  private commit(record: CommitRecord): readonly RowStep[] {
    const steps: RowStep[] = [];
    for (const change of record.rows) {
      if (change.table !== this.options.table) continue;
      const oldKey = this.keyOf(change.old) ?? this.keyOf(change.new);
      const newKey = this.keyOf(change.new);
      const before =
        change.op === 'insert' || oldKey === undefined ? undefined : this.before(oldKey, change.old, record);
      if (oldKey !== undefined && change.op !== 'insert') this.rows.delete(oldKey);
      const after: PresentRow | undefined =
        newKey === undefined || change.op === 'delete' || change.new === undefined
          ? undefined
          : { key: newKey, row: change.new, at: record.at, seq: record.seq };
      if (after !== undefined) this.rows.set(after.key, after);
      const key = newKey ?? oldKey;
      if (key !== undefined) steps.push({ key, before, after });
    }
    return steps;
  }

  private before(key: string, old: Row | undefined, { at, seq }: CommitRecord): PresentRow | undefined {
    // A row from before the first observed commit is known by its old content only.
    return this.rows.get(key) ?? (old === undefined ? undefined : { key, row: old, at, seq });
  }

  private keyOf(row: Row | undefined): string | undefined {
    if (row === undefined) return undefined;
    const parts = this.keyColumns.map((column) => row[column]);
    return parts.every((part) => part === undefined) ? textOf(row) : parts.map(textOf).join('/');
  }
}

const noSteps: readonly RowStep[] = [];

/**
 * Compares two sequence numbers or tokens: as integers of any size where both are, as numbers where both are, else as texts.
 * @returns negative, zero or positive
 */
export function compareTokens(one: unknown, other: unknown): number {
  const [a, b] = [integerOf(one), integerOf(other)];
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [Number(one), Number(other)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  const [left, right] = [textOf(one), textOf(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}
