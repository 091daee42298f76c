/** Starts the embedded proxy. */
import { SeedstormError } from '../../sim/kernel/errors.ts';
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
 * @throws SeedstormError `E_USAGE` when the port is taken
 */
export async function startProxyServer(_options: ProxyServerOptions = {}): Promise<ProxyServer> {
  throw new SeedstormError('E_UNSUPPORTED', 'The embedded proxy is not there yet.');
}
