/**
 * pg_catalog: the rows of its tables and views, made when read. One flat table of makers, one a relation. Source: PostgreSQL 15 manual, chapters 53 and 54.
 * Differs: expressions are kept as references such as `{DEFAULT 16384 2}`, not as node trees, and only pg_get_expr understands them; sizes and
 * statistics are those of tables never vacuumed; dependencies (pg_depend) are told for owned sequences only.
 */
import type { Backend } from '../backend.ts';
import { builtinFunctions, type FunctionRow } from '../functions/function-row.ts';
import { accessList } from '../privileges.ts';
import { casts, Oid, operatorClasses, operators, strategiesOf } from '../types/index.ts';
import { activityMakers } from './activity-views.ts';
import { DATABASE_OID, PG_CATALOG_OID } from './catalog.ts';
import { indexDefinition, tableCondition, viewDefinition } from './definitions.ts';
import type { Column, Constraint, ForeignKeyAction, Relation, Trigger } from './objects.ts';
import { schemaName } from './search-path.ts';
import { list, type NamedRow, type RowMakers, vector } from './system-relations.ts';

/** Names that are not the user's. */
const OID_FIRST_USER = 16384;
const HEAP = 2;
const METHODS: Readonly<Record<string, number>> = {
  btree: 403,
  hash: 405,
  gist: 783,
  gin: 2742,
  spgist: 4000,
  brin: 3580,
};
const LANGUAGES: Readonly<Record<string, number>> = { sql: 14, plpgsql: 13563 };
const DEFAULT_COLLATION = 100;
/** OID of pg_class, as classid and refclassid name it. */
const CLASS = 1259;

/** Relations of the user. */
export function stored(backend: Backend): Relation[] {
  return backend.engine.catalog.relations.all(backend).filter((relation) => relation.oid >= OID_FIRST_USER);
}

export function roleOid(backend: Backend, name: string): number {
  return backend.engine.roles.oidOf(backend, name);
}

function databaseName(backend: Backend): string {
  return backend.engine.options.database ?? 'postgres';
}

function classRow(backend: Backend, relation: Relation): NamedRow {
  const { catalog } = backend.engine;
  const info = relation.index;
  const isStored = relation.heap !== null || info !== null || relation.kind === 'S' || relation.oid < OID_FIRST_USER;
  return {
    oid: relation.oid,
    relname: relation.name,
    relnamespace: relation.schema,
    reltype: relation.typeOid,
    relowner: roleOid(backend, relation.owner),
    relam: info !== null ? (METHODS[info.method] ?? 403) : 'rm'.includes(relation.kind) ? HEAP : 0,
    relfilenode: isStored && relation.kind !== 'v' ? relation.oid : 0,
    reltuples: relation.kind === 'v' ? 0 : -1,
    relhasindex: catalog.indexesOf(backend, relation.oid).length > 0,
    relpersistence: relation.persistence,
    relkind:
      relation.kind === 'i' && catalog.relations.get(backend, info?.tableOid ?? 0)?.kind === 'p' ? 'I' : relation.kind,
    relnatts: info === null ? relation.columns.length : info.keys.length + info.included.length,
    relchecks: catalog.constraintsOf(backend, relation.oid).filter((one) => one.kind === 'check').length,
    relhasrules: relation.kind === 'v',
    relhastriggers:
      catalog.triggersOf(backend, relation.oid).length > 0 ||
      catalog.constraintsOf(backend, relation.oid).some((one) => one.kind === 'foreign') ||
      catalog.referencesTo(backend, relation.oid).length > 0,
    relrowsecurity: relation.rowSecurity?.isEnabled === true,
    relforcerowsecurity: relation.rowSecurity?.isForced === true,
    relhassubclass: catalog.partitionsOf(backend, relation.oid).length > 0,
    relispopulated: true,
    relreplident: relation.kind === 'r' || relation.kind === 'p' || relation.kind === 'm' ? 'd' : 'n',
    relispartition: relation.partition !== null,
    reloptions:
      relation.options.size === 0
        ? null
        : list(
            Oid.text,
            [...relation.options].map(([name, value]) => `${name}=${value}`),
          ),
    relpartbound: relation.partition === null ? null : `{BOUND ${relation.oid}}`,
    relacl: accessList(backend, relation.kind === 'S' ? 'sequence' : 'relation', relation.oid),
  };
}

