/** Rows of pg_type, and a PgType put together from a row and a behaviour. The registry owns the instances. */
import type { HashKey, TypeBehaviour } from './behaviour.ts';
import type { CallContext, Datum, PgType, TypeKind } from './datum.ts';
import { noHash, noOrdering, pgError } from './errors.ts';
import { typeRows } from './rows/type-rows.ts';

/** A row of pg_type, as far as the catalog of the engine shows it. */
export interface TypeRow {
  readonly oid: number;
  readonly name: string;
  readonly len: number;
  readonly byVal: boolean;
  /** typtype: b, c, d, e, p, r or m. */
  readonly type: string;
  readonly category: string;
  readonly isPreferred: boolean;
  readonly delimiter: string;
  readonly elementOid: number;
  readonly arrayOid: number;
  readonly align: string;
  readonly storage: string;
  readonly collation: number;
  readonly inputFunction: string;
  readonly outputFunction: string;
  readonly receiveFunction: string;
  readonly sendFunction: string;
  readonly typmodIn: string;
  readonly typmodOut: string;
  readonly baseOid: number;
  readonly baseTypmod: number;
  readonly isNotNull: boolean;
  readonly relationOid: number;
}

const kinds: Record<string, TypeKind> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  p: 'pseudo',
  r: 'range',
  m: 'multirange',
};

function parseRow(line: string): TypeRow {
  const cell = line.split(';');
  return {
    oid: Number(cell[0]),
    name: cell[1]!,
    len: Number(cell[2]),
    byVal: cell[3] === 't',
    type: cell[4]!,
    category: cell[5]!,
    isPreferred: cell[6] === 't',
    delimiter: cell[7] === '\u0000' ? ';' : cell[7]!,
    elementOid: Number(cell[8]),
    arrayOid: Number(cell[9]),
    align: cell[10]!,
    storage: cell[11]!,
    collation: Number(cell[12]),
    inputFunction: cell[13]!,
    outputFunction: cell[14]!,
    receiveFunction: cell[15]!,
    sendFunction: cell[16]!,
    typmodIn: cell[17]!,
    typmodOut: cell[18]!,
    baseOid: 0,
    baseTypmod: -1,
    isNotNull: false,
    relationOid: 0,
  };
}

/** The rows that initdb makes, in OID order. The delimiter of box is a semicolon, which is also this table's separator. */
export const builtinTypeRows: readonly TypeRow[] = typeRows
  .split('\n')
  .map((line) => parseRow(line.replace(';;;', ';\u0000;')));

export const builtinRowByOid = new Map<number, TypeRow>(builtinTypeRows.map((row) => [row.oid, row]));
export const builtinOidByName = new Map<string, number>(builtinTypeRows.map((row) => [row.name, row.oid]));

export class BuiltType implements PgType {
  readonly oid: number;
  readonly name: string;
  readonly kind: TypeKind;
  readonly category: string;
  readonly isPreferred: boolean;
  readonly len: number;
  readonly byVal: boolean;
  readonly arrayOid: number;
  readonly elementOid: number;
  readonly delimiter: string;
  readonly align: string;
  readonly storage: string;
  readonly collation: number;
  readonly baseOid: number;
  readonly baseTypmod: number;
  readonly relationOid: number;
  readonly #behaviour: TypeBehaviour;
  readonly #isComparableElement: (() => { ordered: boolean; hashable: boolean }) | null;

  constructor(
    row: TypeRow,
    behaviour: TypeBehaviour,
    comparable: (() => { ordered: boolean; hashable: boolean }) | null,
  ) {
    this.oid = row.oid;
    this.name = row.name;
    this.kind = kinds[row.type]!;
    this.category = row.category;
    this.isPreferred = row.isPreferred;
    this.len = row.len;
    this.byVal = row.byVal;
    this.arrayOid = row.arrayOid;
    this.elementOid = row.elementOid;
    this.delimiter = row.delimiter;
    this.align = row.align;
    this.storage = row.storage;
    this.collation = row.collation;
    this.baseOid = row.baseOid;
    this.baseTypmod = row.baseTypmod;
    this.relationOid = row.relationOid;
    this.#behaviour = behaviour;
    this.#isComparableElement = comparable;
  }

  get isOrdered(): boolean {
    if (this.#isComparableElement !== null) return this.#isComparableElement().ordered;
    return this.#behaviour.compare !== undefined && !unorderedTypes.has(this.name);
  }

  get isHashable(): boolean {
    if (this.#isComparableElement !== null) return this.#isComparableElement().hashable;
    return this.#behaviour.hashKey !== undefined && !unhashableTypes.has(this.name);
  }

  input(text: string, typmod: number, context: CallContext): Datum {
    return this.#behaviour.input(text, typmod, context);
  }

  output(datum: Datum, context: CallContext): string {
    return this.#behaviour.output(datum, context);
  }

  receive(bytes: Buffer, typmod: number, context: CallContext): Datum {
    return this.#behaviour.receive(bytes, typmod, context);
  }

  send(datum: Datum, context: CallContext): Buffer {
    return this.#behaviour.send(datum, context);
  }

  compare(left: Datum, right: Datum): number {
    if (this.#behaviour.compare === undefined) throw noOrdering(this.name);
    return this.#behaviour.compare(left, right);
  }

  hashKey(datum: Datum): HashKey {
    if (this.#behaviour.hashKey === undefined) throw noHash(this.name);
    return this.#behaviour.hashKey(datum);
  }

  fit(datum: Datum, typmod: number, isExplicit: boolean): Datum {
    return this.#behaviour.fit === undefined ? datum : this.#behaviour.fit(datum, typmod, isExplicit);
  }

  typmodIn(modifiers: readonly string[]): number {
    if (this.#behaviour.typmodIn === undefined) {
      throw pgError('42601', `type modifier is not allowed for type "${this.name}"`);
    }
    return this.#behaviour.typmodIn(modifiers);
  }

  typmodOut(typmod: number): string {
    return this.#behaviour.typmodOut === undefined ? '' : this.#behaviour.typmodOut(typmod);
  }
}

/** Compared here for internal use only: they have no btree class, or no hash class, of their own. */
const unorderedTypes = new Set([
  'xid',
  'cid',
  'unknown',
  'cstring',
  'void',
  'refcursor',
  'aclitem',
  'pg_node_tree',
  'pg_snapshot',
  'txid_snapshot',
]);
const unhashableTypes = new Set([
  'unknown',
  'cstring',
  'void',
  'refcursor',
  'pg_node_tree',
  'pg_snapshot',
  'txid_snapshot',
  'bit',
  'varbit',
  'tsvector',
]);
