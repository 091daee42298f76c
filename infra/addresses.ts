/**
 * The loopback addresses of one run. Nothing else than loopback is ever bound.
 *
 * On Linux all of 127.0.0.0/8 is there, so each run takes a network 127.x.y.* for itself and each of its hosts an address in it. Ports are
 * then free by construction, and a server that is started again finds its port free. The network is taken by listening on its last
 * address: the system lets go of it with the process, however that ends. Elsewhere everything shares 127.0.0.1, on ports that were free a
 * moment ago.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { SeedstormError } from '../sim/kernel/errors.ts';

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

export interface Addresses {
  /** Where a host listens, with that port where ports are its own. */
  listener(host: string, port: number): Promise<SocketAddress>;
  /** Where a service listens for its caller of that number, from 0. */
  entrance(host: string, caller: number): Promise<SocketAddress>;
  /** Where `from` finds `to`: the listening side of their proxy. */
  proxy(from: string, to: string): Promise<SocketAddress>;
  release(): void;
}

const NETWORK_GUARD_PORT = 10_999;
const ENTRANCE_PORT_FIRST = 9_000;
const PROXY_PORT_FIRST = 11_000;
const ATTEMPTS_MAX = 200;

/** Takes addresses for a run whose hosts are `names`. */
export async function takeAddresses(names: readonly string[]): Promise<Addresses> {
  return process.platform === 'linux' ? takeNetwork(names) : takePorts();
}

async function takeNetwork(names: readonly string[]): Promise<Addresses> {
  if (names.length > 250)
    throw new SeedstormError('E_LIMIT', `A run in infra has at most 250 hosts; this one has ${names.length}.`);
  const { network, guard } = await guardedNetwork();
  const addressOf = (host: string): string => `${network}.${names.indexOf(host) + 1}`;
  return {
    listener: async (host, port) => ({ address: addressOf(host), port }),
    entrance: async (host, caller) => ({ address: addressOf(host), port: ENTRANCE_PORT_FIRST + caller }),
    proxy: async (from, to) => ({ address: addressOf(to), port: PROXY_PORT_FIRST + names.indexOf(from) }),
    release: () => guard.close(),
  };
}

async function guardedNetwork(): Promise<{ network: string; guard: Server }> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const network = `127.${randomInt(1, 255)}.${randomInt(0, 256)}`;
    try {
      return { network, guard: await listen(`${network}.254`, NETWORK_GUARD_PORT) };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new SeedstormError(
    'E_LIMIT',
    `No loopback network was free in ${ATTEMPTS_MAX} attempts (port ${NETWORK_GUARD_PORT} of 127.x.y.254 is taken everywhere). End other runs of seedstorm.`,
  );
}

function takePorts(): Addresses {
  return {
    listener: freePort,
    entrance: freePort,
    proxy: freePort,
    release: () => {},
  };
}

async function freePort(): Promise<SocketAddress> {
  const server = await listen('127.0.0.1', 0);
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return { address: '127.0.0.1', port };
}

function listen(address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}
