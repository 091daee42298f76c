/** Expressions for comparison: dates, times, intervals, zones and their templates. */

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const quoted = (type: string, texts: readonly string[]): string[] =>
  texts.map((text) => `'${text.replaceAll("'", "''")}'::${type}`);

const stamps = [
  '2024-02-29',
  '2024-02-30',
  '2023-02-29 10:00',
  '2024-01-01 12:34:56.789',
  '2024-01-01T12:34:56Z',
  '2024-01-01 12:34:56+02',
  '2024-01-01 12:34:56-03:30',
  '2024-03-31 02:30',
  '2024-10-27 02:30',
  '2024-10-27 02:30+02',
  '2024-07-01 12:00 Europe/London',
  '2024-07-01 12:00 America/New_York',
  '2024-07-01 12:00 EST',
  '2024-07-01 12:00 PDT',
  'Jan 8, 1999',
  '8 January 1999',
  'January 8 1999 04:05 PM',
  '1/8/1999',
  '13/8/1999',
  '1999-Jan-08',
  '08-Jan-99',
  '99-Jan-08',
  'Jan-08-1999',
  '19990108',
  '990108',
  '1999.008',
  'J2451187',
  '19990108T040506',
  '19990108 040506',
  '1999-01-08 04:05:06.1234567',
  '1999-01-08 24:00',
  '1999-01-08 24:01',
  '1999-01-08 25:00',
  '1999-01-08 23:59:60',
  '0044-03-15 BC',
  '44 BC March 15',
  '0001-01-01',
  '0000-01-01',
  '294276-12-31 23:59:59',
  '294277-01-01',
  '4714-11-24 BC',
  '4715-01-01 BC',
  'epoch',
  'infinity',
  '-infinity',
  'today',
  'tomorrow',
  'yesterday',
  'today 10:00',
  'tomorrow 04:05 PM',
  'garbage',
  '',
  '2024-13-01',
  '2024-00-10',
  '2024-01-32',
  '2024-1-2',
  '24-1-2',
  '1-2-2024',
  'Monday 2024-01-01',
  '2024-01-01 10',
  '2024-01-01 1:2',
  '2024-01-01 1:2:3',
  '10:00 2024-01-01',
  '2024-01-01 12:00 AM',
  '2024-01-01 13:00 PM',
  '2024-01-01 00:00 PM',
  'May 5',
  '2024',
  '202401',
  '2024-060',
  '12:30',
  '2024-01-01 12:00:00+16',
  '2024-01-01 12:00:00+15:59',
  '2024-01-01 12:00 nosuch/zone',
  '2024-01-01 12:00 xyz',
  '2024-01-01 12:00+2',
  '2024-01-01 12:00+0230',
  '2024-01-01 12:00 UTC',
  '2024-01-01 12:00 utc',
  '2024-01-01 12:00 z',
  '2024-01-01 12:00 GMT+3',
  '2024-01-01  12:00',
  '2024/01/02',
  '2024.01.02',
  '1900-01-01',
  '1850-06-01',
  '2050-07-01 12:00',
  '2100-12-31',
  '1999-01-08 04:05:06 PST8PDT',
  'Sat 1999-01-09',
  '1999-01-08 allballs',
  'Feb 30 2024',
  '2024-01-01 12:60',
  '20240101',
  '2024-01-01T12',
  '2024-W01-1',
  '99991231',
  '2024-01-01 12:00:00.',
  '2024-01-01 12:00:00,5',
  '2024-01-01 -5',
  'Sept 5 2024',
  '5 Sep 24',
  'y2001m02d04',
  '2024-01-01 + 5',
];

