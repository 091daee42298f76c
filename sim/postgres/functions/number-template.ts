/**
 * Number templates of to_char and to_number, after NUM_processor of the server: one pass over the template with a cursor in the number's digits.
 * The locale is C: D is a point, G a comma, L a space. Past 500 lines this is one state machine over the template's tokens.
 */
import type { Numeric } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import {
  absolute,
  digitCount,
  divideRounded,
  finite,
  formatNumeric,
  parseNumeric,
  round,
  sign,
  tenTo,
  toInteger,
} from '../types/numeric.ts';

const words = [
  'EEEE',
  'FM',
  'MI',
  'PL',
  'PR',
  'RN',
  'rn',
  'SG',
  'SP',
  'TH',
  'th',
  ',',
  '.',
  '0',
  '9',
  'B',
  'C',
  'D',
  'G',
  'L',
  'S',
  'V',
];
const folded = new Map([
  ['eeee', 'EEEE'],
  ['fm', 'FM'],
  ['mi', 'MI'],
  ['pl', 'PL'],
  ['pr', 'PR'],
  ['sg', 'SG'],
  ['sp', 'SP'],
  ['b', 'B'],
  ['c', 'C'],
  ['d', 'D'],
  ['g', 'G'],
  ['l', 'L'],
  ['s', 'S'],
  ['v', 'V'],
]);

type Token = { readonly word: string } | { readonly text: string };

interface Description {
  readonly tokens: Token[];
  pre: number;
  post: number;
  multi: number;
  zeroStart: number;
  zeroEnd: number;
  preSign: number;
  signPlace: 'none' | 'pre' | 'post';
  isDecimal: boolean;
  isZero: boolean;
  isFill: boolean;
  isBlank: boolean;
  isRoman: boolean;
  isMulti: boolean;
  isBracket: boolean;
  isMinus: boolean;
  isPlus: boolean;
  isScientific: boolean;
}

const bad = (message: string, detail?: string): Error =>
  pgError('42601', message, detail === undefined ? undefined : { detail });

function describe(template: string): Description {
  const d: Description = {
    tokens: [],
    pre: 0,
    post: 0,
    multi: 0,
    zeroStart: 0,
    zeroEnd: 0,
    preSign: 0,
    signPlace: 'none',
    isDecimal: false,
    isZero: false,
    isFill: false,
    isBlank: false,
    isRoman: false,
    isMulti: false,
    isBracket: false,
    isMinus: false,
    isPlus: false,
    isScientific: false,
  };
  let at = 0;
  while (at < template.length) {
    const word = words.find((candidate) => template.startsWith(candidate, at)) ?? foldedAt(template, at);
    if (word !== undefined) {
      at += word.length;
      const canonical = folded.get(word) ?? word;
      note(d, canonical);
      d.tokens.push({ word: canonical });
      continue;
    }
    if (template[at] === '"') {
      at++;
      let text = '';
      while (at < template.length && template[at] !== '"') {
        if (template[at] === '\\' && at + 1 < template.length) at++;
        text += template[at++];
      }
      at++;
      d.tokens.push({ text });
      continue;
    }
    if (template[at] === '\\' && template[at + 1] === '"') at++;
    const text = String.fromCodePoint(template.codePointAt(at)!);
    d.tokens.push({ text });
    at += text.length;
  }
  return d;
}

function foldedAt(template: string, at: number): string | undefined {
  for (const word of folded.keys()) if (template.startsWith(word, at)) return word;
  return undefined;
}

