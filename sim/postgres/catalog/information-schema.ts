/**
 * information_schema: the standard's views of the user's objects. Source: PostgreSQL 15 manual, chapter 37.
 * Differs: the views tell what the current role owns or may use without looking at privileges one by one; views of what cannot exist here are
 * empty.
 */
import type { Backend } from '../backend.ts';
import { grantsOn, LETTER_NAMES, owns } from '../privileges.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import { columnExpression, tableCondition, triggerDefinition, viewDefinition } from './definitions.ts';
import type { Column, Constraint, Relation } from './objects.ts';
import { schemaName } from './search-path.ts';
import type { NamedRow, RowMakers } from './system-relations.ts';
import { stored, userConstraints } from './system-views.ts';

const yes = (claim: boolean): string => (claim ? 'YES' : 'NO');
const databaseOf = (backend: Backend): string => backend.engine.options.database ?? 'postgres';

/** Tables and views that the current role sees. */
function tables(backend: Backend): Relation[] {
  return backend.engine.catalog.relations.all(backend).filter((relation) => 'rpv'.includes(relation.kind));
}

/** Whether rows of it may be written: a plain table, or a view over one that is simple enough. */
const isWritable = (relation: Relation): boolean => relation.kind !== 'v' && relation.rows === null;

function tableRows(backend: Backend): NamedRow[] {
  return tables(backend).map((relation) => ({
    table_catalog: databaseOf(backend),
    table_schema: schemaName(backend, relation.schema),
    table_name: relation.name,
    table_type: relation.persistence === 't' ? 'LOCAL TEMPORARY' : relation.kind === 'v' ? 'VIEW' : 'BASE TABLE',
    is_insertable_into: yes(isWritable(relation) || (relation.kind === 'r' && relation.rows !== null)),
    is_typed: 'NO',
    commit_action: relation.persistence === 't' ? 'PRESERVE' : null,
  }));
}

/** What the standard tells of a type: data_type, lengths, precisions, udt. */
function typeFacts(backend: Backend, typeOid: number, typmod: number): NamedRow {
  const { types, catalog } = backend.engine;
  const base = types.baseOf(typeOid);
  const mod = base === typeOid ? typmod : types.byOid(typeOid).baseTypmod;
  const own = catalog.types.get(backend, base);
  const isArray = types.elementOf(base) !== 0;
  const isSized = base === Oid.varchar || base === Oid.bpchar || base === Oid.bit || base === Oid.varbit;
  const size = isSized && mod > 0 ? (base === Oid.bit || base === Oid.varbit ? mod : mod - 4) : null;
  const isText = base === Oid.varchar || base === Oid.bpchar || base === Oid.text;
  return {
    data_type: isArray ? 'ARRAY' : own !== null ? 'USER-DEFINED' : types.formatType(base),
    character_maximum_length: size,
    character_octet_length: size !== null && isText ? Math.min(1073741824, size * 4) : isText ? 1073741824 : null,
    ...numericFacts(base, mod),
    datetime_precision: [Oid.timestamp, Oid.timestamptz, Oid.time, Oid.timetz, Oid.interval].includes(base as never)
      ? base === Oid.interval || mod < 0
        ? 6
        : mod
      : base === Oid.date
        ? 0
        : null,
    udt_catalog: databaseOf(backend),
    udt_schema: own === null ? 'pg_catalog' : schemaName(backend, own.schema),
    udt_name: types.byOid(base).name,
    dtd_identifier: null,
  };
}

function numericFacts(base: number, typmod: number): NamedRow {
  const binary: Readonly<Record<number, number>> = {
    [Oid.int2]: 16,
    [Oid.int4]: 32,
    [Oid.int8]: 64,
    [Oid.float4]: 24,
    [Oid.float8]: 53,
  };
  const bits = binary[base];
  if (bits !== undefined)
    return {
      numeric_precision: bits,
      numeric_precision_radix: 2,
      numeric_scale: bits === 24 || bits === 53 ? null : 0,
    };
  if (base !== Oid.numeric) return {};
  const packed = typmod - 4;
  return {
    numeric_precision: typmod < 0 ? null : packed >> 16,
    numeric_precision_radix: 10,
    numeric_scale: typmod < 0 ? null : packed & 0x7ff,
  };
}

