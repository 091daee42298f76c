/**
 * C's `printf` conversions of doubles, digit for digit.
 *
 * JavaScript's `toPrecision`, `toExponential` and `toFixed` round the exact binary value correctly up to 100 digits, as glibc does, so only
 * the layout has to be added: exponents of at least two digits, no trailing zeros in `%g`, and glibc's names of the special values.
 *
 * Differs: the sign of NaN is not observable in JavaScript; NaN prints as `-nan`, which is what x86 produces for 0/0 and inf-inf. A client
 * can tell for `-(0/0)` and `tonumber('nan')`, which print as `nan` in Redis.
 */

/** A special value's name, or `undefined` for an ordinary number. */
function special(value: number): string | undefined {
  if (Number.isNaN(value)) return '-nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return undefined;
}

function isNegative(value: number): boolean {
  return value < 0 || (value === 0 && 1 / value < 0);
}

/** Digits beyond those wanted that are looked at to tell a tie from a value just above it. */
const DIGITS_MAX = 100;

/**
 * `toExponential` with ties to even, as glibc rounds; JavaScript rounds ties up.
 * A tie needs an exact 5 as the last digit of the expansion, which is rare, so the second look is rarely taken.
 */
function toExponential(value: number, precision: number): string {
  if (precision >= DIGITS_MAX) return value.toExponential(DIGITS_MAX);
  const longer = value.toExponential(precision + 1);
  const end = longer.indexOf('e');
  if (longer.charCodeAt(end - 1) !== 53) return value.toExponential(precision);
  const exact = value.toExponential(DIGITS_MAX);
  // One digit, the point, then `precision` digits: the rest decides.
  if (!/^50*$/.test(exact.slice(precision + 2, exact.indexOf('e')))) return value.toExponential(precision);
  const kept = longer.slice(0, end - 1);
  const lastDigit = kept.charCodeAt(kept.endsWith('.') ? kept.length - 2 : kept.length - 1);
  if ((lastDigit & 1) === 1) return value.toExponential(precision);
  return (kept.endsWith('.') ? kept.slice(0, -1) : kept) + longer.slice(end);
}

/** `toFixed` with ties to even. */
function toFixed(value: number, precision: number): string {
  if (precision >= DIGITS_MAX) return value.toFixed(DIGITS_MAX);
  const longer = value.toFixed(precision + 1);
  if (longer.charCodeAt(longer.length - 1) !== 53) return value.toFixed(precision);
  const exact = value.toFixed(DIGITS_MAX);
  if (!exact.startsWith(longer) || !/^0*$/.test(exact.slice(longer.length))) return value.toFixed(precision);
  const kept = longer.slice(0, -1);
  const bare = kept.endsWith('.') ? kept.slice(0, -1) : kept;
  return (bare.charCodeAt(bare.length - 1) & 1) === 1 ? value.toFixed(precision) : bare;
}

/** `1.5e+7` as C writes it: `1.5e+07`. */
function widenExponent(text: string): string {
  const at = text.indexOf('e');
  if (at < 0) return text;
  const digits = text.slice(at + 2);
  return digits.length >= 2 ? text : `${text.slice(0, at + 2)}0${digits}`;
}

/** `%.<precision>e`. */
export function formatExponential(value: number, precision: number, alternative = false): string {
  const name = special(value);
  if (name !== undefined) return name;
  let text = widenExponent(toExponential(Math.abs(value), precision));
  if (alternative && precision === 0) text = text.replace('e', '.e');
  return isNegative(value) ? `-${text}` : text;
}

/** `%.<precision>f`. */
export function formatFixed(value: number, precision: number, alternative = false): string {
  const name = special(value);
  if (name !== undefined) return name;
  const magnitude = Math.abs(value);
  let text: string;
  if (magnitude < 1e21) {
    text = toFixed(magnitude, precision);
  } else {
    text = BigInt(magnitude).toString();
    if (precision > 0) text += `.${'0'.repeat(precision)}`;
  }
  if (alternative && precision === 0) text += '.';
  return isNegative(value) ? `-${text}` : text;
}

/** `%.<precision>g`. */
export function formatGeneral(value: number, precision: number, alternative = false): string {
  const name = special(value);
  if (name !== undefined) return name;
  const digits = precision === 0 ? 1 : Math.min(precision, 100);
  const sign = isNegative(value) ? '-' : '';
  if (value === 0)
    return alternative && digits > 1 ? `${sign}0.${'0'.repeat(digits - 1)}` : `${sign}0${alternative ? '.' : ''}`;
  const scientific = toExponential(Math.abs(value), digits - 1);
  const at = scientific.indexOf('e');
  const exponent = Number(scientific.slice(at + 1));
  if (exponent < -4 || exponent >= digits) {
    const mantissa = alternative ? scientific.slice(0, at) : trimZeros(scientific.slice(0, at));
    return sign + widenExponent(mantissa + scientific.slice(at));
  }
  const figures = scientific.slice(0, at).replace('.', '');
  let text: string;
  if (exponent < 0) text = `0.${'0'.repeat(-exponent - 1)}${figures}`;
  else if (exponent + 1 >= figures.length)
    text = figures + '0'.repeat(exponent + 1 - figures.length) + (alternative ? '.' : '');
  else text = `${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`;
  return sign + (alternative ? text : trimZeros(text));
}

function trimZeros(text: string): string {
  if (text.indexOf('.') < 0) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end--;
  if (text.charCodeAt(end - 1) === 46) end--;
  return text.slice(0, end);
}
