/**
 * Functions that tell about catalog objects: definitions as SQL, comments, visibility, privileges, sizes.
 * Source: PostgreSQL 15 manual 9.26.2 to 9.26.5 and 9.27.7.
 */
import type { Backend } from '../backend.ts';
import {
  boundDefinitionOf,
  columnExpression,
  constraintDefinition,
  functionArguments,
  functionDefinition,
  functionResult,
  indexDefinition,
  qualifiedName,
  tableCondition,
  triggerDefinition,
  viewDefinition,
} from '../catalog/definitions.ts';
import type { Relation } from '../catalog/objects.ts';
import { findRelation, isVisible, relationByName, searchSchemas } from '../catalog/search-path.ts';
import { failure } from '../errors.ts';
import { functionByOid } from '../functions/function-row.ts';
import { functionCandidates } from '../functions-port.ts';
import { LETTER_NAMES, LETTERS, mayDo, type PrivilegeKind } from '../privileges.ts';
import { splitQualified } from '../session-context.ts';
import { quoteIdentifier } from '../sql/print/expression.ts';
import type { Datum } from '../types/datum.ts';
import { backendOf, type FunctionFamily, type SessionFunction } from './function.ts';

const relationOf = (backend: Backend, oid: Datum | undefined): Relation | null =>
  backend.engine.catalog.relations.get(backend, oid as number);

/** What a reference in a pg_node_tree column says as SQL; the whole text when it is no reference. */
function expressionText(backend: Backend, reference: string, isPretty: boolean): string | null {
  const match = /^\{(\w+) (\d+)(?: (\w+))?\}$/.exec(reference);
  if (match === null) return reference;
  const { catalog } = backend.engine;
  const oid = Number(match[2]);
  switch (match[1]) {
    case 'DEFAULT': {
      const relation = catalog.relations.get(backend, oid);
      return relation === null ? null : columnExpression(backend, relation, Number(match[3]), isPretty);
    }
    case 'CHECK': {
      const constraint = catalog.constraints.get(backend, oid);
      const table = constraint === null ? null : catalog.relations.get(backend, constraint.tableOid);
      return table === null ? null : tableCondition(backend, table, constraint!.expression!, isPretty);
    }
    case 'PREDICATE': {
      const info = catalog.relations.get(backend, oid)?.index;
      const table = info === undefined || info === null ? null : catalog.relations.get(backend, info.tableOid);
      return table === null ? null : tableCondition(backend, table, info!.predicate!, isPretty);
    }
    case 'INDEX': {
      const index = catalog.relations.get(backend, oid);
      const keys = index?.index?.keys ?? [];
      return keys
        .map((key, position) => (key.column === 0 ? indexDefinition(backend, index!, position + 1, isPretty) : null))
        .filter((text) => text !== null)
        .join(', ');
    }
    case 'BOUND': {
      const relation = catalog.relations.get(backend, oid);
      return relation === null ? null : boundDefinitionOf(backend, relation);
    }
    case 'POLICY': {
      const policy = catalog.policies.get(backend, oid);
      const table = policy === null ? null : catalog.relations.get(backend, policy.tableOid);
      const node = match[3] === 'u' ? policy?.using : policy?.check;
      return table === null || node === undefined || node === null
        ? null
        : tableCondition(backend, table, node, isPretty);
    }
    default:
      return null;
  }
}

const expression: SessionFunction = {
  call: (args, site) => expressionText(backendOf(site), args[0] as string, args[2] === true),
};

const index: SessionFunction = {
  call: (args, site) => {
    const relation = relationOf(backendOf(site), args[0]);
    return relation === null
      ? null
      : indexDefinition(backendOf(site), relation, (args[1] as number | undefined) ?? 0, args[2] === true);
  },
};

const constraint: SessionFunction = {
  call: (args, site) => {
    const backend = backendOf(site);
    const found = backend.engine.catalog.constraints.get(backend, args[0] as number);
    if (found === null) return null;
    return constraintDefinition(backend, found, args[1] === true);
  },
};

const view: SessionFunction = {
  call: (args, site) => {
    const backend = backendOf(site);
    const relation = typeof args[0] === 'string' ? named(backend, args[0]) : relationOf(backend, args[0]);
    return relation === null ? null : viewDefinition(backend, relation, args[1] === true);
  },
};

const trigger: SessionFunction = {
  call: (args, site) => {
    const backend = backendOf(site);
    const found = backend.engine.catalog.triggers.get(backend, args[0] as number);
    return found === null ? null : triggerDefinition(backend, found, args[1] === true);
  },
};

function named(backend: Backend, text: string): Relation | null {
  const parts = splitQualified(text);
  return relationByName(backend, parts.length > 1 ? parts[parts.length - 2] : undefined, parts.at(-1) ?? '');
}

