/**
 * From a parsed statement to rows: resolution, locks on tables, plans and their cache, and the start of an execution. Utility statements go
 * to utility/.
 * Invariant: a plan is used only while the catalog is as it was when the plan was made, and only after all its tables are locked.
 */
import type { Node } from 'libpg-query';
import type { Backend } from '../backend.ts';
import { cachedPlanChanged, failure } from '../errors.ts';
import type { LockMode } from '../lock/lock-tag.ts';
import type { Snapshot } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import { resumed, type Waiting } from '../wait.ts';
import { Compiler } from './compile.ts';
import { Execution, type Row } from './execute/frame.ts';
import { isChangeCursor } from './execute/modify.ts';
import type { QueryPlan, RowCursor } from './execute/query-plan.ts';
import type { Expr } from './expression.ts';
import type { ParsedStatement } from './parse.ts';
import { outputOf, planQuery } from './plan/planner.ts';
import type { OutputColumn, Query } from './query.ts';
import { resolveModification } from './resolve/modification.ts';
import { Scope, StatementScope } from './resolve/scope.ts';
import { resolveSelect } from './resolve/select.ts';
import { leavesOf } from './table/partition.ts';
import { runUtility, utilityColumns } from './utility/index.ts';

/** A running or finished statement. */
export interface Result {
  /** Null when it gives no rows. */
  readonly columns: readonly OutputColumn[] | null;
  next(): Row | null;
  /** The command tag; `rows` is how many rows went to the client in this run. */
  tag(rows: number): string;
}

export interface PreparedStatement {
  readonly statement: ParsedStatement;
  readonly parameterTypes: readonly number[];
  readonly columns: readonly OutputColumn[] | null;
}

interface TableLock {
  readonly oid: number;
  readonly mode: LockMode;
}

export interface Planned {
  /** Made when it is first asked for: not by Parse, but by Bind or the execution, and so are the errors of constants in it. */
  readonly plan: QueryPlan;
  readonly columns: readonly OutputColumn[];
  readonly query: Query;
  readonly locks: readonly TableLock[];
  readonly parameterTypes: readonly number[];
  readonly catalogVersion: number;
}

export function isQuery(node: Node): boolean {
  return 'SelectStmt' in node || 'InsertStmt' in node || 'UpdateStmt' in node || 'DeleteStmt' in node;
}

/** Whether the statement is heard in a failed transaction block. */
export function endsFailedBlock(statement: ParsedStatement): boolean {
  if (!('TransactionStmt' in statement.node)) return false;
  const { kind } = statement.node.TransactionStmt;
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' || kind === 'TRANS_STMT_ROLLBACK_TO';
}

export function* prepareStatement(
  backend: Backend,
  statement: ParsedStatement,
  declared: readonly number[],
): Waiting<PreparedStatement> {
  if (!isQuery(statement.node))
    return { statement, parameterTypes: [...declared], columns: utilityColumns(backend, statement.node) };
  const planned = yield* planFor(backend, statement, declared, false);
  return {
    statement,
    parameterTypes: planned.parameterTypes,
    columns: planned.query.command === 'select' || planned.query.returning.length > 0 ? planned.columns : null,
  };
}

/** Makes the plan of a statement whose parameters have come; its errors belong to Bind. */
export function* planPrepared(backend: Backend, prepared: PreparedStatement): Waiting<void> {
  if (!isQuery(prepared.statement.node)) return;
  const planned = yield* planFor(backend, prepared.statement, prepared.parameterTypes, true);
  void planned.plan;
}

