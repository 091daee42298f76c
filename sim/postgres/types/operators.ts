/** pg_operator, pg_cast and the btree and hash operator classes: rows and the look-ups that the planner and the resolver need. */
import { castRows } from './rows/cast-rows.ts';
import { operatorClassRows } from './rows/operator-class-rows.ts';
import { operatorRows } from './rows/operator-rows.ts';
import { operatorStrategyRows } from './rows/operator-strategy-rows.ts';

export interface OperatorRow {
  readonly oid: number;
  readonly name: string;
  /** b = infix, l = prefix. */
  readonly kind: 'b' | 'l';
  /** 0 for a prefix operator. */
  readonly left: number;
  readonly right: number;
  readonly result: number;
  readonly commutator: number;
  readonly negator: number;
  /** pg_proc OID. */
  readonly procedure: number;
  readonly canMerge: boolean;
  readonly canHash: boolean;
}

export type CastContext = 'i' | 'a' | 'e';

export interface CastRow {
  readonly oid: number;
  readonly source: number;
  readonly target: number;
  /** pg_proc OID, 0 for binary-coercible and I/O casts. */
  readonly procedure: number;
  readonly context: CastContext;
  /** f = function, b = binary-coercible, i = through text. */
  readonly method: 'f' | 'b' | 'i';
}

export interface OperatorClassRow {
  readonly oid: number;
  /** 403 = btree, 405 = hash. */
  readonly method: number;
  readonly name: string;
  readonly family: number;
  readonly inputType: number;
  readonly isDefault: boolean;
}

export interface OperatorStrategyRow {
  readonly family: number;
  readonly left: number;
  readonly right: number;
  /** btree: 1 <, 2 <=, 3 =, 4 >=, 5 >; hash: 1 =. */
  readonly strategy: number;
  readonly operator: number;
  readonly method: number;
}

const split = (rows: string): string[][] => rows.split('\n').map((line) => line.split(';'));

export const operators: readonly OperatorRow[] = split(operatorRows).map((c) => ({
  oid: Number(c[0]),
  name: c[1]!,
  kind: c[2] as 'b' | 'l',
  left: Number(c[3]),
  right: Number(c[4]),
  result: Number(c[5]),
  commutator: Number(c[6]),
  negator: Number(c[7]),
  procedure: Number(c[8]),
  canMerge: c[9] === 't',
  canHash: c[10] === 't',
}));

export const casts: readonly CastRow[] = split(castRows).map((c) => ({
  oid: Number(c[0]),
  source: Number(c[1]),
  target: Number(c[2]),
  procedure: Number(c[3]),
  context: c[4] as CastContext,
  method: c[5] as 'f' | 'b' | 'i',
}));

export const operatorClasses: readonly OperatorClassRow[] = split(operatorClassRows).map((c) => ({
  oid: Number(c[0]),
  method: Number(c[1]),
  name: c[2]!,
  family: Number(c[3]),
  inputType: Number(c[4]),
  isDefault: c[5] === 't',
}));

export const operatorStrategies: readonly OperatorStrategyRow[] = split(operatorStrategyRows).map((c) => ({
  family: Number(c[0]),
  left: Number(c[1]),
  right: Number(c[2]),
  strategy: Number(c[3]),
  operator: Number(c[4]),
  method: Number(c[5]),
}));

const byOid = new Map<number, OperatorRow>(operators.map((row) => [row.oid, row]));
const byName = new Map<string, OperatorRow[]>();
for (const row of operators) {
  const list = byName.get(row.name);
  if (list === undefined) byName.set(row.name, [row]);
  else list.push(row);
}
const castByTypes = new Map<string, CastRow>(casts.map((row) => [`${row.source}/${row.target}`, row]));

const strategiesByOperator = new Map<number, OperatorStrategyRow[]>();
for (const row of operatorStrategies) {
  const list = strategiesByOperator.get(row.operator);
  if (list === undefined) strategiesByOperator.set(row.operator, [row]);
  else list.push(row);
}

export const operatorByOid = (oid: number): OperatorRow | undefined => byOid.get(oid);
export const operatorsByName = (name: string): readonly OperatorRow[] => byName.get(name) ?? [];
export const castBetween = (source: number, target: number): CastRow | undefined =>
  castByTypes.get(`${source}/${target}`);

/** Which operator families an operator belongs to, with its strategy there; what an index scan or a merge join asks. */
export const strategiesOf = (operator: number): readonly OperatorStrategyRow[] =>
  strategiesByOperator.get(operator) ?? [];

/** The operator of a family for two types and a strategy. */
export function familyOperator(family: number, left: number, right: number, strategy: number): OperatorRow | undefined {
  for (const row of operatorStrategies) {
    if (row.family === family && row.left === left && row.right === right && row.strategy === strategy)
      return byOid.get(row.operator);
  }
  return undefined;
}

/** The default operator class of an exact input type; look-up through domains, arrays and binary coercion is resolve.ts's. */
export function defaultClass(method: 403 | 405, inputType: number): OperatorClassRow | undefined {
  return operatorClasses.find((row) => row.method === method && row.inputType === inputType && row.isDefault);
}
