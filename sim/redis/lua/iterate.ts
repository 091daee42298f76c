/**
 * The iterators of the generic `for`: one shape each for `pairs`, `ipairs` and any function.
 *
 * A loop calls its function through C, so no coroutine can yield from there; hence plain calls, also in code that may yield.
 *
 * `pairs` walks positions instead of looking up each key anew; it falls back to the lookup when the table was laid out anew meanwhile, so
 * the order is that of `next` also for tables changed during the traversal.
 */
import { argumentError, LuaError } from './error.ts';
import { callable } from './operators.ts';
import { LuaTable } from './table.ts';
import { type LuaFunction, type LuaValue, typeName } from './value.ts';

export interface LuaIterator {
  key: LuaValue;
  value: LuaValue;
  /** All values of this round, if there were more than two. */
  rest: LuaValue[];
  /** Moves on; false at the end. */
  next(): boolean;
}

const NONE: LuaValue[] = [];

class TableIterator implements LuaIterator {
  key: LuaValue = undefined;
  value: LuaValue = undefined;
  rest = NONE;
  private position = -1;
  private readonly table: LuaTable;
  private nodes: readonly LuaValue[];
  private size: number;

  constructor(table: LuaTable) {
    this.table = table;
    this.nodes = table.nodes;
    this.size = table.array.length;
  }

  next(): boolean {
    const table = this.table;
    let position = this.position;
    if (
      position >= 0 &&
      (table.nodes !== this.nodes || table.array.length !== this.size || table.keyAt(position) !== this.key)
    ) {
      position = findPosition(table, this.key);
      this.nodes = table.nodes;
      this.size = table.array.length;
    }
    position = table.positionAfter(position);
    if (position < 0) return false;
    this.position = position;
    this.key = table.keyAt(position);
    this.value = table.valueAt(position);
    return true;
  }
}

class ListIterator implements LuaIterator {
  key: LuaValue = 0;
  value: LuaValue = undefined;
  rest = NONE;
  private position = 0;
  private readonly table: LuaTable;

  constructor(table: LuaTable) {
    this.table = table;
  }

  next(): boolean {
    const value = this.table.getNumber(++this.position);
    if (value === undefined) return false;
    this.key = this.position;
    this.value = value;
    return true;
  }
}

class FunctionIterator implements LuaIterator {
  key: LuaValue;
  value: LuaValue = undefined;
  rest = NONE;
  private readonly callee: LuaValue;
  private readonly state: LuaValue;

  constructor(callee: LuaValue, state: LuaValue, control: LuaValue) {
    this.callee = callee;
    this.state = state;
    this.key = control;
  }

  next(): boolean {
    const callee = typeof this.callee === 'function' ? this.callee : callable(this.callee);
    const result = callee(this.state, this.key);
    if (result instanceof Array) {
      this.key = result[0];
      this.value = result[1];
      this.rest = result;
    } else {
      this.key = result;
      this.value = undefined;
      this.rest = NONE;
    }
    return this.key !== undefined;
  }
}

function findPosition(table: LuaTable, key: LuaValue): number {
  const position = table.positionOf(key);
  if (position === undefined) throw new LuaError("invalid key to 'next'", 0);
  return position;
}

/** `next(table, key)` */
export const luaNext: LuaFunction = (...args) => {
  const [table, key] = args;
  if (!(table instanceof LuaTable)) throw tableExpected(args, 1);
  const position = table.positionAfter(findPosition(table, key));
  if (position < 0) return undefined;
  return [table.keyAt(position), table.valueAt(position)];
};

const listStep: LuaFunction = (...args) => {
  const [table, index] = args;
  if (!(table instanceof LuaTable)) throw tableExpected(args, 1);
  if (typeof index !== 'number')
    throw argumentError(2, `number expected, got ${args.length < 2 ? 'no value' : typeName(index)}`);
  const value = table.getNumber(index + 1);
  return value === undefined ? [] : [index + 1, value];
};

function tableExpected(args: readonly LuaValue[], argument: number): LuaError {
  const got = args.length < argument ? 'no value' : typeName(args[argument - 1]);
  return argumentError(argument, `table expected, got ${got}`);
}

/** `pairs(table)` */
export const luaPairs: LuaFunction = (...args) => {
  if (!(args[0] instanceof LuaTable)) throw tableExpected(args, 1);
  return [luaNext, args[0], undefined];
};

/** `ipairs(table)` */
export const luaIpairs: LuaFunction = (...args) => {
  if (!(args[0] instanceof LuaTable)) throw tableExpected(args, 1);
  return [listStep, args[0], 0];
};

/** `for ... in pairs(table)` */
export function iteratePairs(...args: LuaValue[]): LuaIterator {
  if (!(args[0] instanceof LuaTable)) throw tableExpected(args, 1);
  return new TableIterator(args[0]);
}

/** `for ... in ipairs(table)` */
export function iterateList(...args: LuaValue[]): LuaIterator {
  if (!(args[0] instanceof LuaTable)) throw tableExpected(args, 1);
  return new ListIterator(args[0]);
}

/** `for ... in callee, state, control` */
export function iterate(callee: LuaValue, state: LuaValue, control: LuaValue): LuaIterator {
  if (callee === luaNext && state instanceof LuaTable && control === undefined) return new TableIterator(state);
  if (callee === listStep && state instanceof LuaTable && control === 0) return new ListIterator(state);
  return new FunctionIterator(callee, state, control);
}
