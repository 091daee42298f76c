/**
 * What schema tools ask of pg_catalog and information_schema, made when read: tables, columns, schemas, types, indexes.
 * Source: PostgreSQL 15 manual, chapters 37 and 53. Differs: only the objects of the user and the columns listed here are there; a query that
 * names another column fails with 42703, and `SELECT *` gives fewer columns. Expressions (defaults, index definitions) are not printed.
 */
import type { Backend } from '../backend.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import { type Columns, view } from './activity-views.ts';
import type { Catalog } from './catalog.ts';
import { INFORMATION_SCHEMA_OID, PG_CATALOG_OID } from './catalog.ts';
import type { Column, Relation } from './objects.ts';

const CHAR = 18;
/** Typmod of varchar(3), the domain yes_or_no. */
const YES_OR_NO = 7;
/** OID of the bootstrap superuser. */
const OWNER_OID = 10;

const NAMESPACE: Columns = [
  ['oid', Oid.oid],
  ['nspname', Oid.name],
  ['nspowner', Oid.oid],
];

const CLASS: Columns = [
  ['oid', Oid.oid],
  ['relname', Oid.name],
  ['relnamespace', Oid.oid],
  ['reltype', Oid.oid],
  ['relowner', Oid.oid],
  ['relhasindex', Oid.bool],
  ['relpersistence', CHAR],
  ['relkind', CHAR],
  ['relnatts', Oid.int2],
  ['relhastriggers', Oid.bool],
  ['relispartition', Oid.bool],
];

const ATTRIBUTE: Columns = [
  ['attrelid', Oid.oid],
  ['attname', Oid.name],
  ['atttypid', Oid.oid],
  ['attnum', Oid.int2],
  ['atttypmod', Oid.int4],
  ['attnotnull', Oid.bool],
  ['atthasdef', Oid.bool],
  ['attidentity', CHAR],
  ['attgenerated', CHAR],
  ['attisdropped', Oid.bool],
];

const INDEX: Columns = [
  ['indexrelid', Oid.oid],
  ['indrelid', Oid.oid],
  ['indnatts', Oid.int2],
  ['indisunique', Oid.bool],
  ['indisprimary', Oid.bool],
  ['indisvalid', Oid.bool],
];

const TABLES: Columns = [
  ['schemaname', Oid.name],
  ['tablename', Oid.name],
  ['tableowner', Oid.name],
  ['hasindexes', Oid.bool],
];

const INFORMATION_TABLES: Columns = [
  ['table_catalog', Oid.name],
  ['table_schema', Oid.name],
  ['table_name', Oid.name],
  ['table_type', Oid.varchar],
  ['is_insertable_into', Oid.varchar, YES_OR_NO],
];

const INFORMATION_COLUMNS: Columns = [
  ['table_catalog', Oid.name],
  ['table_schema', Oid.name],
  ['table_name', Oid.name],
  ['column_name', Oid.name],
  ['ordinal_position', Oid.int4],
  ['is_nullable', Oid.varchar, YES_OR_NO],
  ['data_type', Oid.varchar],
  ['character_maximum_length', Oid.int4],
  ['udt_schema', Oid.name],
  ['udt_name', Oid.name],
  ['is_identity', Oid.varchar, YES_OR_NO],
  ['identity_generation', Oid.varchar],
  ['is_generated', Oid.varchar],
];

/** Puts the views into a new catalog; their OIDs are those of initdb where it has fixed ones. */
export function addSystemViews(catalog: Catalog): void {
  const add = (schema: number, oid: number, name: string, columns: Columns, rows: (b: Backend) => Datum[][]): void =>
    catalog.relations.bootstrap({ ...view(oid, name, columns, rows), schema });
  add(PG_CATALOG_OID, 2615, 'pg_namespace', NAMESPACE, (backend) =>
    backend.engine.catalog.schemas.all(backend).map((schema) => [schema.oid, schema.name, OWNER_OID]),
  );
  add(PG_CATALOG_OID, 1259, 'pg_class', CLASS, classRows);
  add(PG_CATALOG_OID, 1249, 'pg_attribute', ATTRIBUTE, attributeRows);
  add(PG_CATALOG_OID, 2610, 'pg_index', INDEX, indexRows);
  add(PG_CATALOG_OID, 12103, 'pg_tables', TABLES, (backend) =>
    stored(backend)
      .filter((relation) => relation.kind === 'r' || relation.kind === 'p')
      .map((relation) => [
        schemaOf(backend, relation),
        relation.name,
        relation.owner,
        backend.engine.catalog.indexesOf(backend, relation.oid).length > 0,
      ]),
  );
  add(INFORMATION_SCHEMA_OID, 13001, 'tables', INFORMATION_TABLES, tableRows);
  add(INFORMATION_SCHEMA_OID, 13002, 'columns', INFORMATION_COLUMNS, columnRows);
}

