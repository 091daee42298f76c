/**
 * COPY between a table or query and the client. Source: PostgreSQL's copy.c, copyfrom.c and copyto.c.
 * Differs: rows are taken in when all data have come, so an error in an early line is told after the last; files and programs of the server,
 * and COPY FROM ... WHERE, are refused by name.
 */
import type { CopyStmt, Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Relation } from '../../catalog/objects.ts';
import { relationByName, schemaName } from '../../catalog/search-path.ts';
import { failure, PgError, unsupported } from '../../errors.ts';
import type { Datum } from '../../types/datum.ts';
import { resumed, type Waiting } from '../../wait.ts';
import {
  binaryHeader,
  binaryRow,
  binaryTrailer,
  type CopiedRow,
  type CopyOptions,
  csvLine,
  readBinary,
  readCsv,
  readText,
  textLine,
} from '../copy-format.ts';
import type { Row } from '../execute/frame.ts';
import { parseSql } from '../parse.ts';
import { quoteIdentifier } from '../print/expression.ts';
import { namesOf } from '../resolve/type-name.ts';
import { insertRows, openStatement, prepareStatement } from '../statement.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

/** Rows that go into a table by one plan. */
const BATCH_ROWS_MAX = 20_000;

interface Column {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod: number;
}

function* copy(context: UtilityContext, node: CopyStmt): Waiting<UtilityResult> {
  if (node.is_program === true) throw unsupported('COPY with a program');
  if (node.filename !== undefined) throw unsupported('COPY with a file of the server');
  if (context.backend.client.copyOut === undefined) throw unsupported('COPY here');
  if (node.is_from === true) return yield* copyFrom(context, node);
  return yield* copyTo(context, node);
}

function option(node: Node | undefined): string {
  if (node === undefined) return 'true';
  if ('String' in node) return node.String.sval ?? '';
  if ('Boolean' in node) return String(node.Boolean.boolval === true);
  if ('Integer' in node) return String(node.Integer.ival ?? 0);
  return '';
}

function readOptions(node: CopyStmt, columns: readonly string[], isFrom: boolean): CopyOptions {
  const given = new Map<string, Node | undefined>();
  for (const item of node.options ?? []) {
    if (!('DefElem' in item)) continue;
    const name = item.DefElem.defname ?? '';
    if (given.has(name)) throw failure('42601', 'conflicting or redundant options');
    given.set(name, item.DefElem.arg);
  }
  const known = [
    'format',
    'delimiter',
    'null',
    'header',
    'quote',
    'escape',
    'force_quote',
    'force_not_null',
    'force_null',
    'freeze',
    'encoding',
  ];
  for (const name of given.keys()) if (!known.includes(name)) throw failure('42601', `option "${name}" not recognized`);
  const format = given.has('format') ? option(given.get('format')) : 'text';
  if (format !== 'text' && format !== 'csv' && format !== 'binary')
    throw failure('22023', `COPY format "${format}" not recognized`);
  const isCsv = format === 'csv';
  const needsCsv = (name: string, label: string): void => {
    if (given.has(name) && !isCsv) throw failure('0A000', `COPY ${label} available only in CSV mode`);
  };
  if (format === 'binary')
    for (const [name, label] of [
      ['delimiter', 'DELIMITER'],
      ['null', 'NULL'],
    ] as const)
      if (given.has(name)) throw failure('42601', `cannot specify ${label} in BINARY mode`);
  const delimiter = given.has('delimiter') ? option(given.get('delimiter')) : isCsv ? ',' : '\t';
  if (Buffer.byteLength(delimiter) !== 1) throw failure('0A000', 'COPY delimiter must be a single one-byte character');
  if (delimiter === '\n' || delimiter === '\r')
    throw failure('22023', 'COPY delimiter cannot be newline or carriage return');
  if (!isCsv && /[\\.a-z0-9]/.test(delimiter)) throw failure('22023', `COPY delimiter cannot be "${delimiter}"`);
  const nullText = given.has('null') ? option(given.get('null')) : isCsv ? '' : '\\N';
  if (/[\r\n]/.test(nullText)) throw failure('22023', 'COPY null representation cannot use newline or carriage return');
  needsCsv('quote', 'quote');
  needsCsv('escape', 'escape');
  needsCsv('force_quote', 'force quote');
  const quote = given.has('quote') ? option(given.get('quote')) : '"';
  if (Buffer.byteLength(quote) !== 1) throw failure('0A000', 'COPY quote must be a single one-byte character');
  if (isCsv && delimiter === quote) throw failure('22023', 'COPY delimiter and quote must be different');
  const escaping = given.has('escape') ? option(given.get('escape')) : quote;
  if (Buffer.byteLength(escaping) !== 1) throw failure('0A000', 'COPY escape must be a single one-byte character');
  const headerText = given.has('header') ? option(given.get('header')).toLowerCase() : 'false';
  if (headerText === 'match' && !isFrom) throw failure('0A000', 'cannot use "match" with HEADER in COPY TO');
  const isHeader = ['true', 'on', '1', 'match'].includes(headerText);
  if (format === 'binary' && isHeader) throw failure('0A000', 'cannot specify HEADER in BINARY mode');
  const marked = (name: string, label: string): boolean[] => {
    const arg = given.get(name);
    if (!given.has(name) || arg === undefined) return [];
    if ('A_Star' in arg) return columns.map(() => true);
    const names = 'List' in arg ? namesOf(arg.List.items) : [];
    for (const one of names)
      if (!columns.includes(one)) throw failure('42P10', `${label} column "${one}" not referenced by COPY`);
    return columns.map((column) => names.includes(column));
  };
  return {
    format,
    delimiter,
    nullText,
    header: !isHeader ? 'none' : headerText === 'match' ? 'match' : 'written',
    quote,
    escape: escaping,
    forceQuote: marked('force_quote', 'FORCE_QUOTE'),
    forceNotNull: marked('force_not_null', 'FORCE_NOT_NULL'),
    forceNull: marked('force_null', 'FORCE_NULL'),
  };
}

