/** to_char, to_date, to_timestamp, to_number: joins the template engines of datetime-template.ts and number-template.ts to their functions. */
import { daysFromCivil, fieldsFromMicros, microsFromFields, microsPerDay } from '../types/calendar.ts';
import type { CallContext, Datum, Interval, Numeric } from '../types/datum.ts';
import { pgError, timestampOutOfRange } from '../types/errors.ts';
import { formatNumeric, fromBigInt, fromInteger, parseNumeric } from '../types/numeric.ts';
import { sessionZone } from '../types/session-zone.ts';
import { instantOfLocal } from '../types/timestamp.ts';
import { checkedMoment, dateOf } from './datetime-arithmetic.ts';
import { parseDatetime } from './datetime-reader.ts';
import { formatDatetime } from './datetime-template.ts';
import type { Implementation } from './implementation.ts';
import { formatNumber, parseNumber } from './number-template.ts';

const num = (datum: Datum | undefined): number => datum as number;
const str = (datum: Datum | undefined): string => datum as string;

function momentToChar(micros: number, template: string, context: CallContext | null): string | null {
  if (template === '' || !Number.isFinite(micros)) return null;
  const moment = context === null ? null : sessionZone(context).at(Math.floor(micros / 1_000_000));
  const fields = fieldsFromMicros(micros + (moment?.offsetSeconds ?? 0) * 1_000_000);
  const days = daysFromCivil(fields.year, fields.month, fields.day);
  return formatDatetime(template, {
    ...fields,
    days,
    zone: moment === null ? null : { offsetSeconds: moment.offsetSeconds, abbreviation: moment.abbreviation },
    isInterval: false,
  });
}

function intervalToChar(value: Interval, template: string): string | null {
  if (template === '') return null;
  const year = Math.trunc(value.months / 12);
  const month = value.months % 12;
  const hour = Math.trunc(value.micros / 3_600_000_000);
  let rest = value.micros - hour * 3_600_000_000;
  const minute = Math.trunc(rest / 60_000_000);
  rest -= minute * 60_000_000;
  const second = Math.trunc(rest / 1_000_000);
  const micros = rest - second * 1_000_000;
  return formatDatetime(template, {
    year,
    month,
    day: value.days,
    hour,
    minute,
    second,
    micros,
    // Only DDD reads the day count of an interval, where a month counts 30 days.
    days: value.months * 30 + value.days,
    zone: null,
    isInterval: true,
  });
}

/** Digits of a double as to_char wants them. */
function floatText(value: number, significant: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return formatNumeric(parseNumeric(value.toPrecision(significant))!);
}

export const formattingFunctions: Record<string, Implementation> = {
  timestamp_to_char: (a) => momentToChar(num(a[0]), str(a[1]), null),
  timestamptz_to_char: (a, context) => momentToChar(num(a[0]), str(a[1]), context),
  interval_to_char: (a) => intervalToChar(a[0] as Interval, str(a[1])),
  to_timestamp: (a, context) => {
    const parsed = parseDatetime(str(a[0]), str(a[1]));
    const local = microsFromFields(parsed);
    if (parsed.offsetSeconds !== null) {
      const micros = local - parsed.offsetSeconds * 1_000_000;
      return checkedMoment(micros);
    }
    return instantOfLocal(local, context);
  },
  to_date: (a) => {
    const parsed = parseDatetime(str(a[0]), str(a[1]));
    const micros = microsFromFields({ ...parsed, hour: 0, minute: 0, second: 0, micros: 0 });
    if (!Number.isFinite(micros / microsPerDay)) throw timestampOutOfRange();
    return dateOf(micros);
  },
  int4_to_char: (a) => formatNumber(fromInteger(num(a[0])), str(a[1])),
  int8_to_char: (a) => formatNumber(fromBigInt(a[0] as bigint), str(a[1])),
  numeric_to_char: (a) => formatNumber(a[0] as Numeric, str(a[1])),
  float4_to_char: (a) => formatFloat(num(a[0]), str(a[1]), 6),
  float8_to_char: (a) => formatFloat(num(a[0]), str(a[1]), 15),
  numeric_to_number: (a) => {
    const parsed = parseNumber(str(a[0]), str(a[1]));
    if (parsed === null) throw pgError('22P02', 'invalid input syntax for type numeric: " "');
    return parsed;
  },
};

function formatFloat(value: number, template: string, significant: number): string {
  const text = floatText(value, significant)!;
  const numeric = parseNumeric(text)!;
  return formatNumber(numeric, template);
}