function columnRow(backend: Backend, relation: Relation, column: Column, position: number): NamedRow {
  const { types, catalog } = backend.engine;
  const isDomain = types.baseOf(column.typeOid) !== column.typeOid;
  const domain = isDomain ? catalog.types.get(backend, column.typeOid) : null;
  const identity = column.identity === 'none' ? null : identitySequence(backend, relation, column);
  const text = column.expression === null ? null : columnExpression(backend, relation, column.number, false);
  return {
    table_catalog: databaseOf(backend),
    table_schema: schemaName(backend, relation.schema),
    table_name: relation.name,
    column_name: column.name,
    ordinal_position: position,
    column_default: column.generated === 'none' ? text : null,
    is_nullable: yes(!column.isNotNull),
    ...typeFacts(backend, column.typeOid, column.typmod),
    domain_catalog: domain === null ? null : databaseOf(backend),
    domain_schema: domain === null ? null : schemaName(backend, domain.schema),
    domain_name: domain?.name ?? null,
    dtd_identifier: String(column.number),
    is_self_referencing: 'NO',
    is_identity: yes(column.identity !== 'none'),
    identity_generation: column.identity === 'none' ? null : column.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT',
    identity_start: identity === null ? null : String(identity.start),
    identity_increment: identity === null ? null : String(identity.increment),
    identity_maximum: identity === null ? null : String(identity.max),
    identity_minimum: identity === null ? null : String(identity.min),
    identity_cycle: yes(identity?.isCycling === true),
    is_generated: column.generated === 'none' ? 'NEVER' : 'ALWAYS',
    generation_expression: column.generated === 'none' ? null : text,
    is_updatable: yes(isWritable(relation)),
  };
}

function identitySequence(backend: Backend, relation: Relation, column: Column) {
  const sequence = stored(backend).find(
    (one) =>
      one.sequence?.isIdentity === true &&
      one.sequence.ownerTable === relation.oid &&
      one.sequence.ownerColumn === column.number,
  );
  return sequence?.sequence?.options ?? null;
}

const KINDS: Readonly<Record<Constraint['kind'], string>> = {
  primary: 'PRIMARY KEY',
  unique: 'UNIQUE',
  check: 'CHECK',
  foreign: 'FOREIGN KEY',
};

interface Place {
  readonly constraint: Constraint;
  readonly table: Relation;
  readonly names: NamedRow;
}

function placed(backend: Backend): Place[] {
  return userConstraints(backend).flatMap((constraint) => {
    const table = backend.engine.catalog.relations.get(backend, constraint.tableOid);
    if (table === null) return [];
    const names = {
      constraint_catalog: databaseOf(backend),
      constraint_schema: schemaName(backend, constraint.schema),
      constraint_name: constraint.name,
    };
    return [{ constraint, table, names }];
  });
}

function tableNames(backend: Backend, table: Relation): NamedRow {
  return {
    table_catalog: databaseOf(backend),
    table_schema: schemaName(backend, table.schema),
    table_name: table.name,
  };
}

function constraintRows(backend: Backend): NamedRow[] {
  const own = placed(backend).map(({ constraint, table, names }) => ({
    ...names,
    ...tableNames(backend, table),
    constraint_type: KINDS[constraint.kind],
    is_deferrable: yes(constraint.isDeferrable),
    initially_deferred: yes(constraint.isDeferred),
    enforced: 'YES',
    nulls_distinct:
      constraint.kind === 'unique'
        ? yes(backend.engine.catalog.relations.get(backend, constraint.indexOid)?.index?.nullsNotDistinct !== true)
        : null,
  }));
  return [
    ...own,
    ...notNulls(backend).map(({ table, names }) => ({
      ...names,
      ...tableNames(backend, table),
      constraint_type: 'CHECK',
      is_deferrable: 'NO',
      initially_deferred: 'NO',
      enforced: 'YES',
    })),
  ];
}

