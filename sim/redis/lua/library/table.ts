/**
 * The table library of Lua 5.1 (ltablib.c). `sort` is the same quicksort, so the comparisons come in the same order and a wrong order
 * function is noticed, or not, in the same cases.
 */
import { LuaError, nativeError } from '../error.ts';
import { lessThan } from '../operators.ts';
import { callFromNative } from '../state.ts';
import type { LuaTable } from '../table.ts';
import { first, type LuaFunction, type LuaValue, toText, typeName } from '../value.ts';
import {
  builtIn,
  checkFunction,
  checkInt,
  checkTable,
  library,
  optionalInt,
  optionalString,
  single,
} from './arguments.ts';

/** `lua_rawseti`: an error has no position, since it is raised in C. */
function rawSet(table: LuaTable, key: number, value: LuaValue): void {
  if (table.isReadonly) throw new LuaError('Attempt to modify a readonly table', 0);
  table.setNumber(key, value);
}

const concat: LuaFunction = (...args) => {
  const separator = optionalString(args, 2) ?? '';
  const table = checkTable(args, 1);
  const from = optionalInt(args, 3, 1);
  const to = args[3] === undefined ? table.length() : checkInt(args, 4);
  let result = '';
  for (let i = from; i <= to; i++) {
    const value = table.getNumber(i);
    const text = toText(value);
    if (text === undefined) {
      throw nativeError(`invalid value (${typeName(value)}) at index ${i} in table for 'concat'`);
    }
    result += text;
    if (i < to) result += separator;
  }
  return result;
};

const foreach: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  const action = checkFunction(args, 2);
  let key: LuaValue;
  for (;;) {
    const position = table.positionOf(key);
    if (position === undefined) throw new LuaError("invalid key to 'next'", 0);
    const next = table.positionAfter(position);
    if (next < 0) return [];
    key = table.keyAt(next);
    const result = first(callFromNative(action, [key, table.valueAt(next)]));
    if (result !== undefined) return result;
  }
};

const foreachi: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  const count = table.length();
  const action = checkFunction(args, 2);
  for (let i = 1; i <= count; i++) {
    const result = first(callFromNative(action, [i, table.getNumber(i)]));
    if (result !== undefined) return result;
  }
  return [];
};

const maxn: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  let max = 0;
  for (let at = table.positionAfter(-1); at >= 0; at = table.positionAfter(at)) {
    const key = table.keyAt(at);
    if (typeof key === 'number' && key > max) max = key;
  }
  return max;
};

const insert: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  let end = table.length() + 1;
  if (args.length === 2) {
    rawSet(table, end, args[1]);
    return [];
  }
  if (args.length !== 3) throw nativeError("wrong number of arguments to 'insert'");
  const at = checkInt(args, 2);
  if (at > end) end = at;
  for (let i = end; i > at; i--) rawSet(table, i, table.getNumber(i - 1));
  rawSet(table, at, args[2]);
  return [];
};

const remove: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  const end = table.length();
  let at = optionalInt(args, 2, end);
  if (at < 1 || at > end) return [];
  const value = table.getNumber(at);
  for (; at < end; at++) rawSet(table, at, table.getNumber(at + 1));
  rawSet(table, end, undefined);
  return value;
};

const setn: LuaFunction = (...args) => {
  checkTable(args, 1);
  throw nativeError("'setn' is obsolete");
};

class Sorter {
  private readonly table: LuaTable;
  private readonly order: LuaFunction | undefined;

  constructor(table: LuaTable, order: LuaFunction | undefined) {
    this.table = table;
    this.order = order;
  }

  private isLess(a: LuaValue, b: LuaValue): boolean {
    if (this.order === undefined) {
      try {
        return lessThan(a, b);
      } catch (error) {
        // Raised in C, so without a position.
        if (error instanceof LuaError && error.isFresh) error.level = 0;
        throw error;
      }
    }
    const result = first(callFromNative(this.order, [a, b]));
    return result !== undefined && result !== false;
  }

  private swap(i: number, a: LuaValue, j: number, b: LuaValue): void {
    rawSet(this.table, i, a);
    rawSet(this.table, j, b);
  }

  /** Sorts the elements from `l` to `u`. */
  sort(lower: number, upper: number): void {
    const { table } = this;
    let l = lower;
    let u = upper;
    while (l < u) {
      let low = table.getNumber(l);
      let high = table.getNumber(u);
      if (this.isLess(high, low)) this.swap(l, high, u, low);
      if (u - l === 1) break;
      let i = (l + u) >> 1;
      const middle = table.getNumber(i);
      low = table.getNumber(l);
      if (this.isLess(middle, low)) {
        this.swap(i, low, l, middle);
      } else {
        high = table.getNumber(u);
        if (this.isLess(high, middle)) this.swap(i, high, u, middle);
      }
      if (u - l === 2) break;
      const pivot = table.getNumber(i);
      this.swap(i, table.getNumber(u - 1), u - 1, pivot);
      i = this.partition(l, u, pivot);
      const last = table.getNumber(u - 1);
      this.swap(u - 1, table.getNumber(i), i, last);
      let j: number;
      if (i - l < u - i) {
        j = l;
        i = i - 1;
        l = i + 2;
      } else {
        j = i + 1;
        i = u;
        u = j - 2;
      }
      this.sort(j, i);
    }
  }

  private partition(l: number, u: number, pivot: LuaValue): number {
    const { table } = this;
    let i = l;
    let j = u - 1;
    for (;;) {
      let left = table.getNumber(++i);
      while (this.isLess(left, pivot)) {
        if (i > u) throw nativeError('invalid order function for sorting');
        left = table.getNumber(++i);
      }
      let right = table.getNumber(--j);
      while (this.isLess(pivot, right)) {
        if (j < l) throw nativeError('invalid order function for sorting');
        right = table.getNumber(--j);
      }
      if (j < i) return i;
      this.swap(i, right, j, left);
    }
  }
}

const sort: LuaFunction = (...args) => {
  const table = checkTable(args, 1);
  const count = table.length();
  const order = args[1] === undefined ? undefined : checkFunction(args, 2);
  new Sorter(table, order).sort(1, count);
  return [];
};

export function tableLibrary(): LuaTable {
  return library(
    {
      concat: single(concat),
      foreach: builtIn(foreach),
      foreachi: builtIn(foreachi),
      getn: single((...args) => checkTable(args, 1).length()),
      maxn: single(maxn),
      insert: builtIn(insert),
      remove: builtIn(remove),
      setn: builtIn(setn),
      sort: builtIn(sort),
    },
    9,
  );
}
