/**
 * The workload's tools (`t` in a scenario): recorded requests, sleeps and draws.
 *
 * All that touches the world comes in: the HTTP client, timers, streams and the recorder of the process in which the workload runs. An
 * outcome is `ok`, `fail` (it certainly did not happen) or `info` (nobody knows): a timeout is `info` unless the call only reads, and
 * so is a 5xx; a refused connection or a 4xx is `fail`. Each item of `each` has random streams and operation ids of its own, so that
 * leaving one out shifts no other.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { Stream } from '../sim/kernel/stream.ts';
import { durationText, milliseconds } from './duration.ts';
import type { OperationRecord, UnplacedRecord } from './history/record.ts';
import type { Plan } from './plan/format.ts';
import { clientHost } from './plan/surroundings.ts';
import type {
  Address,
  Durations,
  HttpOptions,
  HttpReply,
  OperationOptions,
  Surroundings,
  WorkloadTools,
} from './scenario.ts';
import { WorkloadShape } from './workload-shape.ts';

export interface HttpExchangeRequest {
  readonly method: string;
  readonly address: Address;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One HTTP exchange under way. */
export interface HttpExchange {
  /** Rejects with the socket's error. */
  readonly reply: Promise<{ readonly status: number; readonly body: string }>;
  /** Gives it up; the reply then never settles, or rejects. */
  abort(): void;
}

export interface WorkloadSurroundings {
  readonly exchange: (request: HttpExchangeRequest) => HttpExchange;
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  /** The stream of that name under the run's seed. */
  readonly stream: (name: string) => Stream;
  readonly record: (record: UnplacedRecord) => void;
  /** True time, ms since the run began. */
  readonly now: () => number;
  readonly workload: Plan['workload'];
  /** What faults do to the load; absent: nothing. */
  readonly shape?: WorkloadShape;
  readonly durations: Durations;
  readonly servers: Surroundings;
  readonly processes: Readonly<Record<string, Address>>;
}

export interface CountingTools extends WorkloadTools {
  /** Top-level items so far, left-out ones too: what shrinking needs to know. */
  readonly itemCount: number;
}

const defaultTimeoutMs = 10_000;
/** Errors of a connection that never was: nothing can have happened. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Makes the tools of one run's workload. */
export function createWorkloadTools(surroundings: WorkloadSurroundings): CountingTools {
  return new Tools(surroundings, '');
}

type Outcome<T> = {
  readonly phase: 'ok' | 'fail' | 'info';
  readonly value?: unknown;
  readonly error?: string;
  readonly result?: T;
};

class Tools implements CountingTools {
  private readonly surroundings: WorkloadSurroundings;
  /** Numbers of the item and its parents: empty at the top, then `3`, `3/1`. */
  private readonly path: string;
  private readonly shape: WorkloadShape;
  private operations = 0;
  itemCount = 0;

  constructor(surroundings: WorkloadSurroundings, path: string) {
    this.surroundings = surroundings;
    this.path = path;
    this.shape = surroundings.shape ?? new WorkloadShape();
  }

  get durations() {
    return this.surroundings.durations;
  }

  get servers() {
    return this.surroundings.servers;
  }

  get processes() {
    return this.surroundings.processes;
  }

  now(): number {
    return this.surroundings.now();
  }

  sleep(duration: Parameters<WorkloadTools['sleep']>[0]): Promise<void> {
    return new Promise((resolve) => {
      this.surroundings.setTimeout(resolve, this.shape.sleepMs(milliseconds(duration)));
    });
  }

  between(low: number, high: number): number {
    if (!Number.isInteger(low) || !Number.isInteger(high) || high < low) {
      throw new SeedstormError('E_INPUT', `t.between(${low}, ${high}): wants two integers, the lower one first.`);
    }
    return low + this.stream().int(high - low + 1);
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new SeedstormError('E_INPUT', 't.pick: there is nothing to pick from.');
    const index = this.shape.picked(this.stream().int(items.length), () => this.faultStream('skew'));
    return items[index]!;
  }

