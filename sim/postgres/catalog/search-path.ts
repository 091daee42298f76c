/**
 * How names without a schema are found. Source: PostgreSQL 15 manual 5.9.3: temporary objects first, then pg_catalog unless the path places
 * it, then the schemas of search_path that exist.
 */
import type { Backend } from '../backend.ts';
import { noSchemaSelected, relationMissing, schemaMissing } from '../errors.ts';
import type { TypeRegistry } from '../types/index.ts';
import { PG_CATALOG_OID } from './catalog.ts';
import type { Relation } from './objects.ts';

/** Names in search_path as written: identifiers, folded unless quoted. */
export function splitIdentifiers(text: string): string[] {
  const list: string[] = [];
  let name = '';
  let isQuoted = false;
  let wasQuoted = false;
  const push = (): void => {
    const trimmed = wasQuoted ? name : name.trim().toLowerCase();
    if (trimmed !== '') list.push(trimmed);
    name = '';
    wasQuoted = false;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"') {
      if (isQuoted && text[index + 1] === '"') {
        name += '"';
        index += 1;
      } else {
        if (!isQuoted) name = '';
        isQuoted = !isQuoted;
        wasQuoted = true;
      }
    } else if (character === ',' && !isQuoted) push();
    else if (isQuoted || !wasQuoted) name += character;
  }
  push();
  return list;
}

/** OIDs of the schemas to search, in order, implicit ones included. */
export function searchSchemas(backend: Backend): readonly number[] {
  const named = namedSchemas(backend);
  const list = named.includes(PG_CATALOG_OID) ? [...named] : [PG_CATALOG_OID, ...named];
  if (backend.temporarySchema !== 0 && !list.includes(backend.temporarySchema)) list.unshift(backend.temporarySchema);
  return list;
}

function namedSchemas(backend: Backend): number[] {
  const { catalog } = backend.engine;
  const list: number[] = [];
  for (const name of splitIdentifiers(backend.settings.value('search_path'))) {
    const wanted = name === '$user' ? backend.userName : name;
    const oid = wanted === 'pg_temp' ? backend.temporarySchema : (catalog.schemas.find(backend, 0, wanted)?.oid ?? 0);
    if (oid !== 0 && !list.includes(oid)) list.push(oid);
  }
  return list;
}

/** Where CREATE puts an object without a schema. */
export function creationSchema(backend: Backend, name: string | undefined, position?: number): number {
  if (name === undefined) {
    const first = namedSchemas(backend)[0];
    if (first === undefined) throw noSchemaSelected(position);
    return first;
  }
  return schemaByName(backend, name, position);
}

export function schemaByName(backend: Backend, name: string, position?: number): number {
  if (name === 'pg_temp' && backend.temporarySchema !== 0) return backend.temporarySchema;
  const schema = backend.engine.catalog.schemas.find(backend, 0, name);
  if (schema === null) throw schemaMissing(name, position);
  return schema.oid;
}

export function schemaName(backend: Backend, oid: number): string {
  return backend.engine.catalog.schemas.get(backend, oid)?.name ?? 'pg_temp';
}

/** A relation by name; null when there is none. */
export function findRelation(backend: Backend, schema: string | undefined, name: string): Relation | null {
  const { relations, schemas } = backend.engine.catalog;
  if (schema !== undefined) {
    const oid = schema === 'pg_temp' ? backend.temporarySchema : (schemas.find(backend, 0, schema)?.oid ?? 0);
    return oid === 0 ? null : relations.find(backend, oid, name);
  }
  for (const oid of searchSchemas(backend)) {
    const found = relations.find(backend, oid, name);
    if (found !== null) return found;
  }
  return null;
}

export function relationByName(
  backend: Backend,
  schema: string | undefined,
  name: string,
  position?: number,
): Relation {
  const found = findRelation(backend, schema, name);
  if (found !== null) return found;
  throw relationMissing(schema === undefined ? name : `${schema}.${name}`, position);
}

/** Whether the relation is found without its schema. */
export function isVisible(backend: Backend, relation: Relation): boolean {
  return findRelation(backend, undefined, relation.name)?.oid === relation.oid;
}

/** OID of a type by name, array types of the user included; 0 when there is none. */
export function findType(backend: Backend, schema: string | undefined, name: string): number {
  const { types, catalog } = backend.engine;
  if (schema === undefined) {
    for (const oid of searchSchemas(backend)) {
      const found =
        oid === PG_CATALOG_OID ? builtinType(types, name) : (catalog.types.find(backend, oid, name)?.oid ?? 0);
      if (found !== 0) return found;
    }
    return 0;
  }
  if (schema === 'pg_catalog') return builtinType(types, name);
  return catalog.types.find(backend, schemaByName(backend, schema), name)?.oid ?? 0;
}

/** pg_type names only: `int4`, and not `integer`, which the grammar has turned into int4 already. */
function builtinType(types: TypeRegistry, name: string): number {
  const type = types.builtin(name);
  return type === undefined || type.name !== name ? 0 : type.oid;
}