function attributeRow(backend: Backend, relation: Relation, column: Column): NamedRow {
  const type = column.isDropped ? undefined : backend.engine.types.find(column.typeOid);
  const isText = (type?.category === 'A' ? backend.engine.types.find(type.elementOid) : type)?.category === 'S';
  return {
    attrelid: relation.oid,
    attname: column.isDropped ? `........pg.dropped.${column.number}........` : column.name,
    atttypid: column.isDropped ? 0 : column.typeOid,
    attstattarget: -1,
    attlen: type?.len ?? -1,
    attnum: column.number,
    attcacheoff: -1,
    atttypmod: column.typmod,
    attbyval: type?.byVal ?? false,
    attalign: type?.align ?? 'i',
    attstorage: type?.storage ?? 'p',
    attnotnull: column.isNotNull,
    atthasdef: column.expression !== null,
    attidentity: column.identity === 'none' ? '' : column.identity === 'always' ? 'a' : 'd',
    attgenerated: column.generated === 'stored' ? 's' : '',
    attisdropped: column.isDropped,
    attislocal: relation.partition === null,
    attinhcount: relation.partition === null ? 0 : 1,
    attcollation:
      column.typeOid === Oid.name || relation.oid < OID_FIRST_USER
        ? isText || column.typeOid === Oid.name
          ? 950
          : 0
        : isText
          ? DEFAULT_COLLATION
          : 0,
    attndims: type !== undefined && type.category === 'A' ? 1 : 0,
  };
}

const SYSTEM_COLUMNS: readonly (readonly [name: string, number: number, type: number])[] = [
  ['tableoid', -6, Oid.oid],
  ['cmax', -5, Oid.cid],
  ['xmax', -4, Oid.xid],
  ['cmin', -3, Oid.cid],
  ['xmin', -2, Oid.xid],
  ['ctid', -1, Oid.tid],
];

/** Columns of a relation; those of an index have the names that its keys got. */
function attributeRows(backend: Backend, relation: Relation): NamedRow[] {
  const own = relation.columns.map((column) => attributeRow(backend, relation, column));
  if (relation.index !== null) {
    const { keys, included, tableOid } = relation.index;
    const table = backend.engine.catalog.relations.get(backend, tableOid);
    return [
      ...keys.map((key) => ({ type: key.typeOid, column: key.column })),
      ...included.map((number) => ({ type: 0, column: number })),
    ].map(({ type, column }, index) => {
      const source = table?.columns[column - 1];
      return attributeRow(backend, relation, {
        name: relation.columns[index]?.name ?? source?.name ?? 'expr',
        number: index + 1,
        typeOid: type === 0 ? (source?.typeOid ?? 0) : type,
        typmod: source?.typmod ?? -1,
        isNotNull: false,
        isDropped: false,
        expression: null,
        generated: 'none',
        identity: 'none',
        missing: null,
      });
    });
  }
  if (!'rpmS'.includes(relation.kind) || relation.oid < OID_FIRST_USER) return own;
  const system = SYSTEM_COLUMNS.map(([name, number, type]): NamedRow => {
    const about = backend.engine.types.byOid(type);
    return {
      attrelid: relation.oid,
      attname: name,
      atttypid: type,
      attlen: about.len,
      attnum: number,
      attcacheoff: -1,
      atttypmod: -1,
      attbyval: about.byVal,
      attalign: about.align,
      attstorage: about.storage,
      attnotnull: true,
      attislocal: true,
    };
  });
  return [...system, ...own];
}

