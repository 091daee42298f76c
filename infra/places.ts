/** Where everything of a run listens, and the pairs of hosts that connect, each with a proxy of its own. */
import type { Protocol } from '../harness/labels/index.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { Addresses, SocketAddress } from './addresses.ts';
import type { Pair } from './network.ts';

/** The port on which programs listen, as in sim. */
const HTTP_PORT = 8080;

export interface PlacedProgram {
  readonly name: string;
  /** A service has an entrance for each caller, so that it can tell who called. */
  readonly isService: boolean;
  /** Whether it may be called. */
  readonly listens: boolean;
  /** Hosts that it may call. */
  readonly calls: readonly string[];
}

export interface PlacedServer {
  readonly name: string;
  readonly protocol: Protocol;
  readonly address: SocketAddress;
}

/** What a service's entrance is: who comes in there, and its port. */
export interface Entrance {
  readonly host: string;
  readonly port: number;
}

interface PlacesParts {
  readonly pairs: readonly Pair[];
  readonly own: ReadonlyMap<string, SocketAddress>;
  readonly entrances: ReadonlyMap<string, readonly Entrance[]>;
}

export class Places {
  readonly pairs: readonly Pair[];
  readonly #own: ReadonlyMap<string, SocketAddress>;
  /** Where a service takes the connections of one caller, by service. */
  readonly #entrances: ReadonlyMap<string, readonly Entrance[]>;
  readonly #proxies: ReadonlyMap<string, SocketAddress>;

  constructor(parts: PlacesParts) {
    this.pairs = parts.pairs;
    this.#own = parts.own;
    this.#entrances = parts.entrances;
    this.#proxies = new Map(parts.pairs.map(({ from, to, listen }) => [`${from}>${to}`, listen]));
  }

  /** Where a program itself listens; undefined for one that nobody may call. */
  own(name: string): SocketAddress | undefined {
    return this.#own.get(name);
  }

  /** Where `from` finds `to`. */
  reach(from: string, to: string): SocketAddress {
    const address = from === to ? this.#own.get(to) : this.#proxies.get(`${from}>${to}`);
    if (address === undefined) throw new SeedstormError('E_ASSERT', `${from} does not call ${to}.`);
    return address;
  }

  /** Each caller's entrance to a service. */
  entrances(service: string): readonly Entrance[] {
    return this.#entrances.get(service) ?? [];
  }
}

/** Takes an address for each program and each pair. */
export async function findPlaces(
  addresses: Addresses,
  { servers, programs }: { readonly servers: readonly PlacedServer[]; readonly programs: readonly PlacedProgram[] },
): Promise<Places> {
  const own = new Map<string, SocketAddress>();
  const entrances = new Map<string, Entrance[]>();
  const pairs: Pair[] = [];
  const callersOf = (host: string) => programs.filter(({ calls }) => calls.includes(host)).map(({ name }) => name);
  for (const { name: to, protocol, address } of servers) {
    for (const from of callersOf(to))
      pairs.push({ from, to, protocol, listen: await addresses.proxy(from, to), upstream: address, isReachable: true });
  }
  for (const { name: to, isService, listens } of programs) {
    if (!listens) continue;
    const listener = await addresses.listener(to, HTTP_PORT);
    own.set(to, listener);
    const doors: Entrance[] = [];
    for (const [index, from] of callersOf(to).entries()) {
      const upstream = isService ? await addresses.entrance(to, index) : listener;
      if (isService) doors.push({ host: from, port: upstream.port });
      const listen = await addresses.proxy(from, to);
      pairs.push({ from, to, protocol: 'http', listen, upstream, isReachable: false });
    }
    if (isService) entrances.set(to, doors);
  }
  return new Places({ pairs, own, entrances });
}