const intervals = [
  '1 day',
  '1 year 2 months 3 days 04:05:06',
  '-1 day',
  '1 day -1 hour',
  '1-2',
  '1-2 3 4:05:06',
  '3 4:05:06',
  '4:05:06',
  '4:05',
  '1.5 days',
  '1.5 months',
  '1.5 years',
  '2.25 weeks',
  '1 week',
  '1 mon',
  '-1 mon 1 day',
  'P1Y2M3DT4H5M6S',
  'P1Y',
  'PT1.5H',
  'P1.5M',
  'P-1Y-2M',
  'P0001-02-03T04:05:06',
  'P1W',
  'PT',
  'P',
  '1 century',
  '1 decade',
  '1 millennium',
  '5 microseconds',
  '5 ms',
  '1.5 ms',
  '100 seconds',
  '1 hour 30 min',
  '1h30m',
  '@ 1 day ago',
  '1 day 2 hours ago',
  '1 day ago 2',
  'garbage',
  '',
  '5',
  '1 fortnight',
  '1 day 1 day',
  '1 hour 2:00',
  '999999999 years',
  '200000000 years',
  '-1:30',
  '+1 day -02:03',
  '1 year -1 mon',
  '0',
  '0.000001 s',
  '-0.5 s',
  '23:59:60',
  '25:00',
  '100:00:00',
  '1 day 25:00',
  '1.1 years',
  '0.1 months',
  '1e3 s',
  '1 mon 2.5 days',
  'infinity',
  '-1-2',
  '1 y 1 mon',
  'P1Y2M3D',
  '10 days 10',
  '1 quarter',
  '2147483647 days',
  '2147483648 days',
  '-1 day +02:03:04.5',
  '1 s 5 us',
];

export const inputs: readonly string[] = [
  ...quoted('timestamp', stamps),
  ...quoted('timestamptz', stamps),
  ...quoted('date', stamps),
  ...quoted('timestamp(0)', ['2024-01-01 12:34:56.5', '2024-01-01 12:34:55.5', '1990-01-01 00:00:00.5']),
  ...quoted('timestamptz(2)', ['2024-01-01 12:34:56.789', '1969-12-31 23:59:59.995']),
  ...quoted('time', [
    '12:34',
    '12:34:56.789',
    '24:00',
    '24:01',
    '040506',
    '04:05 PM',
    '12:00 AM',
    '2024-01-01 10:00',
    '1:2:3',
    '10',
    'garbage',
    '',
    'allballs',
    '0405',
    '04:05:06 PST',
    '23:59:60',
    '25:00',
    '040506.5',
    '10:00+02',
    'noon',
    'T10:00',
  ]),
  ...quoted('timetz', [
    '12:34+02',
    '12:34',
    '12:34 America/New_York',
    '2024-07-01 12:34 Europe/Berlin',
    '12:34 PST',
    '040506-08',
    '10:00:00+02:30:15',
    '10 UTC',
  ]),
  ...quoted('time(1)', ['12:34:56.789', '23:59:59.99']),
  ...quoted('interval', intervals),
  ...quoted('interval day', ['1 day 5:00', '10']),
  ...quoted('interval hour to minute', ['1 day 5:06:07', '5:06']),
  ...quoted('interval year to month', ['1-2', '5', '1 year 40 days']),
  ...quoted('interval minute to second', ['5:06', '5:06.7']),
  ...quoted('interval second(1)', ['5.678', '1:02:03.456']),
  ...quoted('interval(2)', ['1.23456 s']),
];

const units = [
  'microseconds',
  'milliseconds',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
  'century',
  'millennium',
  'dow',
  'isodow',
  'doy',
  'isoyear',
  'epoch',
  'julian',
  'timezone',
  'timezone_hour',
  'timezone_minute',
  'nosuch',
];
const moments = [
  "'2024-02-29 13:45:56.789012'::timestamp",
  "'2021-01-03 00:00:00'::timestamptz",
  "'2024-12-30'::date",
  "'0044-03-15 BC'::timestamp",
  "'infinity'::timestamptz",
  "'1 year 14 mons -3 days 04:05:06.7'::interval",
  "'-5 mons -36:00:00'::interval",
  "'13:45:56.789'::time",
  "'13:45:56.789+05:30'::timetz",
  "'2000-12-31 23:59:59.999'::timestamp",
];

export const parts: readonly string[] = [
  ...units.flatMap((unit) =>
    moments.flatMap((moment) => [`extract(${unit} from ${moment})`, `date_part('${unit}', ${moment})`]),
  ),
  ...units.flatMap((unit) => moments.slice(0, 7).map((moment) => `date_trunc('${unit}', ${moment})`)),
];

