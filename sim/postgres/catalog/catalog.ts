/**
 * The catalog of one database: its object tables, OIDs, and what a table looks like with all that belongs to it.
 * Left out: several databases in one server; each simulated server has one.
 */

import type { AccessList } from '../privileges.ts';
import type { Role } from '../roles.ts';
import type { TransactionStatus, XidOwner } from '../transaction-status.ts';
import { CatalogTable } from './catalog-table.ts';
import type {
  Comment,
  Constraint,
  DefaultPrivileges,
  FunctionObject,
  Policy,
  Relation,
  Schema,
  TableShape,
  Trigger,
  TypeObject,
} from './objects.ts';

/** First OID that is not the bootstrap's. */
const OID_FIRST = 16384;
export const PG_CATALOG_OID = 11;
export const PUBLIC_OID = 2200;
export const DATABASE_OID = 5;
export const INFORMATION_SCHEMA_OID = 13000;

export class Catalog {
  readonly schemas: CatalogTable<Schema>;
  readonly relations: CatalogTable<Relation>;
  readonly constraints: CatalogTable<Constraint>;
  readonly types: CatalogTable<TypeObject>;
  readonly functions: CatalogTable<FunctionObject>;
  readonly triggers: CatalogTable<Trigger>;
  readonly policies: CatalogTable<Policy>;
  readonly roles: CatalogTable<Role>;
  readonly accessLists: CatalogTable<AccessList>;
  readonly defaultPrivileges: CatalogTable<DefaultPrivileges>;
  readonly comments: CatalogTable<Comment>;
  /** Counts committed changes: plans of an older number are made anew. */
  version = 1;
  readonly #indexesByTable: ChildIndex = new Map();
  readonly #constraintsByTable: ChildIndex = new Map();
  readonly #referencesByTable: ChildIndex = new Map();
  readonly #triggersByTable: ChildIndex = new Map();
  readonly #partitionsByTable: ChildIndex = new Map();
  readonly #shapes = new Map<
    number,
    { readonly version: number; readonly relation: Relation; readonly shape: TableShape }
  >();
  #nextOid = OID_FIRST;

  constructor(status: TransactionStatus) {
    this.schemas = new CatalogTable(status);
    this.relations = new CatalogTable(status);
    this.types = new CatalogTable(status);
    this.functions = new CatalogTable(status);
    this.roles = new CatalogTable(status);
    this.accessLists = new CatalogTable(status);
    this.defaultPrivileges = new CatalogTable(status);
    this.comments = new CatalogTable(status);
    this.policies = new CatalogTable(status, (policy) => `${policy.tableOid}.${policy.name}`);
    this.triggers = new CatalogTable(status, (trigger) => `${trigger.tableOid}.${trigger.name}`);
    // Names of constraints are unique within a table, not within a schema.
    this.constraints = new CatalogTable(status, (constraint) => `${constraint.tableOid}.${constraint.name}`);
    this.schemas.bootstrap({ oid: PG_CATALOG_OID, name: 'pg_catalog', schema: 0, owner: 'postgres' });
    this.schemas.bootstrap({ oid: 99, name: 'pg_toast', schema: 0, owner: 'postgres' });
    this.schemas.bootstrap({ oid: INFORMATION_SCHEMA_OID, name: 'information_schema', schema: 0, owner: 'postgres' });
    this.schemas.bootstrap({ oid: PUBLIC_OID, name: 'public', schema: 0, owner: 'pg_database_owner' });
    const comments: readonly (readonly [classOid: number, objectOid: number, text: string])[] = [
      [2615, PUBLIC_OID, 'standard public schema'],
      [2615, PG_CATALOG_OID, 'system catalog schema'],
      [3079, 13559, 'PL/pgSQL procedural language'],
      [2612, 13563, 'PL/pgSQL procedural language'],
    ];
    comments.forEach(([classOid, objectOid, text], index) => {
      const name = `${classOid} ${objectOid} 0`;
      this.comments.bootstrap({ oid: index + 1, name, schema: 0, classOid, objectOid, part: 0, text });
    });
  }

  newOid(): number {
    this.#nextOid += 1;
    return this.#nextOid - 1;
  }

  /** Tells that an index belongs to a table. Links are never taken back: a link to what is not visible is passed over. */
  linkIndex(tableOid: number, indexOid: number): void {
    link(this.#indexesByTable, tableOid, indexOid);
  }

  linkConstraint(constraint: Constraint): void {
    link(this.#constraintsByTable, constraint.tableOid, constraint.oid);
    if (constraint.foreign !== null) link(this.#referencesByTable, constraint.foreign.tableOid, constraint.oid);
  }

  linkTrigger(trigger: Trigger): void {
    link(this.#triggersByTable, trigger.tableOid, trigger.oid);
  }

  linkPartition(parentOid: number, childOid: number): void {
    link(this.#partitionsByTable, parentOid, childOid);
  }

  partitionsOf(owner: XidOwner, parentOid: number): Relation[] {
    return children(this.#partitionsByTable, parentOid, (oid) => this.relations.get(owner, oid)).filter(
      (child) => child.partition?.parentOid === parentOid,
    );
  }

  triggersOf(owner: XidOwner, tableOid: number): Trigger[] {
    return children(this.#triggersByTable, tableOid, (oid) => this.triggers.get(owner, oid)).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }

  indexesOf(owner: XidOwner, tableOid: number): Relation[] {
    return children(this.#indexesByTable, tableOid, (oid) => this.relations.get(owner, oid));
  }

  constraintsOf(owner: XidOwner, tableOid: number): Constraint[] {
    return children(this.#constraintsByTable, tableOid, (oid) => this.constraints.get(owner, oid));
  }

  referencesTo(owner: XidOwner, tableOid: number): Constraint[] {
    return children(this.#referencesByTable, tableOid, (oid) => this.constraints.get(owner, oid));
  }

  /**
   * A table with its indexes and constraints.
   * @param hasOwnChanges the caller's transaction changed the catalog, so that nothing shared may be used or kept
   */
  shape(owner: XidOwner, relation: Relation, hasOwnChanges: boolean): TableShape {
    const known = this.#shapes.get(relation.oid);
    if (!hasOwnChanges && known !== undefined && known.version === this.version && known.relation === relation)
      return known.shape;
    const shape: TableShape = {
      relation,
      indexes: this.indexesOf(owner, relation.oid),
      constraints: this.constraintsOf(owner, relation.oid),
      referencedBy: this.referencesTo(owner, relation.oid),
      triggers: this.triggersOf(owner, relation.oid),
      partitions: this.partitionsOf(owner, relation.oid).map((child) => this.shape(owner, child, hasOwnChanges)),
    };
    if (!hasOwnChanges) this.#shapes.set(relation.oid, { version: this.version, relation, shape });
    return shape;
  }
}

type ChildIndex = Map<number, Set<number>>;

function link(index: ChildIndex, parent: number, child: number): void {
  const set = index.get(parent);
  if (set === undefined) index.set(parent, new Set([child]));
  else set.add(child);
}

function children<T>(index: ChildIndex, parent: number, get: (oid: number) => T | null): T[] {
  const list: T[] = [];
  for (const oid of [...(index.get(parent) ?? [])].sort((a, b) => a - b)) {
    const value = get(oid);
    if (value !== null) list.push(value);
  }
  return list;
}
