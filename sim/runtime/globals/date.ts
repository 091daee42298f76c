/**
 * `Date` by the process's clock and time zone.
 *
 * In UTC the constructor shares `Date.prototype` with the realm, so `instanceof`, `structuredClone` and subclassing work as ever and a
 * read is cheap. In another zone the process has a prototype of its own (derived from the realm's) whose local getters, setters and
 * texts go by that zone; the real process runs with TZ=UTC, so the realm's local time is UTC.
 */
import type { VirtualProcess } from '../process.ts';
import { ZoneOffsets } from './time-zone.ts';

/** Taken at load: while a process is current, the bare names are its own. */
const RealDate = Date;
const RealFormat = Intl.DateTimeFormat;

/** Texts that name their own zone, and date-only ISO forms, which ECMA-262 reads as UTC. */
const absoluteText =
  /(?:Z|[+-]\d{2}:?\d{2}|\bGMT(?:[+-]\d{4})?|\bUTC?|\b[ECMP][SD]T)\s*(?:\(.*\))?\s*$|^\s*(?:[+-]\d{2})?\d{4}(?:-\d{2}(?:-\d{2})?)?\s*$/i;

/** The `Date` of one incarnation. */
export function createDate(process: VirtualProcess, timeZone: string): DateConstructor {
  return timeZone === 'UTC' ? createUtcDate(process) : createZonedDate(process, new ZoneOffsets(timeZone));
}

function finish(
  virtual: object,
  process: VirtualProcess,
  parse: (text: string) => number,
  prototype: object,
): DateConstructor {
  Object.defineProperties(virtual, {
    prototype: { value: prototype, writable: false },
    now: {
      value: function now() {
        return Math.floor(process.wallMillis());
      },
      writable: true,
      configurable: true,
    },
    parse: { value: parse, writable: true, configurable: true },
    UTC: { value: RealDate.UTC, writable: true, configurable: true },
    name: { value: 'Date', configurable: true },
    length: { value: 7, configurable: true },
  });
  return virtual as DateConstructor;
}

function createUtcDate(process: VirtualProcess): DateConstructor {
  function VirtualDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(Math.floor(process.wallMillis())).toString();
    return Reflect.construct(
      RealDate,
      args.length === 0 ? [Math.floor(process.wallMillis())] : args,
      new.target as unknown as NewableFunction,
    );
  }
  return finish(VirtualDate, process, RealDate.parse, RealDate.prototype);
}

type Setter = 'FullYear' | 'Month' | 'Date' | 'Hours' | 'Minutes' | 'Seconds' | 'Milliseconds';
const getters = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const;
const setters: readonly Setter[] = ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

function createZonedDate(process: VirtualProcess, zone: ZoneOffsets): DateConstructor {
  const parse = (text: string): number => {
    const value = RealDate.parse(text);
    return Number.isNaN(value) || absoluteText.test(text) ? value : zone.toUtc(value);
  };
  const instant = (args: unknown[]): number => {
    if (args.length === 0) return Math.floor(process.wallMillis());
    if (args.length > 1) return zone.toUtc(Reflect.construct(RealDate, args).getTime());
    const [only] = args;
    if (only instanceof RealDate) return only.getTime();
    const primitive =
      typeof only === 'object' && only !== null
        ? (only as { [Symbol.toPrimitive]?: unknown; valueOf(): unknown }).valueOf()
        : only;
    return typeof primitive === 'string' ? parse(primitive) : new RealDate(primitive as number).getTime();
  };
  function ZonedDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new (virtual as unknown as DateConstructor)().toString();
    return Reflect.construct(RealDate, [instant(args)], new.target as unknown as NewableFunction);
  }
  const prototype = Object.create(RealDate.prototype) as Record<string, unknown>;
  const virtual = finish(ZonedDate, process, parse, prototype);
  const define = (name: string, value: (this: Date, ...args: never[]) => unknown): void => {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  };
  define('constructor', virtual as never);
  const shifted = (date: Date): Date => new RealDate(date.getTime() + zone.at(date.getTime()));
  for (const name of getters) {
    define(`get${name}`, function (this: Date) {
      const time = this.getTime();
      return Number.isNaN(time) ? Number.NaN : shifted(this)[`getUTC${name}`]();
    });
  }
  for (const name of setters) {
    define(`set${name}`, function (this: Date, ...args: number[]) {
      const isInvalid = Number.isNaN(this.getTime());
      if (isInvalid && name !== 'FullYear') return Number.NaN;
      const local = isInvalid ? new RealDate(0) : shifted(this);
      (local[`setUTC${name}`] as (...values: number[]) => number).apply(local, args);
      return this.setTime(zone.toUtc(local.getTime()));
    });
  }
  const zoneText = (date: Date): string => {
    const minutes = Math.round(zone.at(date.getTime()) / 60_000);
    const sign = minutes < 0 ? '-' : '+';
    const name = new RealFormat('en-US', { timeZone: zone.zone, timeZoneName: 'long' })
      .formatToParts(date.getTime())
      .find(({ type }) => type === 'timeZoneName')!.value;
    return `GMT${sign}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)} (${name})`;
  };
  const dateText = (local: Date): string =>
    `${dayNames[local.getUTCDay()]} ${monthNames[local.getUTCMonth()]} ${two(local.getUTCDate())} ${String(local.getUTCFullYear()).padStart(4, '0')}`;
  const timeText = (local: Date): string =>
    `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  const orInvalid = (date: Date, text: () => string): string =>
    Number.isNaN(date.getTime()) ? 'Invalid Date' : text();
  define('getTimezoneOffset', function (this: Date) {
    return Number.isNaN(this.getTime()) ? Number.NaN : -zone.at(this.getTime()) / 60_000;
  });
  define('getYear', function (this: Date) {
    return this.getFullYear() - 1900;
  });
  define('toString', function (this: Date) {
    return orInvalid(this, () => `${dateText(shifted(this))} ${timeText(shifted(this))} ${zoneText(this)}`);
  });
  define('toDateString', function (this: Date) {
    return orInvalid(this, () => dateText(shifted(this)));
  });
  define('toTimeString', function (this: Date) {
    return orInvalid(this, () => `${timeText(shifted(this))} ${zoneText(this)}`);
  });
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'] as const) {
    define(name, function (this: Date, locales?: string, options?: Intl.DateTimeFormatOptions) {
      return RealDate.prototype[name].call(this, locales ?? 'en-US', { timeZone: zone.zone, ...options });
    });
  }
  Object.defineProperty(prototype, Symbol.toPrimitive, {
    configurable: true,
    value: function (this: Date, hint: string) {
      return hint === 'number' ? this.getTime() : this.toString();
    },
  });
  return virtual;
}