/** NOT NULL is a check constraint to the standard, with a name made of OIDs. */
function notNulls(backend: Backend): { readonly table: Relation; readonly column: Column; readonly names: NamedRow }[] {
  return stored(backend)
    .filter((relation) => relation.kind === 'r' || relation.kind === 'p')
    .flatMap((table) =>
      table.columns
        .filter((column) => column.isNotNull && !column.isDropped)
        .map((column) => ({
          table,
          column,
          names: {
            constraint_catalog: databaseOf(backend),
            constraint_schema: schemaName(backend, table.schema),
            constraint_name: `${table.schema}_${table.oid}_${column.number}_not_null`,
          },
        })),
    );
}

function keyColumnRows(backend: Backend): NamedRow[] {
  return placed(backend).flatMap(({ constraint, table, names }) =>
    constraint.kind === 'check'
      ? []
      : constraint.columns.map((number, index) => ({
          ...names,
          ...tableNames(backend, table),
          column_name: table.columns[number - 1]!.name,
          ordinal_position: index + 1,
          position_in_unique_constraint:
            constraint.foreign === null ? null : uniquePosition(backend, constraint, index),
        })),
  );
}

function uniquePosition(backend: Backend, constraint: Constraint, index: number): number | null {
  const foreign = constraint.foreign!;
  const keys = backend.engine.catalog.relations.get(backend, foreign.indexOid)?.index?.keys ?? [];
  const at = keys.findIndex((key) => key.column === foreign.columns[index]);
  return at < 0 ? null : at + 1;
}

/** Columns that a constraint is about: of a foreign key those it points to. */
function constraintColumnRows(backend: Backend): NamedRow[] {
  return placed(backend).flatMap(({ constraint, table, names }) => {
    const target =
      constraint.foreign === null ? table : backend.engine.catalog.relations.get(backend, constraint.foreign.tableOid);
    if (target === null) return [];
    return (constraint.foreign?.columns ?? constraint.columns).map((number) => ({
      ...tableNames(backend, target),
      column_name: target.columns[number - 1]!.name,
      ...names,
    }));
  });
}

function referentialRows(backend: Backend): NamedRow[] {
  return placed(backend).flatMap(({ constraint, names }) => {
    const { foreign } = constraint;
    if (foreign === null) return [];
    const unique = userConstraints(backend).find((one) => one.indexOid === foreign.indexOid && one.kind !== 'foreign');
    return [
      {
        ...names,
        unique_constraint_catalog: unique === undefined ? null : databaseOf(backend),
        unique_constraint_schema: unique === undefined ? null : schemaName(backend, unique.schema),
        unique_constraint_name: unique?.name ?? null,
        match_option: foreign.match === 'full' ? 'FULL' : 'NONE',
        update_rule: foreign.onUpdate.toUpperCase(),
        delete_rule: foreign.onDelete.toUpperCase(),
      },
    ];
  });
}

function triggerRows(backend: Backend): NamedRow[] {
  return backend.engine.catalog.triggers.all(backend).flatMap((trigger) => {
    const table = backend.engine.catalog.relations.get(backend, trigger.tableOid);
    if (table === null) return [];
    const definition = triggerDefinition(backend, trigger, false) ?? '';
    const order = { insert: 4, delete: 8, update: 16, truncate: 32 };
    return [...trigger.events]
      .sort((a, b) => order[a] - order[b])
      .filter((event) => event !== 'truncate')
      .map((event) => ({
        trigger_catalog: databaseOf(backend),
        trigger_schema: schemaName(backend, table.schema),
        trigger_name: trigger.name,
        event_manipulation: event.toUpperCase(),
        event_object_catalog: databaseOf(backend),
        event_object_schema: schemaName(backend, table.schema),
        event_object_table: table.name,
        action_order: 1,
        action_statement: definition.slice(definition.indexOf('EXECUTE FUNCTION')),
        action_orientation: trigger.isRow ? 'ROW' : 'STATEMENT',
        action_timing: trigger.timing.toUpperCase(),
      }));
  });
}

