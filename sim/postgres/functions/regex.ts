/**
 * Regular expressions of SQL: POSIX patterns in the server's advanced flavour, translated to JavaScript's and cached.
 * Differs: among alternatives the first that matches wins, not the longest, and one pattern cannot mix greedy and non-greedy parts the way the
 * server decides for the whole; a client sees it only in what such a pattern captures. Collating elements ([[.x.]], [[=x=]]) are refused.
 */
import { arrayOf } from '../types/array.ts';
import type { Datum } from '../types/datum.ts';
import { invalidParameter, notSimulated, pgError } from '../types/errors.ts';
import { Oid } from '../types/oids.ts';
import type { Implementation, SetImplementation } from './implementation.ts';

const classes: Record<string, string> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  ascii: '\\x00-\\x7f',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t\\n\\v\\f\\r',
  upper: 'A-Z',
  word: 'a-zA-Z0-9_',
  xdigit: '0-9a-fA-F',
};

const invalid = (reason: string): Error => pgError('2201B', `invalid regular expression: ${reason}`);

interface Options {
  isGlobal: boolean;
  isCaseBlind: boolean;
  isExpanded: boolean;
  isLiteral: boolean;
  /** `.` and negated classes stop at newlines. */
  isNewlineStopping: boolean;
  /** `^` and `$` match at lines. */
  isLineAnchored: boolean;
}

function parseFlags(flags: string, isGlobalAllowed: boolean): Options {
  const options: Options = {
    isGlobal: false,
    isCaseBlind: false,
    isExpanded: false,
    isLiteral: false,
    isNewlineStopping: false,
    isLineAnchored: false,
  };
  for (const flag of flags) {
    if (flag === 'g' && isGlobalAllowed) options.isGlobal = true;
    else applyFlag(options, flag, flags);
  }
  return options;
}

function applyFlag(options: Options, flag: string, flags: string): void {
  switch (flag) {
    case 'i':
      options.isCaseBlind = true;
      return;
    case 'c':
      options.isCaseBlind = false;
      return;
    case 'x':
      options.isExpanded = true;
      return;
    case 't':
      options.isExpanded = false;
      return;
    case 'q':
      options.isLiteral = true;
      return;
    case 'm':
    case 'n':
      options.isNewlineStopping = true;
      options.isLineAnchored = true;
      return;
    case 'p':
      options.isNewlineStopping = true;
      options.isLineAnchored = false;
      return;
    case 'w':
      options.isNewlineStopping = false;
      options.isLineAnchored = true;
      return;
    case 's':
      options.isNewlineStopping = false;
      options.isLineAnchored = false;
      return;
    case 'e':
      return;
    default:
      throw invalidParameter(`invalid regular expression option: "${flag === '' ? flags : flag}"`);
  }
}

/** Letters of escapes that mean the same in both flavours. */
const sameEscapes = 'dDsSwWbfnrtv';

class Translator {
  readonly #pattern: string;
  readonly #options: Options;
  #at = 0;
  #groups = 0;
  #open = 0;

  constructor(pattern: string, options: Options) {
    this.#pattern = pattern;
    this.#options = options;
  }