function comment(backend: Backend, oid: number, part: number, classOid: number | null): Datum {
  for (const found of backend.engine.catalog.comments.all(backend))
    if (found.objectOid === oid && found.part === part && (classOid === null || found.classOid === classOid))
      return found.text;
  return null;
}

const visible = (test: (backend: Backend, oid: number) => boolean | null): SessionFunction => ({
  call: (args, site) => test(backendOf(site), args[0] as number),
});

const always: SessionFunction = { call: () => true };

/** has_*_privilege in its forms: with or without the role, by name or by OID. */
function privilege(
  kind: PrivilegeKind,
  find: (backend: Backend, what: Datum) => { oid: number; owner: string } | null,
): SessionFunction {
  return {
    call: (args, site) => {
      const backend = backendOf(site);
      const [role, what, wanted] =
        args.length === 3
          ? [roleName(backend, args[0]!), args[1]!, args[2] as string]
          : [backend.currentUser, args[0]!, args[1] as string];
      const object = find(backend, what);
      if (object === null) return null;
      return wanted.split(',').some((word) => {
        const name = word
          .trim()
          .toUpperCase()
          .replace(/ WITH GRANT OPTION$/, '');
        const letter = Object.keys(LETTER_NAMES).find(
          (one) => LETTER_NAMES[one] === name || (one === 'T' && name === 'TEMP'),
        );
        if (letter === undefined || !LETTERS[kind].includes(letter))
          throw failure('22023', `unrecognized privilege type: "${word.trim()}"`);
        return mayDo(backend, role, { kind, ...object }, letter);
      });
    },
  };
}

function roleName(backend: Backend, role: Datum): string {
  const { roles } = backend.engine;
  if (typeof role === 'number') return roles.table.get(backend, role)?.name ?? '';
  if (roles.find(backend, role as string) === null) throw failure('42704', `role "${role as string}" does not exist`);
  return role as string;
}

const onTable = privilege('relation', (backend, what) =>
  typeof what === 'string' ? named(backend, what) : relationOf(backend, what),
);
const onSequence = privilege('sequence', (backend, what) =>
  typeof what === 'string' ? named(backend, what) : relationOf(backend, what),
);
const onSchema = privilege('schema', (backend, what) => {
  const { schemas } = backend.engine.catalog;
  if (typeof what === 'number') return schemas.get(backend, what);
  const found = schemas.find(backend, 0, what as string);
  if (found === null) throw failure('3F000', `schema "${what as string}" does not exist`);
  return found;
});
const onDatabase = privilege('database', () => ({ oid: 5, owner: 'postgres' }));
const onFunction = privilege('function', (backend, what) => {
  const { functions } = backend.engine.catalog;
  const oid = typeof what === 'number' ? what : backend.callContext.catalogNames!.oidOf('regprocedure', what as string);
  return functions.get(backend, oid) ?? (functionByOid(oid) === undefined ? null : { oid, owner: 'postgres' });
});
const onType = privilege('type', (_backend, what) => ({ oid: typeof what === 'number' ? what : 0, owner: 'postgres' }));

/** The same function under the names of its six signatures. */
function signatures(word: string, found: SessionFunction): FunctionFamily {
  return Object.fromEntries(
    ['name_name', 'name_id', 'id_name', 'id_id', 'name', 'id'].map((suffix) => [
      `has_${word}_privilege_${suffix}`,
      found,
    ]),
  );
}

const memberOf: SessionFunction = {
  call: (args, site) => {
    const backend = backendOf(site);
    const [role, of] = args.length === 3 ? [roleName(backend, args[0]!), args[1]!] : [backend.currentUser, args[0]!];
    return backend.engine.roles.isMember(backend, role, roleName(backend, of));
  },
};

/** 8 kB for each started page of about a hundred rows. */
function relationBytes(backend: Backend, oid: number): bigint | null {
  const relation = backend.engine.catalog.relations.get(backend, oid);
  if (relation === null) return null;
  let rows = 0;
  for (let tuple = relation.heap?.first ?? null; tuple !== null; tuple = tuple.following) rows += 1;
  if (relation.kind === 'S') return 8192n;
  const started = Math.ceil(rows / 100) * 8192;
  return BigInt(started + (relation.index === null ? 0 : 8192));
}

const bytes: SessionFunction = { call: (args, site) => relationBytes(backendOf(site), args[0] as number) };