/** Starts a prepared statement. */
export function* openStatement(
  backend: Backend,
  prepared: PreparedStatement,
  parameters: readonly Datum[],
): Waiting<Result> {
  const { statement } = prepared;
  backend.engine.context.spend(backend.engine.costs.statementMicros);
  if (!isQuery(statement.node)) return yield* runUtility(backend, statement, parameters);
  const planned = yield* planFor(backend, statement, prepared.parameterTypes, true);
  const columns = planned.query.command === 'select' || planned.query.returning.length > 0 ? planned.columns : null;
  if (!sameColumns(columns, prepared.columns)) throw cachedPlanChanged();
  if (planned.query.command !== 'select') backend.requireWritable(planned.query.command.toUpperCase());
  else if (planned.query.modifies || planned.query.rowMarks.length > 0)
    backend.requireWritable(planned.query.modifies ? 'SELECT' : 'SELECT FOR UPDATE');
  return openPlan(backend, planned, parameters, columns);
}

export function openPlan(
  backend: Backend,
  planned: Planned,
  parameters: readonly Datum[],
  columns: readonly OutputColumn[] | null,
): Result {
  const snapshot: Snapshot = backend.statementSnapshot();
  backend.useSnapshot(snapshot);
  const execution = new Execution(backend, snapshot, parameters);
  const cursor: RowCursor = planned.plan.open(execution, null);
  // A change runs to its end before its first row is given out, so that a client that stops reading leaves nothing half done.
  const isGatheredFirst = planned.query.modifies;
  const gathered: Row[] = [];
  let isThrough = false;
  let at = 0;
  const finish = (): void => {
    if (isThrough) return;
    isThrough = true;
    backend.dropSnapshot(snapshot);
    const { costs, context } = backend.engine;
    context.spend(
      Math.round(execution.scannedRows * costs.scannedRowMicros + execution.changedRows * costs.changedRowMicros),
    );
  };
  return {
    columns,
    next: () => {
      if (isGatheredFirst) {
        while (!isThrough) {
          const row = cursor.next();
          if (row === null) finish();
          else gathered.push(row);
        }
        return gathered[at++] ?? null;
      }
      const row = cursor.next();
      if (row === null) finish();
      return row;
    },
    tag: (rows) => {
      if (planned.query.command === 'select') return `SELECT ${rows}`;
      const changed = isChangeCursor(cursor) ? cursor.changed : 0;
      return planned.query.command === 'insert'
        ? `INSERT 0 ${changed}`
        : `${planned.query.command.toUpperCase()} ${changed}`;
    },
  };
}

function sameColumns(left: readonly OutputColumn[] | null, right: readonly OutputColumn[] | null): boolean {
  if (left === null || right === null) return left === right;
  return (
    left.length === right.length &&
    left.every((column, index) => column.type === right[index]!.type && column.typmod === right[index]!.typmod)
  );
}

/** A plan with its tables locked; made anew when the catalog changed before the locks were had. */
export function* planFor(
  backend: Backend,
  statement: ParsedStatement,
  declared: readonly number[],
  isFixed: boolean,
): Waiting<Planned> {
  for (;;) {
    const planned = cachedPlan(backend, statement, declared, isFixed);
    if (yield* lockTables(backend, planned)) return planned;
  }
}

function cachedPlan(
  backend: Backend,
  statement: ParsedStatement,
  declared: readonly number[],
  isFixed: boolean,
): Planned {
  const { catalog } = backend.engine;
  // A transaction that changed the catalog sees one of its own, so it keeps no plans.
  if (backend.transaction?.changedCatalog === true) return makePlan(backend, statement, declared, isFixed);
  const key = `${isFixed}|${declared.join(',')}|${backend.planSettings()}`;
  let plans = backend.engine.plans.get(statement);
  if (plans === undefined) {
    plans = new Map();
    backend.engine.plans.set(statement, plans);
  }
  const known = plans.get(key);
  if (known !== undefined && known.catalogVersion === catalog.version) return known;
  const planned = makePlan(backend, statement, declared, isFixed);
  plans.set(key, planned);
  return planned;
}

