/**
 * `node:fs`, first width: a program reads its own files (package.json, SQL, assets) from the real disk, synchronously inside, with
 * the completion a little later in virtual time; writes to descriptors 1 and 2 go to the log. Everything else is refused by name.
 */
import * as real from 'node:fs';
import type { ProcessGlobals } from '../globals/index.ts';
import { logLines } from '../globals/process-object.ts';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

/** Virtual time of a read from a warm disk, µs. */
const READ_MICROS = 50;

const readers = ['readFile', 'stat', 'lstat', 'access', 'readdir', 'realpath', 'exists'] as const;
const syncReaders = [
  'readFileSync',
  'statSync',
  'lstatSync',
  'accessSync',
  'existsSync',
  'readdirSync',
  'realpathSync',
] as const;

export interface VirtualFs {
  readonly module: Record<string, unknown>;
  readonly promises: Record<string, unknown>;
}

/** `node:fs` of one incarnation. */
export function createFs(process: VirtualProcess, _globals: ProcessGlobals): VirtualFs {
  const partial: Record<number, string> = { 1: '', 2: '' };
  const module: Record<string, unknown> = {};
  const promises: Record<string, unknown> = {};
  for (const name of Object.keys(real)) {
    const value = (real as Record<string, unknown>)[name];
    if (typeof value === 'function') module[name] = refusing(process, `fs.${name}`);
    else if (name !== 'promises' && name !== 'default') module[name] = value;
  }
  for (const name of Object.keys(real.promises)) {
    const value = (real.promises as unknown as Record<string, unknown>)[name];
    promises[name] = typeof value === 'function' ? refusing(process, `fs.promises.${name}`) : value;
  }
  const later = (call: () => void): void => {
    process.ref();
    process.kernel.at(process.kernel.localNow() + READ_MICROS, () =>
      process.dispatch({
        perform: () => {
          process.unref();
          call();
        },
      }),
    );
  };
  for (const name of syncReaders)
    module[name] = (...args: unknown[]) => (real[name] as (...values: unknown[]) => unknown)(...args);
  for (const name of readers) {
    const sync = real[`${name}Sync`] as (...values: unknown[]) => unknown;
    module[name] = (...args: unknown[]) => {
      const callback = args.pop() as (...values: unknown[]) => void;
      let outcome: [unknown, unknown?];
      try {
        outcome = [null, sync(...args)];
      } catch (error) {
        outcome = [error];
      }
      later(() => (name === 'exists' ? callback(outcome[1]) : callback(...outcome)));
    };
    if (name === 'exists') continue;
    promises[name] = (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        (module[name] as (...values: unknown[]) => void)(...args, (error: Error | null, value: unknown) =>
          error === null ? resolve(value) : reject(error),
        );
      });
  }
  const writeOut = (fd: number, data: string | Uint8Array): number => {
    if (fd !== 1 && fd !== 2) return refusing(process, `fs.write to descriptor ${fd}`)();
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    partial[fd] = logLines(process, fd === 1 ? 'stdout' : 'stderr', partial[fd]! + text);
    return Buffer.byteLength(text);
  };
  module['writeSync'] = writeOut;
  module['write'] = (fd: number, data: string | Uint8Array, ...rest: unknown[]) => {
    const callback = rest.pop() as (error: Error | null, written: number, data: unknown) => void;
    const written = writeOut(fd, data);
    later(() => callback(null, written, data));
  };
  module['fsyncSync'] = () => undefined;
  module['fsync'] = (_fd: number, callback: () => void) => later(callback);
  module['promises'] = promises;
  return { module, promises };
}
