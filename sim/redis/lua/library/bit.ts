/**
 * LuaBitOp 1.0.2, as Redis ships it: operations on the low 32 bits of a number rounded to an integer.
 */
import type { LuaTable } from '../table.ts';
import { type LuaFunction, toNumber } from '../value.ts';
import { type Arguments, library, single, typeError } from './arguments.ts';

/** Adding 2^52 + 2^51 leaves the rounded integer in the low bits of the double. */
const ROUNDER = 6755399441055744;

const doubleView = new Float64Array(1);
const wordView = new Int32Array(doubleView.buffer);

function bits(args: Arguments, position: number): number {
  const number = toNumber(args[position - 1]);
  if (number === undefined) throw typeError(args, position, 'number');
  doubleView[0] = number + ROUNDER;
  return wordView[0]!;
}

function fold(combine: (a: number, b: number) => number): LuaFunction {
  return single((...args) => {
    let result = bits(args, 1);
    for (let i = args.length; i > 1; i--) result = combine(result, bits(args, i));
    return result;
  });
}

function shift(move: (value: number, count: number) => number): LuaFunction {
  return single((...args) => {
    const value = bits(args, 1);
    return move(value, bits(args, 2) & 31) | 0;
  });
}

const tohex: LuaFunction = (...args) => {
  const value = bits(args, 1) >>> 0;
  let digits = args.length < 2 ? 8 : bits(args, 2);
  const isUpper = digits < 0;
  if (isUpper) digits = -digits | 0;
  // The most negative count stays negative when negated; Redis's build then takes it as more than eight.
  if (digits > 8 || digits < 0) digits = 8;
  if (digits === 0) return '';
  const text = value
    .toString(16)
    .padStart(8, '0')
    .slice(8 - digits);
  return isUpper ? text.toUpperCase() : text;
};

export function bitLibrary(): LuaTable {
  return library(
    {
      tobit: single((...args) => bits(args, 1)),
      bnot: single((...args) => ~bits(args, 1)),
      band: fold((a, b) => a & b),
      bor: fold((a, b) => a | b),
      bxor: fold((a, b) => a ^ b),
      lshift: shift((value, count) => value << count),
      rshift: shift((value, count) => value >>> count),
      arshift: shift((value, count) => value >> count),
      rol: shift((value, count) => (value << count) | (value >>> (32 - count))),
      ror: shift((value, count) => (value << (32 - count)) | (value >>> count)),
      bswap: single((...args) => {
        const value = bits(args, 1);
        return (value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24);
      }),
      tohex: single(tohex),
    },
    12,
  );
}
