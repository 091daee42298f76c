import type { Relation, TableShape } from '../catalog/objects.ts';
import type { CallSite } from '../functions/implementation.ts';
import type { LockMode } from '../lock/lock-tag.ts';
import type { RowLockMode } from '../storage/tuple.ts';
import type { AggregateCall, Callable, Expr } from './expression.ts';

export interface OutputColumn {
  readonly name: string;
  readonly type: number;
  readonly typmod: number;
  /** Table and column it is taken from, for RowDescription; 0 when it is computed. */
  readonly tableOid: number;
  readonly columnNumber: number;
}

interface TableCommon {
  /** The alias, or the name: what columns are qualified with. */
  readonly name: string;
  /** Names and types by index in the row. Dropped columns have the name ''. */
  readonly columns: readonly OutputColumn[];
  readonly isLateral: boolean;
}

export type TableEntry =
  | (TableCommon & { readonly kind: 'relation'; readonly shape: TableShape; readonly lockMode: LockMode })
  | (TableCommon & { readonly kind: 'subquery'; readonly query: Query; readonly view: Relation | null })
  | (TableCommon & {
      readonly kind: 'function';
      readonly functions: readonly TableFunction[];
      readonly withOrdinality: boolean;
    })
  | (TableCommon & { readonly kind: 'values'; readonly rows: readonly (readonly Expr[])[] })
  | (TableCommon & { readonly kind: 'cte'; readonly cte: CommonTable; readonly level: number })
  | (TableCommon & { readonly kind: 'join' });

export interface TableFunction {
  readonly expr: Expr;
  /** Columns that its result gives: one for a scalar, as many as fields for a row. */
  readonly columnCount: number;
  readonly isRow: boolean;
}

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

export type FromItem =
  | { readonly kind: 'table'; readonly table: number }
  | {
      readonly kind: 'join';
      readonly join: JoinKind;
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expr | null;
      /** Table entry that stands for the join's own columns (USING and alias); -1 when there is none. */
      readonly table: number;
      /** For merged columns of a join entry, by index: the expression that gives it. */
      readonly merged: readonly Expr[];
    };

export interface CommonTable {
  readonly name: string;
  readonly query: Query;
  readonly columns: readonly OutputColumn[];
  readonly isRecursive: boolean;
  readonly materialized: 'default' | 'always' | 'never';
  /** How many times it is read. */
  references: number;
}

export interface SortKey {
  readonly expr: Expr;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
}

export interface Target {
  readonly name: string;
  readonly expr: Expr;
  /** Only there for ORDER BY or GROUP BY. */
  readonly isHidden: boolean;
  readonly tableOid: number;
  readonly columnNumber: number;
}

export interface WindowDefinition {
  readonly name: string;
  readonly partition: readonly Expr[];
  readonly order: readonly SortKey[];
  readonly frame: WindowFrame;
}

/** A set-returning call in a select list. */
export interface SetCall {
  readonly callable: Callable;
  readonly args: readonly Expr[];
  readonly site: CallSite;
}

export interface WindowFrame {
  readonly mode: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: 'none' | 'current row' | 'group' | 'ties';
}

export type FrameBound =
  | { readonly kind: 'unbounded preceding' | 'unbounded following' | 'current row' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expr };

export interface WindowCall {
  readonly window: number;
  readonly args: readonly Expr[];
  readonly filter: Expr | null;
  /** A true window function by name, or an aggregate over the frame. */
  readonly aggregate: AggregateCall | null;
  readonly functionOid: number;
  readonly type: number;
}

export interface RowMark {
  readonly table: number;
  readonly mode: RowLockMode;
  readonly wait: 'block' | 'skip' | 'error';
  /** False when the mark came through a view or subquery. */
  readonly isDirect: boolean;
}

export interface SetOperation {
  readonly operation: 'union' | 'intersect' | 'except';
  readonly isAll: boolean;
  readonly left: Query;
  readonly right: Query;
  /** Result types by column. */
  readonly types: readonly number[];
}

export interface Assignment {
  /** 0-based index into the row. */
  readonly column: number;
  readonly expr: Expr;
}

export interface OnConflict {
  readonly action: 'nothing' | 'update';
  /** Indexes that arbitrate; empty means any unique one. */
  readonly arbiters: readonly Relation[];
  readonly assignments: readonly Assignment[];
  readonly where: Expr | null;
  /** Table entry of `excluded`. */
  readonly excluded: number;
}

export interface Query {
  readonly command: 'select' | 'insert' | 'update' | 'delete';
  readonly ctes: readonly CommonTable[];
  readonly tables: TableEntry[];
  readonly from: readonly FromItem[];
  readonly where: Expr | null;
  readonly targets: readonly Target[];
  readonly groupBy: readonly Expr[];
  /** Sets of indexes into `groupBy`; null for a plain GROUP BY. */
  readonly groupingSets: readonly (readonly number[])[] | null;
  readonly isGrouped: boolean;
  readonly aggregates: AggregateCall[];
  readonly having: Expr | null;
  readonly windows: WindowDefinition[];
  readonly windowCalls: WindowCall[];
  /** Set-returning calls of the select list. */
  readonly sets: readonly SetCall[];
  readonly distinct: 'none' | 'all' | readonly Expr[];
  readonly order: readonly SortKey[];
  readonly limit: Expr | null;
  readonly offset: Expr | null;
  readonly withTies: boolean;
  readonly rowMarks: readonly RowMark[];
  readonly setOperation: SetOperation | null;
  /** Table entry that stands for the result of `setOperation`, -1 when there is none. */
  readonly setTable: number;
  /** The CTE whose rounds `setOperation` computes, for a recursive query. */
  readonly recursive: CommonTable | null;
  /** Index of the changed table, -1 for a select. */
  readonly target: number;
  readonly insertSource: Query | null;
  /** Columns that an insert gives, by index into the row, in the order of its source. */
  readonly insertColumns: readonly number[];
  readonly assignments: readonly Assignment[];
  readonly onConflict: OnConflict | null;
  readonly returning: readonly Target[];
  /** View restrictions (WITH CHECK OPTION). */
  readonly checks: readonly { readonly view: string; readonly expr: Expr }[];
  /** True when it or something inside changes data. */
  readonly modifies: boolean;
}
