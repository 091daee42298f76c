/**
 * `string.format`: C's conversions on Lua values.
 *
 * Source: lstrlib.c `str_format`; the layout rules are those of `printf`. Zero bytes end `%s` and `%c` items, as they do in C.
 */
import { argumentError, nativeError } from '../error.ts';
import { formatExponential, formatFixed, formatGeneral } from '../number-format.ts';
import { type Arguments, checkNumber, checkString, truncateToInt64 } from './arguments.ts';

const FLAGS = '-+ #0';
const FLAGS_MAX = 6;
/** Strings of this length or more are copied whole if no precision asks otherwise. */
const LONG_STRING = 100;

interface Specification {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternative: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** -1 if absent. */
  readonly precision: number;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Pads to the width; `body` comes with its sign or prefix in `lead`, after which zeros go. */
function pad(lead: string, body: string, spec: Specification, zeros: boolean): string {
  const missing = spec.width - lead.length - body.length;
  if (missing <= 0) return lead + body;
  if (spec.left) return lead + body + ' '.repeat(missing);
  return zeros ? lead + '0'.repeat(missing) + body : ' '.repeat(missing) + lead + body;
}

function signOf(isNegative: boolean, spec: Specification): string {
  return isNegative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
}

function formatSigned(number: number, spec: Specification): string {
  const value = BigInt(truncateToInt64(number));
  return formatDigits((value < 0n ? -value : value).toString(), signOf(value < 0n, spec), spec);
}

function formatDigits(digits: string, lead: string, spec: Specification): string {
  let body = digits;
  if (spec.precision === 0 && digits === '0') body = '';
  else if (spec.precision > digits.length) body = digits.padStart(spec.precision, '0');
  return pad(lead, body, spec, spec.zero && spec.precision < 0);
}

/** C's conversion to an unsigned 64-bit integer, as gcc compiles it for x86. */
function toUnsigned(number: number): bigint {
  if (Number.isNaN(number)) return 1n << 63n;
  if (number >= 2 ** 63) return number >= 2 ** 64 ? 0n : BigInt(Math.trunc(number));
  return BigInt.asUintN(64, BigInt(truncateToInt64(number)));
}

function formatUnsigned(number: number, conversion: string, spec: Specification): string {
  const value = toUnsigned(number);
  switch (conversion) {
    case 'o': {
      const digits = value.toString(8);
      const precision =
        spec.alternative && value !== 0n && spec.precision <= digits.length ? digits.length + 1 : spec.precision;
      if (spec.alternative && value === 0n && spec.precision === 0) return pad('', '0', spec, false);
      const isForced = spec.alternative && precision !== spec.precision;
      if (isForced && spec.precision < 0) return pad('', `0${digits}`, spec, spec.zero);
      return formatDigits(digits, '', { ...spec, precision });
    }
    case 'u':
      return formatDigits(value.toString(), '', spec);
    default: {
      const digits = value.toString(16);
      const lead = spec.alternative && value !== 0n ? `0${conversion}` : '';
      return formatDigits(conversion === 'X' ? digits.toUpperCase() : digits, lead, spec);
    }
  }
}

function formatDouble(number: number, conversion: string, spec: Specification): string {
  const precision = spec.precision < 0 ? 6 : spec.precision;
  let text: string;
  switch (conversion) {
    case 'f':
      text = formatFixed(number, precision, spec.alternative);
      break;
    case 'e':
    case 'E':
      text = formatExponential(number, precision, spec.alternative);
      break;
    default:
      text = formatGeneral(number, precision, spec.alternative);
  }
  if (conversion === 'E' || conversion === 'G') text = text.toUpperCase();
  const isNegative = text[0] === '-';
  return pad(signOf(isNegative, spec), isNegative ? text.slice(1) : text, spec, spec.zero && Number.isFinite(number));
}

function quoteText(text: string): string {
  let result = '"';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"' || c === '\\' || c === '\n') result += `\\${c}`;
    else if (c === '\r') result += '\\r';
    else if (c === '\0') result += '\\000';
    else result += c;
  }
  return `${result}"`;
}

class Formatter {
  private readonly args: Arguments;
  private readonly format: string;
  private at = 0;
  private position = 1;

  constructor(args: Arguments) {
    this.args = args;
    this.format = checkString(args, 1);
  }

  run(): string {
    const { format } = this;
    let result = '';
    while (this.at < format.length) {
      const next = format.indexOf('%', this.at);
      if (next < 0) return result + format.slice(this.at);
      result += format.slice(this.at, next);
      this.at = next + 1;
      if (format[this.at] === '%') {
        result += '%';
        this.at++;
      } else {
        if (++this.position > this.args.length) throw argumentError(this.position, 'no value');
        result += this.item();
      }
    }
    return result;
  }

  private item(): string {
    const start = this.at;
    const spec = this.specification();
    const hasDot = this.format.slice(start, this.at).includes('.');
    const conversion = this.format[this.at++] ?? '';
    const { args, position } = this;
    switch (conversion) {
      case 'c': {
        const code = truncateToInt64(checkNumber(args, position)) & 0xff;
        return cString(pad('', String.fromCharCode(code), spec, false));
      }
      case 'd':
      case 'i':
        return formatSigned(checkNumber(args, position), spec);
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        return formatUnsigned(checkNumber(args, position), conversion, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'g':
      case 'G':
        return formatDouble(checkNumber(args, position), conversion, spec);
      case 'q':
        return quoteText(checkString(args, position));
      case 's': {
        const text = checkString(args, position);
        if (!hasDot && text.length >= LONG_STRING) return text;
        const body = cString(text);
        return pad('', spec.precision < 0 ? body : body.slice(0, spec.precision), spec, false);
      }
      default:
        throw nativeError(cString(`invalid option '%${conversion}' to 'format'`));
    }
  }

  private specification(): Specification {
    const { format } = this;
    const start = this.at;
    while (this.at < format.length && FLAGS.includes(format[this.at]!)) this.at++;
    if (this.at - start >= FLAGS_MAX) throw nativeError('invalid format (repeated flags)');
    const flags = format.slice(start, this.at);
    const width = this.twoDigits();
    let precision = -1;
    if (format[this.at] === '.') {
      this.at++;
      precision = Math.max(this.twoDigits(), 0);
    }
    if (isDigit(format.charCodeAt(this.at))) throw nativeError('invalid format (width or precision too long)');
    return {
      left: flags.includes('-'),
      plus: flags.includes('+'),
      space: flags.includes(' '),
      alternative: flags.includes('#'),
      zero: flags.includes('0') && !flags.includes('-'),
      width: Math.max(width, 0),
      precision,
    };
  }

  /** At most two digits; -1 if there is none. */
  private twoDigits(): number {
    let value = -1;
    for (let i = 0; i < 2 && isDigit(this.format.charCodeAt(this.at)); i++) {
      value = Math.max(value, 0) * 10 + this.format.charCodeAt(this.at++) - 48;
    }
    return value;
  }
}

/** The formatted text; the format itself is argument 1. */
export function formatArguments(args: Arguments): string {
  return new Formatter(args).run();
}
