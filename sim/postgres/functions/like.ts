/** LIKE and ILIKE: `%`, `_` and a backslash escape over characters; bytea matches over bytes. */
import type { Datum } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import type { Implementation } from './implementation.ts';

const percent = 37;
const underscore = 95;
const backslash = 92;

/** Matches code units, where `width` tells how many units the character at an index has. */
function matches(text: Units, pattern: Units, textAt: number, patternAt: number): boolean {
  let t = textAt;
  let p = patternAt;
  while (p < pattern.length) {
    const code = pattern.at(p);
    if (code === percent) {
      while (p < pattern.length && (pattern.at(p) === percent || pattern.at(p) === underscore)) {
        if (pattern.at(p) === underscore) {
          if (t >= text.length) return false;
          t += text.width(t);
        }
        p++;
      }
      if (p >= pattern.length) return true;
      for (; t <= text.length; t += t < text.length ? text.width(t) : 1) if (matches(text, pattern, t, p)) return true;
      return false;
    }
    if (t >= text.length) {
      return false;
    }
    if (code === underscore) {
      t += text.width(t);
      p++;
      continue;
    }
    if (code === backslash) {
      p++;
      if (p >= pattern.length) throw trailingEscape();
    }
    if (text.at(t) !== pattern.at(p)) return false;
    t++;
    p++;
  }
  return t >= text.length;
}

const trailingEscape = (): Error => pgError('22025', 'LIKE pattern must not end with escape character');

interface Units {
  readonly length: number;
  at(index: number): number;
  width(index: number): number;
}

class TextUnits implements Units {
  readonly #text: string;
  readonly length: number;

  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
  }

  at(index: number): number {
    return this.#text.charCodeAt(index);
  }

  width(index: number): number {
    const code = this.#text.charCodeAt(index);
    return code >= 0xd800 && code <= 0xdbff && index + 1 < this.length ? 2 : 1;
  }
}

class ByteUnits implements Units {
  readonly #bytes: Buffer;
  readonly length: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  at(index: number): number {
    return this.#bytes[index]!;
  }

  width(): number {
    return 1;
  }
}

export function isLike(text: string, pattern: string): boolean {
  return matches(new TextUnits(text), new TextUnits(pattern), 0, 0);
}

/** Lower case of ASCII letters only, which is what locale C knows. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (run) => run.toLowerCase());
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (run) => run.toUpperCase());
}

const like = (a: readonly Datum[]): boolean => isLike(a[0] as string, a[1] as string);
const ilike = (a: readonly Datum[]): boolean => isLike(lowerAscii(a[0] as string), lowerAscii(a[1] as string));

/** Rewrites a pattern with another escape character into one with the backslash. */
function likeEscape(pattern: string, escapeText: string): string {
  const characters = [...escapeText];
  if (characters.length > 1) {
    throw pgError('22025', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
  }
  if (characters.length === 0) return pattern.replaceAll('\\', '\\\\');
  if (escapeText === '\\') return pattern;
  let out = '';
  let isAfterEscape = false;
  for (const c of pattern) {
    if (c === escapeText && !isAfterEscape) {
      out += '\\';
      isAfterEscape = true;
    } else if (c === '\\') {
      out += isAfterEscape ? '\\' : '\\\\';
      isAfterEscape = false;
    } else {
      out += c;
      isAfterEscape = false;
    }
  }
  return out;
}

export const likeFunctions: Record<string, Implementation> = {
  textlike: like,
  textnlike: (a) => !like(a),
  namelike: like,
  namenlike: (a) => !like(a),
  texticlike: ilike,
  texticnlike: (a) => !ilike(a),
  nameiclike: ilike,
  nameicnlike: (a) => !ilike(a),
  bytealike: (a) => matches(new ByteUnits(a[0] as Buffer), new ByteUnits(a[1] as Buffer), 0, 0),
  byteanlike: (a) => !matches(new ByteUnits(a[0] as Buffer), new ByteUnits(a[1] as Buffer), 0, 0),
  like_escape: (a) => likeEscape(a[0] as string, a[1] as string),
};
