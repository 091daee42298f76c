/**
 * Built-in functions, aggregates and window functions: rows of pg_proc and pg_aggregate, and what carries each out.
 *
 * Read implementation.ts first, then a family: arithmetic, numeric-functions, comparison, casting, string, like, regex, encoding, hashing,
 * datetime, formatting, json, array, series, system, aggregate, window.
 * What lives elsewhere: functions that touch sessions, locks, sequences or catalogs (../session-functions); choosing among overloads
 * (../types/resolve.ts). A function of pg_proc that no family has gives null here, and the engine refuses it by name.
 */
import type { Datum } from '../types/datum.ts';
import { aggregates } from './aggregate.ts';
import { arithmetic } from './arithmetic.ts';
import { arrayFunctions, arraySets } from './array.ts';
import { bitFunctions } from './bit.ts';
import { casting } from './casting.ts';
import { comparison } from './comparison.ts';
import { datetimeFunctions } from './datetime.ts';
import { encoding } from './encoding.ts';
import { extraction } from './extraction.ts';
import { formattingFunctions } from './formatting.ts';
import type { FunctionRow } from './function-row.ts';
import { hashing } from './hashing.ts';
import type {
  AggregateImplementation,
  BoundSite,
  Implementation,
  SetImplementation,
  WindowImplementation,
} from './implementation.ts';
import { jsonFunctions } from './json.ts';
import { jsonBuilding } from './json-building.ts';
import { jsonRecordFunctions, jsonRecordSets } from './json-record.ts';
import { jsonSets } from './json-sets.ts';
import { likeFunctions } from './like.ts';
import { networkFunctions } from './network.ts';
import { numericFunctions } from './numeric-functions.ts';
import { orderedSetAggregates } from './ordered-set.ts';
import { rangeFunctions } from './range.ts';
import { regexFunctions, regexSets } from './regex.ts';
import { datetimeSets, seriesSets } from './series.ts';
import { stringFunctions, stringSets } from './string.ts';
import { systemFunctions } from './system.ts';
import { typeFunctions } from './type-functions.ts';
import { windowFunctions } from './window.ts';

export { aggregateByFunction } from './aggregate-row.ts';
export { type FunctionRow, functionByOid, functionsByName } from './function-row.ts';
export type * from './implementation.ts';

const implementations: ReadonlyMap<string, Implementation> = new Map(
  [
    arithmetic,
    numericFunctions,
    comparison,
    casting,
    stringFunctions,
    likeFunctions,
    regexFunctions,
    encoding,
    hashing,
    datetimeFunctions,
    extraction,
    formattingFunctions,
    jsonFunctions,
    jsonBuilding,
    jsonRecordFunctions,
    arrayFunctions,
    bitFunctions,
    rangeFunctions,
    networkFunctions,
    systemFunctions,
  ].flatMap((family) => Object.entries(family)),
);

const setImplementations: ReadonlyMap<string, SetImplementation> = new Map(
  [seriesSets, datetimeSets, stringSets, regexSets, arraySets, jsonSets, jsonRecordSets].flatMap((family) =>
    Object.entries(family),
  ),
);

/** What the engine calls for a scalar function; null when nobody wrote it. */
export function builtinImplementation(row: FunctionRow): ((args: readonly Datum[], site: BoundSite) => Datum) | null {
  const implementation = implementations.get(row.source) ?? typeFunctions(row);
  if (implementation === null) return null;
  return (args, site) => implementation(args, site.context, site);
}

/** The same for a function that returns rows. */
export function builtinSetImplementation(
  row: FunctionRow,
): ((args: readonly Datum[], site: BoundSite) => Iterable<Datum>) | null {
  const implementation = setImplementations.get(row.source);
  if (implementation === undefined) return null;
  return (args, site) => implementation(args, site.context, site);
}

/** The aggregate of a pg_proc row of kind `a`; null when nobody wrote it. */
export function aggregateImplementation(row: FunctionRow): AggregateImplementation | null {
  return orderedSetAggregates.get(row.oid) ?? aggregates.get(row.oid) ?? null;
}

/** The window function of a pg_proc row of kind `w`; null when nobody wrote it. */
export function windowImplementation(row: FunctionRow): WindowImplementation | null {
  return windowFunctions[row.source] ?? null;
}
