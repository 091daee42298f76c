/**
 * Date and time templates of to_char, to_timestamp and to_date, after DCH_to_char and DCH_from_char of the server.
 * Names are English, as in locale C; TM changes nothing.
 */
import {
  civilFromDays,
  dayOfWeek,
  daysFromCivil,
  daysInMonth,
  type Fields,
  isoWeek,
  isoWeekStart,
  julianOf2000,
} from '../types/calendar.ts';
import { pgError } from '../types/errors.ts';
import { ordinalOf } from './number-template.ts';

const keywords = [
  'A.D.',
  'A.M.',
  'AD',
  'AM',
  'B.C.',
  'BC',
  'CC',
  'DAY',
  'DDD',
  'DD',
  'DY',
  'Day',
  'Dy',
  'D',
  'FF1',
  'FF2',
  'FF3',
  'FF4',
  'FF5',
  'FF6',
  'FX',
  'HH24',
  'HH12',
  'HH',
  'IDDD',
  'ID',
  'IW',
  'IYYY',
  'IYY',
  'IY',
  'I',
  'J',
  'MI',
  'MM',
  'MONTH',
  'MON',
  'MS',
  'Month',
  'Mon',
  'OF',
  'P.M.',
  'PM',
  'Q',
  'RM',
  'SSSSS',
  'SSSS',
  'SS',
  'TZH',
  'TZM',
  'TZ',
  'US',
  'WW',
  'W',
  'Y,YYY',
  'YYYY',
  'YYY',
  'YY',
  'Y',
  'a.d.',
  'a.m.',
  'ad',
  'am',
  'b.c.',
  'bc',
  'cc',
  'day',
  'ddd',
  'dd',
  'dy',
  'd',
  'ff1',
  'ff2',
  'ff3',
  'ff4',
  'ff5',
  'ff6',
  'fx',
  'hh24',
  'hh12',
  'hh',
  'iddd',
  'id',
  'iw',
  'iyyy',
  'iyy',
  'iy',
  'i',
  'j',
  'mi',
  'mm',
  'month',
  'mon',
  'ms',
  'of',
  'p.m.',
  'pm',
  'q',
  'rm',
  'sssss',
  'ssss',
  'ss',
  'tzh',
  'tzm',
  'tz',
  'us',
  'ww',
  'w',
  'y,yyy',
  'yyyy',
  'yyy',
  'yy',
  'y',
];

interface Action {
  readonly kind: 'action';
  readonly word: string;
  readonly isFill: boolean;
  /** Prefixed with TM, which leaves names unpadded. */
  readonly isTranslated: boolean;
  readonly ordinal: '' | 'th' | 'TH';
}
type Node = Action | { readonly kind: 'text' | 'separator' | 'space'; readonly text: string };

const parsed = new Map<string, readonly Node[]>();
const parsedMax = 200;

