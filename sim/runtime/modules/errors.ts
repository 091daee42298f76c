/**
 * Errors as Node's own modules make them: those of libuv (`connect ECONNREFUSED 10.0.0.2:6379`, `ENOENT: no such file or directory,
 * open '/x'`) and those with an `ERR_` code. Field order matters too: programs log errors whole.
 */
import { getSystemErrorMap, inspect } from 'node:util';
import { nodeError } from '../../../harness/source/node-error.ts';

export { nodeError };

/** Errors of the resolver, which libuv numbers by itself. */
const resolverNumbers: Readonly<Record<string, number>> = { ENOTFOUND: -3008 };

let numbers: ReadonlyMap<string, number> | undefined;
const systemErrors = getSystemErrorMap();

/** libuv's number of an error, such as -2 for `ENOENT`. */
export function errnoOf(code: string): number {
  numbers ??= new Map([...systemErrors].map(([number, [name]]) => [name, number]));
  return numbers.get(code) ?? resolverNumbers[code] ?? -1;
}

/** libuv's sentence for an error: `no such file or directory`. */
export function textOf(code: string): string {
  return systemErrors.get(errnoOf(code))?.[1] ?? code;
}

interface SystemErrorFields {
  address?: string;
  port?: number;
}

/** An error of a socket call. */
export function systemError(code: string, syscall: string, address?: string, port?: number): NodeJS.ErrnoException {
  const place = address === undefined ? '' : ` ${address}${port === undefined ? '' : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${place}`) as NodeJS.ErrnoException & SystemErrorFields;
  error.errno = errnoOf(code);
  error.code = code;
  error.syscall = syscall;
  if (address !== undefined) error.address = address;
  if (port !== undefined) error.port = port;
  return error;
}

/** An error of `listen` and its kin, which carries libuv's sentence. */
export function listenError(code: string, address: string, port: number): NodeJS.ErrnoException {
  const message = `listen ${code}: ${textOf(code)} ${address}:${port}`;
  return Object.assign(new Error(message), { code, errno: errnoOf(code), syscall: 'listen', address, port });
}

/** What Node says of a value that it did not expect. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return `Received ${value}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    const { name } = (value as { constructor?: { name?: string } }).constructor ?? {};
    return name === undefined || name === ''
      ? `Received ${inspect(value, { depth: -1 })}`
      : `Received an instance of ${name}`;
  }
  const shown = inspect(value, { colors: false });
  return `Received type ${typeof value} (${shown.length > 28 ? `${shown.slice(0, 25)}...` : shown})`;
}

/** ERR_INVALID_ARG_TYPE; `expected` is Node's wording from "must be" on, such as `of type function`. */
export function invalidArgumentType(name: string, expected: string, value: unknown): Error {
  const kind = name.includes('.') ? 'property' : 'argument';
  return nodeError('ERR_INVALID_ARG_TYPE', `The "${name}" ${kind} must be ${expected}. ${received(value)}`, TypeError);
}

export function assertFunction(name: string, value: unknown): asserts value is (...args: unknown[]) => void {
  if (typeof value !== 'function') throw invalidArgumentType(name, 'of type function', value);
}

/** ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, range: string, value: unknown): Error {
  return nodeError(
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value)}`,
    RangeError,
  );
}

/** A port as Node takes it. Throws ERR_SOCKET_BAD_PORT with Node's text; `name` begins the sentence. */
export function checkedPort(value: unknown, name = 'Port'): number {
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const port = Number(value);
  if (!isNumeric || port !== port >>> 0 || port > 65_535) {
    throw nodeError('ERR_SOCKET_BAD_PORT', `${name} should be >= 0 and < 65536. ${received(value)}.`, RangeError);
  }
  return port;
}
