/** PREPARE, EXECUTE, and cursors: DECLARE, FETCH, MOVE, CLOSE. Source: PostgreSQL's prepare.c and portalcmds.c. */
import type { ClosePortalStmt, DeclareCursorStmt, ExecuteStmt, FetchStmt, Node, PrepareStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import { failure, statementExists, statementMissing, unsupported } from '../../errors.ts';
import type { Datum } from '../../types/datum.ts';
import { resumed, type Waiting } from '../../wait.ts';
import { Compiler } from '../compile.ts';
import { Execution, Frame, type Row } from '../execute/frame.ts';
import type { ParsedStatement } from '../parse.ts';
import type { OutputColumn } from '../query.ts';
import { tryCoerce } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { Scope } from '../resolve/scope.ts';
import { statementFor } from '../resolve/table-expressions.ts';
import { resolveTypeName } from '../resolve/type-name.ts';
import { openStatement, type PreparedStatement, prepareStatement, type Result } from '../statement.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

interface Named {
  readonly prepared: PreparedStatement | null;
  readonly statement: ParsedStatement | null;
  readonly text: string;
}

/** An open cursor; rows that were read stay, so that it can go back. */
export interface SqlCursor {
  readonly columns: readonly OutputColumn[];
  readonly result: Result;
  readonly rows: Row[];
  isThrough: boolean;
  /** 0 = before the first row. */
  position: number;
  readonly isHeld: boolean;
  readonly mayGoBack: boolean;
}

function* prepare(context: UtilityContext, node: PrepareStmt): Waiting<UtilityResult> {
  const { backend, statement } = context;
  const name = node.name ?? '';
  if (backend.preparedStatements.has(name)) throw statementExists(name);
  const scope = new Scope(statementFor(backend, statement.text), null);
  const types = (node.argtypes ?? []).flatMap((item) =>
    'TypeName' in item ? [resolveTypeName(scope, item.TypeName).type] : [],
  );
  const inner = { ...statement, node: node.query! };
  const prepared = yield* prepareStatement(backend, inner, types);
  const named: Named = { prepared, statement: inner, text: statement.text };
  backend.preparedStatements.set(name, named);
  return { tag: 'PREPARE' };
}

function* execute(context: UtilityContext, node: ExecuteStmt): Waiting<UtilityResult> {
  const { backend, statement } = context;
  const name = node.name ?? '';
  const named = backend.preparedStatements.get(name) as Named | undefined;
  if (named === undefined || named.prepared === null) throw statementMissing(name);
  const { prepared } = named;
  const given = node.params ?? [];
  if (given.length !== prepared.parameterTypes.length)
    throw failure('42601', `wrong number of parameters for prepared statement "${name}"`, {
      detail: `Expected ${prepared.parameterTypes.length} parameters but got ${given.length}.`,
    });
  const values = given.map((item, index) =>
    parameter(backend, item, prepared.parameterTypes[index]!, index, statement),
  );
  return { tag: '', result: yield* openStatement(backend, prepared, values) };
}

function parameter(backend: Backend, node: Node, type: number, index: number, statement: ParsedStatement): Datum {
  const scope = new Scope(statementFor(backend, statement.text), null);
  const expr = resolveExpr(scope, node);
  const done = tryCoerce(scope, expr, type, -1, 'a');
  const { types } = backend.engine;
  if (done === null)
    throw failure(
      '42804',
      `parameter $${index + 1} of type ${types.formatType(expr.type)} cannot be coerced to the expected type ${types.formatType(type)}`,
      {
        hint: 'You will need to rewrite or cast the expression.',
        position: scope.statement.position(expr.at),
      },
    );
  const execution = new Execution(backend, backend.statementSnapshot(), []);
  return new Compiler(backend, []).expression(done)(new Frame(execution, null, 0));
}

/** CURSOR_OPT_* of parsenodes.h. */
const NO_SCROLL = 1 << 2;
const HOLD = 1 << 5;

function* declare(context: UtilityContext, node: DeclareCursorStmt): Waiting<UtilityResult> {
  const { backend, statement, parameters } = context;
  const name = node.portalname ?? '';
  const isHeld = ((node.options ?? 0) & HOLD) !== 0;
  if (!isHeld && backend.blockState !== 'block')
    throw failure('25P01', 'DECLARE CURSOR can only be used in transaction blocks');
  if (backend.cursors.has(name)) throw failure('42P03', `cursor "${name}" already exists`);
  const prepared = yield* prepareStatement(backend, { ...statement, node: node.query! }, []);
  const result = yield* openStatement(backend, prepared, parameters);
  const cursor: SqlCursor = {
    columns: prepared.columns ?? [],
    result,
    rows: [],
    isThrough: false,
    position: 0,
    isHeld,
    mayGoBack: ((node.options ?? 0) & NO_SCROLL) === 0,
  };
  // One that outlives the transaction is read whole now.
  if (isHeld) yield* read(cursor, Number.POSITIVE_INFINITY);
  backend.cursors.set(name, cursor);
  return { tag: 'DECLARE CURSOR' };
}

/** Reads until `count` rows are there or the end. */
function* read(cursor: SqlCursor, count: number): Waiting<void> {
  yield* resumed(() => {
    while (!cursor.isThrough && cursor.rows.length < count) {
      const row = cursor.result.next();
      if (row === null) cursor.isThrough = true;
      else cursor.rows.push(row);
    }
  });
}

/** FETCH_ALL is the greatest long. */
const ALL = 2 ** 62;

function* fetchRows(context: UtilityContext, node: FetchStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const name = node.portalname ?? '';
  const cursor = backend.cursors.get(name) as SqlCursor | undefined;
  if (cursor === undefined) throw failure('34000', `cursor "${name}" does not exist`);
  const count = Number(node.howMany ?? 0);
  const rows = yield* moved(cursor, node.direction ?? 'FETCH_FORWARD', count);
  const verb = node.ismove === true ? 'MOVE' : 'FETCH';
  return node.ismove === true
    ? { tag: `MOVE ${rows.length}` }
    : { tag: `${verb} ${rows.length}`, columns: cursor.columns, rows };
}

function* moved(cursor: SqlCursor, direction: string, count: number): Waiting<Row[]> {
  const isAll = Math.abs(count) >= ALL;
  if (direction === 'FETCH_ABSOLUTE' || direction === 'FETCH_RELATIVE') {
    if (count < 0 && direction === 'FETCH_ABSOLUTE') yield* read(cursor, Number.POSITIVE_INFINITY);
    const goal =
      direction === 'FETCH_RELATIVE' ? cursor.position + count : count < 0 ? cursor.rows.length + 1 + count : count;
    if (goal < cursor.position && !cursor.mayGoBack) throw onlyForward();
    yield* read(cursor, goal);
    cursor.position = Math.max(0, Math.min(goal, cursor.rows.length + 1));
    const row = cursor.rows[cursor.position - 1];
    return row === undefined ? [] : [row];
  }
  const isBackward = (direction === 'FETCH_BACKWARD') !== count < 0;
  const wanted = isAll ? Number.POSITIVE_INFINITY : Math.abs(count);
  const list: Row[] = [];
  if (isBackward) {
    if (!cursor.mayGoBack) throw onlyForward();
    while (list.length < wanted && cursor.position > 0) {
      cursor.position -= 1;
      const row = cursor.rows[cursor.position - 1];
      if (row !== undefined) list.push(row);
    }
    return list;
  }
  if (wanted === 0) {
    const row = cursor.rows[cursor.position - 1];
    return row === undefined ? [] : [row];
  }
  yield* read(cursor, cursor.position + wanted);
  while (list.length < wanted && cursor.position < cursor.rows.length) {
    list.push(cursor.rows[cursor.position]!);
    cursor.position += 1;
  }
  if (list.length < wanted) cursor.position = cursor.rows.length + 1;
  return list;
}

function onlyForward(): Error {
  return failure('55000', 'cursor can only scan forward', {
    hint: 'Declare it with SCROLL option to enable backward scan.',
  });
}

function close(context: UtilityContext, node: ClosePortalStmt): UtilityResult {
  const { cursors } = context.backend;
  if (node.portalname === undefined) {
    cursors.clear();
    return { tag: 'CLOSE CURSOR ALL' };
  }
  if (!cursors.delete(node.portalname)) throw failure('34000', `cursor "${node.portalname}" does not exist`);
  return { tag: 'CLOSE CURSOR' };
}

/** Columns that EXECUTE and FETCH will give, for Describe. */
export function namedColumns(backend: Backend, node: Node): readonly OutputColumn[] | null {
  if ('ExecuteStmt' in node) {
    const named = backend.preparedStatements.get(node.ExecuteStmt.name ?? '') as Named | undefined;
    return named?.prepared?.columns ?? null;
  }
  if ('FetchStmt' in node && node.FetchStmt.ismove !== true)
    return (backend.cursors.get(node.FetchStmt.portalname ?? '') as SqlCursor | undefined)?.columns ?? null;
  return null;
}

export const preparedHandlers: UtilityHandlers = {
  PrepareStmt: prepare,
  ExecuteStmt: execute,
  DeclareCursorStmt: declare,
  FetchStmt: fetchRows,
  ClosePortalStmt: close,
  ExplainStmt: () => {
    throw unsupported('EXPLAIN');
  },
};
