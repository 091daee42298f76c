/** SQL names of types with their modifiers, as format_type and every error text show them. */
import type { PgType } from './datum.ts';
import { Oid } from './oids.ts';

const plainNames = new Map<number, string>([
  [Oid.bool, 'boolean'],
  [Oid.float4, 'real'],
  [Oid.float8, 'double precision'],
  [Oid.int2, 'smallint'],
  [Oid.int4, 'integer'],
  [Oid.int8, 'bigint'],
  [Oid.char, '"char"'],
]);

/** Types whose modifier stands inside or after their SQL name. */
const modifiedNames = new Map<number, readonly [string, string]>([
  [Oid.bpchar, ['character', '']],
  [Oid.varchar, ['character varying', '']],
  [Oid.numeric, ['numeric', '']],
  [Oid.bit, ['bit', '']],
  [Oid.varbit, ['bit varying', '']],
  [Oid.interval, ['interval', '']],
  [Oid.time, ['time', ' without time zone']],
  [Oid.timetz, ['time', ' with time zone']],
  [Oid.timestamp, ['timestamp', ' without time zone']],
  [Oid.timestamptz, ['timestamp', ' with time zone']],
]);

/** Words that must be quoted where they name a type, and names with anything but lower-case letters, digits, and underscores. */
export function quoteIdentifier(name: string, isReserved: (word: string) => boolean = () => false): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !isReserved(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** The name of a scalar type; `typmod` is null where none shall be shown, -1 where none is set. */
export function scalarTypeName(type: PgType, typmod: number | null, displayName: string): string {
  const plain = plainNames.get(type.oid);
  if (plain !== undefined) return plain;
  const modified = modifiedNames.get(type.oid);
  if (modified !== undefined) {
    // char without a length would mean char(1), so the bare type keeps its internal name.
    if (type.oid === Oid.bpchar && typmod === -1) return 'bpchar';
    if (type.oid === Oid.bit && typmod === -1) return '"bit"';
    const shown = typmod === null || typmod < 0 ? '' : type.typmodOut(typmod);
    return modified[0] + shown + modified[1];
  }
  return displayName + (typmod === null || typmod < 0 ? '' : type.typmodOut(typmod));
}

/** SQL spellings that name a built-in type of another name. */
export const typeAliases: Record<string, string> = {
  boolean: 'bool',
  smallint: 'int2',
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  float: 'float8',
  'double precision': 'float8',
  decimal: 'numeric',
  dec: 'numeric',
  character: 'bpchar',
  char: 'bpchar',
  'character varying': 'varchar',
  'char varying': 'varchar',
  'bit varying': 'varbit',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
};
