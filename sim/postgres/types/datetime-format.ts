/** Text of dates, times and timestamps under each DateStyle (EncodeDateTime), and of zone offsets. */
import { civilFromDays, dayOfWeek, daysFromCivil, type Fields, fieldsFromMicros } from './calendar.ts';
import { dateOrder } from './datetime-parse.ts';
import type { Zone } from './timezone.ts';

export const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export const pad2 = (value: number): string => (value < 10 ? `0${value}` : String(value));
const padYear = (year: number): string => String(year > 0 ? year : 1 - year).padStart(4, '0');

export type OutputStyle = 'iso' | 'sql' | 'postgres' | 'german';

export function outputStyle(dateStyle: string): OutputStyle {
  const lower = dateStyle.toLowerCase();
  if (lower.includes('sql')) return 'sql';
  if (lower.includes('postgres')) return 'postgres';
  return lower.includes('german') ? 'german' : 'iso';
}

/** `.25` for 250000, nothing for 0. */
export function fractionText(micros: number): string {
  if (micros === 0) return '';
  return `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** `+02`, `-03:30`, `+00:53:28`. */
export function offsetText(offsetSeconds: number): string {
  const size = Math.abs(offsetSeconds);
  const hours = Math.floor(size / 3600);
  const minutes = Math.floor(size / 60) % 60;
  const seconds = size % 60;
  let text = `${offsetSeconds < 0 ? '-' : '+'}${pad2(hours)}`;
  if (minutes !== 0 || seconds !== 0) text += `:${pad2(minutes)}`;
  if (seconds !== 0) text += `:${pad2(seconds)}`;
  return text;
}

export function clockText(micros: number): string {
  const hour = Math.floor(micros / 3_600_000_000);
  const minute = Math.floor(micros / 60_000_000) % 60;
  const second = Math.floor(micros / 1_000_000) % 60;
  return `${pad2(hour)}:${pad2(minute)}:${pad2(second)}${fractionText(micros % 1_000_000)}`;
}

/** A date; `days` since 2000-01-01. */
export function dateText(days: number, dateStyle: string): string {
  const { year, month, day } = civilFromDays(days);
  const era = year > 0 ? '' : ' BC';
  switch (outputStyle(dateStyle)) {
    case 'iso':
      return `${padYear(year)}-${pad2(month)}-${pad2(day)}${era}`;
    case 'sql':
      return `${dateOrder(dateStyle) === 'dmy' ? `${pad2(day)}/${pad2(month)}` : `${pad2(month)}/${pad2(day)}`}/${padYear(year)}${era}`;
    case 'german':
      return `${pad2(day)}.${pad2(month)}.${padYear(year)}${era}`;
    case 'postgres':
      return `${dateOrder(dateStyle) === 'dmy' ? `${pad2(day)}-${pad2(month)}` : `${pad2(month)}-${pad2(day)}`}-${padYear(year)}${era}`;
  }
}

/**
 * A timestamp, local when `zone` is null; `micros` since 1970.
 */
export function timestampText(micros: number, zone: Zone | null, dateStyle: string): string {
  if (!Number.isFinite(micros)) return micros > 0 ? 'infinity' : '-infinity';
  const moment = zone === null ? null : zone.at(Math.floor(micros / 1_000_000));
  const fields = fieldsFromMicros(moment === null ? micros : micros + moment.offsetSeconds * 1_000_000);
  const time = `${pad2(fields.hour)}:${pad2(fields.minute)}:${pad2(fields.second)}${fractionText(fields.micros)}`;
  const era = fields.year > 0 ? '' : ' BC';
  const style = outputStyle(dateStyle);
  if (style === 'iso') {
    const offset = moment === null ? '' : offsetText(moment.offsetSeconds);
    return `${padYear(fields.year)}-${pad2(fields.month)}-${pad2(fields.day)} ${time}${offset}${era}`;
  }
  const zoneName = moment === null ? '' : ` ${moment.abbreviation}`;
  const isDayFirst = dateOrder(dateStyle) === 'dmy';
  if (style === 'postgres') return `${postgresText(fields, time, isDayFirst)}${zoneName}${era}`;
  const [first, second] = isDayFirst || style === 'german' ? [fields.day, fields.month] : [fields.month, fields.day];
  const separator = style === 'sql' ? '/' : '.';
  return `${pad2(first)}${separator}${pad2(second)}${separator}${padYear(fields.year)} ${time}${zoneName}${era}`;
}

function postgresText(fields: Fields, time: string, isDayFirst: boolean): string {
  const weekday = weekdayNames[dayOfWeek(daysFromCivil(fields.year, fields.month, fields.day))];
  const month = monthNames[fields.month - 1];
  const date = isDayFirst ? `${pad2(fields.day)} ${month}` : `${month} ${pad2(fields.day)}`;
  return `${weekday} ${date} ${time} ${padYear(fields.year)}`;
}
