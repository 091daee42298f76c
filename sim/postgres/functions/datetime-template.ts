/**
 * Date and time templates, and to_char by them, after DCH_to_char of the server. Reading by them is datetime-reader.ts.
 * Names are English, as in locale C; TM only leaves them unpadded.
 */
import { dayOfWeek, daysFromCivil, type Fields, isoWeek, isoWeekStart, julianOf2000 } from '../types/calendar.ts';
import { pgError } from '../types/errors.ts';
import { ordinalOf } from './number-template.ts';

/** Longer words stand before those they begin with. */
const keywords = (
  'A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY Day Dy D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI ' +
  'MM MONTH MON MS Month Mon OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y a.d. a.m. ad am b.c. bc ' +
  'cc day ddd dd dy d ff1 ff2 ff3 ff4 ff5 ff6 fx hh24 hh12 hh iddd id iw iyyy iyy iy i j mi mm month mon ms of p.m. pm q rm ' +
  'sssss ssss ss tzh tzm tz us ww w y,yyy yyyy yyy yy y'
).split(' ');

export interface Action {
  readonly kind: 'action';
  readonly word: string;
  readonly isFill: boolean;
  /** Prefixed with TM, which leaves names unpadded. */
  readonly isTranslated: boolean;
  readonly ordinal: '' | 'th' | 'TH';
}
export type TemplateNode = Action | { readonly kind: 'text' | 'separator' | 'space'; readonly text: string };

const parsed = new Map<string, readonly TemplateNode[]>();
const parsedMax = 200;

/** The nodes of a template, remembered by its text. */
export function parseTemplate(template: string): readonly TemplateNode[] {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const nodes: TemplateNode[] = [];
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

export const templateMonths = [
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
export const templateWeekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const romanMonths = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];

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
      return name(cased(templateMonths[m.month - 1]!, word));
    case 'MON':
      if (m.isInterval) throw intervalRefused();
      return cased(templateMonths[m.month - 1]!.slice(0, 3), word);
    case 'MM':
      return signed(m.month, 2);
    case 'DAY':
      if (m.isInterval) throw intervalRefused();
      return name(cased(templateWeekdays[dayOfWeek(m.days)]!, word));
    case 'DY':
      if (m.isInterval) throw intervalRefused();
      return cased(templateWeekdays[dayOfWeek(m.days)]!.slice(0, 3), word);
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
