/**
 * Coroutines (lbaselib.c), over the generators that scripts which mention `coroutine` are compiled to.
 *
 * `yield` works only where no built-in or metamethod lies between it and the coroutine's body, exactly as in Lua 5.1: those call the plain
 * form of a function, in which a yield is an error.
 */
import { argumentError, LuaError, passNative } from '../error.ts';
import { asLuaError, YIELD_ACROSS_CALL } from '../runtime.ts';
import { NATIVE_DEPTH_MAX, run } from '../state.ts';
import type { LuaTable } from '../table.ts';
import { type LuaFunction, LuaThread, type LuaValue, list } from '../value.ts';
import { type Arguments, builtIn, library, single } from './arguments.ts';

function checkThread(args: Arguments): LuaThread {
  const thread = args[0];
  if (!(thread instanceof LuaThread)) throw argumentError(1, 'coroutine expected');
  return thread;
}

function createThread(args: Arguments): LuaThread {
  const body = args[0];
  if (typeof body !== 'function' || body.native === true) throw argumentError(1, 'Lua function expected');
  return new LuaThread(body);
}

type Outcome = { readonly values: LuaValue[] } | { readonly error: LuaValue };

/** Runs a coroutine until it yields, returns or fails. */
function resume(thread: LuaThread, args: LuaValue[]): Outcome {
  if (thread.status !== 'suspended') return { error: `cannot resume ${thread.status} coroutine` };
  if (run.nativeDepth >= NATIVE_DEPTH_MAX) return { error: 'C stack overflow' };
  const resumer = run.thread;
  const depth = run.depth;
  if (resumer !== undefined) resumer.status = 'normal';
  thread.status = 'running';
  run.thread = thread;
  run.depth = depth + thread.depthHeld;
  run.nativeDepth++;
  try {
    let step: IteratorResult<LuaValue[], unknown>;
    if (thread.generator === undefined) {
      const start = thread.body.gen;
      if (start === undefined) throw new Error('lua: a coroutine body was not compiled as a generator');
      thread.generator = start(...args);
      step = thread.generator.next();
    } else {
      step = thread.generator.next(args);
    }
    thread.status = step.done === true ? 'dead' : 'suspended';
    thread.depthHeld = run.depth - depth;
    return { values: list(step.value as LuaValue) };
  } catch (thrown) {
    thread.status = 'dead';
    const known = asLuaError(thrown);
    if (known === undefined) throw thrown;
    passNative(known);
    return { error: known.value };
  } finally {
    run.nativeDepth--;
    run.depth = depth;
    run.thread = resumer;
    if (resumer !== undefined) resumer.status = 'running';
  }
}

const yieldFunction: LuaFunction = () => {
  throw new LuaError(YIELD_ACROSS_CALL, 0);
};
yieldFunction.gen = function* (...args) {
  return yield args;
};

export function coroutineLibrary(): LuaTable {
  return library(
    {
      create: single((...args) => createThread(args)),
      resume: builtIn((...args) => {
        const outcome = resume(checkThread(args), args.slice(1));
        return 'error' in outcome ? [false, outcome.error] : [true, ...outcome.values];
      }),
      running: single(() => run.thread),
      status: single((...args) => checkThread(args).status),
      wrap: single((...args) => {
        const thread = createThread(args);
        return builtIn((...values) => {
          const outcome = resume(thread, values);
          // The message gets the position of the caller in front of the one it has.
          if ('error' in outcome) throw new LuaError(outcome.error, 1);
          return outcome.values;
        });
      }),
      yield: builtIn(yieldFunction),
    },
    6,
  );
}
