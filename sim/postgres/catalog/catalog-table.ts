/**
 * One kind of catalog object with its versions: creating, changing and dropping is part of a transaction like any other write, so a
 * rollback, a savepoint or a crash undoes it without further code.
 * Readers see what is committed now and what their own transaction did, as Postgres's catalog snapshots do.
 * Invariant: at most one version of an object is visible to one session.
 */
import type { TransactionStatus, Xid, XidOwner } from '../transaction-status.ts';

export interface CatalogObject {
  readonly oid: number;
  readonly name: string;
  /** The schema's OID, or 0 for what lives in none. */
  readonly schema: number;
}

export interface CatalogVersion<T extends CatalogObject> {
  readonly value: T;
  readonly xmin: Xid;
  xmax: Xid;
}

/** Xid 1 stands for initdb: committed before everything. */
const BOOTSTRAP_XID: Xid = 1;

export class CatalogTable<T extends CatalogObject> {
  readonly #status: TransactionStatus;
  readonly #byOid = new Map<number, CatalogVersion<T>[]>();
  readonly #byName = new Map<string, CatalogVersion<T>[]>();
  /** Schema and name, or any other text by which objects are found: functions are found by name in many versions. */
  readonly #keyOf: (value: T) => string;

  constructor(status: TransactionStatus, keyOf: (value: T) => string = nameKey) {
    this.#status = status;
    this.#keyOf = keyOf;
  }

  /** Puts an object that has always been there. */
  bootstrap(value: T): void {
    this.#add({ value, xmin: BOOTSTRAP_XID, xmax: 0 });
  }

  insert(xid: Xid, value: T): void {
    this.#add({ value, xmin: xid, xmax: 0 });
  }

  replace(xid: Xid, owner: XidOwner, value: T): void {
    this.remove(xid, owner, value.oid);
    this.insert(xid, value);
  }

  remove(xid: Xid, owner: XidOwner, oid: number): void {
    const version = this.#visible(this.#byOid.get(oid), owner);
    if (version !== null) version.xmax = xid;
  }

  get(owner: XidOwner, oid: number): T | null {
    return this.#visible(this.#byOid.get(oid), owner)?.value ?? null;
  }

  find(owner: XidOwner, schema: number, name: string): T | null {
    return this.#visible(this.#byName.get(`${schema}.${name}`), owner)?.value ?? null;
  }

  /** All visible objects with that key, oldest first. */
  findAll(owner: XidOwner, key: string): T[] {
    const list: T[] = [];
    for (const version of this.#byName.get(key) ?? []) if (this.#sees(version, owner)) list.push(version.value);
    return list;
  }

  /** Transactions still running that created or dropped an object of that name: who creates one must wait for them. */
  runningWriter(owner: XidOwner, schema: number, name: string): Xid {
    for (const version of this.#byName.get(`${schema}.${name}`) ?? []) {
      for (const xid of [version.xmin, version.xmax]) {
        if (xid !== 0 && this.#status.isInProgress(xid) && this.#status.ownerOf(xid) !== owner) return xid;
      }
    }
    return 0;
  }

  /** Visible objects in the order of their OIDs. */
  all(owner: XidOwner): T[] {
    const list: T[] = [];
    for (const versions of this.#byOid.values()) {
      const version = this.#visible(versions, owner);
      if (version !== null) list.push(version.value);
    }
    return list.sort((a, b) => a.oid - b.oid);
  }

  #add(version: CatalogVersion<T>): void {
    append(this.#byOid, version.value.oid, version);
    append(this.#byName, this.#keyOf(version.value), version);
  }

  #visible(versions: readonly CatalogVersion<T>[] | undefined, owner: XidOwner): CatalogVersion<T> | null {
    if (versions === undefined) return null;
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index]!;
      if (this.#sees(version, owner)) return version;
    }
    return null;
  }

  #sees(version: CatalogVersion<T>, owner: XidOwner): boolean {
    if (!this.#happened(version.xmin, owner)) return false;
    return version.xmax === 0 || !this.#happened(version.xmax, owner);
  }

  #happened(xid: Xid, owner: XidOwner): boolean {
    const outcome = this.#status.outcome(xid);
    return outcome > 0 || (outcome === 0 && this.#status.ownerOf(xid) === owner);
  }
}

function nameKey(value: CatalogObject): string {
  return `${value.schema}.${value.name}`;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
