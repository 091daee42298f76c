/**
 * A simulated PostgreSQL 15 server as the simulator and `serve` know it: connections, start and crash, and acts from outside.
 * Invariants: committed and flushed changes survive every crash but `everything`; nothing survives of a session.
 */
import type { ByteStream, ByteStreamHandler } from '../kernel/byte-stream.ts';
import type { Timer } from '../kernel/clock.ts';
import { SeedstormError } from '../kernel/errors.ts';
import type { Loss, Server, ServerContext, ServerFactory } from '../kernel/server.ts';
import { Backend, type BackendClient } from './backend.ts';
import { relationByName } from './catalog/search-path.ts';
import { Engine } from './engine.ts';
import { adminShutdown, fatal, PgError, queryCanceled, tooManyConnections } from './errors.ts';
import { ACCESS_EXCLUSIVE, LOCK_MODE_NAMES, type LockMode } from './lock/lock-tag.ts';
import type { PostgresOptions } from './options.ts';
import type { Roles } from './roles.ts';
import { runSchema } from './schema-script.ts';
import { Session, type SessionServer } from './session.ts';
import { Settings } from './settings.ts';
import type { Waiting } from './wait.ts';

/** Connections kept for superusers. */
const RESERVED_CONNECTIONS = 3;

/**
 * Makes a factory of simulated Postgres servers. `preparePostgres()` must have been awaited once in the process.
 * @throws SeedstormError `E_INPUT` from the factory's start when the schema text fails
 */
export function postgresServer(options: PostgresOptions = {}): ServerFactory {
  return (context) => new PostgresServer(context, options);
}

class PostgresServer implements Server, SessionServer {
  readonly port: number;
  readonly occupancy = 'connection';
  readonly #context: ServerContext;
  readonly #options: PostgresOptions;
  readonly #sessions = new Set<Session>();
  /** By the id that was given with them. */
  readonly #holds = new Map<string, HeldLock>();
  /** Connections that a fault allows, by its id. */
  readonly #limits = new Map<string, number>();
  #engine: Engine | null = null;
  #isNew = true;

  constructor(context: ServerContext, options: PostgresOptions) {
    this.#context = context;
    this.#options = options;
    this.port = options.port ?? 5432;
  }

