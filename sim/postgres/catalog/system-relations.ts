/**
 * System catalogs and views: which there are and with which columns (rows/system-relation-rows.ts), and how a row told by names becomes one by
 * position. The rows themselves come from families of makers; a relation that has none is empty, since nothing of its kind can exist here.
 */
import type { Backend } from '../backend.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import { type Catalog, INFORMATION_SCHEMA_OID, PG_CATALOG_OID } from './catalog.ts';
import type { Column, Relation } from './objects.ts';
import { systemRelationRows } from './rows/system-relation-rows.ts';

/** One row by the names of its columns; what is not named is NULL, or nothing ('', 0, false) where NULL is not allowed. */
export type NamedRow = Readonly<Record<string, Datum>>;
export type RowMaker = (backend: Backend) => readonly NamedRow[];
export type RowMakers = Readonly<Record<string, RowMaker>>;

/** Puts all system relations into a new catalog. */
export function addSystemRelations(catalog: Catalog, makers: RowMakers, informationMakers: RowMakers): void {
  for (const line of systemRelationRows.split('\n')) {
    const [oid, schema, name, kind, columns] = line.split(';') as [string, string, string, string, string];
    const isInformation = schema === 'i';
    const maker = (isInformation ? informationMakers : makers)[name];
    catalog.relations.bootstrap(
      systemRelation({
        oid: Number(oid),
        name,
        schema: isInformation ? INFORMATION_SCHEMA_OID : PG_CATALOG_OID,
        kind: kind as 'r' | 'v',
        columns: columns.split(',').map(column),
        maker,
      }),
    );
  }
}

function column(text: string, index: number): Column {
  const words = text.split(' ');
  const isNotNull = words.at(-1) === '!';
  const typmod = words.length > (isNotNull ? 3 : 2) ? Number(words[2]) : -1;
  return {
    name: words[0]!,
    number: index + 1,
    typeOid: Number(words[1]),
    typmod,
    isNotNull,
    isDropped: false,
    expression: null,
    generated: 'none',
    identity: 'none',
    missing: null,
  };
}

function systemRelation(options: {
  readonly oid: number;
  readonly name: string;
  readonly schema: number;
  readonly kind: 'r' | 'v';
  readonly columns: readonly Column[];
  readonly maker: RowMaker | undefined;
}): Relation {
  const { maker, columns } = options;
  return {
    oid: options.oid,
    name: options.name,
    schema: options.schema,
    kind: options.kind,
    owner: 'postgres',
    persistence: 'p',
    columns,
    heap: null,
    index: null,
    sequence: null,
    view: null,
    rows: (session) => (maker === undefined ? [] : maker(session as Backend).map((row) => placed(columns, row))),
    typeOid: 0,
    onCommit: 'preserve',
    options: new Map(),
    partitioning: null,
    partition: null,
  };
}

function placed(columns: readonly Column[], row: NamedRow): Datum[] {
  return columns.map((one) => {
    const value = row[one.name];
    return value !== undefined ? value : one.isNotNull ? nothing(one.typeOid) : null;
  });
}

/** What stands in a column that may not be NULL and means nothing here. */
function nothing(type: number): Datum {
  switch (type) {
    case Oid.bool:
      return false;
    case Oid.text:
    case Oid.name:
    case Oid.char:
      return '';
    case Oid.int8:
      return 0n;
    case Oid.int2vector:
      return vector(Oid.int2, []);
    case Oid.oidvector:
      return vector(Oid.oid, []);
    default:
      return 0;
  }
}

/** int2vector and oidvector count from 0. */
export function vector(elementType: number, items: readonly Datum[]): Datum {
  return items.length === 0
    ? { elementType, dims: [], lower: [], items: [] }
    : { elementType, dims: [items.length], lower: [0], items };
}

export function list(elementType: number, items: readonly Datum[]): Datum {
  return items.length === 0
    ? { elementType, dims: [], lower: [], items: [] }
    : { elementType, dims: [items.length], lower: [1], items };
}
