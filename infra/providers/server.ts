/** What a provider gives: running servers, each with the acts that its provider can do to it. */
import type { SocketAddress } from '../addresses.ts';

export interface RedisNeeds {
  readonly type: 'redis';
  readonly name: string;
  readonly password: string | undefined;
  readonly appendfsync: 'always' | 'everysec' | 'no';
  /** Bytes; 0 is no limit. */
  readonly maxmemory: number;
}

export interface PostgresNeeds {
  readonly type: 'postgres';
  readonly name: string;
  /** SQL text to run when the database is new. */
  readonly schema: string;
  readonly password: string;
  readonly auth: 'trust' | 'md5' | 'scram-sha-256';
  readonly maxConnections: number;
  /** Tables whose commits are recorded. */
  readonly observe: readonly string[];
}

export type ServerNeeds = RedisNeeds | PostgresNeeds;

/** What a crash takes along; as in `World.crashServer`. */
export type Loss = 'nothing' | 'unsynced' | 'everything';

/** How programs log in; address and port are those of their proxy. */
export interface Credentials {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
}

export interface RunningServer {
  readonly needs: ServerNeeds;
  /** Where it really listens. */
  readonly address: SocketAddress;
  readonly credentials: Credentials;
  /** What it is, for the report: `redis-server 7.0.15 (local)`. */
  readonly description: string;
  /** Absent: this provider cannot take it down. */
  readonly life?: ServerLife;
  /** Stops it and removes what it made. */
  close(): Promise<void>;
}

export interface ServerLife {
  /** Takes it down at once; its data is then what that loss leaves. */
  crash(loss: Loss): void;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
}

/** What a provider may use of its run. */
export interface ProviderContext {
  /** A folder of the run's own, which goes with the run. */
  readonly folder: string;
  /** Where a server of that name is to listen. */
  listener(host: string, port: number): Promise<SocketAddress>;
  /** A line of a server's log. */
  log(server: string, line: string): void;
}

/** Starts one server. */
export type Provider = (needs: ServerNeeds, context: ProviderContext) => Promise<RunningServer>;

export type ProviderName = 'local' | 'containers' | 'external';
