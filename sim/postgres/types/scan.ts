/** Character tests of the C locale, as the input functions use them. */

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isAlpha(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** Without white space at both ends, where white space is what C's isspace takes. */
export function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Compares by the bytes of UTF-8, which is what locale C does. UTF-16 units order differently only where a surrogate is involved. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    const isHighA = a >= 0xd800 && a <= 0xdfff;
    const isHighB = b >= 0xd800 && b <= 0xdfff;
    if (isHighA === isHighB) return a < b ? -1 : 1;
    // A surrogate stands for a code point above U+FFFF, thus above every single unit.
    return isHighA ? 1 : -1;
  }
  return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
}

/** The number of code points, which is what length() and varchar(n) count. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff) {
      count--;
      i++;
    }
  }
  return count;
}

/** The first `count` code points. */
export function firstCharacters(text: string, count: number): string {
  let index = 0;
  for (let n = 0; n < count && index < text.length; n++) {
    const code = text.charCodeAt(index);
    index += code >= 0xd800 && code <= 0xdbff ? 2 : 1;
  }
  return text.slice(0, index);
}
