/** Input, output and send functions of types called by name, such as int4in('5') or textsend('x'); what a cast through them would do. */

import { builtinTypeRows } from '../types/built-type.ts';
import type { CallContext, Datum } from '../types/datum.ts';
import { Oid } from '../types/oids.ts';
import type { FunctionRow } from './function-row.ts';
import type { CallSite, Implementation } from './implementation.ts';

type Maker = (type: number) => Implementation;

const reading: Maker = (type) => (a, context) =>
  context.types.byOid(type).input(a[0] as string, a.length > 2 ? (a[2] as number) : -1, context);
const sending: Maker = (type) => (a, context) => context.types.byOid(type).send(a[0]!, context);
const showing: Maker = (type) => (a, context) => context.types.byOid(type).output(a[0]!, context);

const table = new Map<string, Implementation>();
const generic = new Set(['array_in', 'record_in', 'enum_in', 'range_in', 'multirange_in']);
for (const row of builtinTypeRows) {
  if (generic.has(row.inputFunction)) continue;
  if (!table.has(row.inputFunction)) table.set(row.inputFunction, reading(row.oid));
  if (!table.has(row.outputFunction)) table.set(row.outputFunction, showing(row.oid));
  if (!table.has(row.sendFunction)) table.set(row.sendFunction, sending(row.oid));
}

/** Functions over any array, row, enum or range go by the type of their argument. */
const byArgument =
  (use: (datum: Datum, type: number, context: CallContext) => Datum): Implementation =>
  (a, context, site: CallSite) =>
    use(a[0]!, site.argTypes[0]!, context);
for (const name of ['array', 'record', 'enum', 'range']) {
  table.set(
    `${name}_out`,
    byArgument((datum, type, context) => context.types.byOid(type).output(datum, context)),
  );
  table.set(
    `${name}_send`,
    byArgument((datum, type, context) => context.types.byOid(type).send(datum, context)),
  );
}
table.set('enum_in', (a, context) => context.types.byOid(a[1] as number).input(a[0] as string, -1, context));
table.set('record_in', (a, context) => context.types.byOid(a[1] as number).input(a[0] as string, -1, context));
table.set('range_in', (a, context) => context.types.byOid(a[1] as number).input(a[0] as string, -1, context));
table.set('array_in', (a, context) =>
  context.types.byOid(context.types.arrayOf(a[1] as number)).input(a[0] as string, a[2] as number, context),
);

/** The implementation of a type's own function; null for any other row. */
export function typeFunctions(row: FunctionRow): Implementation | null {
  const isPlain = row.returnType === Oid.cstring || row.returnType === Oid.bytea || row.argTypes[0] === Oid.cstring;
  return isPlain ? (table.get(row.source) ?? null) : null;
}
