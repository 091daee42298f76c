/**
 * The extended query protocol of one session: named statements and portals, and what each message does with them.
 * Source: PostgreSQL 15 manual 55.2.3. All messages up to Sync run in one implicit transaction, which commits at Sync.
 */
import type { Backend } from './backend.ts';
import {
  failure,
  PgError,
  portalCannotRun,
  portalExists,
  portalMissing,
  protocolViolation,
  severalCommands,
  statementExists,
  statementMissing,
  transactionAborted,
} from './errors.ts';
import type { Output } from './output.ts';
import { endImplicit } from './simple-query.ts';
import { type ParsedStatement, parseSql } from './sql/parse.ts';
import {
  endsFailedBlock,
  openStatement,
  type PreparedStatement,
  planPrepared,
  prepareStatement,
  type Result,
} from './sql/statement.ts';
import { withStatementTimeout } from './statement-timeout.ts';
import type { Datum, PgType } from './types/datum.ts';
import { resumed, type Waiting } from './wait.ts';
import type { FrontendMessage } from './wire/messages.ts';

interface NamedStatement {
  /** Null for an empty text. */
  readonly prepared: PreparedStatement | null;
  readonly statement: ParsedStatement | null;
  readonly text: string;
}

interface Portal {
  readonly name: string;
  readonly of: NamedStatement;
  readonly parameters: readonly Datum[];
  readonly formats: readonly number[];
  /** Null until the first Execute. */
  result: Result | null;
  types: readonly PgType[];
  isDone: boolean;
}

type Message<K extends FrontendMessage['kind']> = Extract<FrontendMessage, { kind: K }>;

export class ExtendedQuery {
  readonly #backend: Backend;
  readonly #output: Output;
  readonly #statements = new Map<string, NamedStatement>();
  readonly #portals = new Map<string, Portal>();

  constructor(backend: Backend, output: Output) {
    this.#backend = backend;
    this.#output = output;
    backend.preparedStatements = this.#statements;
    backend.onTransactionEnd = () => this.#portals.clear();
  }

  dropUnnamed(): void {
    this.#statements.delete('');
    this.#portals.delete('');
  }

  *handle(message: Message<'Parse' | 'Bind' | 'Describe' | 'Execute' | 'Close'>): Waiting<void> {
    switch (message.kind) {
      case 'Parse':
        this.#backend.beginActivity(message.text);
        yield* withStatementTimeout(this.#backend, this.#parse(message));
        break;
      case 'Bind':
        yield* this.#bind(message);
        break;
      case 'Describe':
        if (message.what === 'S') this.#describeStatement(message.name);
        else this.#describePortal(message.name);
        break;
      case 'Execute':
        yield* withStatementTimeout(this.#backend, this.#execute(message));
        break;
      case 'Close':
        if (message.what === 'S') this.#statements.delete(message.name);
        else this.#portals.delete(message.name);
        this.#output.writer.closeComplete();
        break;
    }
  }

  *sync(): Waiting<void> {
    yield* endImplicit(this.#backend);
  }

  *#parse(message: Message<'Parse'>): Waiting<void> {
    const backend = this.#backend;
    backend.engine.context.spend(backend.engine.costs.parseMicros);
    const statements = parseSql(message.text);
    if (statements.length > 1) throw severalCommands();
    if (message.statement === '') this.#statements.delete('');
    else if (this.#statements.has(message.statement)) throw statementExists(message.statement);
    const statement = statements[0] ?? null;
    if (statement !== null && backend.blockState === 'failed' && !endsFailedBlock(statement))
      throw transactionAborted();
    backend.startTransaction();
    const prepared = statement === null ? null : yield* prepareStatement(backend, statement, message.parameterTypes);
    this.#statements.set(message.statement, { prepared, statement, text: message.text });
    this.#output.writer.parseComplete();
  }

  *#bind(message: Message<'Bind'>): Waiting<void> {
    const backend = this.#backend;
    const of = this.#statements.get(message.statement);
    if (of === undefined) throw statementMissing(message.statement);
    backend.beginActivity(of.text);
    if (of.statement !== null && backend.blockState === 'failed' && !endsFailedBlock(of.statement))
      throw transactionAborted();
    if (message.portal === '') this.#portals.delete('');
    else if (this.#portals.has(message.portal)) throw portalExists(message.portal);
    backend.startTransaction();
    const expected = of.prepared?.parameterTypes ?? [];
    if (message.parameterFormats.length > 1 && message.parameterFormats.length !== message.parameters.length)
      throw protocolViolation(
        `bind message has ${message.parameterFormats.length} parameter formats but ${message.parameters.length} parameters`,
      );
    if (message.parameters.length !== expected.length)
      throw protocolViolation(
        `bind message supplies ${message.parameters.length} parameters, but prepared statement "${message.statement}" requires ${expected.length}`,
      );
    const parameters = message.parameters.map((bytes, index) =>
      this.#parameter(bytes, index, expected[index]!, message),
    );
    if (of.prepared !== null) yield* planPrepared(backend, of.prepared);
    const columns = of.prepared?.columns ?? null;
    this.#portals.set(message.portal, {
      name: message.portal,
      of,
      parameters,
      formats: resultFormats(message.resultFormats, columns?.length ?? 0, columns !== null),
      result: null,
      types: (columns ?? []).map((column) => backend.callContext.types.byOid(column.type)),
      isDone: false,
    });
    this.#output.writer.bindComplete();
  }

  #parameter(bytes: Buffer | null, index: number, typeOid: number, message: Message<'Bind'>): Datum {
    if (bytes === null) return null;
    const context = this.#backend.callContext;
    const type = context.types.byOid(typeOid);
    const formats = message.parameterFormats;
    const format = formats.length === 1 ? formats[0]! : (formats[index] ?? 0);
    if (format !== 0 && format !== 1) throw failure('22023', `unsupported format code: ${format}`);
    try {
      return format === 1 ? type.receive(bytes, -1, context) : type.input(bytes.toString('utf8'), -1, context);
    } catch (error) {
      if (!(error instanceof PgError)) throw error;
      const portal = message.portal === '' ? 'unnamed portal' : `portal "${message.portal}"`;
      throw error.with({ where: `${portal} parameter $${index + 1}${format === 1 ? '' : " = '...'"}` });
    }
  }