function indexRows(backend: Backend): NamedRow[] {
  return stored(backend).flatMap((relation): NamedRow[] => {
    const info = relation.index;
    if (info === null) return [];
    const hasExpressions = info.keys.some((key) => key.column === 0);
    return [
      {
        indexrelid: relation.oid,
        indrelid: info.tableOid,
        indnatts: info.keys.length + info.included.length,
        indnkeyatts: info.keys.length,
        indisunique: info.isUnique,
        indnullsnotdistinct: info.nullsNotDistinct,
        indisprimary: info.isPrimary,
        indimmediate: info.isImmediate,
        indisvalid: info.isValid,
        indisready: true,
        indislive: true,
        indkey: vector(Oid.int2, [...info.keys.map((key) => key.column), ...info.included]),
        indcollation: vector(
          Oid.oid,
          info.keys.map((key) => (backend.engine.types.find(key.typeOid)?.category === 'S' ? DEFAULT_COLLATION : 0)),
        ),
        indclass: vector(
          Oid.oid,
          info.keys.map((key) => classOf(backend, info.method, key.typeOid)),
        ),
        indoption: vector(
          Oid.int2,
          info.keys.map((key) => (key.isDescending ? 1 : 0) + (key.nullsFirst ? 2 : 0)),
        ),
        indexprs: hasExpressions ? `{INDEX ${relation.oid}}` : null,
        indpred: info.predicate === null ? null : `{PREDICATE ${relation.oid}}`,
      },
    ];
  });
}

function classOf(backend: Backend, method: string, type: number): number {
  const wanted = method === 'hash' ? 405 : 403;
  const base = backend.engine.types.baseOf(type);
  const input = base === Oid.varchar ? Oid.text : base;
  return operatorClasses.find((one) => one.method === wanted && one.inputType === input && one.isDefault)?.oid ?? 0;
}

const KINDS: Readonly<Record<Constraint['kind'], string>> = { primary: 'p', unique: 'u', check: 'c', foreign: 'f' };
const ACTIONS: Readonly<Record<ForeignKeyAction, string>> = {
  'no action': 'a',
  restrict: 'r',
  cascade: 'c',
  'set null': 'n',
  'set default': 'd',
};

export function userConstraints(backend: Backend): Constraint[] {
  return backend.engine.catalog.constraints.all(backend);
}

function constraintRow(constraint: Constraint): NamedRow {
  const { foreign } = constraint;
  return {
    oid: constraint.oid,
    conname: constraint.name,
    connamespace: constraint.schema,
    contype: KINDS[constraint.kind],
    condeferrable: constraint.isDeferrable,
    condeferred: constraint.isDeferred,
    convalidated: constraint.isValidated,
    conrelid: constraint.tableOid,
    conindid: foreign?.indexOid ?? constraint.indexOid,
    confrelid: foreign?.tableOid ?? 0,
    confupdtype: foreign === null ? ' ' : ACTIONS[foreign.onUpdate],
    confdeltype: foreign === null ? ' ' : ACTIONS[foreign.onDelete],
    confmatchtype: foreign === null ? ' ' : foreign.match === 'full' ? 'f' : 's',
    conislocal: true,
    connoinherit: constraint.kind !== 'check' || constraint.noInherit,
    conkey: constraint.columns.length === 0 ? null : list(Oid.int2, constraint.columns),
    confkey: foreign === null ? null : list(Oid.int2, foreign.columns),
    confdelsetcols:
      foreign === null || foreign.deleteColumns.length === 0 ? null : list(Oid.int2, foreign.deleteColumns),
    conbin: constraint.expression === null ? null : `{CHECK ${constraint.oid}}`,
  };
}

