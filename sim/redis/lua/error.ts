/**
 * Lua errors on their way through JavaScript frames.
 *
 * Lua writes the position in front of a message when the error is raised, because it can walk the call stack. Here the stack is JavaScript's, so
 * the position is added while the error unwinds: `level` counts the frames still to pass. Every compiled function catches what passes
 * through it and calls `passFrame` with the site (line, names) it was executing; every built-in that calls back into Lua calls `passNative`.
 *
 * An error in the operands or arguments (`attempt to index local 'x' (a nil value)`, `bad argument #1 to 'rep'`) is worded when it reaches
 * the first frame, for only that frame knows the names.
 *
 * Invariant: an error is `isFresh` until it has left the function that raised it; after that `source` and `line` say where that was.
 */
import { type LuaValue, numberToString } from './value.ts';

/** How the source names a value: `local 'x'`, `field 'y'`. */
export interface NameInfo {
  /** `iterator`: the function of a generic `for`, which has a name only for its own complaints about arguments. */
  readonly kind: 'local' | 'global' | 'field' | 'upvalue' | 'method' | 'iterator';
  readonly name: string;
}

/** A place in the source that may raise an error. */
export interface Site {
  readonly line: number;
  /** The called function, or the first operand. */
  readonly a: NameInfo | undefined;
  /** The second operand and those after it. */
  readonly rest: readonly (NameInfo | undefined)[];
  /** A call in tail position: the frame is gone in Lua once a Lua function has been entered. */
  readonly isTail: boolean;
}

export class LuaError {
  value: LuaValue;
  level: number;
  isFresh = true;
  source = '=[C]';
  line = -1;
  /** Set while the message is not worded yet. */
  blame: Blame | undefined;

  /**
   * @param value the error value
   * @param level 0: no position; 1: position of the function that raised it or called the built-in that did; 2: of its caller; ...
   */
  constructor(value: LuaValue, level: number, blame?: Blame) {
    // Lua concatenates the position, even an empty one, so a number becomes a string.
    this.value = typeof value === 'number' && level > 0 ? numberToString(value) : value;
    this.level = typeof value === 'string' || typeof value === 'number' || blame !== undefined ? level : 0;
    this.blame = blame;
  }
}

/** What is wrong, without the names that only the frame knows. */
export type Blame =
  | { readonly kind: 'argument'; readonly argument: number; readonly message: string }
  | { readonly kind: 'operand'; readonly operation: string; readonly operand: number; readonly typeName: string };

/** `attempt to <operation> <name> (a <type> value)`; operand 0 is the first. */
export function operandError(operation: string, typeName: string, operand: number): LuaError {
  return new LuaError(undefined, 1, { kind: 'operand', operation, operand, typeName });
}

/** `bad argument #<argument> to '<function>' (<message>)`; arguments count from 1. */
export function argumentError(argument: number, message: string): LuaError {
  return new LuaError(undefined, 1, { kind: 'argument', argument, message });
}

/** An error of a built-in with the position of its caller. */
export function nativeError(message: string): LuaError {
  return new LuaError(message, 1);
}

function word(blame: Blame, site: Site | undefined): string {
  if (blame.kind === 'operand') {
    const info = site === undefined ? undefined : blame.operand === 0 ? site.a : site.rest[blame.operand - 1];
    if (info === undefined || info.kind === 'iterator')
      return `attempt to ${blame.operation} a ${blame.typeName} value`;
    return `attempt to ${blame.operation} ${info.kind} '${info.name}' (a ${blame.typeName} value)`;
  }
  const info = site?.a;
  let argument = blame.argument;
  if (info?.kind === 'method') {
    argument--;
    if (argument === 0) return `calling '${info.name}' on bad self (${blame.message})`;
  }
  return `bad argument #${argument} to '${info?.name ?? '?'}' (${blame.message})`;
}

function settle(error: LuaError, prefix: string, site: Site | undefined): void {
  if (error.blame !== undefined) {
    error.value = word(error.blame, site);
    error.blame = undefined;
  }
  if (error.level > 0 && --error.level === 0 && prefix !== '') {
    error.value = prefix + (error.value as string);
  }
}

/** Takes an error through the frame of a Lua function. */
export function passFrame(error: LuaError, chunk: string, source: string, site: Site): void {
  if (error.isFresh) {
    error.isFresh = false;
    error.source = source;
    error.line = site.line;
    settle(error, `${chunk}:${site.line}: `, site);
  } else if (error.level > 0 || error.blame !== undefined) {
    settle(error, site.isTail ? '' : `${chunk}:${site.line}: `, site);
  }
}

/** Takes an error through a built-in that called back into Lua. */
export function passNative(error: LuaError): void {
  if (error.isFresh) {
    error.isFresh = false;
    settle(error, '', undefined);
  } else if (error.level > 0) {
    settle(error, '', undefined);
  }
}

/** A script that does not compile; the message is Redis's reply. */
export class LuaCompileError extends Error {
  override readonly name = 'LuaCompileError';
}