const templates = [
  'YYYY-MM-DD HH24:MI:SS.US',
  'FMMonth FMDD, YYYY',
  'Day, DD Month YYYY',
  'DY Dy dy DAY day',
  'HH12:MI AM',
  'hh:mi pm',
  'HH:MI:SS A.M.',
  'IYYY-"W"IW-ID',
  'DDD WW W Q CC',
  'J',
  'MS FF1 FF3 FF6',
  'SSSS SSSSS',
  'TZ tz OF TZH TZM',
  'DDth',
  'FMDDTH',
  'YYYYth',
  'Y,YYY YYY YY Y',
  'RM rm FMRM',
  'AD BC a.d.',
  '"quoted text" YYYY',
  'YYYY\\"x',
  'MON Mon mon',
  'D ID IDDD',
  'FMHH24:FMMI',
  'foo bar',
  '',
  'YYYYMMDDHH24MISS',
  'IYY IY I',
  'TMMonth',
  'HH24"h"MI"m"',
];

export const templating: readonly string[] = [
  ...templates.flatMap((template) =>
    [
      "'2024-02-29 13:05:06.789012'::timestamp",
      "'0044-03-05 BC 00:00'::timestamp",
      "'2021-01-03 12:00'::timestamptz",
      "'infinity'::timestamp",
    ].map((moment) => `to_char(${moment}, '${template}')`),
  ),
  ...['HH24:MI:SS', 'DD "days" HH24', 'YYYY MM', 'HH12 MS US', 'MONTH', 'DDD', 'FMHH24:MI', 'SSSS', 'YY Q CC'].flatMap(
    (template) =>
      ["'1 year 2 mons 3 days 04:05:06.7'::interval", "'-3 days -04:05:06'::interval", "'100 hours'::interval"].map(
        (value) => `to_char(${value}, '${template}')`,
      ),
  ),
  ...lines(`
    to_timestamp('2024-02-29 13:05:06', 'YYYY-MM-DD HH24:MI:SS')
    to_timestamp('20240229130506', 'YYYYMMDDHH24MISS')
    to_timestamp('29 Feb 2024', 'DD Mon YYYY')
    to_timestamp('29 February 2024', 'DD Month YYYY')
    to_timestamp('2024-02-30', 'YYYY-MM-DD')
    to_timestamp('2024-13-01', 'YYYY-MM-DD')
    to_timestamp('05:06 PM', 'HH12:MI AM')
    to_timestamp('13:06 PM', 'HH12:MI AM')
    to_timestamp('2024 060', 'YYYY DDD')
    to_timestamp('2024-W09-4', 'IYYY-"W"IW-ID')
    to_timestamp('x', 'YYYY')
    to_timestamp('2024', 'YYYYMM')
    to_timestamp('24-2-3', 'YY-MM-DD')
    to_timestamp('99-2-3', 'YY-MM-DD')
    to_timestamp('2024-02-03 10:00 +05', 'YYYY-MM-DD HH24:MI TZH')
    to_timestamp('2024-02-03 10:00:00.123', 'YYYY-MM-DD HH24:MI:SS.MS')
    to_timestamp('2024-02-03 10:00:00.12', 'YYYY-MM-DD HH24:MI:SS.MS')
    to_timestamp('2024-02-03 10:00:00.123456', 'YYYY-MM-DD HH24:MI:SS.US')
    to_timestamp('12345', 'SSSS')
    to_timestamp('2024 nosuch', 'YYYY Mon')
    to_timestamp('44-03-15 BC', 'YYYY-MM-DD BC')
    to_timestamp('  2024   02', 'YYYY MM')
    to_timestamp('2024/02/03', 'YYYY-MM-DD')
    to_timestamp('2024', 'TZ')
    to_timestamp('2024 2024', 'YYYY IYYY')
    to_timestamp('25', 'HH24')
    to_timestamp('J2460000', '"J"J')
    to_timestamp('2024-02-03 10', 'FXYYYY-MM-DD HH24')
    to_date('2024-02-29', 'YYYY-MM-DD')
    to_date('29.02.2024', 'DD.MM.YYYY')
    to_date('2024', 'YYYY')
    to_date('2023-02-29', 'YYYY-MM-DD')
    to_date('', 'YYYY')
    to_date('Sat, 03 Feb 2024', 'Dy, DD Mon YYYY')
    to_date('XII 2024', 'RM YYYY')
    to_timestamp(1700000000)
    to_timestamp(1700000000.123456)
    to_timestamp('Infinity'::float8)
    to_timestamp('NaN'::float8)
  `),
];