function parseTemplate(template: string): readonly Node[] {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const nodes: Node[] = [];
  let at = 0;
  while (at < template.length) {
    let isFill = false;
    let isTranslated = false;
    let start = at;
    for (;;) {
      const prefix = /^(FM|fm|TM|tm|Tm)/.exec(template.slice(at));
      if (prefix === null) break;
      if (prefix[0].toLowerCase() === 'fm') isFill = true;
      else isTranslated = true;
      at += 2;
    }
    const word = keywords.find((candidate) => template.startsWith(candidate, at));
    if (word !== undefined) {
      at += word.length;
      const suffix = /^(TH|th|SP)/.exec(template.slice(at))?.[0] ?? '';
      at += suffix.length;
      nodes.push({
        kind: 'action',
        word,
        isFill,
        isTranslated,
        ordinal: suffix === 'TH' || suffix === 'th' ? suffix : '',
      });
      continue;
    }
    // A prefix without a keyword is gone, as in the server.
    if (at > start && at >= template.length) break;
    start = at;
    if (template[at] === '"') {
      at++;
      while (at < template.length && template[at] !== '"') {
        if (template[at] === '\\' && at + 1 < template.length) at++;
        const character = String.fromCodePoint(template.codePointAt(at)!);
        nodes.push({ kind: 'text', text: character });
        at += character.length;
      }
      at++;
      continue;
    }
    if (template[at] === '\\' && template[at + 1] === '"') at++;
    const character = String.fromCodePoint(template.codePointAt(at)!);
    const kind = /\s/.test(character) ? 'space' : /[!-/:-@[-`{-~]/.test(character) ? 'separator' : 'text';
    nodes.push({ kind, text: character });
    at += character.length;
  }
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(template, nodes);
  return nodes;
}

/** A broken-down moment with its day number; for an interval the parts of the interval. */
export interface TemplateMoment extends Fields {
  readonly days: number;
  readonly zone: { readonly offsetSeconds: number; readonly abbreviation: string } | null;
  readonly isInterval: boolean;
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const romanMonths = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];

const intervalRefused = (): Error =>
  pgError('22007', 'invalid format specification for an interval value', {
    hint: 'Intervals are not tied to specific calendar dates.',
  });

/** C's %0*d, where the sign counts towards the width. */
function zeroPad(value: number, width: number): string {
  const digits = String(Math.abs(value)).padStart(value < 0 ? width - 1 : width, '0');
  return value < 0 ? `-${digits}` : digits;
}

/** A word in the case its keyword is written in: DAY, Day or day. */
function cased(name: string, keyword: string): string {
  if (keyword === keyword.toLowerCase()) return name.toLowerCase();
  return keyword[1] === keyword[1]!.toUpperCase() ? name.toUpperCase() : name;
}

const shownYear = (year: number, isInterval: boolean): number => (!isInterval && year <= 0 ? 1 - year : year);

function zoneText(word: string, isFill: boolean, zone: TemplateMoment['zone']): string {
  const offset = zone === null ? 0 : zone.offsetSeconds;
  const size = Math.abs(offset);
  const signText = offset >= 0 ? '+' : '-';
  const hours = Math.floor(size / 3600);
  const minutes = Math.floor((size % 3600) / 60);
  switch (word) {
    case 'TZ':
      return zone?.abbreviation ?? '';
    case 'tz':
      return zone?.abbreviation.toLowerCase() ?? '';
    case 'OF':
    case 'of':
      return `${signText}${isFill ? hours : zeroPad(hours, 2)}${minutes === 0 ? '' : `:${zeroPad(minutes, 2)}`}`;
    case 'TZH':
    case 'tzh':
      return `${signText}${zeroPad(hours, 2)}`;
    default:
      return zeroPad(minutes, 2);
  }
}

/** to_char. */
export function formatDatetime(template: string, m: TemplateMoment): string {
  let out = '';
  for (const node of parseTemplate(template)) {
    if (node.kind !== 'action') {
      out += node.text;
      continue;
    }
    const text = formatAction(node, m);
    out += text;
    if (node.ordinal !== '' && /\d$/.test(text))
      out += node.ordinal === 'TH' ? ordinalOf(text).toUpperCase() : ordinalOf(text);
  }
  return out;
}

function formatAction(node: Action, m: TemplateMoment): string {
  const { word, isFill } = node;
  const upper = word.toUpperCase();
  const padded = (value: number, width: number): string => (isFill ? String(value) : zeroPad(value, width));
  /** Widths that leave room for the sign of an interval's part. */
  const signed = (value: number, width: number): string => padded(value, value < 0 ? width + 1 : width);
  const name = (text: string): string => (isFill || node.isTranslated ? text : text.padEnd(9));
  switch (upper) {
    case 'AM':
    case 'PM':
      return word === upper ? (isAfternoon(m) ? 'PM' : 'AM') : isAfternoon(m) ? 'pm' : 'am';
    case 'A.M.':
    case 'P.M.':
      return word === upper ? (isAfternoon(m) ? 'P.M.' : 'A.M.') : isAfternoon(m) ? 'p.m.' : 'a.m.';
    case 'HH':
    case 'HH12':
      return signed(m.hour % 12 === 0 ? 12 : m.hour % 12, 2);
    case 'HH24':
      return signed(m.hour, 2);
    case 'MI':
      return signed(m.minute, 2);
    case 'SS':
      return signed(m.second, 2);
    case 'MS':
    case 'FF3':
      return zeroPad(Math.trunc(m.micros / 1000), 3);
    case 'US':
    case 'FF6':
      return zeroPad(m.micros, 6);
    case 'FF1':
    case 'FF2':
    case 'FF4':
    case 'FF5': {
      const digits = Number(upper[2]);
      return zeroPad(Math.trunc(m.micros / 10 ** (6 - digits)), digits);
    }
    case 'SSSS':
    case 'SSSSS':
      return String(m.hour * 3600 + m.minute * 60 + m.second);
    case 'TZ':
    case 'OF':
    case 'TZH':
    case 'TZM':
      if (m.isInterval) throw intervalRefused();
      return zoneText(word, isFill, m.zone);
    case 'AD':
    case 'BC': {
      if (m.isInterval) throw intervalRefused();
      const era = m.year <= 0 ? 'BC' : 'AD';
      return word === upper ? era : era.toLowerCase();
    }
    case 'A.D.':
    case 'B.C.': {
      if (m.isInterval) throw intervalRefused();
      const era = m.year <= 0 ? 'B.C.' : 'A.D.';
      return word === upper ? era : era.toLowerCase();
    }
    case 'MONTH':
      if (m.isInterval) throw intervalRefused();
      return name(cased(months[m.month - 1]!, word));
    case 'MON':
      if (m.isInterval) throw intervalRefused();
      return cased(months[m.month - 1]!.slice(0, 3), word);
    case 'MM':
      return signed(m.month, 2);
    case 'DAY':
      if (m.isInterval) throw intervalRefused();
      return name(cased(weekdays[dayOfWeek(m.days)]!, word));
    case 'DY':
      if (m.isInterval) throw intervalRefused();
      return cased(weekdays[dayOfWeek(m.days)]!.slice(0, 3), word);
    case 'DDD':
      return padded(m.isInterval ? Math.trunc(m.days) : m.days - daysFromCivil(m.year, 1, 1) + 1, 3);
    case 'DD':
      return padded(m.day, 2);
    case 'D':
      if (m.isInterval) throw intervalRefused();
      return String(dayOfWeek(m.days) + 1);
    case 'ID':
      if (m.isInterval) throw intervalRefused();
      return String(dayOfWeek(m.days) || 7);
    case 'IDDD': {
      const iso = isoWeek(m.days);
      return padded(m.days - isoWeekStart(iso.year, 1) + 1, 3);
    }
    case 'WW':
      return padded(
        Math.trunc(((m.isInterval ? Math.trunc(m.days) : m.days - daysFromCivil(m.year, 1, 1) + 1) - 1) / 7) + 1,
        2,
      );
    case 'IW':
      return padded(isoWeek(m.days).week, 2);
    case 'W':
      return String(Math.trunc((m.day - 1) / 7) + 1);
    case 'Q':
      return m.month === 0 ? '' : String(Math.trunc((m.month - 1) / 3) + 1);
    case 'CC': {
      const century = m.isInterval
        ? Math.trunc(m.year / 100)
        : m.year > 0
          ? Math.trunc((m.year - 1) / 100) + 1
          : Math.trunc(m.year / 100) - 1;
      return Math.abs(century) <= 99 ? padded(century, m.year >= 0 ? 2 : 3) : String(century);
    }
    case 'Y,YYY': {
      const year = shownYear(m.year, m.isInterval);
      return `${Math.trunc(year / 1000)},${zeroPad(year % 1000, 3)}`;
    }
    case 'YYYY':
    case 'IYYY':
      return signed(yearFor(upper, m), 4);
    case 'YYY':
    case 'IYY':
      return padded(yearFor(upper, m) % 1000, 3);
    case 'YY':
    case 'IY':
      return padded(yearFor(upper, m) % 100, 2);
    case 'Y':
    case 'I':
      return String(yearFor(upper, m) % 10);
    case 'RM': {
      if (m.month === 0 && m.year === 0) return '';
      const numeral =
        m.month === 0 ? romanMonths[m.year >= 0 ? 11 : 0]! : romanMonths[m.month < 0 ? 11 + m.month + 1 : m.month - 1]!;
      const text = word === upper ? numeral : numeral.toLowerCase();
      return isFill ? text : text.padEnd(4);
    }
    case 'J':
      return String(m.days + julianOf2000);
    default:
      // FX changes nothing in output.
      return '';
  }
}

const isAfternoon = (m: TemplateMoment): boolean => ((m.hour % 24) + 24) % 24 >= 12;

function yearFor(upper: string, m: TemplateMoment): number {
  if (upper.startsWith('I') && !m.isInterval) return shownYear(isoWeek(m.days).year, false);
  return shownYear(m.year, m.isInterval);
}

export interface ParsedDatetime extends Fields {
  readonly offsetSeconds: number | null;
}

interface Slots {
  mode: 'none' | 'gregorian' | 'iso';
  values: Map<string, number>;
  isPm: boolean | null;
  isTwelveHour: boolean;
  isBc: boolean;
  yearDigits: number;
  zoneSign: number;
}

/** Widths of the numeric fields. */
const widths: Record<string, number> = {
  HH: 2,
  HH12: 2,
  HH24: 2,
  MI: 2,
  SS: 2,
  MS: 3,
  US: 6,
  FF1: 1,
  FF2: 2,
  FF3: 3,
  FF4: 4,
  FF5: 5,
  FF6: 6,
  SSSS: 5,
  SSSSS: 5,
  MM: 2,
  DDD: 3,
  IDDD: 3,
  DD: 2,
  D: 1,
  ID: 1,
  WW: 2,
  IW: 2,
  W: 1,
  Q: 1,
  CC: 2,
  YYYY: 4,
  IYYY: 4,
  YYY: 3,
  IYY: 3,
  YY: 2,
  IY: 2,
  Y: 1,
  I: 1,
  J: 7,
  TZH: 2,
  TZM: 2,
};
const isoWords = new Set(['IDDD', 'ID', 'IW', 'IYYY', 'IYY', 'IY', 'I']);
const modeless = new Set([
  'HH',
  'HH12',
  'HH24',
  'MI',
  'SS',
  'MS',
  'US',
  'FF1',
  'FF2',
  'FF3',
  'FF4',
  'FF5',
  'FF6',
  'SSSS',
  'SSSSS',
  'TZH',
  'TZM',
  'AM',
  'PM',
  'A.M.',
  'P.M.',
  'FX',
  'J',
  'AD',
  'BC',
  'A.D.',
  'B.C.',
]);

const invalidValue = (text: string, word: string, detail: string, hint?: string): Error =>
  pgError('22007', `invalid value "${text}" for "${word}"`, hint === undefined ? { detail } : { detail, hint });

/** The reader of to_timestamp and to_date. */
class Reader {
  readonly #text: string;
  readonly #nodes: readonly Node[];
  readonly #slots: Slots = {
    mode: 'none',
    values: new Map(),
    isPm: null,
    isTwelveHour: false,
    isBc: false,
    yearDigits: 0,
    zoneSign: 0,
  };
  #at = 0;
  #isFixed = false;

  constructor(text: string, template: string) {
    this.#text = text;
    this.#nodes = parseTemplate(template);
  }

  read(): Slots {
    let extra = 0;
    for (let i = 0; i < this.#nodes.length && this.#at < this.#text.length; i++) {
      const node = this.#nodes[i]!;
      if (!this.#isFixed && (node.kind !== 'text' || i === 0)) extra += this.#skipSpaces();
      if (this.#at >= this.#text.length) break;
      if (node.kind === 'space' || node.kind === 'separator') {
        if (this.#isFixed) this.#at++;
        else {
          extra--;
          if (/[\s!-/:-@[-`{-~]/.test(this.#text[this.#at]!) && !this.#isSignBeforeZone(i)) {
            this.#at++;
            extra++;
          }
        }
        continue;
      }
      if (node.kind === 'text') {
        if (!this.#isFixed && extra > 0) extra--;
        else this.#at++;
        continue;
      }
      this.#action(node as Action, i);
      if (!this.#isFixed) extra = this.#skipSpaces();
    }
    return this.#slots;
  }

  #isSignBeforeZone(index: number): boolean {
    const next = this.#nodes[index + 1];
    return next?.kind === 'action' && next.word.toUpperCase() === 'TZH' && /[+-]/.test(this.#text[this.#at]!);
  }

  #skipSpaces(): number {
    const start = this.#at;
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at++;
    return this.#at - start;
  }

  #setMode(word: string): void {
    if (modeless.has(word)) return;
    const mode = isoWords.has(word) ? 'iso' : 'gregorian';
    if (this.#slots.mode === 'none') this.#slots.mode = mode;
    else if (this.#slots.mode !== mode) {
      throw pgError('22007', 'invalid combination of date conventions', {
        hint: 'Do not mix Gregorian and ISO week date conventions in a formatting template.',
      });
    }
  }

  #set(field: string, value: number, word: string): void {
    const before = this.#slots.values.get(field);
    if (before !== undefined && before !== value) {
      throw pgError('22007', `conflicting values for "${word}" field in formatting string`, {
        detail: 'This value contradicts a previous setting for the same field type.',
      });
    }
    this.#slots.values.set(field, value);
  }

  #action(node: Action, index: number): void {
    const word = node.word.toUpperCase();
    this.#setMode(word);
    const choose = (field: string, names: readonly string[]): void =>
      this.#set(field, this.#name(names, node.word), node.word);
    switch (word) {
      case 'FX':
        this.#isFixed = true;
        return;
      case 'AM':
      case 'PM':
        this.#slots.isPm = this.#name(['am', 'pm'], node.word) === 1;
        this.#slots.isTwelveHour = true;
        return;
      case 'A.M.':
      case 'P.M.':
        this.#slots.isPm = this.#name(['a.m.', 'p.m.'], node.word) === 1;
        this.#slots.isTwelveHour = true;
        return;
      case 'AD':
      case 'BC':
        this.#slots.isBc = this.#name(['ad', 'bc'], node.word) === 1;
        return;
      case 'A.D.':
      case 'B.C.':
        this.#slots.isBc = this.#name(['a.d.', 'b.c.'], node.word) === 1;
        return;
      case 'MONTH': {
        const value = this.#name(months, node.word) + 1;
        this.#set('month', value, node.word);
        return;
      }
      case 'MON':
        this.#set(
          'month',
          this.#name(
            months.map((name) => name.slice(0, 3)),
            node.word,
          ) + 1,
          node.word,
        );
        return;
      case 'DAY':
        choose('weekday', weekdays);
        return;
      case 'DY':
        choose(
          'weekday',
          weekdays.map((name) => name.slice(0, 3)),
        );
        return;
      case 'RM':
        this.#set('month', this.#roman(node.word), node.word);
        return;
      case 'TZ':
      case 'OF':
        throw pgError('0A000', `formatting field "${node.word}" is only supported in to_char`);
      case 'Y,YYY': {
        const match = /^(\d+),(\d{3})/.exec(this.#text.slice(this.#at));
        if (match === null) throw pgError('22007', 'invalid input string for "Y,YYY"');
        this.#at += match[0].length;
        this.#set('year', Number(match[1]) * 1000 + Number(match[2]), node.word);
        this.#slots.yearDigits = 4;
        return;
      }
      case 'TZH':
        this.#slots.zoneSign = this.#text[this.#at] === '-' ? -1 : 1;
        if (/[+\- ]/.test(this.#text[this.#at]!)) this.#at++;
        this.#set('zoneHour', this.#integer(node, index, 2).value, node.word);
        return;
      default:
        this.#number(word, node, index);
    }
  }

  #number(word: string, node: Action, index: number): void {
    const width = widths[word]!;
    const { value, digits } = this.#integer(node, index, width);
    switch (word) {
      case 'HH':
      case 'HH12':
        this.#slots.isTwelveHour = true;
        this.#set('hour', value, node.word);
        break;
      case 'HH24':
        this.#set('hour', value, node.word);
        break;
      case 'MI':
        this.#set('minute', value, node.word);
        break;
      case 'SS':
        this.#set('second', value, node.word);
        break;
      case 'MS':
        this.#set('millis', value * [1, 100, 10, 1][Math.min(3, digits)]!, node.word);
        break;
      case 'US':
      case 'FF1':
      case 'FF2':
      case 'FF3':
      case 'FF4':
      case 'FF5':
      case 'FF6':
        this.#set('micros', value * 10 ** Math.max(0, 6 - digits), node.word);
        break;
      case 'SSSS':
      case 'SSSSS':
        this.#set('daySeconds', value, node.word);
        break;
      case 'MM':
        this.#set('month', value, node.word);
        break;
      case 'DDD':
      case 'IDDD':
        this.#set('dayOfYear', value, node.word);
        break;
      case 'DD':
        this.#set('day', value, node.word);
        break;
      case 'D':
        this.#set('weekday', value - 1, node.word);
        break;
      case 'ID':
        this.#set('weekday', value % 7, node.word);
        break;
      case 'WW':
      case 'IW':
        this.#set('week', value, node.word);
        break;
      case 'W':
        this.#set('weekOfMonth', value, node.word);
        break;
      case 'CC':
        this.#set('century', value, node.word);
        break;
      case 'YYYY':
      case 'IYYY':
        this.#set('year', value, node.word);
        this.#slots.yearDigits = 4;
        break;
      case 'YYY':
      case 'IYY':
      case 'YY':
      case 'IY':
      case 'Y':
      case 'I':
        this.#set('year', digits < 4 ? adjustYear(value) : value, node.word);
        this.#slots.yearDigits = width;
        break;
      case 'J':
        this.#set('julian', value, node.word);
        break;
      case 'TZM':
        this.#set('zoneMinute', value, node.word);
        if (this.#slots.zoneSign === 0) this.#slots.zoneSign = 1;
        break;
      default:
        // Q is read and ignored.
        break;
    }
  }

  /** Whether the next node cannot be part of a number, so that this one may take all digits. */
  #isOpenEnded(node: Action, index: number): boolean {
    if (node.isFill || node.ordinal !== '') return node.isFill;
    const next = this.#nodes[index + 1];
    if (next === undefined) return true;
    if (next.kind !== 'action') return !(next.kind === 'text' && /\d/.test(next.text));
    return widths[next.word.toUpperCase()] === undefined || next.word.toUpperCase() === 'TZH'
      ? !/^(Y,YYY|y,yyy)$/.test(next.word)
      : false;
  }

  #integer(node: Action, index: number, width: number): { value: number; digits: number } {
    this.#skipSpaces();
    const rest = this.#text.slice(this.#at);
    if (this.#isOpenEnded(node, index)) {
      const match = /^[+-]?\d+/.exec(rest);
      if (match === null)
        throw invalidValue([...rest].slice(0, width).join(''), node.word, 'Value must be an integer.');
      this.#at += match[0].length;
      return this.#ranged(match[0], node);
    }
    if (rest.length < width) {
      throw pgError('22007', `source string too short for "${node.word}" formatting field`, {
        detail: `Field requires ${width} characters, but only ${rest.length} remain.`,
        hint: 'If your source string is not fixed-width, try using the "FM" modifier.',
      });
    }
    const part = rest.slice(0, width);
    const match = /^[+-]?\d+/.exec(part);
    if (match === null) throw invalidValue(part, node.word, 'Value must be an integer.');
    if (match[0].length < width) {
      throw invalidValue(
        part,
        node.word,
        `Field requires ${width} characters, but only ${match[0].length} could be parsed.`,
        'If your source string is not fixed-width, try using the "FM" modifier.',
      );
    }
    this.#at += width;
    if (node.ordinal !== '') this.#at += 2;
    return this.#ranged(match[0], node);
  }

  #ranged(text: string, node: Action): { value: number; digits: number } {
    const value = Number(text);
    if (Math.abs(value) > 2147483647) {
      throw pgError('22008', `value for "${node.word}" in source string is out of range`, {
        detail: 'Value must be in the range -2147483648 to 2147483647.',
      });
    }
    return { value, digits: text.length };
  }

  /** The index of the name the text goes on with, in any case. */
  #name(names: readonly string[], word: string): number {
    const rest = this.#text.slice(this.#at).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()));
    if (index < 0) {
      throw invalidValue(
        this.#text.slice(this.#at).split(/\s/)[0]!,
        word,
        'The given value did not match any of the allowed values for this field.',
      );
    }
    this.#at += names[index]!.length;
    return index;
  }

  #roman(word: string): number {
    const order = [8, 7, 3, 12, 11, 6, 4, 9, 2, 5, 10, 1];
    const rest = this.#text.slice(this.#at).toUpperCase();
    const found = order
      .filter((month) => rest.startsWith(romanMonths[month - 1]!))
      .sort((a, b) => romanMonths[b - 1]!.length - romanMonths[a - 1]!.length)[0];
    if (found === undefined) {
      throw invalidValue(
        this.#text.slice(this.#at),
        word,
        'The given value did not match any of the allowed values for this field.',
      );
    }
    this.#at += romanMonths[found - 1]!.length;
    return found;
  }
}