function makePlan(
  backend: Backend,
  statement: ParsedStatement,
  declared: readonly number[],
  isFixed: boolean,
  prepare: ((scope: StatementScope) => void) | null = null,
): Planned {
  const scope = new StatementScope(backend, statement.text, [...declared], !isFixed);
  prepare?.(scope);
  const query = resolveQuery(new Scope(scope, null), statement.node);
  scope.parameterTypes.forEach((type, index) => {
    if (type === 0 || type === Oid.unknown)
      throw failure('42P18', `could not determine data type of parameter $${index + 1}`);
  });
  let plan: QueryPlan | null = null;
  return {
    get plan(): QueryPlan {
      plan ??= planQuery(new Compiler(backend, []), query);
      return plan;
    },
    columns: query.command === 'select' ? outputOf(query.targets) : outputOf(query.returning),
    query,
    locks: tableLocks(query),
    parameterTypes: scope.parameterTypes,
    catalogVersion: backend.engine.catalog.version,
  };
}

/** Runs an INSERT of one VALUES row with these rows in place of it; their values are of the columns' types. Gives how many went in. */
export function* insertRows(backend: Backend, statement: ParsedStatement, rows: readonly Row[]): Waiting<number> {
  const planned = yield* planFor(backend, statement, [], true);
  const source = planned.query.insertSource!;
  const tables = source.tables.map((table) =>
    table.kind !== 'values'
      ? table
      : {
          ...table,
          rows: rows.map((row) =>
            row.map((value, index): Expr => {
              const { type, typmod } = table.columns[index]!;
              return { kind: 'const', value, type, typmod, at: -1 };
            }),
          ),
        },
  );
  const query: Query = { ...planned.query, insertSource: { ...source, tables } };
  const plan = planQuery(new Compiler(backend, []), query);
  const result = openPlan(backend, { ...planned, plan, query }, [], null);
  yield* resumed(() => {
    while (result.next() !== null);
  });
  return Number(result.tag(0).split(' ').at(-1));
}

/** Plans a statement whose names may mean more than columns: `prepare` tells the scope. The caller keeps the plan. */
export function* planWith(
  backend: Backend,
  statement: ParsedStatement,
  declared: readonly number[],
  prepare: (scope: StatementScope) => void,
): Waiting<Planned> {
  for (;;) {
    const planned = makePlan(backend, statement, declared, true, prepare);
    if (yield* lockTables(backend, planned)) return planned;
  }
}

/** Locks the tables of a plan; false when the catalog changed before all locks were had. */
export function* lockTables(backend: Backend, planned: Planned): Waiting<boolean> {
  const before = backend.engine.catalog.version;
  for (const lock of planned.locks)
    yield* backend.lock({ kind: 'relation', database: 5, relation: lock.oid }, lock.mode);
  return backend.engine.catalog.version === before;
}

export function resolveQuery(scope: Scope, node: Node): Query {
  return 'SelectStmt' in node ? resolveSelect(scope, node.SelectStmt) : resolveModification(scope, node);
}

/** Every stored table of a query and of all queries in it, in order of appearance. */
function tableLocks(query: Query): TableLock[] {
  const locks: TableLock[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object' || Buffer.isBuffer(value) || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    const record = value as Readonly<Record<string, unknown>>;
    if (record['kind'] === 'relation' && 'shape' in record) {
      const entry = record as unknown as Extract<Query['tables'][number], { kind: 'relation' }>;
      const { relation } = entry.shape;
      if (relation.rows === null && !locks.some((lock) => lock.oid === relation.oid && lock.mode >= entry.lockMode))
        locks.push({ oid: relation.oid, mode: entry.lockMode });
      if (relation.partitioning !== null)
        for (const leaf of leavesOf(entry.shape)) locks.push({ oid: leaf.relation.oid, mode: entry.lockMode });
      return;
    }
    for (const key of Object.keys(record))
      if (key !== 'callable' && key !== 'implementation' && key !== 'shape') visit(record[key]);
  };
  visit(query);
  return locks;
}
