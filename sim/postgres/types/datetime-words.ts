/** The words of dates, times and intervals (datetktbl and deltatktbl): what each means to the decoders. Words count by their first ten letters. */

export type Word =
  | { readonly kind: 'month'; readonly value: number }
  | { readonly kind: 'weekday'; readonly value: number }
  | { readonly kind: 'meridiem'; readonly value: 'am' | 'pm' }
  | { readonly kind: 'era'; readonly value: 'ad' | 'bc' }
  | { readonly kind: 'reserved'; readonly value: Reserved }
  | { readonly kind: 'unit'; readonly value: DateUnit }
  | { readonly kind: 'isoTime' }
  | { readonly kind: 'daylight' }
  | { readonly kind: 'ignore' };

export type Reserved = 'now' | 'today' | 'tomorrow' | 'yesterday' | 'epoch' | 'infinity' | '-infinity' | 'allballs';
export type DateUnit =
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'julian'
  | 'dow'
  | 'doy'
  | 'isodow'
  | 'isoyear';

const words = new Map<string, Word>();

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
months.forEach((name, index) => {
  words.set(name, { kind: 'month', value: index + 1 });
  words.set(name.slice(0, 3), { kind: 'month', value: index + 1 });
});
words.set('sept', { kind: 'month', value: 9 });
weekdays.forEach((name, index) => {
  words.set(name, { kind: 'weekday', value: index });
  words.set(name.slice(0, 3), { kind: 'weekday', value: index });
});
for (const [name, value] of [
  ['tues', 2],
  ['weds', 3],
  ['thur', 4],
  ['thurs', 4],
] as const)
  words.set(name, { kind: 'weekday', value });
words.set('am', { kind: 'meridiem', value: 'am' });
words.set('pm', { kind: 'meridiem', value: 'pm' });
words.set('ad', { kind: 'era', value: 'ad' });
words.set('bc', { kind: 'era', value: 'bc' });
for (const name of ['now', 'today', 'tomorrow', 'yesterday', 'epoch', 'infinity', '-infinity', 'allballs'] as const) {
  words.set(name, { kind: 'reserved', value: name });
}
words.set('+infinity', { kind: 'reserved', value: 'infinity' });
const units: readonly (readonly [string, DateUnit])[] = [
  ['y', 'year'],
  ['m', 'month'],
  ['mm', 'minute'],
  ['d', 'day'],
  ['h', 'hour'],
  ['s', 'second'],
  ['j', 'julian'],
  ['jd', 'julian'],
  ['julian', 'julian'],
  ['dow', 'dow'],
  ['doy', 'doy'],
  ['isodow', 'isodow'],
  ['isoyear', 'isoyear'],
];
for (const [name, value] of units) words.set(name, { kind: 'unit', value });
words.set('t', { kind: 'isoTime' });
words.set('dst', { kind: 'daylight' });
words.set('at', { kind: 'ignore' });
words.set('on', { kind: 'ignore' });

export function dateWord(text: string): Word | undefined {
  return words.get(text.length > 10 ? text.slice(0, 10) : text);
}

export type IntervalUnit =
  | 'microsecond'
  | 'millisecond'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'decade'
  | 'century'
  | 'millennium'
  | 'timezone'
  | 'timezone_hour'
  | 'timezone_minute';

const intervalWords = new Map<string, IntervalUnit | 'ago' | 'ignore'>();
const spellings: Record<IntervalUnit | 'ago' | 'ignore', string> = {
  microsecond: 'microsecon us usec usecs usecond useconds microsecond',
  millisecond: 'millisecon ms msec msecs msecond mseconds millisecond',
  second: 's sec secs second seconds',
  minute: 'm min mins minute minutes',
  hour: 'h hr hrs hour hours',
  day: 'd day days',
  week: 'w week weeks',
  month: 'mon mons month months',
  quarter: 'qtr quarter',
  year: 'y yr yrs year years',
  decade: 'dec decs decade decades',
  century: 'c cent century centuries',
  millennium: 'mil mils millennia millennium',
  timezone: 'timezone',
  timezone_hour: 'timezone_h',
  timezone_minute: 'timezone_m',
  ago: 'ago',
  ignore: '@',
};
for (const [unit, list] of Object.entries(spellings)) {
  for (const word of list.split(' ')) intervalWords.set(word, unit as IntervalUnit | 'ago' | 'ignore');
}

/** The unit a word of an interval names; undefined when it names none. */
export function intervalWord(text: string): IntervalUnit | 'ago' | 'ignore' | undefined {
  return intervalWords.get(text.length > 10 ? text.slice(0, 10) : text);
}