  get engine(): Engine {
    if (this.#engine === null)
      throw new SeedstormError('E_ASSERT', 'seedstorm is broken: a Postgres server is used before its start.');
    return this.#engine;
  }

  get roles(): Roles {
    return this.engine.roles;
  }

  start(): void {
    if (this.#engine === null) {
      const settings = new Settings();
      for (const [name, value] of Object.entries(this.#options.settings ?? {})) settings.setInitial(name, value);
      this.#engine = new Engine(this.#context, this.#options, settings.integer('wal_writer_delay') * 1000);
      this.#isNew = true;
    }
    this.engine.startedMicros = this.#context.clock.wallMicros();
    if (this.#isNew && this.#options.schema !== undefined) runSchema(this.engine, this.#options.schema);
    this.#isNew = false;
    this.engine.flush();
    this.#context.log('database system is ready to accept connections');
  }

  accept(stream: ByteStream): ByteStreamHandler {
    const session = new Session(this, stream);
    this.#sessions.add(session);
    return session;
  }

  crash(loss: Loss): void {
    const { engine } = this;
    for (const session of this.#sessions) session.forget();
    this.#sessions.clear();
    for (const hold of this.#holds.values()) hold.stop();
    this.#holds.clear();
    engine.stop();
    engine.forgetSessions();
    if (loss === 'everything') {
      this.#engine = null;
      return;
    }
    if (loss === 'nothing') engine.flush();
    engine.recover();
  }

  act(name: string, argument: Readonly<Record<string, unknown>>): string {
    switch (name) {
      case 'terminate-backends':
        return this.#terminate(argument);
      case 'hold-lock':
        return this.#holdLock(argument);
      case 'release-locks':
        return this.#releaseLocks(argument);
      case 'limit-connections':
        this.#limits.set(String(argument['id']), Number(argument['max']));
        return `takes ${Number(argument['max'])} connections at most`;
      case 'lift-connection-limit':
        return this.#limits.delete(String(argument['id'])) ? 'takes connections again' : '';
      default:
        throw new SeedstormError(
          'E_UNSUPPORTED',
          `A simulated Postgres has no act "${name}". It has terminate-backends, hold-lock, release-locks, limit-connections and lift-connection-limit.`,
        );
    }
  }

  // What sessions ask for.

  admit(user: string): PgError | null {
    const { backends } = this.engine;
    const max = Math.min(this.#options.maxConnections ?? 100, ...this.#limits.values());
    const role = this.roles.get(user);
    const isSuperuser = role?.isSuperuser !== false;
    const used = backends.size - this.#holds.size;
    if (used >= max) return tooManyConnections();
    if (!isSuperuser && this.#limits.size === 0 && used >= max - RESERVED_CONNECTIONS)
      return fatal('53300', 'remaining connection slots are reserved for non-replication superuser connections');
    const limit = role?.connectionLimit ?? -1;
    if (
      limit >= 0 &&
      !isSuperuser &&
      [...backends.values()].filter((backend) => backend.userName === user).length >= limit
    )
      return fatal('53300', `too many connections for role "${user}"`);
    return null;
  }

  cancel(processId: number, secretKey: number): void {
    const backend = this.engine.backends.get(processId);
    if (backend === undefined || backend.secretKey !== secretKey || backend.state !== 'active') return;
    backend.interrupt(queryCanceled());
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
  }

  // Acts.

  #terminate(argument: Readonly<Record<string, unknown>>): string {
    const user = argument['user'];
    const application = argument['application'];
    let count = 0;
    for (const backend of [...this.engine.backends.values()]) {
      if (typeof user === 'string' && backend.userName !== user) continue;
      if (typeof application === 'string' && backend.settings.value('application_name') !== application) continue;
      backend.client.terminate(adminShutdown());
      count += 1;
    }
    return count === 0 ? '' : `terminated ${count} backends`;
  }

  #holdLock(argument: Readonly<Record<string, unknown>>): string {
    const table = argument['table'];
    if (typeof table !== 'string')
      throw new SeedstormError('E_INPUT', 'hold-lock needs { table: string, mode?: string, forMs?: number }.');
    const modeName = argument['mode'] ?? 'AccessExclusiveLock';
    const mode = LOCK_MODE_NAMES.indexOf(String(modeName));
    if (mode < 1)
      throw new SeedstormError(
        'E_INPUT',
        `hold-lock knows no mode ${String(modeName)}; it knows ${LOCK_MODE_NAMES.slice(1).join(', ')}.`,
      );
    const id = String(argument['id'] ?? this.#holds.size + 1);
    if (this.#holds.has(id))
      throw new SeedstormError('E_INPUT', `hold-lock: a lock is held under the id ${id} already.`);
    const hold = heldLock(this.engine, table, mode as LockMode);
    this.#holds.set(id, hold);
    const forMs = argument['forMs'];
    if (typeof forMs === 'number') hold.releaseAfter(forMs * 1000, () => this.#holds.delete(id));
    return `${hold.isGranted ? 'holds' : 'waits for'} ${String(modeName)} on ${table}`;
  }

  /** Gives back the lock of an id, or all when no id is given. */
  #releaseLocks(argument: Readonly<Record<string, unknown>>): string {
    const id = argument['id'];
    let count = 0;
    for (const [key, hold] of [...this.#holds]) {
      if (id !== undefined && key !== String(id)) continue;
      hold.release();
      this.#holds.delete(key);
      count += 1;
    }
    return count === 0 ? '' : `released ${count} held locks`;
  }
}

/** A table that is not there is the scenario's mistake, not the subject's. */
function heldLock(engine: Engine, table: string, mode: LockMode): HeldLock {
  try {
    return new HeldLock(engine, table, mode);
  } catch (error) {
    if (error instanceof PgError) throw new SeedstormError('E_INPUT', `hold-lock: ${error.message}.`, { cause: error });
    throw error;
  }
}

/** A lock that nobody's session holds: a transaction of the server's own. */
class HeldLock implements BackendClient {
  readonly #engine: Engine;
  readonly #backend: Backend;
  readonly #work: Waiting<boolean>;
  #timer: Timer | null = null;
  isGranted = false;

  constructor(engine: Engine, table: string, mode: LockMode) {
    this.#engine = engine;
    this.#backend = new Backend(engine, this, 'postgres');
    this.#backend.startTransaction();
    const parts = table.split('.');
    const relation = relationByName(this.#backend, parts.length > 1 ? parts[0] : undefined, parts.at(-1)!);
    this.#work = this.#backend.lockRelation(relation, mode === undefined ? ACCESS_EXCLUSIVE : mode);
    this.#step();
  }

  releaseAfter(micros: number, released: () => void): void {
    this.#timer = this.#engine.after(micros, () => {
      this.release();
      released();
    });
  }

  release(): void {
    this.stop();
    this.#work.return(false);
    this.#backend.close();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  notice(): void {}
  notification(): void {}
  notified(): void {}

  resume(): void {
    this.#engine.schedule(() => this.#step());
  }

  terminate(): void {
    this.release();
  }

  #step(): void {
    if (this.isGranted) return;
    const step = this.#work.next();
    if (step.done === true) this.isGranted = true;
    else step.value.wake = () => this.resume();
  }
}
