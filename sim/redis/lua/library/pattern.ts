/**
 * Lua's patterns, by backtracking as in lstrlib.c: same greediness, same errors, same limits.
 *
 * Positions are offsets into byte strings. A capture's length may be a marker: still open, or a position capture.
 */
import { nativeError } from '../error.ts';
import type { LuaValue } from '../value.ts';

const CAPTURES_MAX = 32;
const CAPTURE_OPEN = -1;
const CAPTURE_POSITION = -2;
/** Differs: Lua recurses on C's stack without a limit; here the recursion is JavaScript's, which must not run out. A client can tell. */
const DEPTH_MAX = 2500;

const ESCAPE = 37; // %
const OPEN = 40;
const CLOSE = 41;
const DOLLAR = 36;
const CARET = 94;
const SET = 91;
const SET_END = 93;
const ANY = 46;
const DASH = 45;

const LETTER_CLASSES: ReadonlyMap<number, (code: number) => boolean> = new Map([
  [97, isAlpha],
  [99, (c: number) => c < 32 || c === 127],
  [100, isDigit],
  [108, (c: number) => c >= 97 && c <= 122],
  [112, (c: number) => c > 32 && c < 127 && !isAlpha(c) && !isDigit(c)],
  [115, isSpace],
  [117, (c: number) => c >= 65 && c <= 90],
  [119, (c: number) => isAlpha(c) || isDigit(c)],
  [120, (c: number) => isDigit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)],
  [122, (c: number) => c === 0],
]);

