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
  let text = widenExponent(Math.abs(value).toExponential(Math.min(precision, 100)));
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
    text = magnitude.toFixed(Math.min(precision, 100));
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
  const scientific = Math.abs(value).toExponential(digits - 1);
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