function typeRows(backend: Backend): NamedRow[] {
  const { types, catalog } = backend.engine;
  const functionOid = (name: string): number => builtinFunctions.find((row) => row.name === name)?.oid ?? 0;
  const functionOids = new Map<string, number>();
  const cached = (name: string): number => {
    let oid = functionOids.get(name);
    if (oid === undefined) {
      oid = name === '-' ? 0 : functionOid(name);
      functionOids.set(name, oid);
    }
    return oid;
  };
  return [...types.rows()].flatMap((row): NamedRow[] => {
    const isBuiltIn = row.oid < OID_FIRST_USER;
    const own = isBuiltIn ? null : catalog.types.get(backend, row.oid);
    // The array type has no object of its own.
    const element = own === null && row.elementOid !== 0 ? catalog.types.get(backend, row.elementOid) : null;
    if (!isBuiltIn && own === null && element === null) return [];
    const relation = own === null || own.relationOid === 0 ? null : catalog.relations.get(backend, own.relationOid);
    return [
      {
        oid: row.oid,
        typname: own?.name ?? row.name,
        typnamespace: own?.schema ?? element?.schema ?? PG_CATALOG_OID,
        typowner: roleOid(backend, relation?.owner ?? 'postgres'),
        typlen: row.len,
        typbyval: row.byVal,
        typtype: row.type,
        typcategory: row.category,
        typispreferred: row.isPreferred,
        typisdefined: true,
        typdelim: row.delimiter,
        typrelid: own?.relationOid ?? row.relationOid,
        typsubscript: row.inputFunction === 'array_in' ? 6179 : 0,
        typelem: row.elementOid,
        typarray: row.arrayOid,
        typinput: cached(row.inputFunction),
        typoutput: cached(row.outputFunction),
        typreceive: cached(row.receiveFunction),
        typsend: cached(row.sendFunction),
        typmodin: cached(row.typmodIn),
        typmodout: cached(row.typmodOut),
        typalign: row.align,
        typstorage: row.storage,
        typnotnull: row.isNotNull,
        typbasetype: row.baseOid,
        typtypmod: row.baseTypmod,
        typndims: 0,
        typcollation: row.collation,
      },
    ];
  });
}

function procedureRow(row: FunctionRow, about: NamedRow): NamedRow {
  return {
    oid: row.oid,
    proname: row.name,
    pronamespace: PG_CATALOG_OID,
    proowner: 10,
    prolang: row.source.startsWith('sql:') ? 14 : 12,
    procost: 1,
    prorows: row.returnsSet ? 1000 : 0,
    provariadic: row.variadic,
    prokind: row.kind,
    proisstrict: row.isStrict,
    proretset: row.returnsSet,
    provolatile: row.volatility,
    proparallel: 's',
    pronargs: row.argTypes.length,
    pronargdefaults: row.defaults.length,
    prorettype: row.returnType,
    proargtypes: vector(Oid.oid, row.argTypes),
    proallargtypes: row.allArgTypes.length === 0 ? null : list(Oid.oid, row.allArgTypes),
    proargmodes: row.argModes.length === 0 ? null : list(Oid.char, row.argModes),
    proargnames: row.argNames.length === 0 ? null : list(Oid.text, row.argNames),
    prosrc: row.source,
    ...about,
  };
}

let builtinProcedures: readonly NamedRow[] | null = null;

function procedureRows(backend: Backend): NamedRow[] {
  builtinProcedures ??= builtinFunctions.map((row) => procedureRow(row, {}));
  const own = backend.engine.catalog.functions.all(backend).map((object) =>
    procedureRow(object.row, {
      pronamespace: object.schema,
      proowner: roleOid(backend, object.owner),
      prolang: LANGUAGES[object.language] ?? 14,
      procost: 100,
      prosecdef: object.isSecurityDefiner,
      proparallel: 'u',
      prosrc: object.body,
      proargdefaults: object.row.defaults.length === 0 ? null : `{DEFAULTS ${object.oid}}`,
      proconfig:
        object.settings.length === 0
          ? null
          : list(
              Oid.text,
              object.settings.map(([name, value]) => `${name}=${value}`),
            ),
      proacl: accessList(backend, 'function', object.oid),
    }),
  );
  return [...builtinProcedures, ...own];
}

/** pg_trigger.tgtype: row 1, before 2, insert 4, delete 8, update 16, truncate 32, instead 64. */
export function triggerType(trigger: Trigger): number {
  const events = { insert: 4, delete: 8, update: 16, truncate: 32 };
  return (
    (trigger.isRow ? 1 : 0) +
    (trigger.timing === 'before' ? 2 : trigger.timing === 'instead of' ? 64 : 0) +
    trigger.events.reduce((sum, event) => sum + events[event], 0)
  );
}

