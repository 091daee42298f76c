/** Regular expressions' operators and functions; patterns are regex-translate.ts's. */
import { arrayOf } from '../types/array.ts';
import type { Datum } from '../types/datum.ts';
import { invalidParameter, pgError } from '../types/errors.ts';
import { Oid } from '../types/oids.ts';
import type { Implementation, SetImplementation } from './implementation.ts';
import { compile, parseFlags, type RegexOptions } from './regex-translate.ts';

const plainOptions = (flags = ''): RegexOptions => parseFlags(flags, false);

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
  readonly options: RegexOptions;
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
function singleFlags(flags: string, name: string, hint?: string): RegexOptions {
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

function nthMatch(
  text: string,
  pattern: string,
  options: RegexOptions,
  start: number,
  nth: number,
): RegExpExecArray | null {
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
