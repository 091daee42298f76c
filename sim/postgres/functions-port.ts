import type { Backend } from './backend.ts';
import { PG_CATALOG_OID } from './catalog/catalog.ts';
import type { UserFunctionRow } from './catalog/objects.ts';
import { schemaByName, searchSchemas } from './catalog/search-path.ts';
import { unsupported } from './errors.ts';
import { type FunctionRow, functionByOid, functionsByName } from './functions/function-row.ts';
import type { AggregateImplementation } from './functions/implementation.ts';
import { aggregateImplementation, builtinImplementation, builtinSetImplementation } from './functions/index.ts';
import { sessionFunctions } from './session-functions/index.ts';
import type { Callable } from './sql/expression.ts';

const known = new Map<number, Callable>();

export function callableByOid(oid: number): Callable {
  const callable = known.get(oid);
  if (callable !== undefined) return callable;
  const row = functionByOid(oid);
  if (row === undefined) throw unsupported(`function with OID ${oid}`);
  return callableOf(row);
}

/** What carries a built-in function out; throws 0A000 for one that nobody wrote. */
export function callableOf(row: FunctionRow): Callable {
  if (isUserFunction(row)) return row.callable;
  const found = known.get(row.oid);
  if (found !== undefined) return found;
  const own = sessionFunctions.get(row.source);
  const callable: Callable = {
    oid: row.oid,
    name: row.name,
    isStrict: row.isStrict,
    returnsSet: row.returnsSet,
    volatility: row.volatility,
    call: own?.call ?? (row.returnsSet || own !== undefined ? null : builtinImplementation(row)),
    callSet: own?.callSet ?? (row.returnsSet && own === undefined ? builtinSetImplementation(row) : null),
    wait: own?.wait ?? null,
  };
  if (callable.call === null && callable.callSet === null && callable.wait === null)
    throw unsupported(`function ${row.name}`);
  known.set(row.oid, callable);
  return callable;
}

export function aggregateOf(row: FunctionRow): AggregateImplementation {
  const found = aggregateImplementation(row);
  if (found === null) throw unsupported(`aggregate ${row.name}`);
  return found;
}

export function isUserFunction(row: FunctionRow): row is UserFunctionRow {
  return 'callable' in row;
}

/** The row of a function by OID, the user's own included. */
export function functionRowByOid(backend: Backend, oid: number): FunctionRow | undefined {
  return functionByOid(oid) ?? backend.engine.catalog.functions.get(backend, oid)?.row;
}

/** All functions of a name, those of earlier schemas first; one that an earlier schema has with the same arguments hides the others. */
export function functionCandidates(backend: Backend, schema: string | undefined, name: string): readonly FunctionRow[] {
  if (schema === 'pg_catalog') return functionsByName(name);
  const schemas = schema === undefined ? searchSchemas(backend) : [schemaByName(backend, schema)];
  const { functions } = backend.engine.catalog;
  let list: readonly FunctionRow[] = [];
  for (const oid of schemas) {
    const found =
      oid === PG_CATALOG_OID
        ? functionsByName(name)
        : functions.findAll(backend, `${oid}.${name}`).map((object): FunctionRow => object.row);
    if (found.length === 0) continue;
    if (list.length === 0) list = found;
    else {
      const before = list;
      const isHidden = (row: FunctionRow): boolean =>
        before.some((other) => other.argTypes.join(',') === row.argTypes.join(','));
      list = [...before, ...found.filter((row) => !isHidden(row))];
    }
  }
  return list;
}
