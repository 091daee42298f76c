/** Functions of bit strings. */
import type { BitString, Datum } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import type { Implementation } from './implementation.ts';

const bitsOf = (datum: Datum | undefined): string => (datum as BitString).bits;
const num = (datum: Datum | undefined): number => datum as number;

function combine(left: string, right: string, operation: (a: boolean, b: boolean) => boolean, name: string): BitString {
  if (left.length !== right.length) throw pgError('22026', `cannot ${name} bit strings of different sizes`);
  let bits = '';
  for (let i = 0; i < left.length; i++) bits += operation(left[i] === '1', right[i] === '1') ? '1' : '0';
  return { bits };
}

function shift(bits: string, count: number): BitString {
  if (count >= 0) return { bits: bits.slice(Math.min(count, bits.length)).padEnd(bits.length, '0') };
  return { bits: bits.slice(0, Math.max(0, bits.length + count)).padStart(bits.length, '0') };
}

function slice(bits: string, start: number, length: number | null): string {
  if (length !== null && length < 0) throw pgError('22011', 'negative substring length not allowed');
  const from = Math.max(start, 1) - 1;
  return bits.slice(from, length === null ? bits.length : Math.max(from, start + length - 1));
}

function overlay(bits: string, replacement: string, start: number, length: number): BitString {
  if (start <= 0) throw pgError('22011', 'negative substring length not allowed');
  return { bits: slice(bits, 1, start - 1) + replacement + slice(bits, start + length, null) };
}

function requireIndex(bits: string, index: number): number {
  if (index < 0 || index >= bits.length)
    throw pgError('2202E', `bit index ${index} out of valid range (0..${bits.length - 1})`);
  return index;
}

export const bitFunctions: Record<string, Implementation> = {
  bit_and: (a) => combine(bitsOf(a[0]), bitsOf(a[1]), (x, y) => x && y, 'AND'),
  bit_or: (a) => combine(bitsOf(a[0]), bitsOf(a[1]), (x, y) => x || y, 'OR'),
  bitxor: (a) => combine(bitsOf(a[0]), bitsOf(a[1]), (x, y) => x !== y, 'XOR'),
  bitnot: (a) => ({ bits: bitsOf(a[0]).replace(/[01]/g, (c) => (c === '0' ? '1' : '0')) }),
  bitshiftleft: (a) => shift(bitsOf(a[0]), num(a[1])),
  bitshiftright: (a) => shift(bitsOf(a[0]), -num(a[1])),
  bitcat: (a) => ({ bits: bitsOf(a[0]) + bitsOf(a[1]) }),
  bitsubstr: (a) => ({ bits: slice(bitsOf(a[0]), num(a[1]), num(a[2])) }),
  bitsubstr_no_len: (a) => ({ bits: slice(bitsOf(a[0]), num(a[1]), null) }),
  bitoverlay: (a) => overlay(bitsOf(a[0]), bitsOf(a[1]), num(a[2]), num(a[3])),
  bitoverlay_no_len: (a) => overlay(bitsOf(a[0]), bitsOf(a[1]), num(a[2]), bitsOf(a[1]).length),
  bitlength: (a) => bitsOf(a[0]).length,
  'sql:bit_length(bit)': (a) => bitsOf(a[0]).length,
  bitoctetlength: (a) => Math.ceil(bitsOf(a[0]).length / 8),
  bitposition: (a) => bitsOf(a[0]).indexOf(bitsOf(a[1])) + 1,
  bitgetbit: (a) => Number(bitsOf(a[0])[requireIndex(bitsOf(a[0]), num(a[1]))]),
  bitsetbit: (a) => {
    const index = requireIndex(bitsOf(a[0]), num(a[1]));
    if (num(a[2]) !== 0 && num(a[2]) !== 1) throw pgError('22023', 'new bit must be 0 or 1');
    return { bits: `${bitsOf(a[0]).slice(0, index)}${num(a[2])}${bitsOf(a[0]).slice(index + 1)}` };
  },
  bit_bit_count: (a) => BigInt([...bitsOf(a[0])].filter((c) => c === '1').length),
};
