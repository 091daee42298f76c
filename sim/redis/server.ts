/**
 * The simulated Redis as a server of the kernel: connections in, an engine per life, and what outlives a crash.
 *
 * What survives is decided by `persistence.ts`; the script cache, clients, subscriptions and blocked commands never do.
 */

import { assert } from '../kernel/assert.ts';
import type { ByteStream, ByteStreamHandler } from '../kernel/byte-stream.ts';
import { SeedstormError } from '../kernel/errors.ts';
import type { Loss, Server, ServerContext, ServerFactory } from '../kernel/server.ts';
import { perform } from './acts.ts';
import type { Client } from './client.ts';
import { CommandTable } from './command.ts';
import { HANDLERS } from './commands/index.ts';
import { Config } from './config.ts';
import { Dispatcher } from './dispatch.ts';
import { DEFAULT_SERVICE_TIME, Engine, type ServiceTime } from './engine.ts';
import * as errors from './errors.ts';
import { compileScript } from './lua/index.ts';
import type { Dataset, DurableState } from './persistence.ts';
import { error } from './reply.ts';
import type { ScriptEngine } from './script-engine.ts';
import { ScriptCache } from './scripting.ts';
import { encodeReply } from './wire/encode.ts';

export interface RedisOptions {
  /** 6379 when absent. */
  readonly port?: number;
  /** Password of the default user; none when absent. */
  readonly requirepass?: string;
  /** Append-only file; off when absent: a crash then loses what no snapshot has. */
  readonly appendonly?: boolean;
  /** `everysec` when absent. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** Bytes, or text such as `100mb`; no limit when absent. */
  readonly maxmemory?: number | string;
  readonly maxmemoryPolicy?: string;
  /** The server starts as a replica of another. */
  readonly replicaOf?: { readonly host: string; readonly port: number };
  /** CONFIG REWRITE works: what was set at run time outlives a restart. Default false. */
  readonly hasConfigFile?: boolean;
  /** Further parameters by name, as in redis.conf. */
  readonly config?: Readonly<Record<string, string>>;
  /** Virtual cost of commands. */
  readonly serviceTime?: Partial<ServiceTime>;
  /** Runs Lua scripts; the engine of `lua/` when absent. */
  readonly scriptEngine?: ScriptEngine;
}

/** Makes a simulated Redis for a host. */
export function redisServer(options: RedisOptions = {}): ServerFactory {
  return (context) => new RedisServer(context, options);
}

class RedisServer implements Server {
  readonly port: number;
  readonly occupancy = 'server';
  readonly #context: ServerContext;
  readonly #options: RedisOptions;
  #engine: Engine | null = null;
  #state: DurableState | null = null;
  #snapshot: Dataset | null = null;
  /** Parameters that CONFIG REWRITE has written. */
  #rewritten: Readonly<Record<string, string>> = {};

  constructor(context: ServerContext, options: RedisOptions) {
    this.#context = context;
    this.#options = options;
    this.port = options.port ?? 6379;
  }

  start(): void {
    assert(this.#engine === null, 'a Redis server was started twice');
    const engine = new Engine({
      context: this.#context,
      config: new Config({ ...configOf(this.#options, this.port), ...this.#rewritten }),
      table: new CommandTable(HANDLERS),
      scripts: new ScriptCache(this.#options.scriptEngine ?? { compileScript }),
      serviceTime: { ...DEFAULT_SERVICE_TIME, ...this.#options.serviceTime },
      port: this.port,
      state: this.#state,
      snapshot: this.#snapshot,
      rewriteConfig:
        this.#options.hasConfigFile === true
          ? (parameters) => {
              this.#rewritten = parameters;
            }
          : null,
    });
    engine.dispatcher = new Dispatcher(engine);
    engine.load(this.#state, this.#snapshot);
    this.#engine = engine;
    const [host, port] = engine.config.get('replicaof').split(' ');
    if (host !== undefined && port !== undefined) engine.replication.follow(host, Number(port));
  }

  crash(loss: Loss): void {
    const engine = this.#engine;
    assert(engine !== null, 'a Redis server crashed that was not running');
    const surviving = engine.persistence.surviving(loss);
    this.#state = surviving.state;
    this.#snapshot = surviving.snapshot;
    engine.stop();
    this.#engine = null;
  }

  accept(stream: ByteStream): ByteStreamHandler {
    const engine = this.#engine;
    assert(engine !== null, 'a connection came to a Redis server that is down');
    if (engine.clients.size >= engine.config.maxClients) {
      engine.stats.rejectedConnections += 1;
      stream.write(Buffer.from(encodeReply(error(errors.MAX_CLIENTS), 2), 'latin1'));
      stream.end();
      return IGNORING;
    }
    engine.begin();
    const client = engine.newClient(stream);
    engine.finish();
    return new Connection(engine, client);
  }

  act(name: string, argument: Readonly<Record<string, unknown>>): string {
    const engine = this.#engine;
    if (engine === null)
      throw new SeedstormError('E_UNSUPPORTED', `Redis on ${this.#context.host} is down: no act ${name}.`);
    return perform(engine, name, argument);
  }
}

class Connection implements ByteStreamHandler {
  readonly #engine: Engine;
  readonly #client: Client;

  constructor(engine: Engine, client: Client) {
    this.#engine = engine;
    this.#client = client;
  }

  data(bytes: Buffer): void {
    const engine = this.#engine;
    engine.begin();
    engine.stats.bytesReceived += bytes.length;
    this.#client.decoder.push(bytes);
    engine.dispatcher!.readRequests(this.#client);
    engine.finish();
  }

  /** A client that half-closes is gone, even with requests unanswered: the server frees it at the end of file. */
  end(): void {
    this.#engine.begin();
    this.#engine.kill(this.#client);
    this.#engine.finish();
  }

  close(): void {
    this.#engine.begin();
    this.#engine.dispatcher!.closeClient(this.#client);
    this.#engine.finish();
  }
}

/** The handler of a connection that was refused. */
const IGNORING: ByteStreamHandler = { data() {}, end() {}, close() {} };

function configOf(options: RedisOptions, port: number): Record<string, string> {
  const config: Record<string, string> = { ...options.config, port: String(port) };
  if (options.replicaOf !== undefined) config.replicaof = `${options.replicaOf.host} ${options.replicaOf.port}`;
  if (options.requirepass !== undefined) config.requirepass = options.requirepass;
  if (options.appendonly !== undefined) config.appendonly = options.appendonly ? 'yes' : 'no';
  if (options.appendfsync !== undefined) config.appendfsync = options.appendfsync;
  if (options.maxmemory !== undefined) config.maxmemory = String(options.maxmemory);
  if (options.maxmemoryPolicy !== undefined) config['maxmemory-policy'] = options.maxmemoryPolicy;
  return config;
}