/** A year of fewer than four digits, taken near 2020. */
function adjustYear(year: number): number {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

/** Reads a text by a template; missing fields are those of 0001-01-01 00:00, missing year is 1 BC as in the server. */
export function parseDatetime(text: string, template: string): ParsedDatetime {
  const slots = new Reader(text, template).read();
  const get = (field: string): number | undefined => slots.values.get(field);
  const outOfRange = (): Error => pgError('22008', `date/time field value out of range: "${text}"`);
  let hour = get('hour') ?? 0;
  let minute = get('minute') ?? 0;
  let second = get('second') ?? 0;
  const daySeconds = get('daySeconds');
  if (daySeconds !== undefined) {
    hour = Math.trunc(daySeconds / 3600);
    minute = Math.trunc((daySeconds % 3600) / 60);
    second = daySeconds % 60;
  }
  if (slots.isTwelveHour && get('hour') !== undefined) {
    if (hour < 1 || hour > 12) {
      throw pgError('22007', `hour "${hour}" is invalid for the 12-hour clock`, {
        hint: 'Use the 24-hour clock, or give an hour between 1 and 12.',
      });
    }
    if (slots.isPm === true && hour < 12) hour += 12;
    else if (slots.isPm !== true && hour === 12) hour = 0;
  }
  let year = 0;
  const given = get('year');
  const century = get('century');
  if (given !== undefined) {
    year = given;
    if (century !== undefined && slots.yearDigits <= 2) {
      year = given % 100;
      if (year !== 0) year += (century >= 0 ? century - 1 : century + 1) * 100;
      else year += century >= 0 ? century * 100 : century * 100 + 1;
    }
    // 1 BC is year 0 inside; a negative year with BC cancels out.
    if (slots.isBc && year > 0) year = -(year - 1);
    else if (slots.isBc && year < 0) year = -year;
    else if (year < 0) year += 1;
  } else if (century !== undefined) year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
  let month = get('month') ?? 1;
  let day = get('day') ?? 1;
  const julian = get('julian');
  const week = get('week');
  const dayOfYear = get('dayOfYear');
  const weekOfMonth = get('weekOfMonth');
  if (julian !== undefined) ({ year, month, day } = civilFromDays(julian - julianOf2000));
  else if (week !== undefined && slots.mode === 'iso') {
    const weekday = get('weekday');
    const start = isoWeekStart(year, week);
    ({ year, month, day } = civilFromDays(start + (weekday === undefined ? 0 : (weekday + 6) % 7)));
  } else if (week !== undefined) ({ year, month, day } = civilFromDays(daysFromCivil(year, 1, 1) + (week - 1) * 7));
  else if (weekOfMonth !== undefined) day = (weekOfMonth - 1) * 7 + 1;
  else if (dayOfYear !== undefined) {
    const start = slots.mode === 'iso' ? isoWeekStart(year, 1) : daysFromCivil(year, 1, 1);
    if (slots.mode !== 'iso' && (dayOfYear < 1 || dayOfYear > 366)) throw outOfRange();
    ({ year, month, day } = civilFromDays(start + dayOfYear - 1));
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw outOfRange();
  const micros = (get('millis') ?? 0) * 1000 + (get('micros') ?? 0);
  if (
    hour < 0 ||
    hour >= 24 ||
    minute < 0 ||
    minute >= 60 ||
    second < 0 ||
    second >= 60 ||
    micros < 0 ||
    micros >= 1_000_000
  )
    throw outOfRange();
  const offsetSeconds =
    slots.zoneSign === 0 ? null : slots.zoneSign * ((get('zoneHour') ?? 0) * 3600 + (get('zoneMinute') ?? 0) * 60);
  return { year, month, day, hour, minute, second, micros, offsetSeconds };
}
