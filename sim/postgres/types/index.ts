/**
 * Types of the simulated Postgres: what a value is, how it reads, prints, travels, and compares.
 *
 * Read in this order: datum.ts (values, PgType, CallContext), registry.ts (the types of one database), then a type's own file, and resolve.ts
 * (which function, operator and cast an expression means). rows/ holds catalog rows as the real server has them.
 * What lives elsewhere: functions and operators' implementations (../functions), catalogs as tables (../catalog), SQL parsing (../sql).
 *
 * Simple entry: `new TypeRegistry()` per database and `registry.byOid(oid)`. `typeByOid` serves code that meets built-in types only.
 */
import type { PgType } from './datum.ts';
import { TypeRegistry } from './registry.ts';

export { builtinTypeRows, type TypeRow } from './built-type.ts';
export * from './datum.ts';
export { Oid } from './oids.ts';
export * from './operators.ts';
export {
  type CompositeDefinition,
  type DomainDefinition,
  type EnumDefinition,
  TypeRegistry,
} from './registry.ts';
export * from './resolve.ts';
export { type Zone, zoneByName, zoneOfAbbreviation, zoneOfSetting } from './timezone.ts';
export { quoteIdentifier, typeAliases } from './type-names.ts';

let builtins: TypeRegistry | null = null;

/** A built-in type. Types of the user are in their database's registry only. */
export function typeByOid(oid: number): PgType {
  // Never changed after it was made, so one for all databases is safe.
  builtins ??= new TypeRegistry();
  return builtins.byOid(oid);
}