function isAlpha(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Whether a byte belongs to the class of a letter after `%`; an upper-case letter is the complement. */
function matchesClass(code: number, letter: number): boolean {
  const isUpper = letter >= 65 && letter <= 90;
  const test = LETTER_CLASSES.get(isUpper ? letter + 32 : letter);
  if (test === undefined) return letter === code;
  return test(code) !== isUpper;
}

export class Matcher {
  readonly subject: string;
  readonly pattern: string;
  captureCount = 0;
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];
  private depth = 0;

  constructor(subject: string, pattern: string) {
    this.subject = subject;
    // C ends a pattern at its first zero byte.
    const end = pattern.indexOf('\0');
    this.pattern = end < 0 ? pattern : pattern.slice(0, end);
  }

  /** Matches the pattern from offset `p` at position `start`; the end of the match, or -1. */
  run(start: number, p: number): number {
    this.captureCount = 0;
    this.depth = 0;
    return this.match(start, p);
  }

  /** The captures of the last match, or the whole match if there are none and `wholeIfNone`. */
  captures(start: number, end: number, wholeIfNone: boolean): LuaValue[] {
    const count = this.captureCount === 0 && wholeIfNone ? 1 : this.captureCount;
    const values: LuaValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.capture(i, start, end));
    return values;
  }

  /** One capture; number 0 is the whole match if the pattern has none. */
  capture(index: number, start: number, end: number): LuaValue {
    if (index >= this.captureCount) {
      if (index === 0) return this.subject.slice(start, end);
      throw nativeError('invalid capture index');
    }
    const length = this.lengths[index]!;
    if (length === CAPTURE_OPEN) throw nativeError('unfinished capture');
    if (length === CAPTURE_POSITION) return this.starts[index]! + 1;
    return this.subject.slice(this.starts[index]!, this.starts[index]! + length);
  }

  private match(startAt: number, patternAt: number): number {
    let s = startAt;
    let p = patternAt;
    const { pattern, subject } = this;
    if (++this.depth > DEPTH_MAX) throw nativeError('pattern too complex');
    try {
      for (;;) {
        if (p >= pattern.length) return s;
        const code = pattern.charCodeAt(p);
        switch (code) {
          case OPEN:
            if (pattern.charCodeAt(p + 1) === CLOSE) return this.startCapture(s, p + 2, CAPTURE_POSITION);
            return this.startCapture(s, p + 1, CAPTURE_OPEN);
          case CLOSE:
            return this.endCapture(s, p + 1);
          case ESCAPE: {
            const next = pattern.charCodeAt(p + 1);
            if (next === 98) {
              s = this.matchBalance(s, p + 2);
              if (s < 0) return -1;
              p += 4;
              continue;
            }
            if (next === 102) {
              p += 2;
              if (pattern.charCodeAt(p) !== SET) throw nativeError("missing '[' after '%f' in pattern");
              const end = this.classEnd(p);
              const previous = s === 0 ? 0 : subject.charCodeAt(s - 1);
              const current = s < subject.length ? subject.charCodeAt(s) : 0;
              if (this.matchesSet(previous, p, end - 1) || !this.matchesSet(current, p, end - 1)) return -1;
              p = end;
              continue;
            }
            if (isDigit(next)) {
              s = this.matchCapture(s, next);
              if (s < 0) return -1;
              p += 2;
              continue;
            }
            break;
          }
          case DOLLAR:
            if (p + 1 === pattern.length) return s === subject.length ? s : -1;
            break;
        }
        const end = this.classEnd(p);
        const suffix = pattern.charCodeAt(end);
        const isMatch = s < subject.length && this.matchesSingle(subject.charCodeAt(s), p, end);
        if (suffix === 63) {
          if (isMatch) {
            const result = this.match(s + 1, end + 1);
            if (result >= 0) return result;
          }
          p = end + 1;
        } else if (suffix === 42) {
          return this.maxExpand(s, p, end);
        } else if (suffix === 43) {
          return isMatch ? this.maxExpand(s + 1, p, end) : -1;
        } else if (suffix === DASH) {
          return this.minExpand(s, p, end);
        } else {
          if (!isMatch) return -1;
          s++;
          p = end;
        }
      }
    } finally {
      this.depth--;
    }
  }

  private classEnd(start: number): number {
    const { pattern } = this;
    let p = start;
    const code = pattern.charCodeAt(p++);
    if (code === ESCAPE) {
      if (p >= pattern.length) throw nativeError("malformed pattern (ends with '%')");
      return p + 1;
    }
    if (code !== SET) return p;
    if (pattern.charCodeAt(p) === CARET) p++;
    // The first byte of a set is never its end.
    do {
      if (p >= pattern.length) throw nativeError("malformed pattern (missing ']')");
      if (pattern.charCodeAt(p++) === ESCAPE && p < pattern.length) p++;
    } while (pattern.charCodeAt(p) !== SET_END);
    return p + 1;
  }

  /** `end` is the offset of the closing bracket. */
  private matchesSet(code: number, start: number, end: number): boolean {
    const { pattern } = this;
    let p = start;
    let isPositive = true;
    if (pattern.charCodeAt(p + 1) === CARET) {
      isPositive = false;
      p++;
    }
    while (++p < end) {
      const item = pattern.charCodeAt(p);
      if (item === ESCAPE) {
        p++;
        if (matchesClass(code, pattern.charCodeAt(p))) return isPositive;
      } else if (pattern.charCodeAt(p + 1) === DASH && p + 2 < end) {
        p += 2;
        if (item <= code && code <= pattern.charCodeAt(p)) return isPositive;
      } else if (item === code) {
        return isPositive;
      }
    }
    return !isPositive;
  }

  private matchesSingle(code: number, p: number, end: number): boolean {
    switch (this.pattern.charCodeAt(p)) {
      case ANY:
        return true;
      case ESCAPE:
        return matchesClass(code, this.pattern.charCodeAt(p + 1));
      case SET:
        return this.matchesSet(code, p, end - 1);
      default:
        return this.pattern.charCodeAt(p) === code;
    }
  }

  private matchBalance(s: number, p: number): number {
    const { pattern, subject } = this;
    if (p + 1 >= pattern.length) throw nativeError('unbalanced pattern');
    const begin = pattern.charCodeAt(p);
    const end = pattern.charCodeAt(p + 1);
    if (subject.charCodeAt(s) !== begin) return -1;
    let depth = 1;
    for (let i = s + 1; i < subject.length; i++) {
      const code = subject.charCodeAt(i);
      if (code === end) {
        if (--depth === 0) return i + 1;
      } else if (code === begin) {
        depth++;
      }
    }
    return -1;
  }

  private maxExpand(s: number, p: number, end: number): number {
    const { subject } = this;
    let count = 0;
    while (s + count < subject.length && this.matchesSingle(subject.charCodeAt(s + count), p, end)) count++;
    for (; count >= 0; count--) {
      const result = this.match(s + count, end + 1);
      if (result >= 0) return result;
    }
    return -1;
  }

  private minExpand(start: number, p: number, end: number): number {
    const { subject } = this;
    for (let s = start; ; s++) {
      const result = this.match(s, end + 1);
      if (result >= 0) return result;
      if (s >= subject.length || !this.matchesSingle(subject.charCodeAt(s), p, end)) return -1;
    }
  }

  private startCapture(s: number, p: number, kind: number): number {
    const level = this.captureCount;
    if (level >= CAPTURES_MAX) throw nativeError('too many captures');
    this.starts[level] = s;
    this.lengths[level] = kind;
    this.captureCount = level + 1;
    const result = this.match(s, p);
    if (result < 0) this.captureCount--;
    return result;
  }

  private endCapture(s: number, p: number): number {
    let level = this.captureCount - 1;
    while (level >= 0 && this.lengths[level] !== CAPTURE_OPEN) level--;
    if (level < 0) throw nativeError('invalid pattern capture');
    this.lengths[level] = s - this.starts[level]!;
    const result = this.match(s, p);
    if (result < 0) this.lengths[level] = CAPTURE_OPEN;
    return result;
  }

  private matchCapture(s: number, digit: number): number {
    const level = digit - 49;
    if (level < 0 || level >= this.captureCount || this.lengths[level] === CAPTURE_OPEN) {
      throw nativeError('invalid capture index');
    }
    const length = this.lengths[level]!;
    // A position capture has no text; C compares with its marker as a huge length, which never fits.
    if (length < 0) return -1;
    const text = this.subject.slice(this.starts[level]!, this.starts[level]! + length);
    return this.subject.startsWith(text, s) ? s + length : -1;
  }
}
