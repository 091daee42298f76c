/**
 * Modules that sim cannot virtualise. Importing one succeeds and it has the full shape (classes can be extended, functions are there);
 * the first use ends the run as `error`, naming the call.
 */
import { createRequire } from 'node:module';
import type { VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';

/** Module, and what of it is harmless: constants and questions about the process. */
const harmlessMembers: Readonly<Record<string, readonly string[]>> = {
  child_process: [],
  cluster: ['isMaster', 'isPrimary', 'isWorker', 'workers', 'settings', 'SCHED_RR', 'SCHED_NONE', 'schedulingPolicy'],
  dgram: [],
  http2: ['constants', 'sensitiveHeaders', 'getDefaultSettings', 'getPackedSettings', 'getUnpackedSettings'],
  inspector: ['url', 'console'],
  'inspector/promises': ['url', 'console'],
  repl: ['builtinModules', 'REPL_MODE_SLOPPY', 'REPL_MODE_STRICT'],
  wasi: [],
  trace_events: [],
};

const nothing = (): void => {};

/** Shapes of modules whose mere loading changes the realm for all: `domain` replaces parts of EventEmitter, `repl` loads it. */
const handWritten: Readonly<Record<string, Record<string, unknown>>> = {
  domain: { _stack: [], Domain: nothing, createDomain: nothing, create: nothing, active: null },
  repl: {
    start: nothing,
    writer: nothing,
    REPLServer: nothing,
    Recoverable: nothing,
    REPL_MODE_SLOPPY: Symbol('repl-sloppy'),
    REPL_MODE_STRICT: Symbol('repl-strict'),
    builtinModules: [],
    _builtinLibs: [],
  },
};

const require = createRequire(import.meta.url);

/** A module of the real shape whose members refuse when used. */
export function createRefusedModule(process: VirtualProcess, name: string): Record<string, unknown> {
  const real = handWritten[name] ?? (require(`node:${name}`) as Record<string, unknown>);
  const harmless = new Set(harmlessMembers[name]);
  const virtual: Record<string, unknown> = {};
  for (const key of Object.keys(real)) {
    Object.defineProperty(virtual, key, {
      enumerable: true,
      configurable: true,
      get() {
        const value = real[key];
        if (harmless.has(key) || typeof value !== 'function') return value;
        return refusingMember(process, `${name}.${key}`, value);
      },
    });
  }
  return virtual;
}

function refusingMember(process: VirtualProcess, what: string, real: object): unknown {
  function member(): never {
    return refuse(process, what);
  }
  // A class that extends it must find a prototype to link to; its constructor refuses at `super()`.
  member.prototype = (real as { prototype?: object }).prototype ?? {};
  return member;
}
