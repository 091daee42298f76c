/**
 * Expressions after resolution: every name is bound, every type is known, every coercion is written out.
 * Source: the node types of PostgreSQL's primnodes.h, reduced to what evaluation needs. Operators and casts are calls.
 */
import type { AggregateImplementation, BoundSite, CallSite } from '../functions/implementation.ts';
import type { Datum } from '../types/datum.ts';
import type { Waiting } from '../wait.ts';
import type { Query, SortKey } from './query.ts';

interface Typed {
  /** True for a cast that was written; casts that nobody wrote are not printed. */
  readonly isWritten?: boolean;
  readonly type: number;
  readonly typmod: number;
  /** Byte offset in the statement's text, -1 when unknown: for error positions only. */
  readonly at: number;
}

/** A function that can be called, whoever wrote it. */
export interface Callable {
  readonly oid: number;
  readonly name: string;
  readonly isStrict: boolean;
  readonly returnsSet: boolean;
  readonly volatility: 'i' | 's' | 'v';
  /** Null for a set-returning function. */
  readonly call: ((args: readonly Datum[], site: BoundSite) => Datum) | null;
  /** One datum a row; rows of several columns are PgRecord. */
  readonly callSet: ((args: readonly Datum[], site: BoundSite) => Iterable<Datum>) | null;
  /** In place of both for what may suspend the statement. */
  readonly wait: ((args: readonly Datum[], site: BoundSite) => Waiting<Datum>) | null;
  /** In place of `callSet`, for a set-returning function that may suspend: it is run to its end before its first row. */
  readonly waitSet?: (args: readonly Datum[], site: BoundSite) => Waiting<readonly Datum[]>;
}

export interface ConstExpr extends Typed {
  readonly kind: 'const';
  readonly value: Datum;
}
/** A quoted literal whose type is not known yet; resolution turns every one into a const or a call. */
export interface UnknownExpr extends Typed {
  readonly kind: 'unknown';
  readonly text: string;
}
export interface ParamExpr extends Typed {
  readonly kind: 'param';
  /** From 1. */
  readonly number: number;
}
export interface VarExpr extends Typed {
  readonly kind: 'var';
  /** 0 = this query, 1 = the one around it. */
  readonly level: number;
  readonly table: number;
  /** 0-based index into the row; SYSTEM_* for system columns; WHOLE_ROW. */
  readonly column: number;
}
export interface CallExpr extends Typed {
  readonly kind: 'call';
  readonly callable: Callable;
  readonly args: readonly Expr[];
  readonly site: CallSite;
  /** pg_operator OID when it was written as an operator. */
  readonly operatorOid?: number;
  /** How it was written, for names of columns and for printing. */
  readonly written: 'function' | 'operator' | 'cast' | 'syntax';
}
/** Output function of the argument's type, then input function of the result's. */
export interface ViaTextExpr extends Typed {
  readonly kind: 'via text';
  readonly arg: Expr;
}
/** Same bits, other type. */
export interface RelabelExpr extends Typed {
  readonly kind: 'relabel';
  readonly arg: Expr;
}
/** Fits into a typmod: varchar(n), numeric(p,s), timestamp(p). */
export interface FitExpr extends Typed {
  readonly kind: 'fit';
  readonly arg: Expr;
  readonly isExplicit: boolean;
}
/** Each element of an array through `element`, which reads the element as a `test value`. */
export interface ArrayMapExpr extends Typed {
  readonly kind: 'array map';
  readonly arg: Expr;
  readonly element: Expr;
  readonly elementType: number;
}
/** Each field of a row through its own expression, which reads it as a `test value`. */
export interface RowMapExpr extends Typed {
  readonly kind: 'row map';
  readonly arg: Expr;
  readonly fields: readonly Expr[];
}
export interface TestValueExpr extends Typed {
  readonly kind: 'test value';
}
export interface DomainExpr extends Typed {
  readonly kind: 'domain';
  readonly arg: Expr;
}
export interface LogicExpr extends Typed {
  readonly kind: 'and' | 'or';
  readonly args: readonly Expr[];
}
export interface NotExpr extends Typed {
  readonly kind: 'not';
  readonly arg: Expr;
}
export interface CaseExpr extends Typed {
  readonly kind: 'case';
  readonly arg: Expr | null;
  readonly whens: readonly { readonly when: Expr; readonly result: Expr }[];
  readonly otherwise: Expr;
}
export interface CoalesceExpr extends Typed {
  readonly kind: 'coalesce';
  readonly args: readonly Expr[];
}
export interface ExtremeExpr extends Typed {
  readonly kind: 'greatest' | 'least';
  readonly args: readonly Expr[];
}
/** NULL when `equal` of both is true, otherwise the first. */
export interface NullIfExpr extends Typed {
  readonly kind: 'nullif';
  readonly left: Expr;
  readonly right: Expr;
  readonly equal: Callable;
  readonly site: CallSite;
}
export interface DistinctExpr extends Typed {
  readonly kind: 'distinct';
  readonly left: Expr;
  readonly right: Expr;
  readonly equal: Callable;
  readonly site: CallSite;
}
export interface NullTestExpr extends Typed {
  readonly kind: 'null test';
  readonly arg: Expr;
  readonly isNull: boolean;
  readonly isRow: boolean;
}
export interface BooleanTestExpr extends Typed {
  readonly kind: 'boolean test';
  readonly arg: Expr;
  readonly test: 'true' | 'not true' | 'false' | 'not false' | 'unknown' | 'not unknown';
}
/** `left OP ANY (array)` and `left OP ALL (array)`. */
export interface AnyArrayExpr extends Typed {
  readonly kind: 'any array';
  readonly left: Expr;
  readonly array: Expr;
  readonly callable: Callable;
  readonly site: CallSite;
  readonly operatorOid: number;
  readonly isAll: boolean;
}
export interface ArrayExpr extends Typed {
  readonly kind: 'array';
  readonly elementType: number;
  readonly items: readonly Expr[];
  /** True when the items are arrays themselves. */
  readonly isNested: boolean;
}
export interface RowExpr extends Typed {
  readonly kind: 'row';
  readonly items: readonly Expr[];
  readonly names: readonly string[];
}
export interface FieldExpr extends Typed {
  readonly kind: 'field';
  readonly arg: Expr;
  readonly index: number;
}
/** `a[i]`, `a[i:j]`; jsonb too. A null bound of a slice was left out. */
export interface SubscriptExpr extends Typed {
  readonly kind: 'subscript';
  readonly arg: Expr;
  readonly isSlice: boolean;
  readonly uppers: readonly (Expr | null)[];
  readonly lowers: readonly (Expr | null)[];
  readonly isJson: boolean;
}
/** Column by column: the first pair that differs decides. */
export interface RowCompareExpr extends Typed {
  readonly kind: 'row compare';
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly lefts: readonly Expr[];
  readonly rights: readonly Expr[];
  /** Compared by the order of these types. */
  readonly types: readonly number[];
}
export interface SubqueryExpr extends Typed {
  readonly kind: 'subquery';
  readonly form: 'exists' | 'value' | 'array' | 'any' | 'all' | 'row' | 'record';
  readonly query: Query;
  /** For any, all and row: the comparison of each column, whose right side is a `subquery column`. */
  readonly tests: readonly Expr[];
  /** `=`, `<>`, `<` and so on, for any, all and row. */
  readonly operator: string;
  readonly isCorrelated: boolean;
}
/** A column of the subquery's row that is compared just now. */
export interface SubqueryColumnExpr extends Typed {
  readonly kind: 'subquery column';
  readonly index: number;
}
/** The result of an aggregate: `index` into the list of the query. */
export interface AggregateExpr extends Typed {
  readonly kind: 'aggregate';
  readonly level: number;
  readonly index: number;
}
export interface GroupExpr extends Typed {
  readonly kind: 'group';
  readonly level: number;
  readonly index: number;
}
export interface GroupingExpr extends Typed {
  readonly kind: 'grouping';
  readonly args: readonly Expr[];
  /** Positions of the arguments in GROUP BY. */
  readonly indexes: readonly number[];
}
export interface WindowExpr extends Typed {
  readonly kind: 'window';
  readonly index: number;
}
/** A set-returning call in a select list: its current value, `index` into the list of the query. */
export interface SetExpr extends Typed {
  readonly kind: 'set';
  readonly index: number;
}
/** CURRENT_USER and its kin. */
export interface SessionValueExpr extends Typed {
  readonly kind: 'session value';
  readonly name: string;
}
/** DEFAULT in VALUES or SET; replaced before planning. */
export interface DefaultExpr extends Typed {
  readonly kind: 'default';
}
/** nextval of an identity column. */
export interface NextValueExpr extends Typed {
  readonly kind: 'next value';
  readonly sequenceOid: number;
}