  translate(): string {
    if (this.#pattern.startsWith('***=')) return escapeLiteral(this.#pattern.slice(4));
    if (this.#options.isLiteral) return escapeLiteral(this.#pattern);
    if (this.#pattern.startsWith('***:')) this.#at = 4;
    const embedded = /^\(\?([a-z]+)\)/.exec(this.#pattern.slice(this.#at));
    if (embedded !== null) {
      for (const flag of embedded[1]!) applyFlag(this.#options, flag, embedded[1]!);
      this.#at += embedded[0].length;
    }
    if (this.#options.isLiteral) return escapeLiteral(this.#pattern.slice(this.#at));
    let out = '';
    let isQuantifiable = false;
    while (this.#at < this.#pattern.length) {
      const c = this.#pattern[this.#at]!;
      if (this.#options.isExpanded && /\s/.test(c)) {
        this.#at++;
        continue;
      }
      if (this.#options.isExpanded && c === '#') {
        while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== '\n') this.#at++;
        continue;
      }
      if (this.#pattern.startsWith('(?#', this.#at)) {
        const end = this.#pattern.indexOf(')', this.#at);
        if (end < 0) throw invalid('parentheses () not balanced');
        this.#at = end + 1;
        continue;
      }
      switch (c) {
        case '(': {
          const head = /^\((\?(?:[:=!]|<[=!]))?/.exec(this.#pattern.slice(this.#at))![0];
          if (head === '(') {
            if (this.#pattern[this.#at + 1] === '?') throw invalid('quantifier operand invalid');
            this.#groups++;
          }
          out += head;
          this.#at += head.length;
          this.#open++;
          isQuantifiable = false;
          break;
        }
        case ')':
          if (this.#open === 0) throw invalid('parentheses () not balanced');
          this.#open--;
          out += ')';
          this.#at++;
          isQuantifiable = true;
          break;
        case '[':
          out += this.#bracket();
          isQuantifiable = true;
          break;
        case '\\':
          out += this.#escape();
          isQuantifiable = true;
          break;
        case '.':
          out += this.#options.isNewlineStopping ? '[^\\n]' : '[^]';
          this.#at++;
          isQuantifiable = true;
          break;
        case '^':
          out += this.#options.isLineAnchored ? '(?<=^|\\n)' : '^';
          this.#at++;
          isQuantifiable = false;
          break;
        case '$':
          out += this.#options.isLineAnchored ? '(?=$|\\n)' : '$';
          this.#at++;
          isQuantifiable = false;
          break;
        case '*':
        case '+':
        case '?':
          if (!isQuantifiable) throw invalid('quantifier operand invalid');
          out += this.#quantifier(c);
          isQuantifiable = false;
          break;
        case '{': {
          const bound = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#pattern.slice(this.#at));
          if (bound === null) {
            if (/^\{\d/.test(this.#pattern.slice(this.#at))) throw invalid('invalid repetition count(s)');
            out += '\\{';
            this.#at++;
            isQuantifiable = true;
            break;
          }
          if (!isQuantifiable) throw invalid('quantifier operand invalid');
          const low = Number(bound[1]);
          const high = bound[3] === undefined || bound[3] === '' ? low : Number(bound[3]);
          if (low > 255 || high > 255 || low > high) throw invalid('invalid repetition count(s)');
          this.#at += bound[0].length - 1;
          out += this.#quantifier(bound[0]);
          isQuantifiable = false;
          break;
        }
        case '|':
          out += '|';
          this.#at++;
          isQuantifiable = false;
          break;
        default: {
          const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
          out += /[/}\]]/.test(character) ? `\\${character}` : character;
          this.#at += character.length;
          isQuantifiable = true;
        }
      }
    }
    if (this.#open > 0) throw invalid('parentheses () not balanced');
    return out;
  }

  #quantifier(text: string): string {
    this.#at++;
    if (this.#pattern[this.#at] === '?') {
      this.#at++;
      return `${text}?`;
    }
    const next = this.#pattern[this.#at];
    if (next === '*' || next === '+') throw invalid('quantifier operand invalid');
    return text;
  }

  #escape(): string {
    const c = this.#pattern[this.#at + 1];
    if (c === undefined) throw invalid('invalid escape \\ sequence');
    this.#at += 2;
    if (sameEscapes.includes(c)) {
      if (c === 'b') return '\\x08';
      if (c === 'w') return '[a-zA-Z0-9_]';
      if (c === 'W') return '[^a-zA-Z0-9_]';
      if (c === 's') return '[ \\t\\n\\v\\f\\r]';
      if (c === 'S') return '[^ \\t\\n\\v\\f\\r]';
      return `\\${c}`;
    }
    switch (c) {
      case 'A':
        return '(?<![^])';
      case 'Z':
        return '(?![^])';
      case 'm':
        return '(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])';
      case 'M':
        return '(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_])';
      case 'y':
        return '(?:(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_]))';
      case 'Y':
        return '(?:(?<![a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<=[a-zA-Z0-9_])(?=[a-zA-Z0-9_]))';
      case 'a':
        return '\\x07';
      case 'B':
        return '\\\\';
      case 'e':
        return '\\x1b';
      case '0':
        return '\\0';
      case 'u':
      case 'U':
      case 'x': {
        const size = c === 'u' ? 4 : c === 'U' ? 8 : 255;
        const digits = new RegExp(`^[0-9a-fA-F]{${c === 'x' ? 1 : size},${size}}`).exec(this.#pattern.slice(this.#at));
        if (digits === null) throw invalid('invalid escape \\ sequence');
        this.#at += digits[0].length;
        return `\\u{${Number.parseInt(digits[0], 16).toString(16)}}`;
      }
      default:
        if (/[1-9]/.test(c)) {
          if (Number(c) > this.#groups) throw invalid('invalid backreference number');
          return `\\${c}(?:)`;
        }
        if (/[a-zA-Z]/.test(c)) throw invalid('invalid escape \\ sequence');
        return escapeLiteral(c);
    }
  }

  #bracket(): string {
    const source = this.#pattern;
    if (source.startsWith('[[:<:]]', this.#at)) {
      this.#at += 7;
      return '(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_])';
    }
    if (source.startsWith('[[:>:]]', this.#at)) {
      this.#at += 7;
      return '(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_])';
    }
    this.#at++;
    let out = '[';
    if (source[this.#at] === '^') {
      out += this.#options.isNewlineStopping ? '^\\n' : '^';
      this.#at++;
    }
    let isFirst = true;
    for (;;) {
      const c = source[this.#at];
      if (c === undefined) throw invalid('brackets [] not balanced');
      if (c === ']' && !isFirst) break;
      isFirst = false;
      if (c === '[' && source[this.#at + 1] === ':') {
        const end = source.indexOf(':]', this.#at);
        const name = end < 0 ? '' : source.slice(this.#at + 2, end);
        const members = classes[name];
        if (members === undefined) throw invalid('invalid character class');
        out += members;
        this.#at = end + 2;
      } else if (c === '[' && (source[this.#at + 1] === '.' || source[this.#at + 1] === '=')) {
        throw notSimulated('a collating element in a regular expression');
      } else if (c === '\\') {
        const next = source[this.#at + 1];
        if (next === undefined) throw invalid('invalid escape \\ sequence');
        const inner = this.#escape();
        out += inner.startsWith('[^') ? `\\${next}` : inner.startsWith('[') ? inner.slice(1, -1) : inner;
      } else {
        const character = String.fromCodePoint(source.codePointAt(this.#at)!);
        out += character === '-' ? '-' : escapeInBracket(character);
        this.#at += character.length;
      }
    }
    this.#at++;
    return `${out}]`;
  }
}

const escapeInBracket = (character: string): string =>
  /[\]\\^[/&~|(){}]/.test(character) ? `\\${character}` : character;

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const compiled = new Map<string, RegExp>();
const compiledMax = 500;

/** The JavaScript expression of a pattern; always with the flags `g`, `d` and `u`, so callers set lastIndex. */
function compile(pattern: string, options: Options): RegExp {
  const key = `${options.isCaseBlind ? 'i' : ''}${options.isExpanded ? 'x' : ''}${options.isLiteral ? 'q' : ''}${options.isNewlineStopping ? 'p' : ''}${options.isLineAnchored ? 'w' : ''}/${pattern}`;
  let expression = compiled.get(key);
  if (expression === undefined) {
    const own = { ...options };
    const source = new Translator(pattern, own).translate();
    try {
      expression = new RegExp(source, own.isCaseBlind ? 'gdui' : 'gdu');
    } catch {
      throw invalid(/\[[^\]]*[^\]]-/.test(pattern) ? 'invalid character range' : 'invalid regular expression');
    }
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(key, expression);
  }
  expression.lastIndex = 0;
  return expression;
}

const plainOptions = (flags = ''): Options => parseFlags(flags, false);

export function regexTest(text: string, pattern: string, isCaseBlind: boolean): boolean {
  return compile(pattern, plainOptions(isCaseBlind ? 'i' : '')).test(text);
}

/** All matches, or the first; an empty match moves on by one character. */
function* findAll(text: string, expression: RegExp, isGlobal: boolean): Generator<RegExpExecArray> {
  let at = 0;
  while (at <= text.length) {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found === null) return;
    yield found;
    if (!isGlobal) return;
    at = found.index + found[0].length;
    if (found[0] === '') at += text.codePointAt(at) !== undefined && text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
}

function captures(found: RegExpExecArray): Datum {
  const groups = found.length > 1 ? found.slice(1) : [found[0]];
  return arrayOf(
    Oid.text,
    groups.map((group) => group ?? null),
  );
}

const str = (datum: Datum | undefined): string => datum as string;
const num = (datum: Datum | undefined): number => datum as number;

/** The text of a replacement: `\1` to `\9` are groups, `\&` the whole match. */
function expandReplacement(replacement: string, found: RegExpExecArray): string {
  return replacement.replace(/\\(.)/gs, (whole, c: string) => {
    if (c === '&') return found[0];
    if (c >= '1' && c <= '9') return found[Number(c)] ?? '';
    return c === '\\' ? '\\' : whole;
  });
}

interface Replace {
  readonly pattern: string;
  readonly replacement: string;
  readonly options: Options;
  /** Index in code units to begin at. */
  readonly start: number;
  /** Which match to replace; 0 = all. */
  readonly nth: number;
}

function replaceMatches(text: string, task: Replace): string {
  const expression = compile(task.pattern, task.options);
  let out = '';
  let last = 0;
  let count = 0;
  let at = task.start;
  while (at <= text.length) {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found === null) break;
    count++;
    if (task.nth === 0 || count === task.nth) {
      out += text.slice(last, found.index) + expandReplacement(task.replacement, found);
      last = found.index + found[0].length;
      if (task.nth !== 0) break;
    }
    at = found.index + found[0].length;
    if (found[0] === '') at++;
  }
  return out + text.slice(last);
}

function indexOfCharacter(text: string, position: number): number {
  let index = 0;
  for (let n = 1; n < position && index < text.length; n++) index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  return index;
}

function positive(value: number, name: string, least: number): number {
  if (value < least) throw invalidParameter(`invalid value for parameter "${name}": ${value}`);
  return value;
}

const noGlobal = (name: string): Error => invalidParameter(`${name} does not support the "global" option`);

/** Flags of a function that refuses `g`. */
function singleFlags(flags: string, name: string, hint?: string): Options {
  const options = parseFlags(flags, true);
  if (options.isGlobal)
    throw hint === undefined
      ? noGlobal(name)
      : invalidParameter(`${name} does not support the "global" option`, { hint });
  return options;
}

function splitByRegex(text: string, pattern: string, flags: string, name: string): string[] {
  const options = singleFlags(flags, name);
  const expression = compile(pattern, options);
  const parts: string[] = [];
  let last = 0;
  for (const found of findAll(text, expression, true)) {
    const end = found.index + found[0].length;
    // An empty match at the start, at the end, or right after a match splits nothing.
    if (found[0] === '' && (found.index === last || found.index >= text.length)) continue;
    parts.push(text.slice(last, found.index));
    last = end;
  }
  parts.push(text.slice(last));
  return parts;
}

/** SQL's SIMILAR TO pattern as an advanced one, anchored at both ends. */
export function similarPattern(pattern: string, escapeText: string | null): string {
  const character = escapeText ?? '\\';
  if ([...character].length > 1) {
    throw pgError('22025', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
  }
  let out = '^(?:';
  let isAfterEscape = false;
  let isInClass = false;
  let quotes = 0;
  for (const c of pattern) {
    if (isAfterEscape) {
      if (c === '"' && !isInClass) {
        if (quotes === 0) out += '){1,1}?(';
        else if (quotes === 1) out += '){1,1}(?:';
        else
          throw pgError('2200C', 'SQL regular expression may not contain more than two escape-double-quote separators');
        quotes++;
      } else out += `\\${c}`;
      isAfterEscape = false;
    } else if (c === character) isAfterEscape = true;
    else if (isInClass) {
      out += c === '\\' ? '\\\\' : c;
      if (c === ']') isInClass = false;
    } else if (c === '[') {
      out += c;
      isInClass = true;
    } else if (c === '%') out += '.*';
    else if (c === '_') out += '.';
    else if (c === '(') out += '(?:';
    else if (c === '\\' || c === '.' || c === '^' || c === '$') out += `\\${c}`;
    else out += c;
  }
  return `${out})$`;
}

function substringByRegex(text: string, pattern: string): Datum {
  const found = compile(pattern, plainOptions()).exec(text);
  if (found === null) return null;
  return found.length > 1 ? (found[1] ?? null) : found[0];
}

const globalHint = 'Use the regexp_matches function instead.';

function instr(a: readonly Datum[]): number {
  const [text, pattern] = [str(a[0]), str(a[1])];
  const start = positive(a.length > 2 ? num(a[2]) : 1, 'start', 1);
  const nth = positive(a.length > 3 ? num(a[3]) : 1, 'n', 1);
  const end = a.length > 4 ? num(a[4]) : 0;
  if (end !== 0 && end !== 1) throw invalidParameter(`invalid value for parameter "endoption": ${end}`);
  const options = singleFlags(a.length > 5 ? str(a[5]) : '', 'regexp_instr()');
  const group = positive(a.length > 6 ? num(a[6]) : 0, 'subexpr', 0);
  const found = nthMatch(text, pattern, options, start, nth);
  const span = found?.indices?.[group];
  if (span === undefined) return 0;
  return [...text.slice(0, span[end])].length + 1;
}

function nthMatch(text: string, pattern: string, options: Options, start: number, nth: number): RegExpExecArray | null {
  if (start > [...text].length + 1) return null;
  const expression = compile(pattern, options);
  let at = indexOfCharacter(text, start);
  for (let n = 1; at <= text.length; n++) {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found === null || n === nth) return found;
    at = found.index + Math.max(1, found[0].length);
  }
  return null;
}

function substr(a: readonly Datum[]): Datum {
  const [text, pattern] = [str(a[0]), str(a[1])];
  const start = positive(a.length > 2 ? num(a[2]) : 1, 'start', 1);
  const nth = positive(a.length > 3 ? num(a[3]) : 1, 'n', 1);
  const options = singleFlags(a.length > 4 ? str(a[4]) : '', 'regexp_substr()');
  const group = positive(a.length > 5 ? num(a[5]) : 0, 'subexpr', 0);
  return nthMatch(text, pattern, options, start, nth)?.[group] ?? null;
}

function count(a: readonly Datum[]): number {
  const start = positive(a.length > 2 ? num(a[2]) : 1, 'start', 1);
  const options = singleFlags(a.length > 3 ? str(a[3]) : '', 'regexp_count()');
  const text = str(a[0]);
  if (start > [...text].length + 1) return 0;
  let total = 0;
  for (const found of findAll(text.slice(indexOfCharacter(text, start)), compile(str(a[1]), options), true)) {
    total += found === null ? 0 : 1;
  }
  return total;
}

const replace: Implementation = (a) => {
  const flags = a.length > 3 ? str(a[3]) : '';
  if (/^\d/.test(flags)) {
    throw invalidParameter(`invalid regular expression option: "${flags[0]}"`, {
      hint: 'If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.',
    });
  }
  const options = parseFlags(flags, true);
  return replaceMatches(str(a[0]), {
    pattern: str(a[1]),
    replacement: str(a[2]),
    options,
    start: 0,
    nth: options.isGlobal ? 0 : 1,
  });
};

const replaceExtended: Implementation = (a) => {
  const start = positive(num(a[3]), 'start', 1);
  const nth = positive(a.length > 4 ? num(a[4]) : 1, 'n', 0);
  const options = parseFlags(a.length > 5 ? str(a[5]) : '', true);
  // Without n the flag `g` says whether all are replaced; with n it is ignored.
  const isAll = a.length === 4 && options.isGlobal;
  return replaceMatches(str(a[0]), {
    pattern: str(a[1]),
    replacement: str(a[2]),
    options,
    start: indexOfCharacter(str(a[0]), start),
    nth: isAll ? 0 : nth,
  });
};

const match: Implementation = (a) => {
  const options = singleFlags(a.length > 2 ? str(a[2]) : '', 'regexp_match()', globalHint);
  const found = compile(str(a[1]), options).exec(str(a[0]));
  return found === null ? null : captures(found);
};

const isMatch =
  (isCaseBlind: boolean, wanted: boolean): Implementation =>
  (a) =>
    regexTest(str(a[0]), str(a[1]), isCaseBlind) === wanted;

export const regexFunctions: Record<string, Implementation> = {
  textregexeq: isMatch(false, true),
  textregexne: isMatch(false, false),
  texticregexeq: isMatch(true, true),
  texticregexne: isMatch(true, false),
  nameregexeq: isMatch(false, true),
  nameregexne: isMatch(false, false),
  nameicregexeq: isMatch(true, true),
  nameicregexne: isMatch(true, false),
  textregexsubstr: (a) => substringByRegex(str(a[0]), str(a[1])),
  textregexreplace_noopt: replace,
  textregexreplace: replace,
  textregexreplace_extended: replaceExtended,
  textregexreplace_extended_no_n: replaceExtended,
  textregexreplace_extended_no_flags: replaceExtended,
  similar_to_escape_1: (a) => similarPattern(str(a[0]), null),
  similar_to_escape_2: (a) => similarPattern(str(a[0]), str(a[1])),
  similar_escape: (a) => (a[0] === null ? null : similarPattern(str(a[0]), a[1] === null ? null : str(a[1]))),
  'sql:substring(text,text,text)': (a) => substringByRegex(str(a[0]), similarPattern(str(a[1]), str(a[2]))),
  regexp_match_no_flags: match,
  regexp_match: match,
  regexp_like_no_flags: (a) => compile(str(a[1]), plainOptions()).test(str(a[0])),
  regexp_like: (a) => compile(str(a[1]), singleFlags(str(a[2]), 'regexp_like()')).test(str(a[0])),
  regexp_split_to_array_no_flags: (a) =>
    arrayOf(Oid.text, splitByRegex(str(a[0]), str(a[1]), '', 'regexp_split_to_array()')),
  regexp_split_to_array: (a) =>
    arrayOf(Oid.text, splitByRegex(str(a[0]), str(a[1]), str(a[2]), 'regexp_split_to_array()')),
};
for (const suffix of ['', '_no_start', '_no_n', '_no_endoption', '_no_flags', '_no_subexpr']) {
  regexFunctions[`regexp_instr${suffix}`] = instr;
  regexFunctions[`regexp_substr${suffix}`] = substr;
  regexFunctions[`regexp_count${suffix}`] = count;
}

function* matchRows(text: string, pattern: string, flags: string): Generator<Datum> {
  const options = parseFlags(flags, true);
  for (const found of findAll(text, compile(pattern, options), options.isGlobal)) yield captures(found);
}

export const regexSets: Record<string, SetImplementation> = {
  regexp_matches_no_flags: (a) => matchRows(str(a[0]), str(a[1]), ''),
  regexp_matches: (a) => matchRows(str(a[0]), str(a[1]), str(a[2])),
  regexp_split_to_table_no_flags: (a) => splitByRegex(str(a[0]), str(a[1]), '', 'regexp_split_to_table()'),
  regexp_split_to_table: (a) => splitByRegex(str(a[0]), str(a[1]), str(a[2]), 'regexp_split_to_table()'),
};
