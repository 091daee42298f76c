import { PG_CATALOG_OID } from './catalog/catalog.ts';
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

/** All functions of a name, those of earlier schemas first. */
export function functionCandidates(
  schema: string | undefined,
  name: string,
  searched: readonly number[],
): readonly FunctionRow[] {
  if (schema !== undefined) return schema === 'pg_catalog' ? functionsByName(name) : [];
  return searched.includes(PG_CATALOG_OID) ? functionsByName(name) : [];
}
