/**
 * The disturbed network: one proxy per ordered pair of hosts that connect, so that a partition is one process's affair. It speaks to any
 * Toxiproxy through its client library; the embedded proxy, which is the default, also tells of messages and can reset connections.
 *
 * The calls are asynchronous, and the planner's acts are not: what an act asks for is queued per proxy, and `settled` tells when all
 * of it is in force.
 */
import { Toxiproxy, type Proxy as ToxiproxyProxy } from 'toxiproxy-node-client';
import type { Protocol } from '../harness/labels/index.ts';
import type { Bite, Lift, Link, LinkCondition } from '../harness/world.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { SocketAddress } from './addresses.ts';
import { reaper } from './processes/reaper.ts';
import { type MessageHooks, type ProxyServer, startProxyServer } from './proxy/index.ts';

/** Two hosts of which the first connects to the second. */
export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
  readonly listen: SocketAddress;
  readonly upstream: SocketAddress;
  /** False: connections are refused until `setReachable`. */
  readonly isReachable: boolean;
}

export interface NetworkOptions {
  readonly pairs: readonly Pair[];
  /** URL of a Toxiproxy that runs already; absent: the embedded proxy. */
  readonly toxiproxyUrl: string | undefined;
  /** Distinguishes the proxies of this run in a shared Toxiproxy. */
  readonly prefix: string;
  /** Told of messages by the embedded proxy. */
  readonly hooks: Omit<MessageHooks, 'route' | 'bitten'>;
  /** A change that the proxy refused: the run cannot go on. */
  onError(error: Error): void;
}

/** A cut holds for longer than any run, and gives all it held at once when it is lifted (ms). */
const CUT_MS = 1_000_000_000;

/** Starts the proxies; resolves when all listen. */
export async function startNetwork(options: NetworkOptions): Promise<ProxyNetwork> {
  const { pairs, prefix, toxiproxyUrl } = options;
  const byProxy = new Map(pairs.map((pair) => [proxyName(prefix, pair), pair]));
  const bites = new Map<string, Bite>();
  const embedded =
    toxiproxyUrl === undefined
      ? await startProxyServer({
          hooks: {
            ...options.hooks,
            route: (proxy) => {
              const pair = byProxy.get(proxy);
              return pair === undefined ? undefined : { client: pair.from, server: pair.to, protocol: pair.protocol };
            },
            bitten: ({ toxic }) => bites.get(toxic)?.(`${toxic} met the first bytes`),
          },
        })
      : undefined;
  const url = embedded?.url ?? toxiproxyUrl!.replace(/\/+$/, '');
  const client = new Toxiproxy(url);
  const version = await versionOf(client, url);
  const proxies = await populate(client, [...byProxy]);
  const forgets =
    embedded === undefined
      ? [...byProxy.keys()].map((name) =>
          reaper().watch({ kind: 'request', method: 'DELETE', url: `${url}/proxies/${name}` }),
        )
      : [];
  return new ProxyNetwork(options, { embedded, proxies, bites, forgets, version, url });
}

interface Parts {
  readonly embedded: ProxyServer | undefined;
  readonly proxies: ReadonlyMap<string, ToxiproxyProxy>;
  /** By toxic. */
  readonly bites: Map<string, Bite>;
  readonly forgets: readonly (() => void)[];
  readonly version: string;
  readonly url: string;
}

export class ProxyNetwork {
  /** Which proxy served, for the report. */
  readonly description: string;
  /** Whether messages are told of and connections can be reset. */
  readonly isEmbedded: boolean;
  readonly #options: NetworkOptions;
  readonly #parts: Parts;
  readonly #queues = new Map<string, Promise<void>>();
  #toxics = 0;
  #isClosing = false;

  constructor(options: NetworkOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.isEmbedded = parts.embedded !== undefined;
    this.description = this.isEmbedded ? 'embedded proxy' : `Toxiproxy ${parts.version} at ${parts.url}`;
  }

  /** Puts a condition on a directed link. */
  disturb(link: Link, condition: LinkCondition, bite: Bite): Lift {
    const lifts = this.#options.pairs.flatMap((pair): readonly Lift[] => {
      if (pair.from === link.from && pair.to === link.to) return [this.#addToxic(pair, 'upstream', condition, bite)];
      if (pair.from === link.to && pair.to === link.from) return [this.#addToxic(pair, 'downstream', condition, bite)];
      return [];
    });
    return () => {
      for (const lift of lifts.splice(0)) lift();
    };
  }

  /** Resets all connections between two hosts; returns how many there were. */
  reset({ from, to }: Link): number {
    let count = 0;
    for (const pair of this.#options.pairs) {
      if ((pair.from === from && pair.to === to) || (pair.from === to && pair.to === from))
        count += this.#parts.embedded!.reset(proxyName(this.#options.prefix, pair));
    }
    return count;
  }

