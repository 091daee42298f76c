/** CREATE TYPE (enums, composites), ALTER TYPE and CREATE DOMAIN. Source: PostgreSQL's typecmds.c. */
import type { AlterEnumStmt, CompositeTypeStmt, CreateDomainStmt, CreateEnumStmt, Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { TypeObject } from '../../catalog/objects.ts';
import { creationSchema, findType, schemaName } from '../../catalog/search-path.ts';
import { failure, objectExists, objectMissing, unsupported } from '../../errors.ts';
import { Compiler } from '../compile.ts';
import { type Evaluate, Execution, Frame } from '../execute/frame.ts';
import { coerceBoolean } from '../resolve/coerce.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { Scope, StatementScope } from '../resolve/scope.ts';
import { statementFor } from '../resolve/table-expressions.ts';
import { namesOf, resolveTypeName } from '../resolve/type-name.ts';
import { schemaFor } from './create-table.ts';
import { EMPTY_RELATION, insertRelation } from './define.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

/** Name and schema of a type to be made; refuses one that is there. */
function newName(backend: Backend, nodes: readonly Node[] | undefined): { name: string; schema: number } {
  const names = namesOf(nodes);
  const name = names.at(-1) ?? '';
  const schema = creationSchema(backend, names.length > 1 ? names[names.length - 2] : undefined);
  if (backend.engine.catalog.types.find(backend, schema, name) !== null) throw objectExists('type', name);
  return { name, schema };
}

function insertType(backend: Backend, type: TypeObject): void {
  backend.engine.catalog.types.insert(backend.current().xid(), type);
}

function createEnum(context: UtilityContext, node: CreateEnumStmt): UtilityResult {
  const { backend } = context;
  const { name, schema } = newName(backend, node.typeName);
  const { catalog, types } = backend.engine;
  const oid = catalog.newOid();
  const arrayOid = catalog.newOid();
  const labels = namesOf(node.vals);
  if (new Set(labels).size < labels.length) {
    const twice = labels.find((label, index) => labels.indexOf(label) < index)!;
    throw failure('23505', 'duplicate key value violates unique constraint "pg_enum_typid_label_index"', {
      detail: `Key (enumtypid, enumlabel)=(${oid}, ${twice}) already exists.`,
      schema: 'pg_catalog',
      table: 'pg_enum',
      constraint: 'pg_enum_typid_label_index',
    });
  }
  types.defineEnum({ oid, arrayOid, name, labels });
  insertType(backend, { oid, name, schema, kind: 'enum', arrayOid, relationOid: 0 });
  return { tag: 'CREATE TYPE' };
}

/**
 * ALTER TYPE ... ADD VALUE and RENAME VALUE.
 * Differs: labels live in the type itself, so a rollback does not take a new label away; values of it could only be made by who knows the label.
 */
function alterEnum(context: UtilityContext, node: AlterEnumStmt): UtilityResult {
  const { backend } = context;
  const names = namesOf(node.typeName);
  const { types } = backend.engine;
  const oid = findType(backend, names.length > 1 ? names[names.length - 2] : undefined, names.at(-1) ?? '');
  if (oid === 0) throw objectMissing('type', names.join('.'));
  if (types.byOid(oid).kind !== 'enum') throw failure('42809', `${names.join('.')} is not an enum`);
  const labels = types.enumLabels(oid);
  const label = node.newVal ?? '';
  if (node.oldVal !== undefined) {
    if (!labels.includes(node.oldVal)) throw failure('22023', `"${node.oldVal}" is not an existing enum label`);
    if (labels.includes(label)) throw objectExists('enum label', label);
    types.renameEnumLabel(oid, node.oldVal, label);
    return { tag: 'ALTER TYPE' };
  }
  if (labels.includes(label)) {
    if (node.skipIfNewValExists !== true) throw objectExists('enum label', label);
    backend.client.notice(failure('42710', `enum label "${label}" already exists, skipping`, { severity: 'NOTICE' }));
    return { tag: 'ALTER TYPE' };
  }
  let index = labels.length;
  if (node.newValNeighbor !== undefined) {
    const neighbor = labels.indexOf(node.newValNeighbor);
    if (neighbor < 0) throw failure('22023', `"${node.newValNeighbor}" is not an existing enum label`);
    index = node.newValIsAfter === true ? neighbor + 1 : neighbor;
  }
  types.addEnumLabel(oid, label, index);
  return { tag: 'ALTER TYPE' };
}

function createComposite(context: UtilityContext, node: CompositeTypeStmt): UtilityResult {
  const { backend, statement } = context;
  const range = node.typevar!;
  const name = range.relname ?? '';
  const schema = schemaFor(backend, range);
  const { catalog, types } = backend.engine;
  if (catalog.types.find(backend, schema, name) !== null) throw objectExists('type', name);
  const scope = new Scope(statementFor(backend, statement.text), null);
  const fields = (node.coldeflist ?? []).flatMap((item) => {
    if (!('ColumnDef' in item)) return [];
    const { type, typmod } = resolveTypeName(scope, item.ColumnDef.typeName!);
    return [{ name: item.ColumnDef.colname ?? '', type, typmod }];
  });
  const twice = fields.find((field, index) => fields.findIndex((other) => other.name === field.name) < index);
  if (twice !== undefined) throw failure('42701', `column "${twice.name}" specified more than once`);
  const relationOid = catalog.newOid();
  const oid = catalog.newOid();
  const arrayOid = catalog.newOid();
  types.defineComposite({ oid, arrayOid, name, relationOid, fields });
  insertType(backend, { oid, name, schema, kind: 'composite', arrayOid, relationOid });
  insertRelation(backend, {
    ...EMPTY_RELATION,
    oid: relationOid,
    name,
    schema,
    kind: 'c',
    owner: backend.currentUser,
    typeOid: oid,
    columns: fields.map((field, index) => ({
      name: field.name,
      number: index + 1,
      typeOid: field.type,
      typmod: field.typmod,
      isNotNull: false,
      isDropped: false,
      expression: null,
      generated: 'none',
      identity: 'none',
      missing: null,
    })),
  });
  return { tag: 'CREATE TYPE' };
}

function createDomain(context: UtilityContext, node: CreateDomainStmt): UtilityResult {
  const { backend, statement } = context;
  const { name, schema } = newName(backend, node.domainname);
  const { catalog, types } = backend.engine;
  const base = resolveTypeName(new Scope(statementFor(backend, statement.text), null), node.typeName!);
  const oid = catalog.newOid();
  const arrayOid = catalog.newOid();
  const checks: { readonly name: string; readonly value: Evaluate }[] = [];
  let isNotNull = false;
  for (const item of node.constraints ?? []) {
    if (!('Constraint' in item)) continue;
    const { contype, conname, raw_expr: expression } = item.Constraint;
    if (contype === 'CONSTR_NOTNULL') isNotNull = true;
    else if (contype === 'CONSTR_CHECK') {
      let label = conname ?? checkName(name, 0);
      for (let count = 1; conname === undefined && checks.some((check) => check.name === label); count++)
        label = checkName(name, count);
      checks.push({ name: label, value: domainCheck(backend, statement.text, expression!, base) });
    } else if (contype !== 'CONSTR_NULL') throw unsupported(`the domain constraint ${contype}`);
  }
  checks.sort((a, b) => (a.name < b.name ? -1 : 1));
  const place = { schema: schemaName(backend, schema), dataType: name };
  types.defineDomain({
    oid,
    arrayOid,
    name,
    baseOid: base.type,
    baseTypmod: base.typmod,
    isNotNull,
    check: (value, callContext) => {
      types.domain(base.type)?.check(value, callContext);
      if (value === null && isNotNull) throw failure('23502', `domain ${name} does not allow null values`, place);
      if (checks.length === 0) return;
      const session = callContext.session as Backend;
      const frame = new Frame(new Execution(session, session.activeSnapshot(), [value]), null, 0);
      for (const check of checks)
        if (check.value(frame) === false)
          throw failure('23514', `value for domain ${name} violates check constraint "${check.name}"`, {
            ...place,
            constraint: check.name,
          });
    },
  });
  insertType(backend, { oid, name, schema, kind: 'domain', arrayOid, relationOid: 0 });
  return { tag: 'CREATE DOMAIN' };
}

function checkName(domain: string, count: number): string {
  return count === 0 ? `${domain}_check` : `${domain}_check${count}`;
}

/** A CHECK of a domain, in which VALUE stands for the value. */
function domainCheck(
  backend: Backend,
  text: string,
  expression: Node,
  base: { readonly type: number; readonly typmod: number },
): Evaluate {
  const statement = new StatementScope(backend, text, [base.type], false);
  statement.variable = (names, at) =>
    names.length === 1 && names[0] === 'value'
      ? { kind: 'param', number: 1, type: base.type, typmod: base.typmod, at }
      : null;
  const scope = new Scope(statement, null);
  scope.clause = 'check';
  return new Compiler(backend, []).expression(coerceBoolean(scope, resolveExpr(scope, expression), 'CHECK'));
}

export const typeHandlers: UtilityHandlers = {
  CreateEnumStmt: createEnum,
  AlterEnumStmt: alterEnum,
  CompositeTypeStmt: createComposite,
  CreateDomainStmt: createDomain,
};
