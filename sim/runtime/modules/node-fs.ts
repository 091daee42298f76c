/**
 * `node:fs` and `node:fs/promises` over the host's disk (sim/net/disk.ts), which keeps what was synced through a crash. Calls are in
 * node-fs-calls.ts; here each gets its three forms and its virtual time. An asynchronous call takes effect when its time has passed,
 * so a crash before that leaves no trace of it; `writeFile` opens first and writes later, as Node's does, and can be cut in between.
 *
 * Descriptors 1 and 2 go to the log. Links and watchers are refused by name.
 */
import * as real from 'node:fs';
import { createInterface } from 'node:readline';
import type { VirtualProcess } from '../process.ts';
import { assertFunction, invalidArgumentType } from './errors.ts';
import { encodingOf, fsError, toBytes, toPath } from './node-fs-arguments.ts';
import { FsCalls } from './node-fs-calls.ts';

/** Virtual time of calls on a local solid-state disk with a warm cache, µs. */
const CALL_MICROS = 50;
const SYNC_MICROS = 2000;
const MICROS_PER_BYTE = 0.0005;

type Callback = (error: Error | null, ...values: unknown[]) => void;
type Run = (...args: never[]) => unknown;

export interface VirtualFs {
  readonly module: Record<string, unknown>;
  readonly promises: Record<string, unknown>;
  readonly calls: FsCalls;
}

/** Calls whose first argument is a path, or two of them: Node checks those before it starts. */
const pathNames: Readonly<Record<string, readonly string[]>> = {
  access: ['path'],
  appendFile: [],
  chmod: ['path'],
  chown: ['path'],
  lchown: ['path'],
  copyFile: ['src', 'dest'],
  exists: [],
  lstat: ['path'],
  lutimes: ['path'],
  mkdir: ['path'],
  mkdtemp: ['prefix'],
  open: ['path'],
  readdir: ['path'],
  readlink: ['path'],
  realpath: ['path'],
  rename: ['oldPath', 'newPath'],
  rm: ['path'],
  rmdir: ['path'],
  stat: ['path'],
  statfs: ['path'],
  truncate: ['path'],
  unlink: ['path'],
  utimes: ['path'],
};
const descriptorCalls = [
  'close',
  'fchmod',
  'fchown',
  'fdatasync',
  'fstat',
  'fsync',
  'ftruncate',
  'futimes',
  'read',
  'readv',
  'write',
  'writev',
];