function tableColumns(relation: Relation, names: readonly string[]): Column[] {
  if (names.length === 0) return relation.columns.filter((column) => !column.isDropped && column.generated === 'none');
  const seen = new Set<string>();
  return names.map((name) => {
    const column = relation.columns.find((candidate) => candidate.name === name && !candidate.isDropped);
    if (column === undefined) throw failure('42703', `column "${name}" of relation "${relation.name}" does not exist`);
    if (column.generated !== 'none')
      throw failure('42P10', `column "${name}" is a generated column`, {
        detail: 'Generated columns cannot be used in COPY.',
      });
    if (seen.has(name)) throw failure('42701', `column "${name}" specified more than once`);
    seen.add(name);
    return column;
  });
}

const qualified = (backend: Backend, relation: Relation): string =>
  `${quoteIdentifier(schemaName(backend, relation.schema))}.${quoteIdentifier(relation.name)}`;

function* copyTo(context: UtilityContext, node: CopyStmt): Waiting<UtilityResult> {
  const { backend, statement } = context;
  let query = node.query === undefined ? null : { ...statement, node: node.query };
  if (query === null) {
    const relation = relationByName(backend, node.relation?.schemaname, node.relation?.relname ?? '');
    const variant = { hint: 'Try the COPY (SELECT ...) TO variant.' };
    if (relation.kind === 'v' && relation.rows === null)
      throw failure('42809', `cannot copy from view "${relation.name}"`, variant);
    if (relation.kind === 'p') throw failure('42809', `cannot copy from partitioned table "${relation.name}"`, variant);
    if (relation.kind === 'S') throw failure('42809', `cannot copy from sequence "${relation.name}"`);
    const columns = tableColumns(relation, namesOf(node.attlist));
    const shown = columns.map((column) => quoteIdentifier(column.name)).join(', ');
    query = parseSql(`SELECT ${shown} FROM ${qualified(backend, relation)}`)[0]!;
  }
  const prepared = yield* prepareStatement(backend, query, []);
  if (prepared.columns === null) throw failure('0A000', 'COPY query must have a RETURNING clause');
  const { columns } = prepared;
  const options = readOptions(
    node,
    columns.map((column) => column.name),
    false,
  );
  const result = yield* openStatement(backend, prepared, []);
  const types = columns.map((column) => backend.engine.types.byOid(column.type));
  const { callContext } = backend;
  const out = backend.client.copyOut!(columns.length, options.format === 'binary' ? 1 : 0);
  const line = (fields: readonly (string | null)[]): Buffer =>
    Buffer.from(`${options.format === 'csv' ? csvLine(fields, options) : textLine(fields, options)}\n`);
  if (options.format === 'binary') out.data(binaryHeader());
  else if (options.header === 'written')
    out.data(
      header(
        columns.map((column) => column.name),
        options,
      ),
    );
  let count = 0;
  yield* resumed(() => {
    for (;;) {
      const row = result.next();
      if (row === null) return;
      count += 1;
      if (options.format === 'binary')
        out.data(
          binaryRow(row.map((value, index) => (value === null ? null : types[index]!.send(value, callContext)))),
        );
      else
        out.data(line(row.map((value, index) => (value === null ? null : types[index]!.output(value, callContext)))));
    }
  });
  if (options.format === 'binary') out.data(binaryTrailer());
  out.done();
  return { tag: `COPY ${count}` };
}

function header(names: readonly string[], options: CopyOptions): Buffer {
  return Buffer.from(
    `${options.format === 'csv' ? csvLine(names, { ...options, forceQuote: [] }) : textLine(names, options)}\n`,
  );
}