  async each<T = number>(
    items: number | readonly T[],
    body: (t: WorkloadTools, item: T, index: number) => Promise<void>,
    { concurrency = 1 }: { readonly concurrency?: number } = {},
  ): Promise<void> {
    // With a number, T is number: the items are their indices.
    const list =
      typeof items === 'number'
        ? (Array.from({ length: items }, (_, index) => index) as unknown as readonly T[])
        : items;
    const first = this.itemCount;
    this.itemCount += list.length;
    const isTop = this.path === '';
    const left = list.map((_, index) => index);
    const lane = async () => {
      while (left.length > 0) {
        const place = this.shape.nextItem(left.length, () => this.faultStream('shuffle'));
        const index = left.splice(place, 1)[0]!;
        const number = first + index;
        if (isTop && this.surroundings.workload.skip.includes(number)) continue;
        await body(new Tools(this.surroundings, isTop ? `${number}` : `${this.path}/${number}`), list[index]!, index);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, list.length)) }, lane));
  }

  operation<T>(f: string, options: OperationOptions, call: () => Promise<T>): Promise<T | undefined> {
    return this.recorded(f, options, async () => {
      try {
        const result = await call();
        return { phase: 'ok', value: result, result };
      } catch (error) {
        return failure(error, options.reads === true);
      }
    });
  }

  post(target: string, path: string, body?: unknown, options: HttpOptions = {}): Promise<HttpReply | undefined> {
    return this.request('POST', target, path, body === undefined ? options : { ...options, body });
  }

  get(target: string, path: string, options: HttpOptions = {}): Promise<HttpReply | undefined> {
    return this.request('GET', target, path, options);
  }

  request(method: string, target: string, path: string, options: HttpOptions = {}): Promise<HttpReply | undefined> {
    const address = this.addressOf(target);
    const reads = options.reads ?? (method === 'GET' || method === 'HEAD');
    const key = options.key ?? keyOfRequest(path, options.body);
    const value = options.value ?? options.body;
    const recorded: OperationOptions = {
      reads,
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value }),
      ...(options.session === undefined ? {} : { session: options.session }),
    };
    const [plainPath = path] = path.split('?');
    return this.recorded(`${method} ${target} ${plainPath}`, recorded, () =>
      this.exchange(method, address, path, options, reads),
    );
  }

  mark(name: string, value?: unknown): void {
    this.surroundings.record({ kind: 'mark', host: clientHost, name, ...(value === undefined ? {} : { value }) });
  }

  private faultStream(of: string): Stream {
    return this.surroundings.stream(`workload/${this.path}/${of}`);
  }

  private stream(): Stream {
    return this.surroundings.stream(this.path === '' ? 'workload' : `workload/${this.path}`);
  }

  /** Invoke, then the outcome: every operation that begins is ended, unless the run ends first. */
  private async recorded<T>(
    f: string,
    options: OperationOptions,
    run: () => Promise<Outcome<T>>,
  ): Promise<T | undefined> {
    const common = {
      kind: 'op',
      host: clientHost,
      id: `${this.path}#${this.operations++}`,
      f,
      ...(options.key === undefined ? {} : { key: options.key }),
      ...(options.session === undefined ? {} : { session: options.session }),
    } as const satisfies Partial<OperationRecord>;
    const invoked = options.value === undefined ? {} : { value: options.value };
    this.surroundings.record({ ...common, phase: 'invoke', ...invoked });
    const { phase, value, error, result } = await run();
    this.surroundings.record({
      ...common,
      phase,
      ...(value === undefined ? {} : { value }),
      ...(error === undefined ? {} : { error }),
    });
    return result;
  }

  private async exchange(
    method: string,
    address: Address,
    path: string,
    options: HttpOptions,
    reads: boolean,
  ): Promise<Outcome<HttpReply>> {
    const { body } = options;
    const isText = typeof body === 'string';
    const text = body === undefined || isText ? body : JSON.stringify(body);
    const headers: Record<string, string> = {};
    if (text !== undefined) headers['content-type'] = isText ? 'text/plain; charset=utf-8' : 'application/json';
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
    const timeoutMs = options.timeout === undefined ? defaultTimeoutMs : milliseconds(options.timeout);
    const exchange = this.surroundings.exchange({ method, address, path, headers, body: text });
    const timedOut = Symbol('timed out');
    let timer: unknown;
    const timeout = new Promise<typeof timedOut>((resolve) => {
      timer = this.surroundings.setTimeout(() => resolve(timedOut), timeoutMs);
    });
    try {
      // An exchange that is given up may still reject; nobody listens then.
      exchange.reply.catch(() => {});
      const reply = await Promise.race([exchange.reply, timeout]);
      if (reply === timedOut) {
        exchange.abort();
        return { phase: reads ? 'fail' : 'info', error: `no reply within ${durationText(timeoutMs)}` };
      }
      return httpOutcome(reply, reads);
    } catch (error) {
      return failure(error, reads);
    } finally {
      this.surroundings.clearTimeout(timer);
    }
  }

  /** Address of a process or server; a program with several instances takes one by a draw of its own. */
  private addressOf(target: string): Address {
    const { processes, servers } = this.surroundings;
    const known = processes[target] ?? servers[target];
    if (known !== undefined) return known;
    const instances = Object.keys(processes).filter(
      (name) => /-\d+$/.test(name) && name.replace(/-\d+$/, '') === target,
    );
    if (instances.length === 0) {
      const names = [...Object.keys(processes), ...Object.keys(servers)].join(', ');
      throw new SeedstormError(
        'E_INPUT',
        `The workload calls "${target}", which is neither a process nor a server; there are ${names}.`,
      );
    }
    const stream = this.surroundings.stream(`workload/${this.path}/target`);
    return processes[instances[stream.int(instances.length)]!]!;
  }
}

