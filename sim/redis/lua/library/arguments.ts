/**
 * Arguments of built-in functions, checked and converted as Lua's auxiliary library does, with its error texts.
 *
 * Source: Lua 5.1 lauxlib.c. Arguments count from 1, as in the messages.
 */
import { argumentError, type LuaError } from '../error.ts';
import { identityOf, LuaTable } from '../table.ts';
import { type LuaFunction, type LuaValue, numberToString, toNumber, typeName } from '../value.ts';

export type Arguments = readonly LuaValue[];

/** `<expected> expected, got <type>` */
export function typeError(args: Arguments, position: number, expected: string): LuaError {
  const got = position > args.length ? 'no value' : typeName(args[position - 1]);
  return argumentError(position, `${expected} expected, got ${got}`);
}

export function checkAny(args: Arguments, position: number): void {
  if (position > args.length) throw argumentError(position, 'value expected');
}

export function checkTable(args: Arguments, position: number): LuaTable {
  const value = args[position - 1];
  if (!(value instanceof LuaTable)) throw typeError(args, position, 'table');
  return value;
}

export function checkFunction(args: Arguments, position: number): LuaFunction {
  const value = args[position - 1];
  if (typeof value !== 'function') throw typeError(args, position, 'function');
  return value;
}

/** A string, or a number as its string. */
export function checkString(args: Arguments, position: number): string {
  const value = args[position - 1];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberToString(value);
  throw typeError(args, position, 'string');
}

export function optionalString(args: Arguments, position: number): string | undefined {
  return args[position - 1] === undefined ? undefined : checkString(args, position);
}

/** A number, or a string that denotes one. */
export function checkNumber(args: Arguments, position: number): number {
  const value = args[position - 1];
  if (typeof value === 'number') return value;
  const number = toNumber(value);
  if (number === undefined) throw typeError(args, position, 'number');
  return number;
}

const INT64_LIMIT = 2 ** 63;

/** C's conversion of a double to a 64-bit integer, as x86 does it: what does not fit becomes the smallest. */
export function truncateToInt64(value: number): number {
  if (value >= INT64_LIMIT || value < -INT64_LIMIT || Number.isNaN(value)) return -INT64_LIMIT;
  return Math.trunc(value);
}

/** A 64-bit integer, as a double (exact up to 2^53, as Lua's numbers are). */
export function checkInteger(args: Arguments, position: number): number {
  return truncateToInt64(checkNumber(args, position));
}

/** A 32-bit integer: the low bits of the 64-bit one. */
export function checkInt(args: Arguments, position: number): number {
  return checkInteger(args, position) | 0;
}

export function optionalInteger(args: Arguments, position: number, fallback: number): number {
  return args[position - 1] === undefined ? fallback : checkInteger(args, position);
}

export function optionalInt(args: Arguments, position: number, fallback: number): number {
  return args[position - 1] === undefined ? fallback : checkInt(args, position);
}

/** The index of a string among the allowed ones. */
export function checkOption(
  args: Arguments,
  position: number,
  fallback: string | undefined,
  options: readonly string[],
): number {
  const name = fallback !== undefined && args[position - 1] === undefined ? fallback : checkString(args, position);
  const index = options.indexOf(name);
  if (index < 0) throw argumentError(position, `invalid option '${name}'`);
  return index;
}

/** Marks a function as a built-in that returns exactly one value. */
export function single(target: LuaFunction): LuaFunction {
  target.native = true;
  target.single = true;
  identityOf(target);
  return target;
}

/** Marks a function as a built-in. */
export function builtIn(target: LuaFunction): LuaFunction {
  target.native = true;
  identityOf(target);
  return target;
}

/**
 * A library: a table with these entries, in this order.
 * @param sizeHint entries for which C makes room before it adds them; it decides the order of `pairs`
 */
export function library(entries: Readonly<Record<string, LuaValue>>, sizeHint = 0): LuaTable {
  const table = new LuaTable(0, sizeHint);
  for (const name of Object.keys(entries)) table.set(name, entries[name]);
  identityOf(table);
  return table;
}