  #describeStatement(name: string): void {
    const found = this.#statements.get(name);
    if (found === undefined) throw statementMissing(name);
    const { prepared } = found;
    this.#output.writer.parameterDescription(prepared?.parameterTypes ?? []);
    const columns = prepared?.columns ?? null;
    if (columns === null) this.#output.writer.noData();
    else {
      const { types } = this.#backend.callContext;
      this.#output.rowDescription(
        columns,
        columns.map((column) => types.byOid(column.type)),
        columns.map(() => 0),
      );
    }
  }

  #describePortal(name: string): void {
    const portal = this.#portals.get(name);
    if (portal === undefined) throw portalMissing(name);
    const columns = portal.of.prepared?.columns ?? null;
    if (columns === null) this.#output.writer.noData();
    else this.#output.rowDescription(columns, portal.types, portal.formats);
  }

  *#execute(message: Message<'Execute'>): Waiting<void> {
    const backend = this.#backend;
    const portal = this.#portals.get(message.portal);
    if (portal === undefined) throw portalMissing(message.portal);
    const { statement, prepared, text } = portal.of;
    backend.beginActivity(text);
    if (statement === null || prepared === null) {
      this.#output.writer.emptyQueryResponse();
      return;
    }
    if (backend.blockState === 'failed' && !endsFailedBlock(statement)) throw transactionAborted();
    backend.startTransaction();
    if (portal.result === null) {
      if (portal.isDone) throw portalCannotRun(portal.name);
      backend.beginStatement();
      portal.result = yield* openStatement(backend, prepared, portal.parameters);
    }
    const { isThrough, sent } = yield* this.#sendRows(portal, portal.result, message.rowsMax);
    if (!isThrough) {
      this.#output.writer.portalSuspended();
      return;
    }
    portal.isDone = true;
    backend.transaction?.endCommand();
    yield* backend.endOfStatement();
    this.#output.writer.commandComplete(portal.result.tag(sent));
  }

  /** Sends up to `rowsMax` rows (0: all). */
  *#sendRows(
    portal: Portal,
    result: Result,
    rowsMax: number,
  ): Waiting<{ readonly isThrough: boolean; readonly sent: number }> {
    const output = this.#output;
    const context = this.#backend.callContext;
    let sent = 0;
    const isThrough = yield* resumed(() => {
      for (;;) {
        // As the real server, which says PortalSuspended even when no row is left behind the last one asked for.
        if (rowsMax > 0 && sent >= rowsMax) return false;
        const row = result.next();
        if (row === null) return true;
        if (result.columns !== null) output.dataRow(row, portal.types, portal.formats, context);
        sent += 1;
      }
    });
    this.#backend.engine.context.spend(sent * this.#backend.engine.costs.returnedRowMicros);
    return { isThrough, sent };
  }
}

function resultFormats(formats: readonly number[], columns: number, hasColumns: boolean): number[] {
  if (hasColumns && formats.length > 1 && formats.length !== columns)
    throw protocolViolation(`bind message has ${formats.length} result formats but query has ${columns} columns`);
  const list: number[] = [];
  for (let index = 0; index < columns; index++) list.push(formats.length === 1 ? formats[0]! : (formats[index] ?? 0));
  return list;
}
