/**
 * Who may do what with which object: access control lists as GRANT and REVOKE write them, and the question whether a role may.
 * Source: PostgreSQL 15 manual 5.7 and aclchk.c. A list is a catalog object, so it goes with a rollback.
 * Left out: privileges on single columns.
 */
import type { Backend } from './backend.ts';
import type { CatalogObject } from './catalog/catalog-table.ts';
import type { Datum } from './types/datum.ts';

export type PrivilegeKind = 'relation' | 'sequence' | 'schema' | 'function' | 'database' | 'type';

/** One grant: letters as aclitem prints them. The grantee of PUBLIC is ''. */
export interface Grant {
  readonly grantee: string;
  readonly grantor: string;
  readonly letters: string;
  /** Those of `letters` that may be granted on. */
  readonly grantable: string;
}

export interface AccessList extends CatalogObject {
  readonly grants: readonly Grant[];
}

/** All letters of a kind, in the order in which they are printed. */
export const LETTERS: Readonly<Record<PrivilegeKind, string>> = {
  relation: 'arwdDxt',
  sequence: 'rwU',
  schema: 'UC',
  function: 'X',
  database: 'CTc',
  type: 'U',
};

export const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: 'INSERT',
  r: 'SELECT',
  w: 'UPDATE',
  d: 'DELETE',
  D: 'TRUNCATE',
  x: 'REFERENCES',
  t: 'TRIGGER',
  U: 'USAGE',
  C: 'CREATE',
  X: 'EXECUTE',
  T: 'TEMPORARY',
  c: 'CONNECT',
};

const PUBLIC_LETTERS: Readonly<Partial<Record<PrivilegeKind, string>>> = { function: 'X', database: 'Tc', type: 'U' };
/** What initdb grants on schemas. */
const SCHEMA_GRANTS: ReadonlyMap<number, readonly Grant[]> = new Map([
  [11, [owned('postgres', 'UC'), { grantee: '', grantor: 'postgres', letters: 'U', grantable: '' }]],
  [13000, [owned('postgres', 'UC'), { grantee: '', grantor: 'postgres', letters: 'U', grantable: '' }]],
  [
    2200,
    [owned('pg_database_owner', 'UC'), { grantee: '', grantor: 'pg_database_owner', letters: 'U', grantable: '' }],
  ],
]);
/** Bootstrap OIDs of catalogs end here: everybody may read them. */
const OID_FIRST_USER = 16384;

function owned(owner: string, letters: string): Grant {
  return { grantee: owner, grantor: owner, letters, grantable: '' };
}

/** The list an object has, or that which it starts with. */
export function grantsOn(backend: Backend, kind: PrivilegeKind, oid: number, owner: string): readonly Grant[] {
  const list = backend.engine.catalog.accessLists.find(backend, 0, `${kind} ${oid}`);
  if (list !== null) return list.grants;
  if (kind === 'schema') {
    const known = SCHEMA_GRANTS.get(oid);
    if (known !== undefined) return known;
  }
  const open = PUBLIC_LETTERS[kind];
  const own = owned(owner, LETTERS[kind]);
  return open === undefined ? [own] : [{ grantee: '', grantor: owner, letters: open, grantable: '' }, own];
}

/** aclitem[]; null while nobody has changed what the object started with. */
export function accessList(backend: Backend, kind: PrivilegeKind, oid: number): Datum {
  const list = backend.engine.catalog.accessLists.find(backend, 0, `${kind} ${oid}`);
  const grants = list?.grants ?? (kind === 'schema' ? SCHEMA_GRANTS.get(oid) : undefined);
  if (grants === undefined) return null;
  const items = grants.map(grantText);
  return {
    elementType: 1033,
    dims: items.length === 0 ? [] : [items.length],
    lower: items.length === 0 ? [] : [1],
    items,
  };
}

function grantText(grant: Grant): string {
  const letters = [...grant.letters].map((letter) => (grant.grantable.includes(letter) ? `${letter}*` : letter));
  return `${grant.grantee}=${letters.join('')}/${grant.grantor}`;
}

/** Whether `role` has the privilege, as owner, as superuser, by a grant to it, to a role it belongs to, or to PUBLIC. */
export function mayDo(
  backend: Backend,
  role: string,
  on: { readonly kind: PrivilegeKind; readonly oid: number; readonly owner: string },
  letter: string,
): boolean {
  const { roles } = backend.engine;
  if (roles.isSuperuser(backend, role)) return true;
  if (on.kind === 'relation' && on.oid < OID_FIRST_USER) return letter === 'r';
  if (on.kind === 'function' && on.oid < OID_FIRST_USER) return true;
  if (owns(backend, role, on.owner))
    return grantsOn(backend, on.kind, on.oid, on.owner).some(
      (grant) => grant.grantee === on.owner && grant.letters.includes(letter),
    );
  return grantsOn(backend, on.kind, on.oid, on.owner).some(
    (grant) => grant.letters.includes(letter) && (grant.grantee === '' || roles.isMember(backend, role, grant.grantee)),
  );
}

/** Whether the role is the owner or belongs to it; pg_database_owner has the owner of the database as its one member. */
export function owns(backend: Backend, role: string, owner: string): boolean {
  return backend.engine.roles.isMember(backend, role, owner === 'pg_database_owner' ? 'postgres' : owner);
}