export const definitionFunctions: FunctionFamily = {
  pg_get_expr: expression,
  pg_get_expr_ext: expression,
  pg_get_indexdef: index,
  pg_get_indexdef_ext: index,
  pg_get_constraintdef: constraint,
  pg_get_constraintdef_ext: constraint,
  pg_get_viewdef: view,
  pg_get_viewdef_ext: view,
  pg_get_viewdef_name: view,
  pg_get_viewdef_name_ext: view,
  pg_get_viewdef_wrap: { call: (args, site) => view.call!([args[0]!, true], site) },
  pg_get_triggerdef: trigger,
  pg_get_triggerdef_ext: trigger,
  pg_get_functiondef: {
    call: (args, site) => {
      const backend = backendOf(site);
      const object = backend.engine.catalog.functions.get(backend, args[0] as number);
      return object === null ? null : functionDefinition(backend, object);
    },
  },
  pg_get_function_arguments: {
    call: (args, site) => {
      const backend = backendOf(site);
      const object = backend.engine.catalog.functions.get(backend, args[0] as number);
      if (object !== null) return functionArguments(backend, object, true);
      const row = functionByOid(args[0] as number);
      return row === undefined ? null : row.argTypes.map((type) => backend.engine.types.formatType(type)).join(', ');
    },
  },
  pg_get_function_identity_arguments: {
    call: (args, site) => {
      const backend = backendOf(site);
      const object = backend.engine.catalog.functions.get(backend, args[0] as number);
      if (object !== null) return functionArguments(backend, object, false);
      const row = functionByOid(args[0] as number);
      return row === undefined ? null : row.argTypes.map((type) => backend.engine.types.formatType(type)).join(', ');
    },
  },
  pg_get_function_result: {
    call: (args, site) => {
      const backend = backendOf(site);
      const object = backend.engine.catalog.functions.get(backend, args[0] as number);
      if (object !== null) return functionResult(backend, object);
      const row = functionByOid(args[0] as number);
      return row === undefined
        ? null
        : `${row.returnsSet ? 'SETOF ' : ''}${backend.engine.types.formatType(row.returnType)}`;
    },
  },
  pg_get_ruledef: { call: (args, site) => ruleDefinition(backendOf(site), args[0] as number, false) },
  pg_get_ruledef_ext: { call: (args, site) => ruleDefinition(backendOf(site), args[0] as number, args[1] === true) },
  pg_partition_ancestors: { callSet: (args, site) => ancestors(backendOf(site), args[0] as number) },
  pg_partition_root: { call: (args, site) => ancestors(backendOf(site), args[0] as number).at(-1) ?? null },
  pg_partition_tree: { callSet: (args, site) => partitionTree(backendOf(site), args[0] as number) },
  pg_get_function_sqlbody: { call: () => null },
  pg_get_partkeydef: {
    call: (args, site) => {
      const relation = relationOf(backendOf(site), args[0]);
      if (relation === null || relation.partitioning === null) return null;
      const { strategy, columns } = relation.partitioning;
      return `${strategy.toUpperCase()} (${columns.map((number) => relation.columns[number - 1]!.name).join(', ')})`;
    },
  },
  pg_get_partition_constraintdef: { call: () => null },
  pg_get_statisticsobjdef_columns: { call: () => null },
  pg_get_userbyid: {
    call: (args, site) =>
      backendOf(site).engine.roles.table.get(backendOf(site), args[0] as number)?.name ??
      `unknown (OID=${args[0] as number})`,
  },
  pg_get_serial_sequence: {
    call: (args, site) => {
      const backend = backendOf(site);
      const table = named(backend, args[0] as string)!;
      const column = table.columns.find((one) => one.name === args[1] && !one.isDropped);
      if (column === undefined)
        throw failure('42703', `column "${args[1] as string}" of relation "${table.name}" does not exist`);
      const found = backend.engine.catalog.relations
        .all(backend)
        .find((one) => one.sequence?.ownerTable === table.oid && one.sequence.ownerColumn === column.number);
      if (found === undefined) return null;
      const schema = backend.engine.catalog.schemas.get(backend, found.schema)!;
      return `${quoteIdentifier(schema.name)}.${quoteIdentifier(found.name)}`;
    },
  },
  pg_get_keywords: { callSet: () => [] },
  'sql:obj_description(oid,name)': {
    call: (args, site) => {
      const backend = backendOf(site);
      const classOid = findRelation(backend, 'pg_catalog', args[1] as string)?.oid ?? 0;
      return comment(backend, args[0] as number, 0, classOid);
    },
  },
  'sql:obj_description(oid)': { call: (args, site) => comment(backendOf(site), args[0] as number, 0, null) },
  'sql:shobj_description(oid,name)': {
    call: (args, site) => {
      const backend = backendOf(site);
      return comment(backend, args[0] as number, 0, findRelation(backend, 'pg_catalog', args[1] as string)?.oid ?? 0);
    },
  },
  'sql:col_description(oid,int4)': {
    call: (args, site) => comment(backendOf(site), args[0] as number, args[1] as number, 1259),
  },
  pg_table_is_visible: visible((backend, oid) => {
    const relation = backend.engine.catalog.relations.get(backend, oid);
    return relation === null ? null : isVisible(backend, relation);
  }),
  pg_type_is_visible: visible((backend, oid) => {
    if (oid < 16384) return true;
    const type = backend.engine.catalog.types.get(backend, oid);
    return type === null ? null : searchSchemas(backend).includes(type.schema);
  }),
  pg_function_is_visible: visible((backend, oid) => {
    const object = backend.engine.catalog.functions.get(backend, oid);
    if (object === null) return functionByOid(oid) === undefined ? null : true;
    return functionCandidates(backend, undefined, object.name).some((row) => row.oid === oid);
  }),
  pg_operator_is_visible: always,
  pg_opclass_is_visible: always,
  pg_opfamily_is_visible: always,
  pg_collation_is_visible: always,
  pg_conversion_is_visible: always,
  pg_statistics_obj_is_visible: always,
  PG_char_to_encoding: { call: (args) => (/^utf-?8$/i.test(args[0] as string) ? 6 : -1) },
  PG_encoding_to_char: { call: (args) => (args[0] === 6 ? 'UTF8' : '') },
  pg_is_other_temp_schema: visible((backend, oid) => {
    const schema = backend.engine.catalog.schemas.get(backend, oid);
    return schema !== null && schema.name.startsWith('pg_temp') && oid !== backend.temporarySchema;
  }),
  pg_my_temp_schema: { call: (_args, site) => backendOf(site).temporarySchema },
  pg_relation_size: bytes,
  pg_table_size: bytes,
  pg_total_relation_size: bytes,
  pg_indexes_size: bytes,
  'sql:pg_relation_size(regclass)': bytes,
  pg_database_size_name: { call: () => 7_500_000n },
  pg_database_size_oid: { call: () => 7_500_000n },
  pg_tablespace_location: { call: () => '' },
  pg_relation_is_publishable: { call: () => true },
  pg_relation_filenode: { call: (args, site) => relationOf(backendOf(site), args[0])?.oid ?? null },
  pg_index_column_has_property: { call: () => null },
  ...signatures('table', onTable),
  ...signatures('any_column', onTable),
  ...signatures('sequence', onSequence),
  ...signatures('schema', onSchema),
  ...signatures('database', onDatabase),
  ...signatures('function', onFunction),
  ...signatures('type', onType),
  pg_has_role_name: memberOf,
  pg_has_role_id: memberOf,
  pg_has_role_name_name: memberOf,
  pg_has_role_name_id: memberOf,
  pg_has_role_id_name: memberOf,
  pg_has_role_id_id: memberOf,
  row_security_active_name: {
    call: (args, site) => rowSecurityIsActive(backendOf(site), named(backendOf(site), args[0] as string)),
  },
  row_security_active: {
    call: (args, site) => rowSecurityIsActive(backendOf(site), relationOf(backendOf(site), args[0])),
  },
};

