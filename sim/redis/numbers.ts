/**
 * Numbers as Redis reads and writes them.
 *
 * Reading is strict: an integer has no leading zero, plus or space (`string2ll`), a double is what `strtod` takes whole, without leading
 * space (`string2d`). Writing doubles is `%.17g`. 64-bit integers are JavaScript numbers while safe and bigints beyond.
 */

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);
/** `LONG_MAX` as a double: only for comparisons, where the lost low bits do not matter. */
export const LONG_MAX = Number(INT64_MAX);

/**
 * Reads a canonical decimal integer in the safe range.
 * @returns NaN when the text is not canonical, or is an integer outside the safe range
 */
export function parseSafeInteger(text: string): number {
  const length = text.length;
  if (length === 0 || length > 17) return Number.NaN;
  let index = 0;
  let isNegative = false;
  if (text.charCodeAt(0) === 45) {
    if (length === 1) return Number.NaN;
    isNegative = true;
    index = 1;
  }
  const first = text.charCodeAt(index);
  if (first === 48) return length === 1 ? 0 : Number.NaN;
  let value = 0;
  for (; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return isNegative ? -value : value;
}

/** Reads a canonical 64-bit decimal integer; null when it is none. */
export function parseInt64(text: string): bigint | null {
  const safe = parseSafeInteger(text);
  if (!Number.isNaN(safe)) return BigInt(safe);
  const length = text.length;
  if (length === 0 || length > 20) return null;
  let index = 0;
  if (text.charCodeAt(0) === 45) index = 1;
  const first = text.charCodeAt(index);
  if (!(first >= 49 && first <= 57)) return null;
  for (let at = index + 1; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return null;
  }
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? null : value;
}

/** Reads an unsigned 64-bit decimal integer, canonical as above; null when it is none. */
export function parseUint64(text: string): bigint | null {
  const length = text.length;
  if (length === 0 || length > 20) return null;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return null;
  }
  if (length > 1 && text.charCodeAt(0) === 48) return null;
  const value = BigInt(text);
  return value >= 2n ** 64n ? null : value;
}

/** True when a string is stored as an integer by Redis: canonical and within 64 bits. */
export function isInt64Text(text: string): boolean {
  return parseInt64(text) !== null;
}

/**
 * Reads a double as `strtod` does, the whole text and without leading space.
 * @returns null when it is none, is NaN, or overflows or vanishes
 */
export function parseDouble(text: string): number | null {
  const value = strtod(text);
  return value === null || Number.isNaN(value) ? null : value;
}

/** `strtod` over the whole text, `nan` included; null where it would stop early or set ERANGE to infinity or zero. */
export function strtod(text: string): number | null {
  const length = text.length;
  let index = 0;
  let sign = 1;
  const lead = text.charCodeAt(0);
  if (lead === 43 || lead === 45) {
    if (lead === 45) sign = -1;
    index = 1;
  }
  if (index >= length) return null;
  const code = text.charCodeAt(index) | 32;
  if (code === 105 || code === 110) return parseSpecial(text.slice(index).toLowerCase(), sign);
  if (text.charCodeAt(index) === 48 && (text.charCodeAt(index + 1) | 32) === 120)
    return parseHexDouble(text.slice(index + 2), sign);
  if (!isDecimalFloat(text, index)) return null;
  const value = Number(text.slice(index));
  if (value === Number.POSITIVE_INFINITY) return null;
  if (value === 0 && hasNonZeroDigit(text, index)) return null;
  return sign * value;
}

function parseSpecial(text: string, sign: number): number | null {
  if (text === 'inf' || text === 'infinity') return sign * Number.POSITIVE_INFINITY;
  if (text === 'nan') return Number.NaN;
  return null;
}

/** Digits with at most one point and at least one digit, then an optional exponent, to the end. */
function isDecimalFloat(text: string, from: number): boolean {
  const length = text.length;
  let index = from;
  let digits = 0;
  let points = 0;
  for (; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) digits += 1;
    else if (code === 46 && points === 0) points = 1;
    else break;
  }
  if (digits === 0) return false;
  if (index === length) return true;
  if ((text.charCodeAt(index) | 32) !== 101) return false;
  index += 1;
  const sign = text.charCodeAt(index);
  if (sign === 43 || sign === 45) index += 1;
  if (index >= length) return false;
  for (; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function hasNonZeroDigit(text: string, from: number): boolean {
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 49 && code <= 57) return true;
    if ((code | 32) === 101) return false;
  }
  return false;
}

function parseHexDouble(text: string, sign: number): number | null {
  const match = /^([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i.exec(text);
  if (match === null) return null;
  const whole = match[1] ?? '';
  const fraction = match[2] ?? '';
  if (whole.length + fraction.length === 0) return null;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(match[3] ?? '0') - 4 * fraction.length);
  return Number.isFinite(value) ? sign * value : null;
}

/** Formats a double as C's `%.17g`, with `inf` and `-inf`. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && value < 1e15 && value > -1e15) return Object.is(value, -0) ? '-0' : String(value);
  return formatG(value, 17);
}

/** Formats a double as C's `%.<precision>g`. */
export function formatG(value: number, precision: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (Number.isNaN(value)) return 'nan';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const text = roundHalfEven(value, precision);
  const cut = text.indexOf('e');
  const exponent = Number(text.slice(cut + 1));
  const sign = value < 0 ? '-' : '';
  let digits = text.slice(value < 0 ? 1 : 0, cut).replace('.', '');
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === 48) end -= 1;
  digits = digits.slice(0, end);
  if (exponent < -4 || exponent >= precision) {
    const magnitude = Math.abs(exponent);
    const tail = `e${exponent < 0 ? '-' : '+'}${magnitude < 10 ? '0' : ''}${magnitude}`;
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}${tail}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return `${sign}${digits}${'0'.repeat(exponent + 1 - digits.length)}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/**
 * Scientific notation with `precision` digits. JavaScript rounds an exact tie away from zero and C rounds it to even: 100003 / 2^18 has 18
 * digits and ends in 5.
 */
function roundHalfEven(value: number, precision: number): string {
  const text = value.toExponential(precision - 1);
  const exact = value.toExponential(60);
  const start = value < 0 ? 1 : 0;
  const mantissa = exact.slice(start, exact.indexOf('e')).replace('.', '');
  if (mantissa.charCodeAt(precision) !== 53) return text;
  for (let index = precision + 1; index < mantissa.length; index++) {
    if (mantissa.charCodeAt(index) !== 48) return text;
  }
  if ((mantissa.charCodeAt(precision - 1) & 1) === 1) return text;
  const kept = mantissa.slice(0, precision);
  return `${value < 0 ? '-' : ''}${kept[0]}.${kept.slice(1)}${exact.slice(exact.indexOf('e'))}`;
}

/**
 * `strtod` as score bounds use it: leading space is skipped, the empty text is zero, overflow is infinity; a NUL ends the text.
 * @returns null when something else is left over, or the value is NaN
 */
export function strtodLoose(text: string): number | null {
  const end = text.indexOf('\0');
  const whole = end < 0 ? text : text.slice(0, end);
  if (whole === '') return 0;
  const trimmed = whole.replace(/^[ \t-\r]+/, '');
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const value = strtod(trimmed);
  return value === null || Number.isNaN(value) ? null : value;
}