function routineRows(backend: Backend): NamedRow[] {
  return backend.engine.catalog.functions.all(backend).map((object) => {
    const facts = object.row.kind === 'p' ? {} : typeFacts(backend, object.row.returnType, -1);
    return {
      specific_catalog: databaseOf(backend),
      specific_schema: schemaName(backend, object.schema),
      specific_name: `${object.name}_${object.oid}`,
      routine_catalog: databaseOf(backend),
      routine_schema: schemaName(backend, object.schema),
      routine_name: object.name,
      routine_type: object.row.kind === 'p' ? 'PROCEDURE' : 'FUNCTION',
      data_type: null,
      ...facts,
      type_udt_catalog: facts['udt_catalog'] ?? null,
      type_udt_schema: facts['udt_schema'] ?? null,
      type_udt_name: facts['udt_name'] ?? null,
      routine_body: object.language === 'sql' ? 'SQL' : 'EXTERNAL',
      routine_definition: object.body,
      external_language: object.language.toUpperCase(),
      parameter_style: 'GENERAL',
      is_deterministic: yes(object.row.volatility === 'i'),
      sql_data_access: 'MODIFIES',
      is_null_call: object.row.kind === 'p' ? null : yes(object.row.isStrict),
      schema_level_routine: 'YES',
      security_type: object.isSecurityDefiner ? 'DEFINER' : 'INVOKER',
      as_locator: 'NO',
    };
  });
}

function parameterRows(backend: Backend): NamedRow[] {
  return backend.engine.catalog.functions.all(backend).flatMap((object) => {
    const { row } = object;
    const all = row.allArgTypes.length > 0 ? row.allArgTypes : row.argTypes;
    return all.map((type, index): NamedRow => {
      const mode = row.argModes[index] ?? 'i';
      return {
        specific_catalog: databaseOf(backend),
        specific_schema: schemaName(backend, object.schema),
        specific_name: `${object.name}_${object.oid}`,
        ordinal_position: index + 1,
        parameter_mode: mode === 'o' || mode === 't' ? 'OUT' : mode === 'b' ? 'INOUT' : 'IN',
        is_result: 'NO',
        as_locator: 'NO',
        parameter_name: row.argNames[index] || null,
        ...typeFacts(backend, type, -1),
        dtd_identifier: String(index + 1),
      };
    });
  });
}

function grantRows(backend: Backend): NamedRow[] {
  return stored(backend)
    .filter((relation) => 'rpv'.includes(relation.kind))
    .flatMap((relation) =>
      grantsOn(backend, 'relation', relation.oid, relation.owner).flatMap((grant) =>
        [...grant.letters].map((letter) => ({
          grantor: grant.grantor,
          grantee: grant.grantee === '' ? 'PUBLIC' : grant.grantee,
          ...tableNames(backend, relation),
          privilege_type: LETTER_NAMES[letter]!,
          is_grantable: yes(grant.grantable.includes(letter) || grant.grantee === relation.owner),
          with_hierarchy: yes(letter === 'r'),
        })),
      ),
    );
}

function sequenceRow(backend: Backend, relation: Relation): NamedRow {
  const { options } = relation.sequence!;
  const bits = options.typeOid === Oid.int2 ? 16 : options.typeOid === Oid.int4 ? 32 : 64;
  return {
    sequence_catalog: databaseOf(backend),
    sequence_schema: schemaName(backend, relation.schema),
    sequence_name: relation.name,
    data_type: backend.engine.types.formatType(options.typeOid),
    numeric_precision: bits,
    numeric_precision_radix: 2,
    numeric_scale: 0,
    start_value: String(options.start),
    minimum_value: String(options.min),
    maximum_value: String(options.max),
    increment: String(options.increment),
    cycle_option: yes(options.isCycling),
  };
}

