/** The addresses of a connection as its program sees them: loopback where it dialled loopback, mapped where it listens on `::`. */
import { isIP } from 'node:net';
import type { Endpoint } from '../../net/socket.ts';

export interface SocketAddress {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

export interface AddressForm {
  /** The address that the client named, as an IP. */
  readonly dialled: string | undefined;
  /** Accepted by a listener on `::`, where IPv4 peers show as mapped addresses. */
  readonly isMapped: boolean;
}

/** The address of one side of an end. */
export function shownAddress(
  endpoint: Endpoint,
  side: 'local' | 'remote',
  { dialled, isMapped }: AddressForm,
): SocketAddress {
  const isOneHost = endpoint.host === endpoint.remoteHost;
  const isLoopback = isOneHost && dialled !== endpoint.host.address;
  const { address: own } = side === 'local' ? endpoint.host : endpoint.remoteHost;
  const address = isLoopback ? (dialled ?? '127.0.0.1') : own;
  const shown = isMapped ? `::ffff:${address}` : address;
  const port = side === 'local' ? endpoint.port : endpoint.remotePort;
  return { address: shown, family: isIP(shown) === 6 ? 'IPv6' : 'IPv4', port };
}