export type Expr =
  | ConstExpr
  | UnknownExpr
  | ParamExpr
  | VarExpr
  | CallExpr
  | ViaTextExpr
  | RelabelExpr
  | FitExpr
  | ArrayMapExpr
  | RowMapExpr
  | TestValueExpr
  | DomainExpr
  | LogicExpr
  | NotExpr
  | CaseExpr
  | CoalesceExpr
  | ExtremeExpr
  | NullIfExpr
  | DistinctExpr
  | NullTestExpr
  | BooleanTestExpr
  | AnyArrayExpr
  | ArrayExpr
  | RowExpr
  | FieldExpr
  | SubscriptExpr
  | RowCompareExpr
  | SubqueryExpr
  | SubqueryColumnExpr
  | AggregateExpr
  | GroupExpr
  | GroupingExpr
  | WindowExpr
  | SetExpr
  | SessionValueExpr
  | DefaultExpr
  | NextValueExpr;

export const SYSTEM_CTID = -1;
export const SYSTEM_XMIN = -2;
export const SYSTEM_CMIN = -3;
export const SYSTEM_XMAX = -4;
export const SYSTEM_CMAX = -5;
export const SYSTEM_TABLEOID = -6;
export const WHOLE_ROW = -7;

export interface AggregateCall {
  readonly name: string;
  readonly oid: number;
  readonly implementation: AggregateImplementation;
  readonly isStrict: boolean;
  readonly site: CallSite;
  /** Arguments in front of WITHIN GROUP, computed once a group. */
  readonly direct: readonly Expr[];
  readonly args: readonly Expr[];
  readonly isDistinct: boolean;
  readonly order: readonly SortKey[];
  readonly filter: Expr | null;
  readonly isStar: boolean;
  readonly type: number;
}