/** The rule behind a view; its OID follows the view's by two. */
function ruleDefinition(backend: Backend, oid: number, isPretty: boolean): string | null {
  const view = relationOf(backend, oid - 2);
  if (view === null) return null;
  const name = qualifiedName(backend, view, !isPretty);
  return `CREATE RULE "_RETURN" AS\n    ON SELECT TO ${name} DO INSTEAD ${viewDefinition(backend, view, isPretty)}`;
}

/** A partition and those above it; nothing for what is no part of a partitioned table. */
function ancestors(backend: Backend, oid: number): number[] {
  const list: number[] = [];
  for (let at = relationOf(backend, oid); at !== null; at = relationOf(backend, at.partition.parentOid)) {
    if (at.partition === null && at.kind !== 'p') return list;
    list.push(at.oid);
    if (at.partition === null) break;
  }
  return list;
}

function partitionTree(backend: Backend, oid: number): Datum[] {
  const rows: Datum[] = [];
  const visit = (relation: Relation, level: number): void => {
    const parent = relation.partition?.parentOid ?? null;
    rows.push({ type: 2249, values: [relation.oid, parent, relation.kind !== 'p', level] });
    for (const child of backend.engine.catalog.partitionsOf(backend, relation.oid)) visit(child, level + 1);
  };
  const root = relationOf(backend, oid);
  if (root !== null && (root.kind === 'p' || root.partition !== null)) visit(root, 0);
  return rows;
}

function rowSecurityIsActive(backend: Backend, relation: Relation | null): boolean {
  if (relation?.rowSecurity?.isEnabled !== true) return false;
  const role = backend.engine.roles.find(backend, backend.currentUser);
  if (role === null || role.isSuperuser || role.bypassesRowSecurity) return false;
  return relation.rowSecurity.isForced || relation.owner !== backend.currentUser;
}
