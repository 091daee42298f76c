/**
 * What a simulated Postgres can be told, and what its work costs in virtual time.
 */

export interface RoleOptions {
  /** Absent: the role has no password and can only log in under `trust`. */
  readonly password?: string;
  /** True when absent. */
  readonly isSuperuser?: boolean;
  /** Sessions at once; -1 (no limit) when absent. */
  readonly connectionLimit?: number;
}

/** Service time in microseconds of virtual time. */
export interface Costs {
  /** Starting a session: a fork and its catalog caches. */
  readonly connectMicros: number;
  readonly parseMicros: number;
  readonly statementMicros: number;
  /** Each row version that a scan looks at. */
  readonly scannedRowMicros: number;
  readonly returnedRowMicros: number;
  readonly changedRowMicros: number;
  /** Flushing the log at a commit with synchronous_commit on. */
  readonly flushMicros: number;
}

export interface PostgresOptions {
  /** 5432 when absent. */
  readonly port?: number;
  /** SQL text to run when the data directory is new. */
  readonly schema?: string;
  /** Name of the database; `postgres` when absent. */
  readonly database?: string;
  /** Roles by name; `{ postgres: {} }` when absent. */
  readonly users?: Readonly<Record<string, RoleOptions>>;
  /** `trust` when absent. */
  readonly authentication?: 'trust' | 'password' | 'md5' | 'scram-sha-256';
  /** 100 when absent. */
  readonly maxConnections?: number;
  /** Tables whose committed changes are reported; `schema.table`, or `table` for schema public. */
  readonly observe?: readonly string[];
  /** Server configuration, such as `{ deadlock_timeout: '100ms' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly costs?: Partial<Costs>;
}

/** Orders of magnitude of a small machine with a solid-state disk. */
export const DEFAULT_COSTS: Costs = {
  connectMicros: 1500,
  parseMicros: 20,
  statementMicros: 60,
  scannedRowMicros: 0.2,
  returnedRowMicros: 1,
  changedRowMicros: 5,
  flushMicros: 400,
};
