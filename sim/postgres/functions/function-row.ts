/** pg_proc: the rows of built-in functions with look-up by OID and name. Functions of the user have the same shape, made by the engine. */
import { functionRows } from './rows/function-rows.ts';

export type FunctionKind = 'f' | 'a' | 'w' | 'p';

export interface FunctionRow {
  readonly oid: number;
  readonly name: string;
  /** f = function, a = aggregate, w = window function, p = procedure. */
  readonly kind: FunctionKind;
  readonly isStrict: boolean;
  readonly returnsSet: boolean;
  readonly volatility: 'i' | 's' | 'v';
  readonly returnType: number;
  /** Input types. The last one is an array when `variadic` is not 0. */
  readonly argTypes: readonly number[];
  /** Element type of a VARIADIC last argument, 0 when there is none; 2276 for VARIADIC "any". */
  readonly variadic: number;
  /** Names the implementation: prosrc, or `sql:name(types)`. */
  readonly source: string;
  /** Types, modes (i, o, b, v, t) and names of all parameters; empty when there are only plain inputs (names: when there are none). */
  readonly allArgTypes: readonly number[];
  readonly argModes: readonly string[];
  readonly argNames: readonly string[];
  /** SQL text of the defaults of the last arguments. */
  readonly defaults: readonly string[];
}

const numbers = (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number));

function parseRow(line: string): FunctionRow {
  const c = line.split(';');
  return {
    oid: Number(c[0]),
    name: c[1]!,
    kind: c[2] as FunctionKind,
    isStrict: c[3] === 't',
    returnsSet: c[4] === 't',
    volatility: c[5] as 'i' | 's' | 'v',
    returnType: Number(c[6]),
    argTypes: numbers(c[7]!),
    variadic: Number(c[8]),
    source: c[9]!,
    allArgTypes: numbers(c[10]!),
    argModes: [...c[11]!],
    argNames: c[12] === '' ? [] : c[12]!.split(' ').map((name) => (name === '-' ? '' : name)),
    defaults: c[13] === '' ? [] : c[13]!.split(', '),
  };
}

/** All built-in rows in OID order. */
export const builtinFunctions: readonly FunctionRow[] = functionRows.split('\n').map(parseRow);

const byOid = new Map<number, FunctionRow>();
const byName = new Map<string, FunctionRow[]>();
for (const row of builtinFunctions) {
  byOid.set(row.oid, row);
  const list = byName.get(row.name);
  if (list === undefined) byName.set(row.name, [row]);
  else list.push(row);
}

const none: readonly FunctionRow[] = [];

export const functionByOid = (oid: number): FunctionRow | undefined => byOid.get(oid);
export const functionsByName = (name: string): readonly FunctionRow[] => byName.get(name) ?? none;
