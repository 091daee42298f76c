/**
 * What the catalog holds: schemas, relations with their columns, indexes, sequences and views, and constraints.
 * Values are never changed in place; a change is a new version (catalog-table.ts). The exceptions are `heap`, `tree` and `state`, which are
 * the storage itself and carry row versions of their own.
 */
import type { Node } from 'libpg-query';
import type { FunctionRow } from '../functions/function-row.ts';
import type { Grant } from '../privileges.ts';
import type { Callable } from '../sql/expression.ts';
import type { Heap } from '../storage/heap.ts';
import type { SequenceOptions, SequenceState } from '../storage/sequence.ts';
import type { SortedIndex } from '../storage/sorted-index.ts';
import type { Datum } from '../types/datum.ts';
import type { CatalogObject } from './catalog-table.ts';

export interface Schema extends CatalogObject {
  readonly owner: string;
}

export interface Column {
  readonly name: string;
  /** attnum, from 1; a dropped column keeps its number. */
  readonly number: number;
  readonly typeOid: number;
  readonly typmod: number;
  readonly isNotNull: boolean;
  readonly isDropped: boolean;
  /** The default or the generation expression as parsed, and as written by the one who asks for it. */
  readonly expression: Node | null;
  /** `stored` = GENERATED ALWAYS AS (expression) STORED. */
  readonly generated: 'none' | 'stored';
  readonly identity: 'none' | 'always' | 'default';
  /** Value of rows that are older than the column. */
  readonly missing: Datum;
}

export interface IndexKey {
  /** attnum, or 0 for an expression. */
  readonly column: number;
  readonly expression: Node | null;
  readonly typeOid: number;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
  readonly operatorClass: string;
}

export interface IndexInfo {
  readonly tableOid: number;
  readonly keys: readonly IndexKey[];
  readonly included: readonly number[];
  readonly method: string;
  readonly isUnique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly isPrimary: boolean;
  readonly isValid: boolean;
  /** False for a deferrable constraint, whose duplicates are looked for later. */
  readonly isImmediate: boolean;
  readonly predicate: Node | null;
  readonly tree: SortedIndex;
}

export interface SequenceInfo {
  readonly options: SequenceOptions;
  readonly state: SequenceState;
  /** Table and column that own it, or 0. */
  readonly ownerTable: number;
  readonly ownerColumn: number;
  readonly isIdentity: boolean;
}

export interface ViewInfo {
  readonly query: Node;
  readonly checkOption: 'none' | 'local' | 'cascaded';
}

/** PARTITION BY: the key by attnum, with its types. */
export interface Partitioning {
  readonly strategy: 'list' | 'range';
  readonly columns: readonly number[];
  readonly types: readonly number[];
}

export type PartitionLimit =
  | { readonly kind: 'min' }
  | { readonly kind: 'max' }
  | { readonly kind: 'value'; readonly value: Datum };

export type PartitionBound =
  | { readonly kind: 'default' }
  | { readonly kind: 'list'; readonly values: readonly Datum[] }
  /** From is within, to is not. */
  | { readonly kind: 'range'; readonly from: readonly PartitionLimit[]; readonly to: readonly PartitionLimit[] };

/** pg_class.relkind: r table, i index, S sequence, v view, c composite type, p partitioned table. */
export type RelationKind = 'r' | 'i' | 'S' | 'v' | 'c' | 'p' | 'm';

export interface Relation extends CatalogObject {
  readonly kind: RelationKind;
  readonly owner: string;
  readonly persistence: 'p' | 't' | 'u';
  readonly columns: readonly Column[];
  readonly heap: Heap | null;
  readonly index: IndexInfo | null;
  readonly sequence: SequenceInfo | null;
  readonly view: ViewInfo | null;
  /** Rows made on the fly, for system catalogs. */
  readonly rows: ((session: unknown) => Datum[][]) | null;
  /** OID of the row type. */
  readonly typeOid: number;
  readonly onCommit: 'preserve' | 'delete' | 'drop';
  readonly options: ReadonlyMap<string, string>;
  /** Row-level security; absent means never switched on. */
  readonly rowSecurity?: { readonly isEnabled: boolean; readonly isForced: boolean };
  /** Of a partitioned table, otherwise null. */
  readonly partitioning: Partitioning | null;
  /** Of a partition, otherwise null. */
  readonly partition: {
    readonly parentOid: number;
    readonly bound: PartitionBound;
    readonly partitioning: Partitioning;
  } | null;
}

