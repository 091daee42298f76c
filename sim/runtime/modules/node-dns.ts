/** `node:dns` over the names of the virtual network: a host's name has one IPv4 address; any other name is ENOTFOUND, with a hint. */
import * as realDns from 'node:dns';
import { isIP } from 'node:net';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';
import { assertFunction, invalidArgumentType } from './errors.ts';

export interface LookupOptions {
  family?: number | string;
  hints?: number;
  all?: boolean;
  order?: string;
}
export type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address?: string | { address: string; family: number }[],
  family?: number,
) => void;
export type LookupFunction = (name: string, options: LookupOptions, callback: LookupCallback) => void;

/** Virtual time of a lookup (a cached answer of the resolver), µs. */
const LOOKUP_MICROS = 300;

function notFound(name: string, syscall: string): NodeJS.ErrnoException {
  const error = new Error(`${syscall} ENOTFOUND ${name}`) as NodeJS.ErrnoException & {
    hostname?: string;
    hint?: string;
  };
  error.errno = -3008;
  error.code = 'ENOTFOUND';
  error.syscall = syscall;
  error.hostname = name;
  Object.defineProperty(error, 'hint', {
    value: `No host of the scenario is called "${name}". Map it with hosts: { "${name}": "SERVER" }.`,
    enumerable: false,
  });
  return error;
}

/** `dns.lookup`. */
export function createLookup(process: VirtualProcess): LookupFunction {
  return (name: string, optionsOrCallback: LookupOptions | number | LookupCallback, maybeCallback?: LookupCallback) => {
    const callback = (typeof optionsOrCallback === 'function' ? optionsOrCallback : maybeCallback)!;
    const options: LookupOptions =
      typeof optionsOrCallback === 'object' && optionsOrCallback !== null ? optionsOrCallback : {};
    if (name && typeof name !== 'string') throw invalidArgumentType('hostname', 'of type string', name);
    assertFunction('callback', callback);
    const isLoopback = name === 'localhost' || name === '' || name === null;
    const number = isIP(String(name));
    const host = process.network.resolve(String(name), process.host);
    const address = isLoopback ? '127.0.0.1' : number > 0 ? String(name) : host?.address;
    const family = number === 6 ? 6 : 4;
    process.afterMicros(LOOKUP_MICROS, () => {
      if (address === undefined) callback(notFound(String(name), 'getaddrinfo'));
      else if (options.all === true) callback(null, [{ address, family }]);
      else callback(null, address, family);
    });
  };
}

/** `node:dns` and `node:dns/promises` of one incarnation. */
export function createDns(process: VirtualProcess): {
  module: Record<string, unknown>;
  promises: Record<string, unknown>;
} {
  const lookup = createLookup(process);
  const resolve4 = (name: string, ...rest: unknown[]): void => {
    const callback = rest.pop() as (error: Error | null, addresses?: string[]) => void;
    const host = process.network.resolve(name, process.host);
    process.afterMicros(LOOKUP_MICROS, () =>
      host === undefined ? callback(notFound(name, 'queryA')) : callback(null, [host.address]),
    );
  };
  const lookupService = (
    address: string,
    port: number,
    callback: (error: Error | null, hostname?: string, service?: string) => void,
  ): void => {
    const host = process.network.resolve(address, process.host);
    process.afterMicros(LOOKUP_MICROS, () =>
      host === undefined ? callback(notFound(address, 'getnameinfo')) : callback(null, host.name, String(port)),
    );
  };
  const promised =
    (call: (...args: never[]) => void) =>
    (...args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        (call as (...values: unknown[]) => void)(...args, (error: Error | null, value: unknown, family?: number) => {
          if (error !== null) reject(error);
          else resolve(call === (lookup as unknown) && typeof value === 'string' ? { address: value, family } : value);
        });
      });
  const constants: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(realDns))
    if (typeof value === 'string' || typeof value === 'number') constants[name] = value;
  const unavailable: Record<string, unknown> = {};
  for (const name of [
    'resolve6',
    'resolveAny',
    'resolveCaa',
    'resolveCname',
    'resolveMx',
    'resolveNaptr',
    'resolveNs',
    'resolvePtr',
    'resolveSoa',
    'resolveSrv',
    'resolveTxt',
    'reverse',
    'Resolver',
  ]) {
    unavailable[name] = refusing(process, `dns.${name}`);
  }
  let order = 'verbatim';
  const shared = {
    ...constants,
    ...unavailable,
    getServers: () => ['127.0.0.53'],
    setServers: () => undefined,
    getDefaultResultOrder: () => order,
    setDefaultResultOrder: (value: string) => {
      order = value;
    },
  };
  const promises = {
    ...shared,
    lookup: promised(lookup as never),
    resolve: promised(resolve4 as never),
    resolve4: promised(resolve4 as never),
    lookupService: promised(lookupService as never),
  };
  const module = { ...shared, lookup, resolve: resolve4, resolve4, lookupService, promises };
  return { module, promises };
}
