/**
 * What a value of SQL is in JavaScript, and what a type must be able to do with it.
 * Source: PostgreSQL 15 manual, chapter 8, and the wire formats of each type's send and receive function.
 * Invariant: a datum never changes after it was made; equal datums of one type have equal hash keys.
 * Differs: timestamps are JavaScript numbers, so beyond the year 2255 fractions of a second lose digits; whole seconds stay exact. A client
 * that stores microseconds so far ahead can tell.
 */
import type { TypeRegistry } from './registry.ts';

/** numeric: `value` / 10^`scale` when `special` is 0; otherwise 1 = NaN, 2 = Infinity, 3 = -Infinity. */
export interface Numeric {
  readonly special: 0 | 1 | 2 | 3;
  readonly value: bigint;
  readonly scale: number;
}

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

/** timetz: `zoneSeconds` counts seconds west of UTC, as Postgres stores it. */
export interface TimeTz {
  readonly micros: number;
  readonly zoneSeconds: number;
}

/** An array: `items` in row-major order; an empty array has no dimension at all. */
export interface PgArray {
  readonly elementType: number;
  readonly dims: readonly number[];
  readonly lower: readonly number[];
  readonly items: readonly Datum[];
}

export interface RecordField {
  readonly name: string;
  readonly type: number;
  readonly typmod: number;
}

/** A row value. `fields` is present when `type` is 2249 (record); a named composite type has its fields in the registry. */
export interface PgRecord {
  readonly type: number;
  readonly values: readonly Datum[];
  readonly fields?: readonly RecordField[];
}

/** A jsonb tree. Keys of an object are sorted by byte length, then by bytes, and are unique. */
export type Json =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: Numeric }
  | { readonly kind: 'array'; readonly items: readonly Json[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly values: readonly Json[] };

/** A bit or varbit value as its digits. */
export interface BitString {
  readonly bits: string;
}

/** A range; null bounds are infinite. An empty range has `isEmpty` and no bounds. */
export interface PgRange {
  readonly type: number;
  readonly isEmpty: boolean;
  readonly lower: Datum;
  readonly upper: Datum;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

export type Datum =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | Numeric
  | Interval
  | TimeTz
  | PgArray
  | PgRecord
  | PgRange
  | BitString
  | Json;

/** What a function or a type may know of the session that calls it. */
export interface CallContext {
  /** now(), in microseconds since the Unix epoch. */
  readonly transactionMicros: number;
  readonly statementMicros: number;
  clockMicros(): number;
  /** The session's TimeZone setting as written: an IANA name, an abbreviation, or an offset. */
  readonly timeZone: string;
  /** `ISO, MDY` and the like. */
  readonly dateStyle: string;
  readonly intervalStyle: string;
  readonly extraFloatDigits: number;
  readonly byteaOutput: string;
  /** A double in [0, 1). */
  random(): number;
  randomBytes(length: number): Buffer;
  /** A run-time setting; undefined when there is none of that name. */
  setting(name: string): string | undefined;
  /** Restarts random() from `seed` in [-1, 1]; absent when the session has no such stream. */
  setSeed?(seed: number): void;
  readonly types: TypeRegistry;
  /** Names of catalog objects, for the reg* types; absent where no catalog exists. */
  readonly catalogNames?: CatalogNames;
  /** The engine's own session; functions of this folder never look at it. */
  readonly session?: unknown;
}

/** How the engine resolves the reg* types other than regtype. `kind` is the type's name, such as `regclass`. */
export interface CatalogNames {
  oidOf(kind: string, name: string): number;
  nameOf(kind: string, oid: number): string | null;
}

export type TypeKind = 'base' | 'composite' | 'domain' | 'enum' | 'pseudo' | 'range' | 'multirange';

export interface PgType {
  readonly oid: number;
  readonly name: string;
  readonly kind: TypeKind;
  readonly category: string;
  readonly isPreferred: boolean;
  /** typlen: bytes, -1 for varlena, -2 for cstring. */
  readonly len: number;
  readonly byVal: boolean;
  /** OID of the array type over this one, 0 when there is none. */
  readonly arrayOid: number;
  /** typelem: what subscripting yields, 0 when it cannot be subscripted as an array. */
  readonly elementOid: number;
  readonly delimiter: string;
  readonly align: string;
  readonly storage: string;
  /** 100 = default, 950 = C, 0 = not collatable. */
  readonly collation: number;
  /** The type under a domain, otherwise 0; with the domain's typmod. */
  readonly baseOid: number;
  readonly baseTypmod: number;
  /** pg_class OID of a composite type, otherwise 0. */
  readonly relationOid: number;
  /** True when a default btree (hash) operator class exists, so `compare` (`hashKey`) may be called. */
  readonly isOrdered: boolean;
  readonly isHashable: boolean;
  /** From text. Throws PgError 22P02 and others. */
  input(text: string, typmod: number, context: CallContext): Datum;
  /** To text; never called with null. */
  output(datum: Datum, context: CallContext): string;
  /** From the binary wire format. */
  receive(bytes: Buffer, typmod: number, context: CallContext): Datum;
  send(datum: Datum, context: CallContext): Buffer;
  /** The order of the default btree class: negative, zero or positive. Never called with null. */
  compare(left: Datum, right: Datum): number;
  /** Equal datums have equal keys, and unequal ones unequal keys; usable in a Map. Never called with null. */
  hashKey(datum: Datum): string | number | bigint | boolean;
  /** Fits a value into a typmod, as a cast does. `isExplicit` cuts what an assignment refuses (varchar(n)). */
  fit(datum: Datum, typmod: number, isExplicit: boolean): Datum;
  /** The typmod for the modifiers as written, such as ['10', '2']. */
  typmodIn(modifiers: readonly string[]): number;
  /** The modifiers as written after the name, such as `(10,2)`; empty for -1. */
  typmodOut(typmod: number): string;
}