function setting(backend: Backend, name: string): NamedRow | null {
  const value = backend.settings.get(name);
  return value === undefined
    ? null
    : {
        name,
        setting: value,
        category: '',
        short_desc: '',
        context: 'user',
        vartype: 'string',
        source: 'default',
        boot_val: value,
        reset_val: value,
        pending_restart: false,
      };
}

function tablesIn(backend: Backend, kinds: string): Relation[] {
  return backend.engine.catalog.relations.all(backend).filter((relation) => kinds.includes(relation.kind));
}

function statRow(backend: Backend, relation: Relation): NamedRow {
  return {
    relid: relation.oid,
    schemaname: schemaName(backend, relation.schema),
    relname: relation.name,
    seq_scan: 0n,
    seq_tup_read: 0n,
    n_tup_ins: 0n,
    n_tup_upd: 0n,
    n_tup_del: 0n,
    n_tup_hot_upd: 0n,
    n_live_tup: 0n,
    n_dead_tup: 0n,
    n_mod_since_analyze: 0n,
    n_ins_since_vacuum: 0n,
    vacuum_count: 0n,
    autovacuum_count: 0n,
    analyze_count: 0n,
    autoanalyze_count: 0n,
  };
}

function roleRows(backend: Backend): NamedRow[] {
  return backend.engine.catalog.roles.all(backend).map((role) => ({
    oid: role.oid,
    rolname: role.name,
    rolsuper: role.isSuperuser,
    rolinherit: role.inherits,
    rolcreaterole: role.mayCreateRole,
    rolcreatedb: role.mayCreateDatabase,
    rolcanlogin: role.mayLogin,
    rolreplication: role.mayReplicate,
    rolconnlimit: role.connectionLimit,
    rolpassword: '********',
    rolbypassrls: role.bypassesRowSecurity,
  }));
}

const am = (oid: number, amname: string, amhandler: number, amtype: string): NamedRow => ({
  oid,
  amname,
  amhandler,
  amtype,
});
const collation = (oid: number, collname: string, collprovider: string, collencoding: number): NamedRow => ({
  oid,
  collname,
  collnamespace: PG_CATALOG_OID,
  collowner: 10,
  collprovider,
  collisdeterministic: true,
  collencoding,
  collcollate: collprovider === 'c' ? collname : null,
  collctype: collprovider === 'c' ? collname : null,
});

