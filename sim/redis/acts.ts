/** Server-side halves of faults: what can be done to a Redis from outside and is no crash. */
import { SeedstormError } from '../kernel/errors.ts';
import { pauseClients } from './commands/clients.ts';
import type { Engine } from './engine.ts';
import { breakWatches } from './transaction.ts';

type Act = (engine: Engine, argument: Readonly<Record<string, unknown>>) => string;

/** Limits of memory before an operator changed them, by engine. */
const limitsBefore = new WeakMap<Engine, readonly [name: string, value: string][]>();

function set(engine: Engine, name: string, value: string): void {
  const problem = engine.config.set([name, value]);
  if (problem !== null) throw new SeedstormError('E_INPUT', problem);
}

const ACTS: Readonly<Record<string, Act>> = {
  /** `{ ms }`: the whole server stands still; requests and timers wait. */
  pause(engine, argument) {
    const ms = argument.ms;
    if (typeof ms !== 'number' || !(ms > 0))
      throw new SeedstormError('E_INPUT', 'The act pause needs { ms } above zero.');
    if (engine.isFrozen) return 'already paused';
    engine.freezeFor(ms);
    return `paused for ${ms} ms`;
  },

  /** `{ ms, mode: 'all' | 'write' }`: CLIENT PAUSE by an operator. */
  'client-pause'(engine, { ms, mode }) {
    if (typeof ms !== 'number' || !(ms > 0))
      throw new SeedstormError('E_INPUT', 'The act client-pause needs { ms } above zero.');
    engine.begin();
    pauseClients(engine, ms, mode === 'write' ? 'write' : 'all');
    engine.finish();
    return `paused ${mode === 'write' ? 'writes' : 'all clients'} for ${ms} ms`;
  },

  /** `{ policy }`: the memory in use exceeds the limit by a byte. */
  'limit-memory'(engine, { policy }) {
    if (limitsBefore.has(engine)) return '';
    const names = ['maxmemory', 'maxmemory-policy'] as const;
    const before = names.map((name): [string, string] => [name, engine.config.get(name)]);
    // Less than what is in use: the next command that needs room finds none.
    const bytes = engine.usedMemory() - 1;
    set(engine, 'maxmemory-policy', String(policy ?? 'noeviction'));
    set(engine, 'maxmemory', String(bytes));
    limitsBefore.set(engine, before);
    return `memory limited to ${bytes} bytes`;
  },

  /** Undoes `limit-memory`. */
  'restore-memory'(engine) {
    const before = limitsBefore.get(engine);
    if (before === undefined) return '';
    limitsBefore.delete(engine);
    for (const [name, value] of before) set(engine, name, value);
    return 'memory limit restored';
  },

  /** Removes every key, as an operator's FLUSHALL would. */
  flush(engine) {
    const keys = engine.keyCount();
    engine.begin();
    for (const database of engine.databases) {
      breakWatches(database, (key) => database.keys.has(key));
      database.clear();
    }
    engine.dirty += keys;
    engine.propagation.now(0, ['FLUSHALL']);
    engine.propagation.unitDone();
    engine.finish();
    return `flushed ${keys} keys`;
  },

  /** Closes every connection, as a failover or an operator's CLIENT KILL would. */
  'kill-clients'(engine) {
    const clients = [...engine.clients.values()];
    engine.begin();
    for (const client of clients) engine.kill(client);
    engine.finish();
    return `closed ${clients.length} connections`;
  },

  /** Says which role the server has: `master`, or `replica of HOST:PORT`. */
  role(engine) {
    const { link } = engine.replication;
    return link === null ? 'master' : `replica of ${link.host}:${link.port}`;
  },

  /** `{ name? }`: becomes a master; `name` is the service's name that stands for it from now on. */
  promote(engine, argument) {
    const { replication } = engine;
    if (!replication.isReplica) return '';
    engine.begin();
    replication.lead();
    engine.config.note('replicaof', '');
    engine.keepConfig();
    engine.finish();
    if (typeof argument.name === 'string') engine.takeName(argument.name);
    return `promoted at offset ${replication.offset}`;
  },

  /** `{ host, port }`: becomes a replica. */
  replicate(engine, argument) {
    const { host, port } = argument;
    if (typeof host !== 'string' || typeof port !== 'number')
      throw new SeedstormError('E_INPUT', 'The act replicate needs { host, port }.');
    engine.begin();
    engine.replication.follow(host, port);
    engine.config.note('replicaof', `${host} ${port}`);
    engine.keepConfig();
    engine.finish();
    return `replicates ${host}:${port}`;
  },

  /** Forgets all scripts: the next EVALSHA answers NOSCRIPT. */
  'flush-scripts'(engine) {
    const count = engine.scripts.size;
    engine.scripts.flush();
    return `forgot ${count} scripts`;
  },

  /** `{ name, value }`: CONFIG SET by an operator. */
  config(engine, argument) {
    set(engine, String(argument.name), String(argument.value));
    return `set ${String(argument.name)} to ${engine.config.get(String(argument.name).toLowerCase())}`;
  },
};

/** Performs an act and says what was done. */
export function perform(engine: Engine, name: string, argument: Readonly<Record<string, unknown>>): string {
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act === undefined) {
    throw new SeedstormError('E_UNSUPPORTED', `Redis has no act ${name}; it has ${Object.keys(ACTS).join(', ')}.`);
  }
  return act(engine, argument);
}