/** `node:fs` of one incarnation. */
export function createFs(process: VirtualProcess): VirtualFs {
  const calls = new FsCalls(process);
  const module: Record<string, unknown> = {};
  const promises: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(real)) {
    if (name === 'default' || name === 'promises') continue;
    module[name] = typeof value === 'function' && !/^[A-Z]/.test(name) ? () => calls.refuse(name) : value;
  }
  for (const [name, value] of Object.entries(real.promises))
    promises[name] = typeof value === 'function' ? () => calls.refuse(`promises.${name}`) : value;

  const runs: Record<string, Run> = {
    ...Object.fromEntries(
      [...Object.keys(pathNames), ...descriptorCalls, 'readFile', 'writeFile'].map((name) => [
        name,
        (...args: never[]) => (calls as unknown as Record<string, Run>)[name]!(...args),
      ]),
    ),
    lstat: (path: unknown, options?: never) => calls.stat(path, options, 'lstat'),
    fdatasync: (fd: unknown) => calls.fsync(fd),
    lchown: (path: unknown, uid: number, gid: number) => calls.chown(path, uid, gid),
    lutimes: (path: unknown, a: unknown, m: unknown) => calls.utimes(path, a, m),
    statfs: () => ({
      type: 61267,
      bsize: 4096,
      blocks: 1 << 22,
      bfree: 1 << 21,
      bavail: 1 << 21,
      files: 1 << 20,
      ffree: 1 << 19,
    }),
  } as Record<string, Run>;

  const cost = (name: string, args: readonly unknown[]): number => {
    if (name === 'fsync' || name === 'fdatasync') return SYNC_MICROS;
    const data = args[1];
    const bytes = typeof data === 'string' ? data.length : ArrayBuffer.isView(data) ? data.byteLength : 0;
    return CALL_MICROS + bytes * MICROS_PER_BYTE;
  };
  const check = (name: string, args: readonly unknown[]): void => {
    pathNames[name]?.forEach((label, index) => {
      toPath(args[index], label);
    });
    if (descriptorCalls.includes(name) && typeof args[0] !== 'number')
      throw invalidArgumentType('fd', 'of type number', args[0]);
    if (name === 'writeFile' || name === 'appendFile') toBytes(args[1], encodingOf(args[2]));
  };
  /** Runs a call when its time has passed. */
  const start = (name: string, args: readonly unknown[], done: Callback): void => {
    const run = runs[name] as (...values: unknown[]) => unknown;
    const { signal } = (name === 'readFile' ? (args[1] ?? {}) : {}) as { signal?: AbortSignal };
    if (signal?.aborted === true) {
      done(abortError(signal));
      return;
    }
    process.afterMicros(cost(name, args), () => {
      let result: unknown;
      try {
        result = run(...args);
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, result);
    });
  };
  /** `writeFile` and `appendFile`: open, write and close are three calls. */
  const startWrite = (flag: string, args: readonly unknown[], done: Callback): void => {
    const [path, data, options] = args;
    const given = (typeof options === 'object' && options !== null ? options : {}) as {
      flag?: string;
      mode?: number;
      flush?: boolean;
      signal?: AbortSignal;
    };
    if (given.signal?.aborted === true) {
      done(abortError(given.signal));
      return;
    }
    const bytes = toBytes(data, encodingOf(options));
    const write = (fd: number, isOurs: boolean): void => {
      const end: Callback = (error) => {
        if (!isOurs) done(error);
        else start('close', [fd], (closing) => done(error ?? closing));
      };
      if (given.signal?.aborted === true) end(abortError(given.signal));
      else
        start('write', [fd, bytes], (error) => {
          if (error === null && given.flush === true) start('fsync', [fd], end);
          else end(error);
        });
    };
    if (typeof path === 'number') write(path, false);
    else
      start('open', [path, given.flag ?? flag, given.mode], (error, fd) => {
        if (error === null) write(fd as number, true);
        else done(error);
      });
  };

  for (const name of Object.keys(runs)) {
    const run = runs[name] as (...values: unknown[]) => unknown;
    module[`${name}Sync`] = (...args: unknown[]) => {
      process.cpu += cost(name, args);
      return run(...args);
    };
    const begin = (args: readonly unknown[], done: Callback): void => {
      if (name === 'writeFile') startWrite('w', args, done);
      else if (name === 'appendFile') startWrite('a', args, done);
      else start(name, args, done);
    };
    module[name] = (...args: unknown[]) => {
      const last = args.at(-1);
      const callback = typeof last === 'function' ? args.pop() : undefined;
      assertFunction('cb', callback);
      if (name !== 'exists') check(name, args);
      begin(args, (error, result) => {
        if (name === 'exists') callback(error === null && result);
        else if (error !== null) callback(error);
        else if (name === 'read' || name === 'write' || name === 'readv' || name === 'writev')
          callback(null, result, args[1]);
        else if (result === undefined && name !== 'mkdir') callback(null);
        else callback(null, result);
      });
    };
    if (!(name in promises)) continue;
    promises[name] = async (...args: unknown[]) => {
      const [first] = args;
      const plain = first instanceof FileHandle ? [first.fd, ...args.slice(1)] : args;
      check(name, plain);
      return new Promise((resolve, reject) => {
        begin(plain, (error, result) => (error === null ? resolve(result) : reject(error)));
      });
    };
  }
  const promised = (name: string, args: readonly unknown[]): Promise<never> =>
    new Promise((resolve, reject) => {
      start(name, args, (error, result) => (error === null ? resolve(result as never) : reject(error)));
    });

  class FileHandle {
    fd: number;
    constructor(fd: number) {
      this.fd = fd;
    }
    getAsyncId(): number {
      return 0;
    }
    async close(): Promise<void> {
      const { fd } = this;
      this.fd = -1;
      await promised('close', [fd]);
    }
    async read(...args: unknown[]): Promise<{ bytesRead: number; buffer: unknown }> {
      const [first] = args;
      const options = (ArrayBuffer.isView(first) ? undefined : first) as { buffer?: unknown } | undefined;
      const buffer = ArrayBuffer.isView(first) ? first : (options?.buffer ?? Buffer.alloc(16_384));
      const rest = ArrayBuffer.isView(first) ? args.slice(1) : [options ?? {}];
      return { bytesRead: await promised('read', [this.fd, buffer, ...rest]), buffer };
    }
    async readv(buffers: unknown, position?: number): Promise<object> {
      return { bytesRead: await promised('readv', [this.fd, buffers, position]), buffers };
    }
    async write(data: unknown, ...rest: unknown[]): Promise<object> {
      return { bytesWritten: await promised('write', [this.fd, data, ...rest]), buffer: data };
    }
    async writev(buffers: unknown, position?: number): Promise<object> {
      return { bytesWritten: await promised('writev', [this.fd, buffers, position]), buffers };
    }
    readFile(options?: unknown): Promise<unknown> {
      return promised('readFile', [this.fd, options]);
    }
    async writeFile(data: unknown, options?: unknown): Promise<void> {
      await promised('writeFile', [this.fd, data, options]);
    }
    async appendFile(data: unknown, options?: unknown): Promise<void> {
      await promised('writeFile', [this.fd, data, options]);
    }
    stat(options?: unknown): Promise<unknown> {
      return promised('fstat', [this.fd, options]);
    }
    sync(): Promise<void> {
      return promised('fsync', [this.fd]);
    }
    datasync(): Promise<void> {
      return promised('fdatasync', [this.fd]);
    }
    truncate(length?: number): Promise<void> {
      return promised('ftruncate', [this.fd, length]);
    }
    utimes(accessed: unknown, modified: unknown): Promise<void> {
      return promised('futimes', [this.fd, accessed, modified]);
    }
    chmod(mode: unknown): Promise<void> {
      return promised('fchmod', [this.fd, mode]);
    }
    chown(uid: number, gid: number): Promise<void> {
      return promised('fchown', [this.fd, uid, gid]);
    }
    createReadStream(options?: object): unknown {
      return createReadStream('', { ...options, fd: this });
    }
    createWriteStream(options?: object): unknown {
      return createWriteStream('', { ...options, fd: this });
    }
    readLines(options?: object): unknown {
      return createInterface({ input: this.createReadStream(options) as never, crlfDelay: Number.POSITIVE_INFINITY });
    }
    readableWebStream(): never {
      return calls.refuse('FileHandle.readableWebStream');
    }
  }
  const asyncDispose: symbol | undefined = (Symbol as { asyncDispose?: symbol }).asyncDispose;
  if (asyncDispose !== undefined)
    Object.defineProperty(FileHandle.prototype, asyncDispose, {
      value: FileHandle.prototype.close,
      configurable: true,
    });

  promises['open'] = async (path: unknown, flags?: unknown, mode?: unknown) => {
    check('open', [path]);
    return new FileHandle(await promised('open', [path, flags, mode]));
  };
  promises['access'] = async (path: unknown, mode?: number) => {
    check('access', [path]);
    return promised('access', [path, mode]);
  };

  // Streams are Node's own over our calls.
  const streamFs = {
    open: module['open'],
    close: module['close'],
    read: module['read'],
    write: module['write'],
    writev: module['writev'],
    fsync: module['fsync'],
  };
  const streamOptions = (options: unknown): object => {
    const given = typeof options === 'string' ? { encoding: options } : ((options ?? {}) as { fd?: unknown });
    const { fd } = given as { fd?: unknown };
    if (fd instanceof FileHandle)
      return {
        fs: { ...streamFs, close: (_fd: number, done: Callback) => void fd.close().then(() => done(null), done) },
        ...given,
        fd: fd.fd,
      };
    return { fs: streamFs, ...given };
  };
  const createReadStream = (path: unknown, options?: unknown): real.ReadStream =>
    new (real.ReadStream as unknown as new (...args: unknown[]) => real.ReadStream)(path, streamOptions(options));
  const createWriteStream = (path: unknown, options?: unknown): real.WriteStream =>
    new (real.WriteStream as unknown as new (...args: unknown[]) => real.WriteStream)(path, streamOptions(options));
  const streamClass = (Real: unknown): unknown =>
    new Proxy(Real as new (...args: unknown[]) => object, {
      construct: (target, [path, options], newTarget) =>
        Reflect.construct(target, [path, streamOptions(options)], newTarget) as object,
      apply: (target, _self, [path, options]: unknown[]) => new target(path, streamOptions(options)),
    });
  Object.assign(module, {
    createReadStream,
    createWriteStream,
    ReadStream: streamClass(real.ReadStream),
    FileReadStream: streamClass(real.ReadStream),
    WriteStream: streamClass(real.WriteStream),
    FileWriteStream: streamClass(real.WriteStream),
  });

  const { realpath, realpathSync } = module as Record<'realpath' | 'realpathSync', object>;
  Object.assign(realpath, { native: realpath });
  Object.assign(realpathSync, { native: realpathSync });
  // A missing file is an answer here, not an error.
  module['existsSync'] = (path: unknown) => {
    process.cpu += CALL_MICROS;
    return calls.exists(path);
  };
  const openFolder = (path: unknown): Folder => new Folder(toPath(path), calls.opendir(path));
  module['opendirSync'] = openFolder;
  module['opendir'] = (path: unknown, ...rest: unknown[]) => {
    const callback = rest.pop();
    assertFunction('cb', callback);
    process.afterMicros(CALL_MICROS, () => {
      try {
        callback(null, openFolder(path));
      } catch (error) {
        callback(error);
      }
    });
  };
  promises['opendir'] = (path: unknown) =>
    new Promise((resolve, reject) => {
      (module['opendir'] as (...args: unknown[]) => void)(path, (error: Error | null, folder: unknown) =>
        error === null ? resolve(folder) : reject(error),
      );
    });
  module['promises'] = promises;
  return { module, promises, calls };
}

/** `fs.Dir`. */
class Folder {
  readonly path: string;
  readonly #entries: real.Dirent[];
  #isClosed = false;
  constructor(path: string, entries: real.Dirent[]) {
    this.path = path;
    this.#entries = entries;
  }
  readSync(): real.Dirent | null {
    if (this.#isClosed) throw fsError('EBADF', 'readdir');
    return this.#entries.shift() ?? null;
  }
  async read(): Promise<real.Dirent | null> {
    return this.readSync();
  }
  closeSync(): void {
    this.#isClosed = true;
  }
  async close(): Promise<void> {
    this.#isClosed = true;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<real.Dirent> {
    for (let entry = this.readSync(); entry !== null; entry = this.readSync()) yield entry;
  }
}

function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