/** `key` of the body, or the last part of a path that has several: `/bill/17` asks for `17`. */
function keyOfRequest(path: string, body: unknown): string | undefined {
  if (typeof body === 'object' && body !== null && 'key' in body) {
    const { key } = body;
    if (typeof key === 'string' || typeof key === 'number') return String(key);
  }
  const parts = path
    .split('?')[0]!
    .split('/')
    .filter((part) => part !== '');
  return parts.length < 2 ? undefined : parts[parts.length - 1];
}

function httpOutcome(
  { status, body }: { readonly status: number; readonly body: string },
  reads: boolean,
): Outcome<HttpReply> {
  const result: HttpReply = { status, body, json: <T>() => JSON.parse(body) as T };
  const value = { status, body: jsonOrText(body) };
  if (status < 400) return { phase: 'ok', value, result };
  const error = `HTTP ${status}`;
  return { phase: status < 500 || reads ? 'fail' : 'info', value, error, result };
}

function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The outcome of a call that threw. */
function failure(thrown: unknown, reads: boolean): Outcome<never> {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    code?: unknown;
    message?: unknown;
    name?: unknown;
  };
  const code = typeof error.code === 'string' ? error.code : undefined;
  const message = typeof error.message === 'string' && error.message !== '' ? error.message : String(thrown);
  const isCertain = reads || (code !== undefined && neverConnected.has(code)) || isServersAnswer(error, code);
  return {
    phase: isCertain ? 'fail' : 'info',
    error: code === undefined || message.includes(code) ? message : `${code}: ${message}`,
  };
}

/** SQLSTATE classes after which nobody knows: connection exception, operator intervention, system error. */
const ambiguousClasses = new Set(['08', '57', '58', 'XX']);

/** True for an error that a store sent as its answer: a reply error of Redis, an error of Postgres that undid the statement. */
function isServersAnswer(
  error: { readonly name?: unknown; readonly severity?: unknown },
  code: string | undefined,
): boolean {
  if (error.name === 'ReplyError') return true;
  if (error.severity !== 'ERROR' || code === undefined || code.length !== 5) return false;
  // 40003: statement completion unknown.
  return !ambiguousClasses.has(code.slice(0, 2)) && code !== '40003';
}

/** What `httpExchange` needs of `node:http`, real or virtual. */
export interface HttpClient {
  request(options: RequestOptions, callback: (reply: IncomingMessage) => void): ClientRequest;
}
interface ClientRequest {
  on(event: 'error', listener: (error: Error) => void): unknown;
  end(body?: string): unknown;
  destroy(): unknown;
}

/** An exchange over `node:http`, each on a connection of its own, so that requests do not share each other's resets. */
export function httpExchange(http: HttpClient): (request: HttpExchangeRequest) => HttpExchange {
  return ({ method, address, path, headers, body }) => {
    let abort = () => {};
    const reply = new Promise<{ status: number; body: string }>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(new TextEncoder().encode(body).length) };
      const options = {
        method,
        host: address.host,
        port: address.port,
        path,
        headers: { ...headers, ...length },
        agent: false as const,
      };
      const request = http.request(options, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
        // A connection that ends within the reply gives no `end`.
        incoming.on('close', () => reject(Object.assign(new Error('the reply broke off'), { code: 'ECONNRESET' })));
      });
      request.on('error', reject);
      request.end(body);
      abort = () => request.destroy();
    });
    return { reply, abort: () => abort() };
  };
}