  /** Connections to a host that is down are refused, and the open ones close. */
  setReachable(host: string, isReachable: boolean): void {
    for (const pair of this.#options.pairs) {
      if (pair.to !== host) continue;
      this.#enqueue(pair, async (proxy) => {
        await proxy.update({ enabled: isReachable, listen: proxy.listen, upstream: proxy.upstream });
      });
    }
  }

  /** Lets nothing through until the result is called. */
  freeze(): () => void {
    return this.#parts.embedded?.freeze() ?? (() => {});
  }

  /** Resolves when everything asked for so far is in force. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.settled();
    if (this.#parts.embedded !== undefined) await this.#parts.embedded.close();
    else await Promise.all([...this.#parts.proxies.values()].map((proxy) => proxy.remove().catch(() => {})));
    for (const forget of this.#parts.forgets) forget();
  }

  #addToxic(pair: Pair, stream: 'upstream' | 'downstream', condition: LinkCondition, bite: Bite): Lift {
    const name = `${condition.kind}-${++this.#toxics}`;
    const { bites, embedded } = this.#parts;
    const [from, to] = stream === 'upstream' ? [pair.from, pair.to] : [pair.to, pair.from];
    bites.set(name, () => bite(`${condition.kind} met bytes from ${from} to ${to}`));
    this.#enqueue(pair, async (proxy) => {
      await proxy.addToxic<ToxicBody['attributes']>({ name, stream, toxicity: 1, ...toxicOf(condition) });
      // A foreign proxy does not tell whether it met anything.
      if (embedded === undefined) bite(`${condition.kind} in force from ${from} to ${to}`);
    });
    return () =>
      this.#enqueue(pair, async (proxy) => {
        bites.delete(name);
        // Not by asking for the toxic first, as the client library would: it is known to be there.
        await proxy.api.delete(`${proxy.getPath()}/toxics/${name}`);
      });
  }

  #enqueue(pair: Pair, change: (proxy: ToxiproxyProxy) => Promise<void>): void {
    const name = proxyName(this.#options.prefix, pair);
    const before = this.#queues.get(name) ?? Promise.resolve();
    const next = before
      .then(() => change(this.#parts.proxies.get(name)!))
      .catch((error: Error) => {
        if (this.#isClosing) return;
        this.#options.onError(
          new SeedstormError('E_CHILD', `The ${this.description} refused a change of ${name}: ${error.message}.`),
        );
      });
    this.#queues.set(name, next);
  }
}

type ToxicBody =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'bandwidth'; readonly attributes: { readonly rate: number } };

function toxicOf(condition: LinkCondition): ToxicBody {
  switch (condition.kind) {
    case 'cut':
      // Differs: a connect during a cut succeeds and stays silent, where sim makes it hang if the plan says `connect: "hang"`.
      return { type: 'latency', attributes: { latency: CUT_MS, jitter: 0 } };
    case 'blackhole':
      return { type: 'timeout', attributes: { timeout: 0 } };
    case 'latency': {
      // Between `latencyMs` and `jitterMs` more, where Toxiproxy takes the middle and a distance to either side.
      const half = Math.round(condition.jitterMs / 2);
      return { type: 'latency', attributes: { latency: Math.round(condition.latencyMs) + half, jitter: half } };
    }
    case 'bandwidth':
      // Differs: Toxiproxy counts whole kilobytes a second, so what is slower than that runs at one.
      return { type: 'bandwidth', attributes: { rate: Math.max(1, Math.round(condition.bytesPerSecond / 1_000)) } };
  }
}

function proxyName(prefix: string, { from, to }: Pair): string {
  return `${prefix}.${from}.${to}`;
}

async function versionOf(client: Toxiproxy, url: string): Promise<string> {
  try {
    const text = await client.getVersion();
    return /"version":\s*"([^"]*)"/.exec(text)?.[1] ?? text.trim();
  } catch (error) {
    throw new SeedstormError(
      'E_NOT_FOUND',
      `No Toxiproxy answers at ${url} (${(error as Error).message}). Start one there, or unset TOXIPROXY_URL to use the embedded proxy.`,
      { cause: error },
    );
  }
}

async function populate(
  client: Toxiproxy,
  pairs: readonly [string, Pair][],
): Promise<ReadonlyMap<string, ToxiproxyProxy>> {
  const made = await client.populate(
    pairs.map(([name, { listen, upstream, isReachable }]) => ({
      name,
      listen: `${listen.address}:${listen.port}`,
      upstream: `${upstream.address}:${upstream.port}`,
      enabled: isReachable,
    })),
  );
  return new Map(Object.entries(made));
}
