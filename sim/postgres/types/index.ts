import type { TypeRegistry } from './registry.ts';

export * from './datum.ts';
export { Oid } from './oids.ts';
export * from './operators.ts';
export { TypeRegistry } from './registry.ts';
export * from './resolve.ts';
export { zoneByName } from './timezone.ts';
export { quoteIdentifier } from './type-names.ts';

const _builtins: TypeRegistry | null = null;
