/**
 * The `process` object of one incarnation: its own arguments, environment, clocks, streams and listeners; the realm's facts (versions,
 * platform) where they are harmless. What would reach the real process is refused by name.
 */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';

/** Splits what is written into lines and hands them to the world's log. */
function createOutput(process: VirtualProcess, name: 'stdout' | 'stderr', fd: 1 | 2): Writable {
  let partial = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, callback) {
      partial = logLines(process, name, partial + (typeof chunk === 'string' ? chunk : chunk.toString('utf8')));
      callback();
    },
  });
  return Object.assign(stream, { fd, isTTY: undefined, columns: undefined, _type: 'pipe' });
}

/** Logs the whole lines of a text; returns the rest. */
export function logLines(process: VirtualProcess, name: 'stdout' | 'stderr', text: string): string {
  const lines = text.split('\n');
  const rest = lines.pop()!;
  if (process.isAlive) for (const line of lines) process.observer.log(process, name, line);
  return rest;
}

/** What `createProcessObject` returns besides the object: the listeners that the incarnation itself calls. */
export interface ProcessObject {
  readonly object: NodeJS.Process;
  readonly emitter: EventEmitter;
}

const realProcess = globalThis.process;

/** Makes `process`. */
export function createProcessObject(process: VirtualProcess): ProcessObject {
  const emitter = new EventEmitter();
  const { options } = process;
  const stdout = createOutput(process, 'stdout', 1);
  const stderr = createOutput(process, 'stderr', 2);
  const startedMonotonic = process.host.clock.monotonicMicros(process.startedAt);
  const refused = (name: string) => () => refuse(process, `process.${name}`);
  let cwd = options.cwd;
  let umask = 0o022;

  const hrtime = (previous?: [number, number]): [number, number] => {
    const micros = process.monotonicMicros();
    let seconds = Math.floor(micros / 1e6);
    let nanos = (micros % 1e6) * 1000;
    if (previous !== undefined) {
      seconds -= previous[0];
      nanos -= previous[1];
      if (nanos < 0) {
        seconds--;
        nanos += 1e9;
      }
    }
    return [seconds, nanos];
  };
  hrtime.bigint = (): bigint => BigInt(process.monotonicMicros()) * 1000n;
  const memoryUsage = (): NodeJS.MemoryUsage => ({
    rss: 64 << 20,
    heapTotal: 32 << 20,
    heapUsed: 16 << 20,
    external: 1 << 20,
    arrayBuffers: 1 << 19,
  });
  memoryUsage.rss = (): number => 64 << 20;

  const env: Record<string, string> = new Proxy({ ...options.env } as Record<string, string>, {
    set: (target, name, value) => {
      target[String(name)] = String(value);
      return true;
    },
    defineProperty: (target, name, descriptor) =>
      Reflect.defineProperty(target, name, { ...descriptor, value: String(descriptor.value) }),
  });

  const members = {
    title: 'node',
    version: realProcess.version,
    versions: realProcess.versions,
    arch: realProcess.arch,
    platform: realProcess.platform,
    release: realProcess.release,
    features: realProcess.features,
    config: realProcess.config,
    argv: ['/usr/local/bin/node', options.program, ...options.args],
    argv0: 'node',
    execArgv: [] as string[],
    execPath: '/usr/local/bin/node',
    env,
    pid: process.pid,
    ppid: 1,
    debugPort: 9229,
    exitCode: undefined as number | undefined,
    allowedNodeEnvironmentFlags: new Set<string>(),
    report: { compact: false, excludeNetwork: true },
    stdout,
    stderr,
    stdin: Object.assign(new EventEmitter(), {
      fd: 0,
      isTTY: undefined,
      resume() {},
      pause() {},
      setEncoding() {},
      unref() {},
      ref() {},
    }),
    cwd: () => cwd,
    chdir: (directory: string) => {
      cwd = directory;
    },
    umask: (mask?: number) => {
      const previous = umask;
      if (mask !== undefined) umask = mask;
      return previous;
    },
    exit: (code?: number) => process.exit(code),
    reallyExit: (code?: number) => process.exit(code),
    abort: () => process.exit(134),
    nextTick: realProcess.nextTick,
    hrtime,
    uptime: () => (process.monotonicMicros() - startedMonotonic) / 1e6,
    memoryUsage,
    constrainedMemory: () => 0,
    availableMemory: () => 1 << 30,
    cpuUsage: () => ({ user: Math.floor(process.kernel.localNow() / 10), system: 0 }),
    resourceUsage: () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: 65536 }),
    getActiveResourcesInfo: () => [] as string[],
    getuid: () => 1000,
    geteuid: () => 1000,
    getgid: () => 1000,
    getegid: () => 1000,
    getgroups: () => [1000],
    emitWarning: (warning: string | Error, ...rest: unknown[]) => {
      const [first] = rest;
      const type =
        warning instanceof Error
          ? warning.name
          : typeof first === 'string'
            ? first
            : ((first as { type?: string } | undefined)?.type ?? 'Warning');
      const message = warning instanceof Error ? warning.message : warning;
      if (type === 'DeprecationWarning') return;
      const error = warning instanceof Error ? warning : Object.assign(new Error(message), { name: type });
      realProcess.nextTick(() => {
        if (!process.isAlive) return;
        process.observer.log(process, 'stderr', `(node:${process.pid}) ${type}: ${message}`);
        emitter.emit('warning', error);
      });
    },
    kill: (pid: number, signal: string | number = 'SIGTERM') => {
      if (pid !== process.pid) return refuse(process, `process.kill of pid ${pid}`);
      if (signal === 0) return true;
      if (signal === 'SIGKILL' || signal === 9) {
        process.kernel.at(process.kernel.localNow(), () => process.crash());
        return true;
      }
      return process.signal(String(signal));
    },
    setUncaughtExceptionCaptureCallback: refused('setUncaughtExceptionCaptureCallback'),
    hasUncaughtExceptionCaptureCallback: () => false,
    setSourceMapsEnabled: () => undefined,
    binding: refused('binding'),
    dlopen: refused('dlopen'),
    loadEnvFile: refused('loadEnvFile'),
    getBuiltinModule: undefined as unknown,
    finalization: { register() {}, registerBeforeExit() {}, unregister() {} },
    channel: undefined,
    connected: false,
    send: undefined,
    disconnect: undefined,
    [Symbol.toStringTag]: 'process',
  };
  const object = Object.assign(emitter, members);
  Object.defineProperty(object, 'exitCode', {
    get: () => process.exitCode,
    set: (code: number | string | undefined) => {
      process.exitCode = code === undefined ? undefined : Number(code);
    },
    enumerable: true,
  });
  return { object: object as unknown as NodeJS.Process, emitter };
}