/** What a word changes in the description, with the combinations the server refuses. */
function note(d: Description, word: string): void {
  if (d.isScientific && word !== 'EEEE') throw bad('"EEEE" must be the last pattern used');
  switch (word) {
    case '9':
      if (d.isBracket) throw bad('"9" must be ahead of "PR"');
      if (d.isMulti) d.multi++;
      else if (d.isDecimal) d.post++;
      else d.pre++;
      return;
    case '0':
      if (d.isBracket) throw bad('"0" must be ahead of "PR"');
      if (!d.isZero && !d.isDecimal) {
        d.isZero = true;
        d.zeroStart = d.pre + 1;
      }
      if (d.isDecimal) d.post++;
      else d.pre++;
      d.zeroEnd = d.pre + d.post;
      return;
    case 'B':
      if (d.pre === 0 && d.post === 0 && !d.isZero) d.isBlank = true;
      return;
    case 'D':
    case '.':
      if (d.isDecimal) throw bad('multiple decimal points');
      if (d.isMulti) throw bad('cannot use "V" and decimal point together');
      d.isDecimal = true;
      return;
    case 'FM':
      d.isFill = true;
      return;
    case 'S':
      if (d.signPlace !== 'none') throw bad('cannot use "S" twice');
      if (d.isPlus || d.isMinus || d.isBracket) throw bad('cannot use "S" and "PL"/"MI"/"SG"/"PR" together');
      d.signPlace = d.isDecimal ? 'post' : 'pre';
      if (!d.isDecimal) d.preSign = d.pre;
      return;
    case 'MI':
    case 'PL':
    case 'SG':
      if (d.signPlace !== 'none') throw bad(`cannot use "S" and "${word}" together`);
      if (word !== 'PL') d.isMinus = true;
      if (word !== 'MI') d.isPlus = true;
      return;
    case 'PR':
      if (d.signPlace !== 'none' || d.isPlus || d.isMinus) throw bad('cannot use "PR" and "S"/"PL"/"MI"/"SG" together');
      d.isBracket = true;
      return;
    case 'RN':
    case 'rn':
      d.isRoman = true;
      return;
    case 'V':
      if (d.isDecimal) throw bad('cannot use "V" and decimal point together');
      d.isMulti = true;
      return;
    case 'EEEE':
      if (d.isScientific) throw bad('cannot use "EEEE" twice');
      if (
        d.isBlank ||
        d.isFill ||
        d.signPlace !== 'none' ||
        d.isBracket ||
        d.isMinus ||
        d.isPlus ||
        d.isRoman ||
        d.isMulti
      ) {
        throw bad(
          '"EEEE" is incompatible with other formats',
          '"EEEE" may only be used together with digit and decimal point patterns.',
        );
      }
      d.isScientific = true;
      return;
    default:
  }
}

const romanHundreds = ['', 'C', 'CC', 'CCC', 'CD', 'D', 'DC', 'DCC', 'DCCC', 'CM'];
const romanTens = ['', 'X', 'XX', 'XXX', 'XL', 'L', 'LX', 'LXX', 'LXXX', 'XC'];
const romanOnes = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'];

function roman(value: number): string {
  if (value < 1 || value > 3999) return '#'.repeat(15);
  return (
    'M'.repeat(Math.floor(value / 1000)) +
    romanHundreds[Math.floor(value / 100) % 10] +
    romanTens[Math.floor(value / 10) % 10] +
    romanOnes[value % 10]
  );
}

/** `st`, `nd`, `rd` or `th` for a number's text. */
export function ordinalOf(text: string): string {
  const last = text[text.length - 1];
  if (text[text.length - 2] === '1') return 'th';
  return last === '1' ? 'st' : last === '2' ? 'nd' : last === '3' ? 'rd' : 'th';
}

