/**
 * Regular expressions of SQL: POSIX patterns in the server's advanced flavour, translated to JavaScript's and cached.
 * Differs: among alternatives the first that matches wins, not the longest, and one pattern cannot mix greedy and non-greedy parts the way the
 * server decides for the whole; a client sees it only in what such a pattern captures. Collating elements ([[.x.]], [[=x=]]) are refused.
 */
import { invalidParameter, notSimulated, pgError } from '../types/errors.ts';

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

export interface RegexOptions {
  isGlobal: boolean;
  isCaseBlind: boolean;
  isExpanded: boolean;
  isLiteral: boolean;
  /** `.` and negated classes stop at newlines. */
  isNewlineStopping: boolean;
  /** `^` and `$` match at lines. */
  isLineAnchored: boolean;
}

/** The options of a flags argument. */
export function parseFlags(flags: string, isGlobalAllowed: boolean): RegexOptions {
  const options: RegexOptions = {
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

function applyFlag(options: RegexOptions, flag: string, flags: string): void {
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
  readonly #options: RegexOptions;
  #at = 0;
  #groups = 0;
  #open = 0;

  constructor(pattern: string, options: RegexOptions) {
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
export function compile(pattern: string, options: RegexOptions): RegExp {
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