export const operations: readonly string[] = lines(`
  '2024-01-31'::date + 1
  '2024-01-31'::date - 31
  '2024-03-01'::date - '2024-02-01'::date
  '2024-01-31'::date + '1 month'::interval
  '2024-01-31'::date - '1 month'::interval
  '2024-01-31'::date + '10:00'::time
  '2024-01-31'::date + '10:00+05'::timetz
  '10:00'::time + '2024-01-31'::date
  '1 day'::interval + '2024-01-31'::date
  5 + '2024-01-31'::date
  '2024-01-31 10:00'::timestamp + '1 month'
  '2024-03-31 10:00'::timestamp - '1 month 1 day'::interval
  '2024-03-30 10:00'::timestamptz + '1 day'
  '2024-03-30 10:00'::timestamptz + '24 hours'
  '2024-10-26 12:00'::timestamptz + '1 day'
  '2024-10-26 12:00'::timestamptz + '24 hours'
  '2024-03-30 02:30'::timestamptz + '1 day'
  '2024-10-26 02:30'::timestamptz + '1 day'
  '2024-01-31'::timestamptz + '1 month'
  '2024-05-01'::timestamp - '2024-01-31 12:30'::timestamp
  '2024-05-01'::timestamptz - '2024-01-31 12:30'::timestamptz
  '2024-01-01'::timestamp - 'infinity'::timestamp
  'infinity'::timestamp + '1 day'
  '294276-12-31'::timestamp + '1 year'
  '10:00'::time + '20 hours'
  '10:00'::time - '11 hours'
  '10:00'::time - '09:30'::time
  '10:00+02'::timetz + '1 hour'
  '1 day'::interval * 1.5
  1.5 * '1 day'::interval
  '1 mon'::interval * 0.5
  '1 year 3 days'::interval / 2
  '1 mon 15 days 10:00'::interval / 3
  '1 day'::interval / 0
  '1 day'::interval + '25 hours'
  '1 day'::interval - '1 mon'
  - '1 day -1 hour'::interval
  '1 mon'::interval = '30 days'
  '1 day'::interval = '24 hours'
  '1 mon'::interval > '29 days'
  justify_hours('50 hours')
  justify_days('65 days')
  justify_interval('1 mon -1 hour')
  justify_interval('65 days 50 hours')
  age('2024-03-01'::timestamp, '2023-01-31'::timestamp)
  age('2023-01-31'::timestamp, '2024-03-01'::timestamp)
  age('2024-03-31 10:00'::timestamptz, '2024-02-29 12:00'::timestamptz)
  age('2001-04-10'::timestamp, '1957-06-13')
  '2024-01-01'::date = '2024-01-01 00:00'::timestamp
  '2024-01-01'::date < '2024-01-01 00:00'::timestamptz
  '2024-01-01 10:00'::timestamp = '2024-01-01 10:00'::timestamptz
  '10:00+02'::timetz < '09:00+00'::timetz
  '10:00+02'::timetz = '09:00+01'::timetz
  '2024-07-01 12:00'::timestamp at time zone 'America/New_York'
  '2024-07-01 12:00'::timestamptz at time zone 'America/New_York'
  '2024-07-01 12:00+00'::timestamptz at time zone 'Asia/Kathmandu'
  '2024-07-01 12:00+00'::timestamptz at time zone 'EST'
  '2024-07-01 12:00+00'::timestamptz at time zone 'UTC'
  '2024-07-01 12:00+00'::timestamptz at time zone 'cest'
  '2024-07-01 12:00+00'::timestamptz at time zone interval '-08:00'
  '2024-07-01 12:00'::timestamp at time zone interval '1 day'
  '2024-07-01 12:00+00'::timestamptz at time zone 'nosuch'
  '2024-07-01 12:00+00'::timestamptz at time zone 'UTC+3'
  '2024-07-01 12:00+00'::timestamptz at time zone '+05'
  '2024-03-10 02:30'::timestamp at time zone 'America/New_York'
  '2024-11-03 01:30'::timestamp at time zone 'America/New_York'
  '2024-10-06 02:15'::timestamp at time zone 'Australia/Lord_Howe'
  '2024-04-07 01:45'::timestamp at time zone 'Australia/Lord_Howe'
  '2011-12-30 12:00'::timestamp at time zone 'Pacific/Apia'
  '2024-03-31 01:30'::timestamp at time zone 'Europe/London'
  '2024-10-27 01:30'::timestamp at time zone 'Europe/London'
  '12:00+02'::timetz at time zone 'UTC'
  timezone('UTC', '2024-07-01 12:00+02'::timestamptz)
  make_date(2024, 2, 29)
  make_date(2023, 2, 29)
  make_date(-44, 3, 15)
  make_date(0, 1, 1)
  make_time(8, 15, 23.5)
  make_time(24, 0, 0.1)
  make_time(8, 60, 0)
  make_timestamp(2024, 2, 29, 8, 15, 23.5)
  make_timestamptz(2024, 7, 1, 8, 15, 23.5)
  make_timestamptz(2024, 7, 1, 8, 15, 23.5, 'America/New_York')
  make_timestamptz(2024, 7, 1, 8, 15, 23.5, '+05:30')
  make_timestamptz(2024, 7, 1, 8, 15, 23.5, 'nosuch')
  make_interval(1, 2, 3, 4, 5, 6, 7.8)
  make_interval()
  make_interval(secs => 3600.5)
  date_bin('15 minutes', '2024-02-29 13:47:11'::timestamp, '2001-01-01')
  date_bin('2 hours', '2024-02-29 13:47:11'::timestamptz, '2001-01-01 00:30')
  date_bin('1 month', '2024-02-29'::timestamp, '2001-01-01')
  date_bin('-1 day', '2024-02-29'::timestamp, '2001-01-01')
  date_trunc('day', '2024-07-01 12:00'::timestamptz, 'Asia/Tokyo')
  date_trunc('hour', '2024-10-27 02:30+01'::timestamptz)
  date_trunc('day', '2024-10-27 12:30+01'::timestamptz)
  ('2024-01-01'::date, '2024-02-01'::date) overlaps ('2024-01-15'::date, '2024-03-01'::date)
  ('2024-01-01'::timestamp, '10 days'::interval) overlaps ('2024-01-15'::timestamp, '2 days'::interval)
  (time '10:00', time '11:00') overlaps (time '11:00', time '12:00')
  isfinite('infinity'::date)
  isfinite('1 day'::interval)
  '2024-01-01 10:00'::timestamp::date
  '2024-01-01 23:30+00'::timestamptz::date
  '2024-01-01 23:30+00'::timestamptz::time
  '2024-01-01 23:30+00'::timestamptz::timetz
  '2024-01-01'::date::timestamptz
  '2024-07-01 10:00'::timestamp::timestamptz
  '10:00'::time::interval
  '25:00:00'::interval::time
  '10:00+05'::timetz::time
  '2024-01-01 10:00:00.55'::timestamp::timestamp(1)
  '1 day 10:11:12.345'::interval::interval(1)
  '1 day 10:11:12.345'::interval::interval hour
  '5877641-01-01'::date
  '2024-01-01'::date::text
  '2024-07-01 10:00+00'::timestamptz::text
  '1 day'::interval::text
  interval '1' day
  interval '90' minute
  timestamp '2024-01-01'
  now() = transaction_timestamp()
  current_setting is null
`).filter((line) => !line.startsWith('current_setting'));
