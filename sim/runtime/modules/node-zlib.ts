/**
 * `node:zlib`: Node's own, with the thread pool taken out. Streams compress synchronously inside and complete a little later in virtual
 * time; one-shot functions likewise.
 *
 * A zlib stream hands each chunk to its native handle (`write`), whose completion calls one function of Node's, the same for all
 * streams. That function is caught once, from the handle's `init`; then `write` can be `writeSync` plus a virtual completion, and all
 * of Node's own logic (flush flags, back-pressure, errors) stays in charge.
 */

import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import * as real from 'node:zlib';
import type { VirtualProcess } from '../process.ts';

const require = createRequire(import.meta.url);

/** Virtual time of a chunk on the pool: a constant and a share per byte. */
const CHUNK_MICROS = 40;
const MICROS_PER_BYTE = 0.02;

interface NativeHandle {
  write(...args: unknown[]): void;
  writeSync(...args: unknown[]): void;
  init(...args: unknown[]): unknown;
}
type ZlibStream = Duplex & { _handle: NativeHandle };
type Completion = (this: NativeHandle) => void;

let completion: Completion | undefined;

/** Node's function that a finished write calls. */
function nodeCompletion(): Completion {
  if (completion !== undefined) return completion;
  const prototype = Object.getPrototypeOf((real.createDeflate() as unknown as ZlibStream)._handle) as NativeHandle;
  const { init } = prototype;
  prototype.init = function (this: NativeHandle, ...args: unknown[]): unknown {
    completion = args.find((argument) => typeof argument === 'function') as Completion;
    return init.apply(this, args);
  };
  try {
    real.createDeflate();
  } finally {
    // The native method was inherited: the patch goes away as if it had never been.
    prototype.init = init;
  }
  if (completion === undefined)
    throw new Error('seedstorm is broken: the completion of zlib was not found on this version of Node.');
  return completion;
}

function virtualize(process: VirtualProcess, stream: ZlibStream): ZlibStream {
  const handle = stream._handle;
  const complete = nodeCompletion();
  Object.defineProperty(handle, 'write', {
    configurable: true,
    value(...args: unknown[]) {
      const bytes = typeof args[3] === 'number' ? args[3] : 0;
      handle.writeSync(...args);
      process.afterMicros(CHUNK_MICROS + bytes * MICROS_PER_BYTE, () => complete.call(handle));
    },
  });
  return stream;
}

const classNames = [
  'Gzip',
  'Gunzip',
  'Deflate',
  'Inflate',
  'DeflateRaw',
  'InflateRaw',
  'Unzip',
  'BrotliCompress',
  'BrotliDecompress',
  'ZstdCompress',
  'ZstdDecompress',
];
const oneShotNames = [
  'gzip',
  'gunzip',
  'deflate',
  'inflate',
  'deflateRaw',
  'inflateRaw',
  'unzip',
  'brotliCompress',
  'brotliDecompress',
  'zstdCompress',
  'zstdDecompress',
];

/** `node:zlib` of one incarnation. */
export function createZlib(process: VirtualProcess): Record<string, unknown> {
  const all = real as unknown as Record<string, unknown>;
  // With its constants, which cannot be enumerated.
  const module = Object.create(
    Object.prototype,
    Object.getOwnPropertyDescriptors(require('node:zlib') as object),
  ) as Record<string, unknown>;
  const own: Record<string, unknown> = {};
  for (const name of classNames) {
    const Real = all[name] as (new (...args: unknown[]) => ZlibStream) | undefined;
    if (Real === undefined) continue;
    own[name] = new Proxy(Real, {
      construct: (target, args, newTarget) =>
        virtualize(process, Reflect.construct(target, args, newTarget) as ZlibStream),
      apply: (target, _self, args) => virtualize(process, new target(...(args as unknown[]))),
    });
    own[`create${name}`] = (options?: unknown) => virtualize(process, new Real(options));
  }
  for (const name of oneShotNames) {
    const sync = all[`${name}Sync`] as ((...args: unknown[]) => Buffer) | undefined;
    if (sync === undefined) continue;
    own[name] = (input: unknown, ...rest: unknown[]) => {
      const callback = rest.pop() as (error: unknown, result?: Buffer) => void;
      let outcome: [unknown, Buffer?];
      try {
        outcome = [null, sync(input, ...rest)];
      } catch (error) {
        outcome = [error];
      }
      const bytes = ArrayBuffer.isView(input) ? input.byteLength : 0;
      process.afterMicros(CHUNK_MICROS + bytes * MICROS_PER_BYTE, () => callback(...outcome));
    };
  }
  const webStream = (formats: Readonly<Record<string, string>>) =>
    class {
      readonly readable: unknown;
      readonly writable: unknown;
      constructor(format: string) {
        const maker = formats[format];
        if (maker === undefined)
          throw new TypeError(
            `The argument 'format' must be one of: ${Object.keys(formats).join(', ')}. Received '${format}'`,
          );
        const pair = Duplex.toWeb((own[maker] as () => Duplex)());
        this.readable = pair.readable;
        this.writable = pair.writable;
      }
    };
  own['CompressionStream'] = webStream({
    gzip: 'createGzip',
    deflate: 'createDeflate',
    'deflate-raw': 'createDeflateRaw',
  });
  own['DecompressionStream'] = webStream({
    gzip: 'createGunzip',
    deflate: 'createInflate',
    'deflate-raw': 'createInflateRaw',
  });
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(module, name, { value, enumerable: true, configurable: true, writable: true });
  return module;
}