export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKey {
  readonly tableOid: number;
  readonly columns: readonly number[];
  readonly indexOid: number;
  readonly match: 'simple' | 'full';
  readonly onUpdate: ForeignKeyAction;
  readonly onDelete: ForeignKeyAction;
  /** Columns that SET NULL or SET DEFAULT of a delete change; all when empty. */
  readonly deleteColumns: readonly number[];
}

export interface Constraint extends CatalogObject {
  readonly kind: 'primary' | 'unique' | 'check' | 'foreign';
  readonly tableOid: number;
  readonly columns: readonly number[];
  readonly indexOid: number;
  readonly expression: Node | null;
  readonly foreign: ForeignKey | null;
  readonly isDeferrable: boolean;
  readonly isDeferred: boolean;
  readonly isValidated: boolean;
  readonly noInherit: boolean;
}

/** A type of the user; what it can do is in the type registry under the same OID. */
export interface TypeObject extends CatalogObject {
  readonly kind: 'enum' | 'composite' | 'domain' | 'array' | 'range';
  readonly arrayOid: number;
  /** Table or composite relation whose rows it has, or 0. */
  readonly relationOid: number;
}

/** A function of the user as the resolver sees it. */
export interface UserFunctionRow extends FunctionRow {
  readonly callable: Callable;
  /** Default of each entry of `defaults`, as parsed. */
  readonly defaultNodes: readonly Node[];
}

export interface FunctionObject extends CatalogObject {
  readonly owner: string;
  readonly row: UserFunctionRow;
  readonly language: 'sql' | 'plpgsql';
  /** prosrc: what stands between the quotes. */
  readonly body: string;
  /** The whole CREATE FUNCTION, which the parser of PL/pgSQL wants. */
  readonly definition: string;
  readonly isSecurityDefiner: boolean;
  /** SET clauses: in force while the function runs. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate';

export interface Trigger extends CatalogObject {
  readonly tableOid: number;
  readonly functionOid: number;
  readonly timing: 'before' | 'after' | 'instead of';
  readonly isRow: boolean;
  readonly events: readonly TriggerEvent[];
  /** Of UPDATE OF, by attnum; any when empty. */
  readonly columns: readonly number[];
  readonly when: Node | null;
  readonly arguments: readonly string[];
  readonly isEnabled: boolean;
  readonly isDeferrable: boolean;
  readonly isDeferred: boolean;
}

/** CREATE POLICY; roles are empty for PUBLIC. */
export interface Policy extends CatalogObject {
  readonly tableOid: number;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly isPermissive: boolean;
  readonly roles: readonly string[];
  readonly using: Node | null;
  readonly check: Node | null;
}

/** COMMENT ON: the name is `classoid objoid part`. */
export interface Comment extends CatalogObject {
  readonly classOid: number;
  readonly objectOid: number;
  /** Column number, or 0. */
  readonly part: number;
  readonly text: string;
}

/** ALTER DEFAULT PRIVILEGES: the name is `role schema kind`. */
export interface DefaultPrivileges extends CatalogObject {
  readonly role: string;
  /** 0 for all schemas. */
  readonly inSchema: number;
  readonly kind: 'relation' | 'sequence' | 'schema' | 'function' | 'type';
  readonly grants: readonly Grant[];
}

/** Everything about a table that a statement on it needs, joined from the catalog tables. */
export interface TableShape {
  readonly relation: Relation;
  readonly indexes: readonly Relation[];
  readonly constraints: readonly Constraint[];
  /** Foreign keys of other tables, and of this one, that point here. */
  readonly referencedBy: readonly Constraint[];
  /** In the order of their names, which is the order of firing. */
  readonly triggers: readonly Trigger[];
  /** Partitions in the order of their OIDs. */
  readonly partitions: readonly TableShape[];
}
