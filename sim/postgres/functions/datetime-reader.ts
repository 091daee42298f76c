/**
 * to_timestamp and to_date: reads a text by a template, after DCH_from_char and do_to_timestamp of the server. Where the template is not marked
 * FX, white space and separators are matched loosely.
 */
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  type Fields,
  isoWeekStart,
  julianOf2000,
} from '../types/calendar.ts';
import { pgError } from '../types/errors.ts';
import {
  type Action,
  parseTemplate,
  romanMonths,
  type TemplateNode,
  templateMonths,
  templateWeekdays,
} from './datetime-template.ts';

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
const widths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'HH:2 HH12:2 HH24:2 MI:2 SS:2 MS:3 US:6 FF1:1 FF2:2 FF3:3 FF4:4 FF5:5 FF6:6 SSSS:5 SSSSS:5 MM:2 DDD:3 IDDD:3 ' +
    'DD:2 D:1 ID:1 WW:2 IW:2 W:1 Q:1 CC:2 YYYY:4 IYYY:4 YYY:3 IYY:3 YY:2 IY:2 Y:1 I:1 J:7 TZH:2 TZM:2'
  )
    .split(' ')
    .map((pair) => pair.split(':'))
    .map(([word, width]) => [word!, Number(width)]),
);
const isoWords = new Set(['IDDD', 'ID', 'IW', 'IYYY', 'IYY', 'IY', 'I']);
const modeless = new Set(
  (
    'HH HH12 HH24 MI SS MS US FF1 FF2 FF3 FF4 FF5 FF6 ' + 'SSSS SSSSS TZH TZM AM PM A.M. P.M. FX J AD BC A.D. B.C.'
  ).split(' '),
);

const invalidValue = (text: string, word: string, detail: string, hint?: string): Error =>
  pgError('22007', `invalid value "${text}" for "${word}"`, hint === undefined ? { detail } : { detail, hint });

/** The reader of to_timestamp and to_date. */
class Reader {
  readonly #text: string;
  readonly #nodes: readonly TemplateNode[];
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
        const value = this.#name(templateMonths, node.word) + 1;
        this.#set('month', value, node.word);
        return;
      }
      case 'MON':
        this.#set(
          'month',
          this.#name(
            templateMonths.map((name) => name.slice(0, 3)),
            node.word,
          ) + 1,
          node.word,
        );
        return;
      case 'DAY':
        choose('weekday', templateWeekdays);
        return;
      case 'DY':
        choose(
          'weekday',
          templateWeekdays.map((name) => name.slice(0, 3)),
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
