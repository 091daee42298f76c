/**
 * The struct library (lua_struct.c): values to packed bytes by a format, and back.
 *
 * Sizes are those of 64-bit Linux: int 4, long and size_t 8, alignment up to 8.
 */
import { argumentError, nativeError } from '../error.ts';
import type { LuaTable } from '../table.ts';
import { type LuaFunction, type LuaValue, toNumber } from '../value.ts';
import { builtIn, checkNumber, checkString, library, optionalInteger, single, truncateToInt64 } from './arguments.ts';
import { bytesToDouble, bytesToFloat, bytesToInteger, doubleToBytes, floatToBytes, integerToBytes } from './bytes.ts';

const INTEGER_SIZE_MAX = 32;
const INT_MAX = 0x7fffffff;
const ALIGNMENT_MAX = 8;
const INTEGERS = 'bBhHlLTiI';
const STACK_MAX = 8000;

/** Walks a format and keeps byte order and alignment. */
class Format {
  option = '';
  /** Bytes of the current option; 0 if the value decides. */
  size = 0;
  isLittle = true;
  private alignment = 1;
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    const end = text.indexOf('\0');
    this.text = end < 0 ? text : text.slice(0, end);
  }

  next(): boolean {
    if (this.at >= this.text.length) return false;
    this.option = this.text[this.at++]!;
    this.size = this.optionSize();
    return true;
  }

  /** Bytes to skip before the current option at offset `position`. */
  padding(position: number): number {
    let { size } = this;
    if (size === 0 || this.option === 'c') return 0;
    if (size > this.alignment) size = this.alignment;
    return (size - (position & (size - 1))) & (size - 1);
  }

  control(): void {
    switch (this.option) {
      case ' ':
        return;
      case '>':
        this.isLittle = false;
        return;
      case '<':
        this.isLittle = true;
        return;
      case '!': {
        const alignment = this.number(ALIGNMENT_MAX);
        if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
          throw nativeError(`alignment ${alignment} is not a power of 2`);
        }
        this.alignment = alignment;
        return;
      }
      default:
        throw argumentError(1, `invalid format option '${this.option}'`);
    }
  }

  private number(fallback: number): number {
    let value = -1;
    for (; this.at < this.text.length; this.at++) {
      const digit = this.text.charCodeAt(this.at) - 48;
      if (digit < 0 || digit > 9) break;
      value = Math.max(value, 0) * 10 + digit;
      if (value > INT_MAX) throw nativeError('integral size overflow');
    }
    return value < 0 ? fallback : value;
  }

  private optionSize(): number {
    switch (this.option) {
      case 'B':
      case 'b':
      case 'x':
        return 1;
      case 'H':
      case 'h':
        return 2;
      case 'L':
      case 'l':
      case 'T':
      case 'd':
        return 8;
      case 'f':
        return 4;
      case 'c':
        return this.number(1);
      case 'i':
      case 'I': {
        const size = this.number(4);
        if (size > INTEGER_SIZE_MAX) {
          throw nativeError(`integral size ${size} is larger than limit of ${INTEGER_SIZE_MAX}`);
        }
        return size;
      }
      default:
        return 0;
    }
  }
}

const pack: LuaFunction = (...given) => {
  // C leaves a nil on its stack after the arguments, so the first missing one is nil rather than absent.
  const args = [...given, undefined];
  const format = new Format(checkString(args, 1));
  let result = '';
  let position = 2;
  while (format.next()) {
    result += '\0'.repeat(format.padding(result.length));
    const { option, isLittle } = format;
    if (INTEGERS.includes(option)) result += integerToBytes(checkNumber(args, position++), format.size, isLittle);
    else if (option === 'x') result += '\0';
    else if (option === 'f') result += floatToBytes(checkNumber(args, position++), isLittle);
    else if (option === 'd') result += doubleToBytes(checkNumber(args, position++), isLittle);
    else if (option === 'c' || option === 's') {
      const text = checkString(args, position++);
      const size = format.size === 0 ? text.length : format.size;
      if (text.length < size) throw argumentError(position, 'string too short');
      result += text.slice(0, size);
      if (option === 's') result += '\0';
    } else format.control();
  }
  return result;
};

const unpack: LuaFunction = (...args) => {
  const format = new Format(checkString(args, 1));
  const data = checkString(args, 2);
  let at = optionalInteger(args, 3, 1);
  if (at === 0) throw argumentError(3, 'offset must be 1 or greater');
  // A negative offset is a huge unsigned one in C.
  at = at < 0 ? Infinity : at - 1;
  const values: LuaValue[] = [];
  const need = (size: number): void => {
    if (size > data.length || at > data.length - size) throw argumentError(2, 'data string too short');
  };
  while (format.next()) {
    const { option, isLittle } = format;
    at += format.padding(at);
    let { size } = format;
    need(size);
    if (values.length + args.length + 2 > STACK_MAX) throw nativeError('stack overflow (too many results)');
    if (INTEGERS.includes(option)) {
      const isSigned = option >= 'a' && option <= 'z';
      values.push(bytesToInteger(data, at, { size, isLittle, isSigned }));
    } else if (option === 'f') values.push(bytesToFloat(data, at, isLittle));
    else if (option === 'd') values.push(bytesToDouble(data, at, isLittle));
    else if (option === 'c') {
      if (size === 0) {
        const previous = toNumber(values[values.length - 1]);
        if (values.length === 0 || previous === undefined) throw nativeError("format 'c0' needs a previous size");
        values.pop();
        size = truncateToInt64(previous);
        if (size < 0) size = Infinity;
        need(size);
      }
      values.push(data.slice(at, at + size));
    } else if (option === 's') {
      const end = data.indexOf('\0', at);
      if (end < 0) throw nativeError('unfinished string in data');
      values.push(data.slice(at, end));
      size = end - at + 1;
    } else if (option !== 'x') format.control();
    at += size;
  }
  values.push(at + 1);
  return values;
};

const size: LuaFunction = (...args) => {
  const format = new Format(checkString(args, 1));
  let total = 0;
  while (format.next()) {
    total += format.padding(total);
    if (format.option === 's') throw argumentError(1, "option 's' has no fixed size");
    if (format.option === 'c' && format.size === 0) throw argumentError(1, "option 'c0' has no fixed size");
    if (!/[A-Za-z0-9]/.test(format.option)) format.control();
    total += format.size;
  }
  return total;
};

export function structLibrary(): LuaTable {
  return library({ pack: single(pack), unpack: builtIn(unpack), size: single(size) }, 3);
}
