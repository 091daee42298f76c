/** The arguments of `connect` and `listen` in all the forms that Node takes. */
import { isIP } from 'node:net';
import { assertFunction, checkedPort, invalidArgumentType, nodeError } from './errors.ts';
import type { LookupFunction } from './node-dns.ts';

export type Listener = (...args: unknown[]) => void;

export interface ConnectOptions {
  port?: number | string;
  host?: string;
  path?: string;
  family?: number;
  hints?: number;
  localAddress?: string;
  localPort?: number;
  lookup?: LookupFunction;
  timeout?: number;
  keepAlive?: boolean;
  noDelay?: boolean;
  signal?: AbortSignal;
  allowHalfOpen?: boolean;
  autoSelectFamily?: boolean;
  highWaterMark?: number;
  fd?: number;
  handle?: unknown;
  onread?: unknown;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether a first argument names a path: a text that is no number of a port. */
function isPathName(value: unknown): value is string {
  return isText(value) && !(Number(value) >= 0);
}

/** Options and callback of `connect(...)`. */
export function normalizeConnectArguments(args: unknown[]): [ConnectOptions, Listener | undefined] {
  const flat = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const last = flat.at(-1);
  const callback = typeof last === 'function' ? (last as Listener) : undefined;
  const [first, second] = flat;
  if (typeof first === 'object' && first !== null) return [first as ConnectOptions, callback];
  if (isPathName(first)) return [{ path: first }, callback];
  const port = typeof first === 'function' ? undefined : (first as number | undefined);
  return [{ ...(port === undefined ? {} : { port }), ...(isText(second) ? { host: second } : {}) }, callback];
}

/** Checks what Node checks before it connects; returns the port. */
export function checkedConnectPort(options: ConnectOptions): number {
  const { port, localAddress, localPort, lookup } = options;
  if (port === undefined && (options.path === undefined || options.path === null)) {
    throw nodeError('ERR_MISSING_ARGS', 'The "options" or "port" or "path" argument must be specified', TypeError);
  }
  if (localAddress && isIP(localAddress) === 0)
    throw nodeError('ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${localAddress}`, TypeError);
  if (localPort && typeof localPort !== 'number')
    throw invalidArgumentType('options.localPort', 'of type number', localPort);
  if (typeof port !== 'number' && typeof port !== 'string')
    throw invalidArgumentType('options.port', 'one of type number or string', port);
  const checked = checkedPort(port);
  if (lookup !== undefined && lookup !== null) assertFunction('options.lookup', lookup);
  return checked;
}

export interface ListenOptions {
  port?: number | string;
  host?: string;
  path?: string;
  backlog?: number;
  signal?: AbortSignal;
  fd?: number;
}

/** Options and callback of `listen(...)`; throws for what Node takes for no address. */
export function normalizeListenArguments(args: unknown[]): [ListenOptions, Listener | undefined] {
  const last = args.at(-1);
  const callback = typeof last === 'function' ? (last as Listener) : undefined;
  const [first, second] = args;
  if (isPathName(first)) return [{ path: first }, callback];
  let options: ListenOptions;
  if (typeof first === 'object' && first !== null) options = first as ListenOptions;
  else {
    const isAny = first === undefined || first === null || typeof first === 'function';
    options = { port: isAny ? 0 : (first as number), ...(isText(second) ? { host: second } : {}) };
  }
  if (options.port === null) options = { ...options, port: 0 };
  if (options.port === undefined && options.path === undefined && options.fd === undefined) {
    throw nodeError(
      'ERR_INVALID_ARG_VALUE',
      `The argument 'options' must have the property "port" or "path". Received ${JSON.stringify(options)}`,
      TypeError,
    );
  }
  if (options.port !== undefined) checkedPort(options.port, 'options.port');
  return [options, callback];
}