function scientific(value: Numeric, pre: number, digits: number): string {
  if (value.special !== 0) return ` ${'#'.repeat(pre)}.${'#'.repeat(digits + 4)}`;
  if (value.value === 0n) return ` ${digits > 0 ? `0.${'0'.repeat(digits)}` : '0'}e+00`;
  const size = absolute(value.value);
  let exponent = digitCount(size) - value.scale - 1;
  const shift = digits - exponent - value.scale;
  let scaled = shift >= 0 ? size * tenTo(shift) : divideRounded(size, tenTo(-shift));
  if (digitCount(scaled) > digits + 1) {
    scaled /= 10n;
    exponent++;
  }
  const text = scaled.toString();
  const mantissa = digits > 0 ? `${text[0]}.${text.slice(1)}` : text;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${value.value < 0n ? '-' : ' '}${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
}

/** The text of a number under a template. */
export function formatNumber(value: Numeric, template: string): string {
  const d = describe(template);
  if (d.isScientific) return scientific(value, d.pre, d.post);
  if (d.isRoman) return emit(d, { digits: romanDigits(value), isNegative: false, preSpaces: 0 });
  let shown = value;
  if (d.isMulti) {
    if (value.special === 0) shown = finite(value.value * tenTo(d.multi), value.scale);
    d.pre += d.multi;
  }
  if (shown.special !== 0) {
    const text = '#'.repeat(d.pre) + (d.isDecimal || d.post > 0 ? `.${'#'.repeat(d.post)}` : '');
    const word = shown.special === 1 ? 'NaN' : 'Infinity';
    if (d.pre >= word.length)
      return emit(d, { digits: word, isNegative: shown.special === 3, preSpaces: d.pre - word.length });
    return emit(d, { digits: text, isNegative: shown.special === 3, preSpaces: 0 });
  }
  const rounded = round(shown, d.post);
  const isNegative = sign(shown) < 0 && (sign(rounded) !== 0 || value.scale > 0);
  let digits = formatNumeric(rounded).replace('-', '');
  const integerLength = digits.indexOf('.') < 0 ? digits.length : digits.indexOf('.');
  let preSpaces = 0;
  if (integerLength < d.pre) preSpaces = d.pre - integerLength;
  else if (integerLength > d.pre) digits = `${'#'.repeat(d.pre)}.${'#'.repeat(d.post)}`;
  return emit(d, { digits, isNegative: isNegative && sign(rounded) !== 0 ? true : sign(rounded) < 0, preSpaces });
}

function romanDigits(value: Numeric): string {
  return roman(Number(toInteger(value, -2147483648n, 2147483647n, 'integer')));
}

interface Shown {
  readonly digits: string;
  readonly isNegative: boolean;
  readonly preSpaces: number;
}

/** The cursor over the digits while tokens are written. */
class Writer {
  readonly #d: Description;
  readonly #number: string;
  readonly #signText: '+' | '-';
  readonly #preSpaces: number;
  readonly #lastRelevant: number | null;
  readonly #count: number;
  readonly #zeroStart: number;
  #isSignWritten: boolean;
  #at = 0;
  #position = 0;
  isInNumber = false;
  out = '';

  constructor(d: Description, number: Shown) {
    this.#d = d;
    this.#number = number.digits;
    this.#signText = number.isNegative ? '-' : '+';
    this.#preSpaces = number.preSpaces;
    this.#zeroStart = d.zeroStart > 0 ? d.zeroStart - 1 : 0;
    if (d.isPlus || d.isMinus) this.#isSignWritten = d.isMinus;
    else {
      if (!number.isNegative && d.isBracket && d.isFill) d.isBracket = false;
      this.#isSignWritten = !number.isNegative && d.isFill && d.signPlace === 'none';
      if (d.signPlace === 'pre' && d.pre === d.preSign) d.signPlace = 'post';
    }
    this.#count = d.post + d.pre - 1 + (!this.#isSignWritten && number.preSpaces === 0 ? 1 : 0);
    this.#lastRelevant = d.isFill && d.isDecimal ? this.#findLastRelevant() : null;
  }

  #findLastRelevant(): number | null {
    const point = this.#number.indexOf('.');
    if (point < 0) return null;
    let last = point;
    for (let i = point + 1; i < this.#number.length; i++) if (this.#number[i] !== '0') last = i;
    if (this.#d.zeroEnd > this.#preSpaces) {
      last = Math.max(last, Math.min(this.#number.length - 1, this.#d.zeroEnd - this.#preSpaces));
    }
    return last;
  }

  get isNegative(): boolean {
    return this.#signText === '-';
  }

  #isLeadingZeroHidden(): boolean {
    return !this.#d.isZero && this.#at === 0 && this.#number[0] === '0' && this.#d.post !== 0;
  }

  #isPointLast(): boolean {
    return this.#lastRelevant !== null && this.#number[this.#lastRelevant] === '.';
  }

  digit(word: string): void {
    const d = this.#d;
    this.isInNumber = false;
    const isStarted = this.#position >= this.#preSpaces || (d.isZero && this.#zeroStart === this.#position);
    if (!this.#isSignWritten && isStarted && (!this.#isLeadingZeroHidden() || this.#isPointLast())) this.#writeSign();
    if (this.#position < this.#preSpaces && (this.#zeroStart > this.#position || !d.isZero)) {
      if (!d.isFill) this.out += ' ';
    } else if (d.isZero && this.#position < this.#preSpaces && this.#zeroStart <= this.#position) {
      this.out += '0';
      this.isInNumber = true;
    } else {
      this.#writeDigit(word);
      if (this.#at < this.#number.length) this.#at++;
    }
    let end = this.#count + (this.#preSpaces > 0 ? 1 : 0) + (d.isDecimal ? 1 : 0);
    if (this.#lastRelevant !== null && this.#lastRelevant === this.#at) end = this.#position;
    if (this.#position + 1 === end) {
      if (this.#isSignWritten && d.isBracket) this.out += this.isNegative ? '>' : ' ';
      else if (d.signPlace === 'post') this.out += this.#signText;
    }
    this.#position++;
  }

  #writeSign(): void {
    const d = this.#d;
    if (d.signPlace !== 'none') {
      if (d.signPlace === 'pre') {
        this.out += this.#signText;
        this.#isSignWritten = true;
      }
    } else if (d.isBracket) {
      this.out += this.isNegative ? '<' : ' ';
      this.#isSignWritten = true;
    } else {
      if (this.isNegative) this.out += '-';
      else if (!d.isFill) this.out += ' ';
      this.#isSignWritten = true;
    }
  }

  #writeDigit(word: string): void {
    const c = this.#number[this.#at];
    if (c === '.') {
      if (this.#lastRelevant === null || !this.#isPointLast() || this.#d.isFill) this.out += '.';
      return;
    }
    if (this.#lastRelevant !== null && this.#at > this.#lastRelevant && word !== '0') return;
    if (this.#isLeadingZeroHidden()) {
      if (!this.#d.isFill) this.out += ' ';
      else if (this.#isPointLast()) this.out += '0';
      return;
    }
    if (c !== undefined) this.out += c;
    this.isInNumber = true;
  }
}

function emit(d: Description, number: Shown): string {
  const writer = new Writer(d, number);
  for (const token of d.tokens) {
    if ('text' in token) {
      writer.out += token.text;
      continue;
    }
    switch (token.word) {
      case '9':
      case '0':
      case '.':
      case 'D':
        if (!d.isRoman) writer.digit(token.word);
        break;
      case ',':
      case 'G':
        if (writer.isInNumber) writer.out += ',';
        else if (!d.isFill) writer.out += ' ';
        break;
      case 'L':
        writer.out += ' ';
        break;
      case 'RN':
      case 'rn': {
        const text = token.word === 'rn' ? number.digits.toLowerCase() : number.digits;
        writer.out += d.isFill ? text : text.padStart(15);
        break;
      }
      case 'th':
      case 'TH':
        if (d.isRoman || number.digits.startsWith('#') || writer.isNegative || d.isDecimal) break;
        if (!/\d$/.test(number.digits)) throw pgError('22P02', `"${number.digits}" is not a number`);
        writer.out += token.word === 'th' ? ordinalOf(number.digits) : ordinalOf(number.digits).toUpperCase();
        break;
      case 'MI':
        if (writer.isNegative) writer.out += '-';
        else if (!d.isFill) writer.out += ' ';
        break;
      case 'PL':
        if (!writer.isNegative) writer.out += '+';
        else if (!d.isFill) writer.out += ' ';
        break;
      case 'SG':
        writer.out += writer.isNegative ? '-' : '+';
        break;
      default:
    }
  }
  return writer.out;
}

/** to_number: the digits of a text where the template has digits; everything else is skipped. */
export function parseNumber(text: string, template: string): Numeric | null {
  const d = describe(template);
  if (d.isScientific) throw pgError('0A000', '"EEEE" not supported for input');
  if (d.isRoman) throw pgError('0A000', '"RN" not supported for input');
  let at = 0;
  let isNegative = false;
  let digits = '';
  let hasPoint = false;
  const readSign = (): void => {
    if (text[at] === '-' || text[at] === '+' || (text[at] === '<' && d.isBracket)) {
      isNegative = text[at] !== '+';
      at++;
    }
  };
  for (const token of d.tokens) {
    if (at >= text.length) break;
    if ('text' in token) {
      at += [...token.text].length;
      continue;
    }
    switch (token.word) {
      case '9':
      case '0':
      case '.':
      case 'D':
        while (text[at] === ' ') at++;
        if (digits === '' && !hasPoint) readSign();
        if (
          text[at] === '.' &&
          d.isDecimal &&
          !hasPoint &&
          (token.word === '.' || token.word === 'D' || digits !== '')
        ) {
          hasPoint = true;
          digits += '.';
          at++;
          if (token.word === '9' || token.word === '0') {
            const c = text[at];
            if (c !== undefined && c >= '0' && c <= '9') {
              digits += c;
              at++;
            }
          }
          break;
        }
        if (token.word === '.' || token.word === 'D') break;
        if (text[at] !== undefined && text[at]! >= '0' && text[at]! <= '9') {
          digits += text[at++];
        }
        break;
      case ',':
      case 'G':
        if (text[at] === ',') at++;
        break;
      case 'MI':
      case 'PL':
      case 'SG':
      case 'S':
        readSign();
        break;
      case 'L':
        at++;
        break;
      case 'TH':
      case 'th':
        at += 2;
        break;
      default:
    }
  }
  if (/^\s*-/.test(text.slice(at)) && d.signPlace !== 'none') isNegative = true;
  if (digits === '' || digits === '.') return null;
  const parsed = parseNumeric(isNegative ? `-${digits}` : digits);
  if (parsed === null) return null;
  const scaled = d.isMulti ? finite(parsed.value, parsed.scale + d.multi) : parsed;
  return scaled;
}
