/**
 * The `process` object of one incarnation: its own arguments, environment, clocks, streams and listeners; the realm's facts (versions,
 * platform) where they are harmless. What would reach the real process is refused by name.
 */
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { invalidArgumentType, nodeError, outOfRange, systemError } from '../modules/errors.ts';
import { exitSignal, type VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';

/** Splits what is written into lines and hands them to the world's log. */
function createOutput(process: VirtualProcess, name: 'stdout' | 'stderr', fd: 1 | 2): Writable {
  let partial = '';
  const stream = new Writable({
    decodeStrings: false,
    emitClose: false,
    autoDestroy: false,
    write(chunk: string | Buffer, encoding, callback) {
      const text = typeof chunk === 'string' && encoding !== 'utf8' ? Buffer.from(chunk, encoding) : chunk;
      partial = logLines(process, name, partial + text.toString());
      callback();
    },
  });
  // What was written is with the reader, however the process ends.
  process.hold({
    release: () => {
      if (partial !== '') process.observer.log(process, name, partial);
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
const noUsage = {
  userCPUTime: 0,
  systemCPUTime: 0,
  maxRSS: 0,
  sharedMemorySize: 0,
  unsharedDataSize: 0,
  unsharedStackSize: 0,
  minorPageFault: 0,
  majorPageFault: 0,
  swappedOut: 0,
  fsRead: 0,
  fsWrite: 0,
  ipcSent: 0,
  ipcReceived: 0,
  signalsCount: 0,
  voluntaryContextSwitches: 0,
  involuntaryContextSwitches: 0,
};
const signalNames = new Map<number, string>([
  [0, 'signal 0'],
  ...Object.entries(constants.signals).map(([name, number]): [number, string] => [number, name]),
]);

/** Makes `process`. */
export function createProcessObject(process: VirtualProcess): ProcessObject {
  const emitter = new EventEmitter();
  const { options } = process;
  const stdout = createOutput(process, 'stdout', 1);
  const stderr = createOutput(process, 'stderr', 2);
  // Empty, as /dev/null is.
  const stdin = Object.assign(
    new Readable({
      emitClose: false,
      autoDestroy: false,
      read() {
        this.push(null);
      },
    }),
    { fd: 0, isTTY: undefined },
  );
  const startedMonotonic = process.host.clock.monotonicMicros(process.startedAt);
  const refused = (name: string) => () => refuse(process, `process.${name}`);
  let cwd = options.cwd;
  let umask = 0o022;

  const hrtime = (previous?: [number, number]): [number, number] => {
    if (previous !== undefined && !Array.isArray(previous))
      throw invalidArgumentType('time', 'an instance of Array', previous);
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
      target[String(name)] = `${value as string}`;
      return true;
    },
    defineProperty: (target, name, descriptor) =>
      Reflect.defineProperty(target, name, { ...descriptor, value: String(descriptor.value) }),
  });

  interface WarningOptions {
    type?: string;
    code?: string;
    detail?: string;
  }
  const emitWarning = (warning: unknown, typeOrOptions?: string | WarningOptions, code?: string): void => {
    const options: WarningOptions =
      typeof typeOrOptions === 'object' && typeOrOptions !== null
        ? typeOrOptions
        : {
            ...(typeof typeOrOptions === 'string' ? { type: typeOrOptions } : {}),
            ...(typeof code === 'string' ? { code } : {}),
          };
    let error: Error & { code?: string; detail?: string };
    if (typeof warning === 'string') {
      error = Object.assign(new Error(warning), { name: options.type ?? 'Warning' });
      if (options.code !== undefined) error.code = options.code;
      if (options.detail !== undefined) error.detail = options.detail;
    } else if (warning instanceof Error) error = warning;
    else throw invalidArgumentType('warning', 'of type string or an instance of Error', warning);
    if (error.name === 'DeprecationWarning' && (object as { noDeprecation?: boolean }).noDeprecation === true) return;
    realProcess.nextTick(() => {
      if (!process.isAlive) return;
      const head = error.code === undefined ? '' : `[${error.code}] `;
      process.observer.log(process, 'stderr', `(node:${process.pid}) ${head}${error.name}: ${error.message}`);
      if (error.detail !== undefined) process.observer.log(process, 'stderr', error.detail);
      emitter.emit('warning', error);
    });
  };
  const setExitCode = (code: number | string | null | undefined): void => {
    if (code !== undefined && code !== null) {
      const number = typeof code === 'string' && code !== '' && Number.isInteger(Number(code)) ? Number(code) : code;
      if (typeof number !== 'number') throw invalidArgumentType('code', 'of type number', code);
      if (!Number.isInteger(number)) throw outOfRange('code', 'an integer', code);
    }
    process.exitCode = code;
  };

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
    exitCode: undefined as number | string | undefined,
    allowedNodeEnvironmentFlags: realProcess.allowedNodeEnvironmentFlags,
    report: { compact: false, excludeNetwork: true },
    stdout,
    stderr,
    stdin,
    cwd: () => cwd,
    chdir: (directory: string) => {
      if (typeof directory !== 'string') throw invalidArgumentType('directory', 'of type string', directory);
      cwd = process.folderAt?.(directory, cwd) ?? directory;
    },
    umask: (mask?: number) => {
      const previous = umask;
      if (mask !== undefined) umask = mask;
      return previous;
    },
    exit: (code?: number | string | null) => {
      if (code !== undefined) setExitCode(code);
      return process.exit();
    },
    reallyExit: (code?: number) => {
      if (code !== undefined) setExitCode(code);
      return process.exit();
    },
    abort: () => {
      process.die('SIGABRT');
      throw exitSignal;
    },
    nextTick: realProcess.nextTick,
    hrtime,
    uptime: () => (process.monotonicMicros() - startedMonotonic) / 1e6,
    memoryUsage,
    constrainedMemory: () => 0,
    availableMemory: () => 1 << 30,
    cpuUsage: (previous?: { user: number; system: number }) => {
      if (previous !== undefined && typeof previous !== 'object')
        throw invalidArgumentType('prevValue', 'of type object', previous);
      return { user: Math.floor(process.kernel.localNow() / 10) - (previous?.user ?? 0), system: 0 };
    },
    resourceUsage: () => ({ ...noUsage, userCPUTime: Math.floor(process.kernel.localNow() / 10), maxRSS: 65_536 }),
    getActiveResourcesInfo: () => [] as string[],
    getuid: () => 1000,
    geteuid: () => 1000,
    getgid: () => 1000,
    getegid: () => 1000,
    getgroups: () => [1000],
    emitWarning,
    kill: (pid: number, signal: string | number = 'SIGTERM') => {
      const name = typeof signal === 'number' ? signalNames.get(signal) : signal;
      if (name === undefined || (signal !== 0 && !(name in constants.signals))) {
        if (typeof signal === 'string') throw nodeError('ERR_UNKNOWN_SIGNAL', `Unknown signal: ${signal}`, TypeError);
        throw systemError('EINVAL', 'kill');
      }
      if (pid !== process.pid) return refuse(process, `process.kill of pid ${pid}`);
      if (signal === 0) return true;
      if (name === 'SIGKILL') {
        process.die(name);
        throw exitSignal;
      }
      return process.signal(name);
    },
    setUncaughtExceptionCaptureCallback: (callback: ((error: unknown) => void) | null) => {
      if (callback === null) {
        process.captureUncaught = undefined;
        return;
      }
      if (typeof callback !== 'function') throw invalidArgumentType('fn', 'of type function or null', callback);
      if (process.captureUncaught !== undefined) {
        throw nodeError(
          'ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET',
          '`process.setupUncaughtExceptionCapture()` was called while a capture callback was already active',
        );
      }
      process.captureUncaught = callback;
    },
    hasUncaughtExceptionCaptureCallback: () => process.captureUncaught !== undefined,
    setSourceMapsEnabled: () => undefined,
    binding: refused('binding'),
    dlopen: refused('dlopen'),
    loadEnvFile: refused('loadEnvFile'),
    moduleLoadList: [] as string[],
    sourceMapsEnabled: false,
    assert: (value: unknown, message?: string) => {
      if (!value) throw nodeError('ERR_ASSERTION', message ?? 'assertion error');
    },
    openStdin: () => {
      stdin.resume();
      return stdin;
    },
    initgroups: refused('initgroups'),
    setgroups: refused('setgroups'),
    setegid: refused('setegid'),
    seteuid: refused('seteuid'),
    setgid: refused('setgid'),
    setuid: refused('setuid'),
    getBuiltinModule: (id: string) => process.builtin?.(id),
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
    set: setExitCode,
    enumerable: true,
  });
  return { object: object as unknown as NodeJS.Process, emitter };
}
