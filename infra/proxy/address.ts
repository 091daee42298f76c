/**
 * Addresses as `host:port`, read as Go's `net` package reads them, with its words for what is wrong.
 *
 * Differs: a port has to be a number; the real server also knows the names in /etc/services.
 */
import { lookup } from 'node:dns/promises';
import net from 'node:net';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An address that cannot be read or resolved. */
export class AddressError extends Error {}

/** Takes `host:port`, `[ipv6]:port` or `:port` apart. */
export function splitHostPort(address: string): HostPort {
  const wrong = (what: string) => new AddressError(`address ${address}: ${what}`);
  const colon = address.lastIndexOf(':');
  if (colon < 0) throw wrong('missing port in address');
  let host: string;
  let unbracketed = address;
  if (address.startsWith('[')) {
    const bracket = address.indexOf(']');
    if (bracket < 0) throw wrong("missing ']' in address");
    if (bracket + 1 === address.length) throw wrong('missing port in address');
    if (bracket + 1 !== colon)
      throw wrong(address[bracket + 1] === ':' ? 'too many colons in address' : 'missing port in address');
    host = address.slice(1, bracket);
    unbracketed = address.slice(1, bracket) + address.slice(bracket + 1);
  } else {
    host = address.slice(0, colon);
    if (host.includes(':')) throw wrong('too many colons in address');
  }
  if (unbracketed.includes('[')) throw wrong("unexpected '[' in address");
  if (unbracketed.includes(']')) throw wrong("unexpected ']' in address");
  return { host, port: portOf(address.slice(colon + 1)) };
}

function portOf(text: string): number {
  if (text === '') return 0;
  if (!/^[+-]?\d+$/.test(text)) throw new AddressError(`lookup tcp/${text}: unknown port`);
  const port = Number(text);
  if (port < 0 || port > 65_535) throw new AddressError(`address ${text}: invalid port`);
  return port;
}

/** An address with its host as a number; the host is empty for all addresses. Names give their first IPv4 address, if they have one. */
export async function resolveAddress(address: string): Promise<HostPort> {
  if (address === '') return { host: '', port: 0 };
  const { host, port } = splitHostPort(address);
  if (host === '' || net.isIP(host) > 0) return { host, port };
  const found = await lookup(host, { all: true }).catch(() => []);
  const chosen = found.find(({ family }) => family === 4) ?? found[0];
  if (chosen === undefined) throw new AddressError(`lookup ${host}: no such host`);
  return { host: chosen.address, port };
}

export function joinHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}
