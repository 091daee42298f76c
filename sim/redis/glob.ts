/** Glob patterns as `stringmatchlen` (util.c) reads them: `*`, `?`, `[a-z]`, `[^a]`, `\` as escape. KEYS, SCAN, PSUBSCRIBE, ACL, CONFIG GET. */

/**
 * True when the whole text matches.
 * @param isCaseless compares ASCII letters without case
 */
export function globMatches(pattern: string, text: string, isCaseless = false): boolean {
  // As in Redis, the empty text matches the empty pattern only, not even `*`; KEYS and SCAN make an exception for it.
  if (text === '') return pattern === '';
  if (pattern === '*') return true;
  return isCaseless ? match(pattern.toLowerCase(), 0, text.toLowerCase(), 0) : match(pattern, 0, text, 0);
}

function match(pattern: string, patternFrom: number, text: string, textFrom: number): boolean {
  let at = patternFrom;
  let position = textFrom;
  while (at < pattern.length && position < text.length) {
    const char = pattern[at]!;
    if (char === '*') {
      while (pattern[at + 1] === '*') at += 1;
      if (at + 1 === pattern.length) return true;
      for (let from = position; from <= text.length; from++) {
        if (match(pattern, at + 1, text, from)) return true;
      }
      return false;
    }
    if (char === '[') {
      const set = readSet(pattern, at + 1, text.charCodeAt(position));
      if (!set.isMatch) return false;
      at = set.end;
    } else if (char !== '?') {
      if (char === '\\' && at + 1 < pattern.length) at += 1;
      if (pattern[at] !== text[position]) return false;
    }
    at += 1;
    position += 1;
  }
  while (at < pattern.length && pattern[at] === '*') at += 1;
  return at >= pattern.length && position >= text.length;
}

interface SetMatch {
  readonly isMatch: boolean;
  /** Position of the closing bracket, or of the last character when there is none. */
  readonly end: number;
}

function readSet(pattern: string, from: number, code: number): SetMatch {
  let at = from;
  const isNegated = pattern[at] === '^';
  if (isNegated) at += 1;
  let isFound = false;
  for (;;) {
    if (at >= pattern.length) {
      at = pattern.length - 1;
      break;
    }
    const char = pattern[at]!;
    if (char === ']') break;
    if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      if (pattern.charCodeAt(at) === code) isFound = true;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const low = pattern.charCodeAt(at);
      const high = pattern.charCodeAt(at + 2);
      if (code >= Math.min(low, high) && code <= Math.max(low, high)) isFound = true;
      at += 2;
    } else if (pattern.charCodeAt(at) === code) isFound = true;
    at += 1;
  }
  return { isMatch: isFound !== isNegated, end: at };
}