/** Relations of the user. */
function stored(backend: Backend): Relation[] {
  return backend.engine.catalog.relations
    .all(backend)
    .filter((relation) => relation.schema !== PG_CATALOG_OID && relation.schema !== INFORMATION_SCHEMA_OID);
}

function schemaOf(backend: Backend, relation: Relation): string {
  return backend.engine.catalog.schemas.get(backend, relation.schema)?.name ?? '';
}

function classRows(backend: Backend): Datum[][] {
  const { catalog } = backend.engine;
  return stored(backend).map((relation) => [
    relation.oid,
    relation.name,
    relation.schema,
    relation.typeOid,
    OWNER_OID,
    catalog.indexesOf(backend, relation.oid).length > 0,
    relation.persistence,
    relation.kind,
    relation.columns.length,
    catalog.triggersOf(backend, relation.oid).length > 0,
    relation.partition !== null,
  ]);
}

function attributeRows(backend: Backend): Datum[][] {
  return stored(backend).flatMap((relation) =>
    relation.columns.map((column) => [
      relation.oid,
      column.isDropped ? `........pg.dropped.${column.number}........` : column.name,
      column.isDropped ? 0 : column.typeOid,
      column.number,
      column.typmod,
      column.isNotNull,
      column.expression !== null,
      column.identity === 'none' ? '' : column.identity === 'always' ? 'a' : 'd',
      column.generated === 'stored' ? 's' : '',
      column.isDropped,
    ]),
  );
}

function indexRows(backend: Backend): Datum[][] {
  return stored(backend).flatMap((relation) => {
    const info = relation.index;
    return info === null
      ? []
      : [
          [
            relation.oid,
            info.tableOid,
            info.keys.length + info.included.length,
            info.isUnique,
            info.isPrimary,
            info.isValid,
          ],
        ];
  });
}

function tableRows(backend: Backend): Datum[][] {
  const database = backend.engine.options.database ?? 'postgres';
  return stored(backend)
    .filter((relation) => relation.kind === 'r' || relation.kind === 'p' || relation.kind === 'v')
    .map((relation) => [
      database,
      schemaOf(backend, relation),
      relation.name,
      relation.persistence === 't' ? 'LOCAL TEMPORARY' : relation.kind === 'v' ? 'VIEW' : 'BASE TABLE',
      relation.kind === 'v' ? 'NO' : 'YES',
    ]);
}

function columnRows(backend: Backend): Datum[][] {
  const database = backend.engine.options.database ?? 'postgres';
  return stored(backend)
    .filter((relation) => relation.kind === 'r' || relation.kind === 'p' || relation.kind === 'v')
    .flatMap((relation) =>
      relation.columns
        .filter((column) => !column.isDropped)
        .map((column) => [
          database,
          schemaOf(backend, relation),
          relation.name,
          column.name,
          column.number,
          column.isNotNull ? 'NO' : 'YES',
          ...typeColumns(backend, column),
          column.identity === 'none' ? 'NO' : 'YES',
          column.identity === 'none' ? null : column.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT',
          column.generated === 'stored' ? 'ALWAYS' : 'NEVER',
        ]),
    );
}

/** data_type, character_maximum_length, udt_schema, udt_name; a domain shows the type below it. */
function typeColumns(backend: Backend, column: Column): Datum[] {
  const { types, catalog } = backend.engine;
  const base = types.baseOf(column.typeOid);
  const type = types.byOid(base);
  const own = catalog.types.get(backend, base);
  const isArray = types.elementOf(base) !== 0;
  const isSized = base === Oid.varchar || base === Oid.bpchar;
  const typmod = base === column.typeOid ? column.typmod : types.byOid(column.typeOid).baseTypmod;
  return [
    isArray ? 'ARRAY' : own !== null ? 'USER-DEFINED' : types.formatType(base),
    isSized && typmod > 0 ? typmod - 4 : null,
    own === null ? 'pg_catalog' : (catalog.schemas.get(backend, own.schema)?.name ?? ''),
    type.name,
  ];
}
