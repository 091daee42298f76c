/** Starts the embedded proxy: its API, and the acts that only its own process has. */
import type net from 'node:net';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { isLoopback } from './address.ts';
import { Acts } from './api/acts.ts';
import { createApi } from './api/http.ts';
import { Freezer } from './freezer.ts';
import type { MessageHooks } from './messages.ts';

export interface ProxyServerOptions {
  /** Address of the HTTP API; `127.0.0.1` when absent. Only when it is not a loopback address may proxies listen on others. */
  readonly host?: string;
  /** Port of the HTTP API; 0, the default, lets the system choose. */
  readonly port?: number;
  /** Absent: bytes pass without being looked at. */
  readonly hooks?: MessageHooks;
}

export interface ProxyServer {
  readonly host: string;
  readonly port: number;
  /** For `new Toxiproxy(url)`, without a slash at its end. */
  readonly url: string;
  /** Resets (RST) both sides of every open connection of a proxy; returns how many there were, 0 for an unknown proxy. */
  reset(proxy: string): number;
  /** Number of open connections of a proxy. */
  connections(proxy: string): number;
  /**
   * Lets no byte of a labelled connection through its gate until the result is called (twice does nothing): for the time between a
   * trigger's message and the moment when its fault is in force. Freezes count; all must be lifted.
   */
  freeze(): () => void;
  /** Closes every proxy, connection and the API. */
  close(): Promise<void>;
}

/**
 * Starts the embedded proxy and waits until its API listens.
 * @throws SeedstormError `E_USAGE` when the port is taken, or the address is not of this machine
 */
export async function startProxyServer(options: ProxyServerOptions = {}): Promise<ProxyServer> {
  const { host = '127.0.0.1', port = 0, hooks } = options;
  const freezer = new Freezer();
  let connections = 0;
  let messages = 0;
  const acts = new Acts({
    hooks,
    freezer,
    nextConnection: () => ++connections,
    nextMessage: () => ++messages,
    isLoopbackOnly: isLoopback(host),
  });
  const api = createApi(acts);
  await listening(api, host, port);
  const bound = api.address() as net.AddressInfo;
  return {
    host,
    port: bound.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`,
    reset: (proxy) => acts.proxies.get(proxy)?.reset() ?? 0,
    connections: (proxy) => acts.proxies.get(proxy)?.connectionCount ?? 0,
    freeze: () => freezer.freeze(),
    close: async () => {
      const closed = new Promise<void>((resolve) => api.close(() => resolve()));
      api.closeAllConnections();
      for (const proxy of acts.proxies.values()) proxy.stop();
      acts.proxies.clear();
      await closed;
    },
  };
}

function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new SeedstormError('E_USAGE', `Port ${port} on ${host} is taken. Choose another with --port, or 0 for any.`),
        );
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EACCES')
        reject(new SeedstormError('E_USAGE', `Cannot listen on ${host}:${port}: ${error.message}.`));
      else reject(error);
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
