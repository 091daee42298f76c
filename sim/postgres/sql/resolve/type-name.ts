/** A type as written to its OID and typmod. Source: PostgreSQL's parse_type.c. */
import type { Node, TypeName } from 'libpg-query';
import { findRelation, findType } from '../../catalog/search-path.ts';
import { failure, typeMissing, unsupported } from '../../errors.ts';
import { placed, registryOf } from './coerce.ts';
import type { Scope } from './scope.ts';

export interface TypeRef {
  readonly type: number;
  readonly typmod: number;
}

/** Texts of a list of String nodes. */
export function namesOf(nodes: readonly Node[] | undefined): string[] {
  const list: string[] = [];
  for (const node of nodes ?? []) if ('String' in node) list.push(node.String.sval ?? '');
  return list;
}

export function resolveTypeName(scope: Scope, name: TypeName): TypeRef {
  const found = lookupTypeName(scope, name);
  if (found !== null) return found;
  throw typeMissing(writtenType(name), scope.statement.position(name.location));
}

export function writtenType(name: TypeName): string {
  const names = namesOf(name.names);
  const shown = names[0] === 'pg_catalog' ? names.slice(1) : names;
  return shown.join('.') + (name.arrayBounds === undefined ? '' : '[]'.repeat(1));
}

export function lookupTypeName(scope: Scope, name: TypeName): TypeRef | null {
  const { backend } = scope.statement;
  const types = registryOf(scope);
  const names = namesOf(name.names);
  if (name.pct_type === true) return percentType(scope, names, name);
  let type =
    names.length === 1
      ? findType(backend, undefined, names[0]!)
      : findType(backend, names[names.length - 2], names[names.length - 1]!);
  if (type === 0) return null;
  const modifiers = (name.typmods ?? []).map(modifierText);
  let typmod = name.typemod === undefined ? -1 : name.typemod;
  if (modifiers.length > 0) typmod = placed(scope, name.location ?? -1, () => types.byOid(type).typmodIn(modifiers));
  if (name.arrayBounds !== undefined && name.arrayBounds.length > 0) {
    const array = types.arrayOf(type);
    if (array === 0)
      throw failure('42704', `could not find array type for data type ${types.formatType(type)}`, {
        position: scope.statement.position(name.location),
      });
    type = array;
  }
  return { type, typmod };
}

function modifierText(node: Node): string {
  if ('A_Const' in node) {
    const { ival, fval, sval } = node.A_Const;
    if (ival !== undefined) return String(ival.ival ?? 0);
    if (fval !== undefined) return fval.fval ?? '0';
    if (sval !== undefined) return sval.sval ?? '';
  }
  if ('ColumnRef' in node) return namesOf(node.ColumnRef.fields).join('.');
  throw unsupported('a type modifier that is no constant');
}

/** `table.column%TYPE`. */
function percentType(scope: Scope, names: readonly string[], name: TypeName): TypeRef {
  const column = names[names.length - 1]!;
  const table = names[names.length - 2];
  const relation = table === undefined ? null : findRelation(scope.statement.backend, names[names.length - 3], table);
  const found = relation?.columns.find((candidate) => candidate.name === column && !candidate.isDropped);
  if (found === undefined) throw typeMissing(names.join('.'), scope.statement.position(name.location));
  return { type: found.typeOid, typmod: found.typmod };
}
