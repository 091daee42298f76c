/**
 * The virtual `node:` modules: one file each, this list, and `refused.ts` for what cannot be had.
 *
 * A module is made at its first import in an incarnation. What is not listed here is either the realm's own (pure modules: `path`,
 * `util`, `stream`, `events`, ...) or refused.
 */
import { createRequire, isBuiltin } from 'node:module';
import type { ProcessGlobals } from '../globals/index.ts';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';
import { createAsyncHooks } from './node-async-hooks.ts';
import { createDiagnosticsChannel } from './node-diagnostics-channel.ts';
import { createDns } from './node-dns.ts';
import { createFs } from './node-fs.ts';
import { createHttp } from './node-http.ts';
import { createHttps } from './node-https.ts';
import { createNet } from './node-net.ts';
import { createOs } from './node-os.ts';
import { createPerfHooks } from './node-perf-hooks.ts';
import { createTls } from './node-tls.ts';
import { createTty } from './node-tty.ts';
import { createV8, createVm } from './node-v8.ts';
import { createWorkerThreads } from './node-worker-threads.ts';
import { createZlib } from './node-zlib.ts';
import { createRefusedModule } from './refused.ts';

const require = createRequire(import.meta.url);

/** Modules without clock, randomness or input and output of their own: the realm's serve every process. */
const pureModules = new Set([
  'assert',
  'assert/strict',
  'buffer',
  'constants',
  'events',
  'path',
  'path/posix',
  'path/win32',
  'punycode',
  'querystring',
  'stream',
  'stream/consumers',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'sys',
  'url',
  'util',
  'util/types',
  'readline',
  'readline/promises',
]);

/** Answers `require('node:x')` for one incarnation. */
export interface VirtualModules {
  /** The module of a bare name (`net`), made once; undefined for a name that Node does not know. */
  get(name: string): unknown;
}

/** The modules of one incarnation; `extra` are further names, such as `seedstorm`. */
export function createModules(process: VirtualProcess, globals: ProcessGlobals): VirtualModules {
  const made = new Map<string, unknown>();
  const net = lazily(() => createNet(process, globals.timers));
  const http = lazily(() => createHttp(process, globals, net(), (accepted) => tls().accept(accepted, {})));
  const tls = lazily(() => createTls(process, globals.timers, net()));
  const dns = lazily(() => createDns(process));
  const fs = lazily(() => createFs(process));
  process.folderAt = (path, from) => fs().calls.folderAt(path, from);
  const makers: Readonly<Record<string, () => unknown>> = {
    async_hooks: () => createAsyncHooks(process),
    console: () => globals.record['console'],
    crypto: () => globals.crypto.module,
    diagnostics_channel: () => createDiagnosticsChannel(process),
    dns: () => dns().module,
    'dns/promises': () => dns().promises,
    fs: () => fs().module,
    'fs/promises': () => fs().promises,
    http: () => http().module,
    https: () => createHttps(http(), tls()),
    net: () => net().module,
    os: () => createOs(process),
    perf_hooks: () => createPerfHooks(process, globals),
    process: () => globals.processObject,
    timers: () => ({ ...timerModule(process, globals), promises: globals.timers.promises }),
    'timers/promises': () => globals.timers.promises,
    tls: () => tls().module,
    tty: () => createTty(process),
    v8: () => createV8(process),
    vm: () => createVm(process),
    worker_threads: () => createWorkerThreads(process),
    zlib: () => createZlib(process),
  };
  return {
    get(name) {
      if (made.has(name)) return made.get(name);
      const value = make(name);
      made.set(name, value);
      return value;
    },
  };

  function make(name: string): unknown {
    // The loader answers for this one itself.
    if (name === 'module') return undefined;
    const maker = makers[name];
    if (maker !== undefined) return maker();
    if (name === 'util') process.shared.watchInspect();
    if (pureModules.has(name)) return require(`node:${name}`);
    return isBuiltin(`node:${name}`) ? createRefusedModule(process, name) : undefined;
  }
}

function timerModule(process: VirtualProcess, globals: ProcessGlobals): Record<string, unknown> {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = globals.timers;
  const module: Record<string, unknown> = {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval,
    clearImmediate,
  };
  for (const name of ['_unrefActive', 'active', 'enroll', 'unenroll'])
    module[name] = refusing(process, `timers.${name}`);
  return module;
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
