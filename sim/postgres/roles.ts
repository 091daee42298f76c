/**
 * Roles: those of the server's options and those of CREATE ROLE, who may log in, who belongs to whom. Catalog objects like any other, so a
 * rollback takes a new role away. Source: PostgreSQL 15 manual, chapter 22.
 */
import type { Stream } from '../kernel/stream.ts';
import { type ScramVerifier, scramVerifier } from './authentication.ts';
import type { CatalogObject, CatalogTable } from './catalog/catalog-table.ts';
import type { RoleOptions } from './options.ts';
import type { XidOwner } from './transaction-status.ts';

export interface Role extends CatalogObject {
  readonly password: string | undefined;
  readonly isSuperuser: boolean;
  readonly inherits: boolean;
  readonly mayCreateRole: boolean;
  readonly mayCreateDatabase: boolean;
  readonly mayLogin: boolean;
  readonly mayReplicate: boolean;
  readonly bypassesRowSecurity: boolean;
  /** Sessions at once; -1 for no limit. */
  readonly connectionLimit: number;
  /** OIDs of the roles that it is a member of. */
  readonly memberOf: readonly { readonly roleOid: number; readonly isAdmin: boolean }[];
}

/** Sees what is committed and nothing else. */
const NOBODY: XidOwner = { processId: 0 };

export const PLAIN_ROLE = {
  schema: 0,
  password: undefined,
  isSuperuser: false,
  inherits: true,
  mayCreateRole: false,
  mayCreateDatabase: false,
  mayLogin: false,
  mayReplicate: false,
  bypassesRowSecurity: false,
  connectionLimit: -1,
  memberOf: [],
} as const satisfies Partial<Role>;

const BOOTSTRAP_OID = 10;
/** Roles of the options get OIDs below those of the user's objects. */
const OPTION_OID_FIRST = 16300;
const PREDEFINED: readonly (readonly [name: string, oid: number])[] = [
  ['pg_database_owner', 6171],
  ['pg_read_all_data', 6181],
  ['pg_write_all_data', 6182],
  ['pg_monitor', 3373],
  ['pg_read_all_settings', 3374],
  ['pg_read_all_stats', 3375],
  ['pg_stat_scan_tables', 3377],
  ['pg_read_server_files', 4569],
  ['pg_write_server_files', 4570],
  ['pg_execute_server_program', 4571],
  ['pg_signal_backend', 4200],
  ['pg_checkpoint', 4544],
];

export class Roles {
  readonly table: CatalogTable<Role>;
  readonly #verifiers = new Map<string, { readonly password: string | undefined; readonly verifier: ScramVerifier }>();
  readonly #salts: Stream;

  constructor(options: Readonly<Record<string, RoleOptions>>, table: CatalogTable<Role>, salts: Stream) {
    this.table = table;
    this.#salts = salts;
    const names = Object.keys(options);
    const all = { mayCreateRole: true, mayCreateDatabase: true, mayReplicate: true, bypassesRowSecurity: true };
    if (!names.includes('postgres'))
      table.bootstrap({ ...PLAIN_ROLE, ...all, oid: BOOTSTRAP_OID, name: 'postgres', isSuperuser: true });
    names.forEach((name, index) => {
      const { password, isSuperuser = true, connectionLimit = -1 } = options[name]!;
      table.bootstrap({
        ...PLAIN_ROLE,
        ...(isSuperuser ? all : {}),
        oid: name === 'postgres' ? BOOTSTRAP_OID : OPTION_OID_FIRST + index,
        name,
        password,
        isSuperuser,
        connectionLimit,
        mayLogin: true,
      });
    });
    for (const [name, oid] of PREDEFINED) table.bootstrap({ ...PLAIN_ROLE, oid, name });
  }

  find(owner: XidOwner, name: string): Role | null {
    return this.table.find(owner, 0, name);
  }

  /** A role as it is committed, for who logs in. */
  get(name: string): Role | null {
    return this.find(NOBODY, name);
  }

  /** OID by name; the bootstrap role's for a name that is gone. */
  oidOf(owner: XidOwner, name: string): number {
    return this.find(owner, name)?.oid ?? BOOTSTRAP_OID;
  }

  isSuperuser(owner: XidOwner, name: string): boolean {
    return this.find(owner, name)?.isSuperuser ?? false;
  }

  /** Whether `name` is the role or belongs to it, directly or through others. */
  isMember(owner: XidOwner, name: string, of: string): boolean {
    if (name === of) return true;
    const role = this.find(owner, name);
    const wanted = this.find(owner, of);
    if (role === null || wanted === null) return false;
    if (role.isSuperuser) return true;
    const seen = new Set<number>();
    const reaches = (from: Role): boolean =>
      from.memberOf.some(({ roleOid }) => {
        if (roleOid === wanted.oid) return true;
        if (seen.has(roleOid)) return false;
        seen.add(roleOid);
        const next = this.table.get(owner, roleOid);
        return next !== null && reaches(next);
      });
    return reaches(role);
  }

  /** What is stored for SCRAM; a role without a password gets one that no client has. */
  verifier(name: string, password: string | undefined): ScramVerifier {
    const known = this.#verifiers.get(name);
    if (known !== undefined && known.password === password) return known.verifier;
    const salt = this.#salts.bytes(16);
    const verifier = scramVerifier(password ?? this.#salts.bytes(24).toString('base64'), salt);
    this.#verifiers.set(name, { password, verifier });
    return verifier;
  }
}
