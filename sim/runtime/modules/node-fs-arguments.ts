/** Arguments of `node:fs` in all the forms that Node takes, and its errors. */
import { constants } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { errnoOf, invalidArgumentType, nodeError, outOfRange, textOf } from './errors.ts';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC } = constants;

export function fsError(code: string, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
  const place = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  const error = new Error(`${code}: ${textOf(code)}, ${syscall}${place}`) as NodeJS.ErrnoException & { dest?: string };
  error.errno = errnoOf(code);
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/** Node makes the errors of `write` in an older way, with their fields in another order. */
export function writeError(): NodeJS.ErrnoException {
  const { message, errno, syscall, code } = fsError('EBADF', 'write');
  return Object.assign(new Error(message), { errno, syscall, code });
}

/** A path as Node takes it: a text, a buffer or a `file:` URL. */
export function toPath(value: unknown, name = 'path'): string {
  const path =
    value instanceof URL || (typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value)
      ? fileURLToPath(value as URL)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString()
        : value;
  if (typeof path !== 'string')
    throw invalidArgumentType(name, 'of type string or an instance of Buffer or URL', value);
  if (path.includes('\0')) {
    const shown = JSON.stringify(path).replaceAll('\\u0000', '\\x00').replace(/^"|"$/g, "'");
    throw nodeError(
      'ERR_INVALID_ARG_VALUE',
      `The argument '${name}' must be a string, Uint8Array, or URL without null bytes. Received ${shown}`,
      TypeError,
    );
  }
  return path;
}

const flagNumbers: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};

export function toFlags(flags: unknown): number {
  if (typeof flags === 'number') return flags;
  if (flags === undefined || flags === null) return O_RDONLY;
  const number = flagNumbers[String(flags)];
  if (number !== undefined) return number;
  throw nodeError('ERR_INVALID_ARG_VALUE', `The argument 'flags' is invalid. Received '${String(flags)}'`, TypeError);
}

export type EncodingOption =
  | BufferEncoding
  | 'buffer'
  | { encoding?: BufferEncoding | 'buffer' | null }
  | null
  | undefined;

export function encodingOf(options: unknown): BufferEncoding | 'buffer' | undefined {
  const encoding =
    typeof options === 'string' ? options : (options as { encoding?: string } | null | undefined)?.encoding;
  if (encoding === undefined || encoding === null) return undefined;
  if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw nodeError(
      'ERR_INVALID_ARG_VALUE',
      `The argument 'encoding' is invalid encoding. Received '${encoding}'`,
      TypeError,
    );
  }
  return encoding as BufferEncoding;
}

export function toMode(mode: unknown): number {
  return typeof mode === 'string' ? Number.parseInt(mode, 8) : Number(mode);
}

export function toBytes(data: unknown, encoding?: string): Buffer {
  if (typeof data === 'string') return Buffer.from(data, (encoding ?? 'utf8') as BufferEncoding);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgumentType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

export function readArguments(
  target: unknown,
  rest: unknown[],
): { buffer: ArrayBufferView; offset: number; length: number; position: number | null } {
  let buffer = target as ArrayBufferView;
  let [offset, length, position] = rest as [unknown, unknown, unknown];
  if (!ArrayBuffer.isView(target) && typeof target === 'object' && target !== null) {
    const options = target as { buffer: ArrayBufferView; offset?: number; length?: number; position?: number | null };
    ({ buffer, offset, length, position } = { offset: undefined, length: undefined, position: undefined, ...options });
  } else if (typeof offset === 'object' && offset !== null) {
    const options = offset as { offset?: number; length?: number; position?: number | null };
    ({ offset, length, position } = { offset: undefined, length: undefined, position: undefined, ...options });
  }
  if (!ArrayBuffer.isView(buffer))
    throw invalidArgumentType('buffer', 'an instance of Buffer, TypedArray, or DataView', buffer);
  const start = Number(offset ?? 0);
  const count = Number(length ?? buffer.byteLength - start);
  if (start < 0 || start > buffer.byteLength) throw outOfRange('offset', `>= 0 && <= ${buffer.byteLength}`, start);
  if (count < 0 || count > buffer.byteLength - start)
    throw outOfRange('length', `>= 0 && <= ${buffer.byteLength - start}`, count);
  const from = typeof position === 'bigint' ? Number(position) : (position as number | null | undefined);
  return {
    buffer,
    offset: start,
    length: count,
    position: from === undefined || from === null || from < 0 ? null : from,
  };
}

export function writeArguments(data: unknown, rest: unknown[]): { bytes: Buffer; position: number | null } {
  if (typeof data === 'string') {
    const [position, encoding] = rest as [number | null | undefined, string | undefined];
    return {
      bytes: Buffer.from(data, (encoding ?? 'utf8') as BufferEncoding),
      position: typeof position === 'number' ? position : null,
    };
  }
  if (!ArrayBuffer.isView(data))
    throw invalidArgumentType('buffer', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
  let [offset, length, position] = rest as [unknown, unknown, unknown];
  if (typeof offset === 'object' && offset !== null)
    ({ offset, length, position } = {
      offset: undefined,
      length: undefined,
      position: undefined,
      ...(offset as object),
    });
  const start = Number(offset ?? 0);
  const count = Number(length ?? data.byteLength - start);
  if (start < 0 || start > data.byteLength) throw outOfRange('offset', `>= 0 && <= ${data.byteLength}`, start);
  if (count < 0 || count > data.byteLength - start)
    throw outOfRange('length', `>= 0 && <= ${data.byteLength - start}`, count);
  return {
    bytes: Buffer.from(data.buffer, data.byteOffset + start, count),
    position: typeof position === 'number' ? position : null,
  };
}