function* copyFrom(context: UtilityContext, node: CopyStmt): Waiting<UtilityResult> {
  const { backend } = context;
  if (node.whereClause !== undefined) throw unsupported('COPY FROM ... WHERE');
  const relation = relationByName(backend, node.relation?.schemaname, node.relation?.relname ?? '');
  backend.requireWritable('COPY FROM');
  if (relation.kind === 'v')
    throw failure('42809', `cannot copy to view "${relation.name}"`, {
      hint: 'To enable copying to a view, provide an INSTEAD OF INSERT trigger.',
    });
  if (relation.kind === 'S') throw failure('42809', `cannot copy to sequence "${relation.name}"`);
  const columns = tableColumns(relation, namesOf(node.attlist));
  const options = readOptions(
    node,
    columns.map((column) => column.name),
    true,
  );
  const chunks = yield* backend.client.copyIn!(columns.length, options.format === 'binary' ? 1 : 0);
  const rows = readRows(backend, relation, columns, Buffer.concat(chunks), options);
  const names = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const nulls = columns.map(() => 'NULL').join(', ');
  const insert = parseSql(
    `INSERT INTO ${qualified(backend, relation)} (${names}) OVERRIDING SYSTEM VALUE VALUES (${nulls})`,
  )[0]!;
  // A statement trigger is to fire once, so then all rows go by one plan.
  const hasStatementTrigger = backend.engine.catalog
    .triggersOf(backend, relation.oid)
    .some((trigger) => !trigger.isRow);
  const size = hasStatementTrigger ? Number.POSITIVE_INFINITY : BATCH_ROWS_MAX;
  let count = 0;
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    count += yield* insertRows(backend, insert, batch);
    batch = [];
  }
  if (batch.length > 0) count += yield* insertRows(backend, insert, batch);
  return { tag: `COPY ${count}` };
}

function* readRows(
  backend: Backend,
  relation: Relation,
  columns: readonly Column[],
  data: Buffer,
  options: CopyOptions,
): IterableIterator<Row> {
  const types = columns.map((column) => backend.engine.types.byOid(column.typeOid));
  const { callContext } = backend;
  const place = (line: number, more: string): string => `COPY ${relation.name}, line ${line}${more}`;
  if (options.format === 'binary') {
    let line = 0;
    for (const fields of readBinary(data)) {
      line += 1;
      if (fields.length !== columns.length)
        throw failure('22P04', `row field count is ${fields.length}, expected ${columns.length}`, {
          where: place(line, ''),
        });
      yield fields.map((field, index) =>
        field === null ? null : types[index]!.receive(field, columns[index]!.typmod, callContext),
      );
    }
    return;
  }
  const text = data.toString('utf8');
  const records: Iterable<CopiedRow> = options.format === 'csv' ? readCsv(text, options) : readText(text, options);
  let isHeader = options.header !== 'none';
  for (const { line, text: source, fields } of records) {
    if (isHeader) {
      isHeader = false;
      if (options.header === 'match') requireHeader(relation, columns, fields, line);
      continue;
    }
    const shown = `: "${source.length > 100 ? `${source.slice(0, 100)}...` : source}"`;
    if (fields.length < columns.length && !(columns.length === 0))
      throw failure('22P04', `missing data for column "${columns[fields.length]!.name}"`, {
        where: place(line, shown),
      });
    if (fields.length > columns.length)
      throw failure('22P04', 'extra data after last expected column', { where: place(line, shown) });
    const row: Datum[] = [];
    for (let index = 0; index < columns.length; index++) {
      const field = fields[index]!;
      const column = columns[index]!;
      try {
        row.push(field === null ? null : types[index]!.input(field, column.typmod, callContext));
      } catch (error) {
        if (error instanceof PgError)
          throw error.with({ where: place(line, `, column ${column.name}: "${field ?? ''}"`) });
        throw error;
      }
    }
    yield row;
  }
}

function requireHeader(
  relation: Relation,
  columns: readonly Column[],
  fields: readonly (string | null)[],
  line: number,
): void {
  const where = `COPY ${relation.name}, line ${line}: "${fields.join(',')}"`;
  if (fields.length !== columns.length)
    throw failure('22P04', `wrong number of fields in header line: got ${fields.length}, expected ${columns.length}`, {
      where,
    });
  columns.forEach((column, index) => {
    const got = fields[index];
    if (got === column.name) return;
    throw failure(
      '22P04',
      `column name mismatch in header line field ${index + 1}: got ${got === null ? 'null value ("")' : `"${got}"`}, expected "${column.name}"`,
      { where },
    );
  });
}

export const copyHandlers: UtilityHandlers = { CopyStmt: copy };