export const informationMakers: RowMakers = {
  information_schema_catalog_name: (backend) => [{ catalog_name: databaseOf(backend) }],
  schemata: (backend) =>
    backend.engine.catalog.schemas
      .all(backend)
      .filter((schema) => owns(backend, backend.currentUser, schema.owner))
      .map((schema) => ({ catalog_name: databaseOf(backend), schema_name: schema.name, schema_owner: schema.owner })),
  tables: tableRows,
  columns: (backend) =>
    tables(backend).flatMap((relation) =>
      relation.columns.flatMap((column): NamedRow[] =>
        column.isDropped ? [] : [columnRow(backend, relation, column, column.number)],
      ),
    ),
  views: (backend) =>
    stored(backend)
      .filter((relation) => relation.kind === 'v')
      .map((relation) => ({
        ...tableNames(backend, relation),
        view_definition: owns(backend, backend.currentUser, relation.owner)
          ? viewDefinition(backend, relation, false)
          : null,
        check_option: (relation.view?.checkOption ?? 'none').toUpperCase(),
        is_updatable: 'NO',
        is_insertable_into: 'NO',
        is_trigger_updatable: 'NO',
        is_trigger_deletable: 'NO',
        is_trigger_insertable_into: 'NO',
      })),
  table_constraints: constraintRows,
  key_column_usage: keyColumnRows,
  constraint_column_usage: constraintColumnRows,
  constraint_table_usage: (backend) =>
    placed(backend).flatMap(({ constraint, table, names }) => {
      if (constraint.kind === 'check') return [];
      const target =
        constraint.foreign === null
          ? table
          : backend.engine.catalog.relations.get(backend, constraint.foreign.tableOid);
      return target === null ? [] : [{ ...tableNames(backend, target), ...names }];
    }),
  referential_constraints: referentialRows,
  check_constraints: (backend) => [
    ...placed(backend).flatMap(({ constraint, table, names }) =>
      constraint.expression === null
        ? []
        : [{ ...names, check_clause: tableCondition(backend, table, constraint.expression, false) }],
    ),
    ...notNulls(backend).map(({ column, names }) => ({ ...names, check_clause: `${column.name} IS NOT NULL` })),
  ],
  sequences: (backend) =>
    stored(backend)
      .filter((relation) => relation.sequence !== null && !relation.sequence.isIdentity)
      .map((relation) => sequenceRow(backend, relation)),
  triggers: triggerRows,
  routines: routineRows,
  parameters: parameterRows,
  table_privileges: grantRows,
  role_table_grants: grantRows,
  enabled_roles: (backend) =>
    backend.engine.catalog.roles
      .all(backend)
      .filter((role) => backend.engine.roles.isMember(backend, backend.currentUser, role.name))
      .map((role) => ({ role_name: role.name })),
  domains: (backend) =>
    backend.engine.catalog.types
      .all(backend)
      .filter((type) => type.kind === 'domain')
      .map((type) => ({
        domain_catalog: databaseOf(backend),
        domain_schema: schemaName(backend, type.schema),
        domain_name: type.name,
        ...typeFacts(backend, type.oid, -1),
        dtd_identifier: '1',
      })),
  user_defined_types: (backend) =>
    backend.engine.catalog.types
      .all(backend)
      .filter(
        (type) =>
          type.kind === 'composite' && backend.engine.catalog.relations.get(backend, type.relationOid)?.kind === 'c',
      )
      .map(
        (type): Readonly<Record<string, Datum>> => ({
          user_defined_type_catalog: databaseOf(backend),
          user_defined_type_schema: schemaName(backend, type.schema),
          user_defined_type_name: type.name,
          user_defined_type_category: 'STRUCTURED',
          is_instantiable: 'YES',
        }),
      ),
};