const pgMakers: RowMakers = {
  pg_namespace: (backend) =>
    // initdb makes pg_toast first.
    [...backend.engine.catalog.schemas.all(backend)]
      .sort((a, b) => Number(b.oid === 99) - Number(a.oid === 99))
      .map((schema) => ({
        oid: schema.oid,
        nspname: schema.name,
        nspowner: roleOid(backend, schema.owner),
        nspacl: accessList(backend, 'schema', schema.oid),
      })),
  pg_class: (backend) => backend.engine.catalog.relations.all(backend).map((relation) => classRow(backend, relation)),
  pg_attribute: (backend) =>
    backend.engine.catalog.relations.all(backend).flatMap((relation) => attributeRows(backend, relation)),
  pg_attrdef: (backend) =>
    stored(backend).flatMap((relation) =>
      relation.columns
        .filter((column) => column.expression !== null && !column.isDropped)
        .map((column) => ({
          oid: relation.oid * 1000 + column.number,
          adrelid: relation.oid,
          adnum: column.number,
          adbin: `{DEFAULT ${relation.oid} ${column.number}}`,
        })),
    ),
  pg_index: indexRows,
  pg_constraint: (backend) => userConstraints(backend).map((constraint) => constraintRow(constraint)),
  pg_type: typeRows,
  pg_enum: (backend) =>
    backend.engine.catalog.types
      .all(backend)
      .filter((type) => type.kind === 'enum')
      .flatMap((type) =>
        backend.engine.types.enumLabels(type.oid).map((label, index) => ({
          oid: type.oid * 1000 + index,
          enumtypid: type.oid,
          enumsortorder: index + 1,
          enumlabel: label,
        })),
      ),
  pg_range: (backend) =>
    [...backend.engine.types.rows()]
      .filter((row) => row.type === 'r')
      .map((row) => ({ rngtypid: row.oid, rngsubtype: backend.engine.types.rangeSubtype(row.oid) })),
  pg_proc: procedureRows,
  pg_operator: () =>
    operators.map((row) => ({
      oid: row.oid,
      oprname: row.name,
      oprnamespace: PG_CATALOG_OID,
      oprowner: 10,
      oprkind: row.kind,
      oprcanmerge: row.canMerge,
      oprcanhash: row.canHash,
      oprleft: row.left,
      oprright: row.right,
      oprresult: row.result,
      oprcom: row.commutator,
      oprnegate: row.negator,
      oprcode: row.procedure,
    })),
  pg_cast: () =>
    casts.map((row) => ({
      oid: row.oid,
      castsource: row.source,
      casttarget: row.target,
      castfunc: row.procedure,
      castcontext: row.context,
      castmethod: row.method,
    })),
  pg_opclass: () =>
    operatorClasses.map((row) => ({
      oid: row.oid,
      opcmethod: row.method,
      opcname: row.name,
      opcnamespace: PG_CATALOG_OID,
      opcowner: 10,
      opcfamily: row.family,
      opcintype: row.inputType,
      opcdefault: row.isDefault,
    })),
  pg_amop: () =>
    operators.flatMap((operator) =>
      strategiesOf(operator.oid).map((row) => ({
        amopfamily: row.family,
        amoplefttype: row.left,
        amoprighttype: row.right,
        amopstrategy: row.strategy,
        amoppurpose: 's',
        amopopr: row.operator,
        amopmethod: row.method,
      })),
    ),
  pg_am: () => [
    am(2, 'heap', 3, 't'),
    am(403, 'btree', 330, 'i'),
    am(405, 'hash', 331, 'i'),
    am(783, 'gist', 332, 'i'),
    am(2742, 'gin', 333, 'i'),
    am(4000, 'spgist', 334, 'i'),
    am(3580, 'brin', 335, 'i'),
  ],
  pg_language: () => [
    { oid: 12, lanname: 'internal', lanowner: 10, lanvalidator: 2246 },
    { oid: 13, lanname: 'c', lanowner: 10, lanvalidator: 2247 },
    { oid: 14, lanname: 'sql', lanowner: 10, lanpltrusted: true, lanvalidator: 2248 },
    {
      oid: 13563,
      lanname: 'plpgsql',
      lanowner: 10,
      lanispl: true,
      lanpltrusted: true,
      lanplcallfoid: 13560,
      laninline: 13561,
      lanvalidator: 13562,
    },
  ],
  pg_extension: () => [
    { oid: 13559, extname: 'plpgsql', extowner: 10, extnamespace: PG_CATALOG_OID, extversion: '1.0' },
  ],
  pg_collation: () => [
    collation(100, 'default', 'd', -1),
    collation(950, 'C', 'c', -1),
    collation(951, 'POSIX', 'c', -1),
    collation(12340, 'ucs_basic', 'c', 6),
  ],
  pg_tablespace: () => [
    { oid: 1663, spcname: 'pg_default', spcowner: 10 },
    { oid: 1664, spcname: 'pg_global', spcowner: 10 },
  ],
  pg_database: (backend) =>
    [
      {
        oid: DATABASE_OID,
        datname: databaseName(backend),
        datallowconn: true,
        datistemplate: false,
        datacl: accessList(backend, 'database', DATABASE_OID),
      },
      {
        oid: 1,
        datname: 'template1',
        datallowconn: true,
        datistemplate: true,
        datacl: list(1033, ['=c/postgres', 'postgres=CTc/postgres']),
      },
      {
        oid: 4,
        datname: 'template0',
        datallowconn: false,
        datistemplate: true,
        datacl: list(1033, ['=c/postgres', 'postgres=CTc/postgres']),
      },
    ].map((row) => ({
      ...row,
      datdba: 10,
      encoding: 6,
      datlocprovider: 'c',
      datconnlimit: -1,
      datfrozenxid: 716,
      datminmxid: 1,
      dattablespace: 1663,
      datcollate: 'C',
      datctype: 'C',
    })),
  pg_authid: (backend) => roleRows(backend).map((row) => ({ ...row, rolpassword: null })),
  pg_roles: roleRows,
  pg_user: (backend) =>
    roleRows(backend)
      .filter((row) => row['rolcanlogin'] === true)
      .map((row) => ({
        usename: row['rolname']!,
        usesysid: row['oid']!,
        usecreatedb: row['rolcreatedb']!,
        usesuper: row['rolsuper']!,
        userepl: row['rolreplication']!,
        usebypassrls: row['rolbypassrls']!,
        passwd: '********',
      })),
  pg_auth_members: (backend) =>
    backend.engine.catalog.roles
      .all(backend)
      .flatMap((role) =>
        role.memberOf.map((one) => ({ roleid: one.roleOid, member: role.oid, grantor: 10, admin_option: one.isAdmin })),
      ),
  pg_sequence: (backend) =>
    stored(backend).flatMap((relation) => {
      if (relation.sequence === null) return [];
      const { options } = relation.sequence;
      return [
        {
          seqrelid: relation.oid,
          seqtypid: options.typeOid,
          seqstart: options.start,
          seqincrement: options.increment,
          seqmax: options.max,
          seqmin: options.min,
          seqcache: options.cache,
          seqcycle: options.isCycling,
        },
      ];
    }),
  pg_depend: (backend) =>
    stored(backend).flatMap((relation) => {
      const { sequence } = relation;
      if (sequence === null || sequence.ownerTable === 0) return [];
      return [
        {
          classid: CLASS,
          objid: relation.oid,
          objsubid: 0,
          refclassid: CLASS,
          refobjid: sequence.ownerTable,
          refobjsubid: sequence.ownerColumn,
          deptype: sequence.isIdentity ? 'i' : 'a',
        },
      ];
    }),
  pg_description: (backend) =>
    backend.engine.catalog.comments.all(backend).map((comment) => ({
      objoid: comment.objectOid,
      classoid: comment.classOid,
      objsubid: comment.part,
      description: comment.text,
    })),
  pg_inherits: (backend) =>
    stored(backend).flatMap((relation) =>
      relation.partition === null
        ? []
        : [{ inhrelid: relation.oid, inhparent: relation.partition.parentOid, inhseqno: 1, inhdetachpending: false }],
    ),
  pg_partitioned_table: (backend) =>
    stored(backend).flatMap((relation) => {
      const { partitioning } = relation;
      if (partitioning === null) return [];
      return [
        {
          partrelid: relation.oid,
          partstrat: partitioning.strategy === 'list' ? 'l' : 'r',
          partnatts: partitioning.columns.length,
          partattrs: vector(Oid.int2, partitioning.columns),
          partclass: vector(
            Oid.oid,
            partitioning.types.map((type) => classOf(backend, 'btree', type)),
          ),
          partcollation: vector(
            Oid.oid,
            partitioning.types.map(() => 0),
          ),
        },
      ];
    }),
  pg_trigger: (backend) =>
    backend.engine.catalog.triggers.all(backend).map((trigger) => ({
      oid: trigger.oid,
      tgrelid: trigger.tableOid,
      tgname: trigger.name,
      tgfoid: trigger.functionOid,
      tgtype: triggerType(trigger),
      tgenabled: trigger.isEnabled ? 'O' : 'D',
      tgdeferrable: trigger.isDeferrable,
      tginitdeferred: trigger.isDeferred,
      tgnargs: trigger.arguments.length,
      tgattr: vector(Oid.int2, trigger.columns),
      tgargs: Buffer.from(trigger.arguments.map((argument) => `${argument}\0`).join('')),
      tgqual: trigger.when === null ? null : `{WHEN ${trigger.oid}}`,
    })),
  pg_rewrite: (backend) =>
    stored(backend)
      .filter((relation) => relation.view !== null)
      .map((relation) => ({
        oid: relation.oid + 2,
        rulename: '_RETURN',
        ev_class: relation.oid,
        ev_type: '1',
        ev_enabled: 'O',
        is_instead: true,
        ev_qual: '<>',
        ev_action: `{VIEW ${relation.oid}}`,
      })),
  pg_policy: (backend) =>
    backend.engine.catalog.policies.all(backend).map((policy) => ({
      oid: policy.oid,
      polname: policy.name,
      polrelid: policy.tableOid,
      polcmd: { all: '*', select: 'r', insert: 'a', update: 'w', delete: 'd' }[policy.command],
      polpermissive: policy.isPermissive,
      polroles: list(Oid.oid, policy.roles.length === 0 ? [0] : policy.roles.map((name) => roleOid(backend, name))),
      polqual: policy.using === null ? null : `{POLICY ${policy.oid} u}`,
      polwithcheck: policy.check === null ? null : `{POLICY ${policy.oid} c}`,
    })),
  pg_policies: (backend) =>
    backend.engine.catalog.policies.all(backend).map((policy) => {
      const table = backend.engine.catalog.relations.get(backend, policy.tableOid)!;
      return {
        schemaname: schemaName(backend, table.schema),
        tablename: table.name,
        policyname: policy.name,
        permissive: policy.isPermissive ? 'PERMISSIVE' : 'RESTRICTIVE',
        roles: list(Oid.name, policy.roles.length === 0 ? ['public'] : policy.roles),
        cmd: policy.command.toUpperCase(),
        qual: policy.using === null ? null : tableCondition(backend, table, policy.using, false),
        with_check: policy.check === null ? null : tableCondition(backend, table, policy.check, false),
      };
    }),
  pg_tables: (backend) =>
    tablesIn(backend, 'rp').map((relation) => ({
      schemaname: schemaName(backend, relation.schema),
      tablename: relation.name,
      tableowner: relation.owner,
      hasindexes: backend.engine.catalog.indexesOf(backend, relation.oid).length > 0,
      hasrules: false,
      hastriggers: classRow(backend, relation)['relhastriggers']!,
      rowsecurity: relation.rowSecurity?.isEnabled === true,
    })),
  pg_views: (backend) =>
    stored(backend)
      .filter((relation) => relation.kind === 'v')
      .map((relation) => ({
        schemaname: schemaName(backend, relation.schema),
        viewname: relation.name,
        viewowner: relation.owner,
        definition: viewDefinition(backend, relation, false),
      })),
  pg_indexes: (backend) =>
    stored(backend).flatMap((relation) => {
      const table =
        relation.index === null ? null : backend.engine.catalog.relations.get(backend, relation.index.tableOid);
      return table === null
        ? []
        : [
            {
              schemaname: schemaName(backend, table.schema),
              tablename: table.name,
              indexname: relation.name,
              indexdef: indexDefinition(backend, relation, 0, false),
            },
          ];
    }),
  pg_sequences: (backend) =>
    stored(backend).flatMap((relation) => {
      if (relation.sequence === null) return [];
      const { options, state } = relation.sequence;
      return [
        {
          schemaname: schemaName(backend, relation.schema),
          sequencename: relation.name,
          sequenceowner: relation.owner,
          data_type: options.typeOid,
          start_value: options.start,
          min_value: options.min,
          max_value: options.max,
          increment_by: options.increment,
          cycle: options.isCycling,
          cache_size: options.cache,
          last_value: state.isCalled ? state.lastValue : null,
        },
      ];
    }),
  pg_settings: (backend) =>
    backend.settings.names().flatMap((name): NamedRow[] => {
      const row = setting(backend, name);
      return row === null ? [] : [row];
    }),
  pg_stat_database: (backend) => [
    {
      datid: DATABASE_OID,
      datname: databaseName(backend),
      numbackends: backend.engine.backends.size,
      xact_commit: 0n,
      xact_rollback: 0n,
    },
  ],
  pg_stat_all_tables: (backend) => tablesIn(backend, 'r').map((relation) => statRow(backend, relation)),
  pg_stat_user_tables: (backend) =>
    stored(backend)
      .filter((relation) => relation.kind === 'r')
      .map((relation) => statRow(backend, relation)),
  pg_cursors: () => [],
  ...activityMakers,
};

export const systemMakers: RowMakers = pgMakers;
