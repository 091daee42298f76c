/**
 * The port between a simulated server and the place where it runs: a virtual host, or a real port (`serve`).
 */
import type { ByteStream, ByteStreamHandler, OutgoingHandler } from './byte-stream.ts';
import type { Clock, Micros } from './clock.ts';
import type { Stream } from './stream.ts';

/** One changed row of an observed table. */
export interface RowChange {
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly old?: Readonly<Record<string, unknown>>;
  readonly new?: Readonly<Record<string, unknown>>;
}

/** A transaction that became visible; servers report them in commit order. */
export interface Commit {
  readonly tx: number;
  readonly lsn: string;
  readonly rows: readonly RowChange[];
}

/** What a server may use of its surroundings. */
export interface ServerContext {
  /** Name of the host on which it runs. */
  readonly host: string;
  readonly clock: Clock;
  /** The stream of that name, private to this server. */
  stream(name: string): Stream;
  /**
   * Charges service time to the handler that is running: replies written from now on leave that much later, and the lane (the
   * server or the connection, see `Server.occupancy`) is busy until then. Does nothing on a real port.
   */
  spend(micros: Micros): void;
  /** Opens a connection to another server: by name or address of its host, and port. */
  connect(target: { readonly host: string; readonly port: number }, handler: OutgoingHandler): ByteStream;
  /** The name of a service now stands for this host: new connections to it come here. Does nothing on a real port. */
  takeName(name: string): void;
  /** Reports a committed transaction; called in commit order, before the client is told. */
  commit(commit: Commit): void;
  /** A line for the server's log. */
  log(line: string): void;
}

/** What a crash takes along: nothing (a clean stop), what was not yet synced, or the whole data directory. */
export type Loss = 'nothing' | 'unsynced' | 'everything';

export interface Server {
  /** The port that it listens on. */
  readonly port: number;
  /** `server`: one handler at a time (Redis). `connection`: each connection has a worker of its own (Postgres). */
  readonly occupancy: 'server' | 'connection';
  /** Takes a new connection; never called between `crash` and `start`. */
  accept(stream: ByteStream): ByteStreamHandler;
  /** Comes up with what durable state there is. Called once at first, and again after each crash. */
  start(): void;
  /** Goes down at once. Its timers must be cancelled and its streams forgotten: the place has closed them already. */
  crash(loss: Loss): void;
  /**
   * Does a thing that only this kind of server can (a fault's server-side half), such as `terminate-backends`.
   * @returns what was done, for the history
   * @throws SeedstormError `E_UNSUPPORTED` for an act it does not know
   */
  act(name: string, argument: Readonly<Record<string, unknown>>): string;
}

/** Makes a server for one host. */
export type ServerFactory = (context: ServerContext) => Server;
