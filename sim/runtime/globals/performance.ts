/** `performance` by the host's monotonic clock. Marks and measures are kept as Node keeps them; observers are in `node:perf_hooks`. */
import type { VirtualProcess } from '../process.ts';

export interface PerformanceEntryRecord {
  readonly name: string;
  readonly entryType: 'mark' | 'measure';
  readonly startTime: number;
  readonly duration: number;
  readonly detail: unknown;
}

export interface VirtualPerformance {
  now(): number;
  readonly timeOrigin: number;
  [name: string]: unknown;
}

/** `performance`, and how `PerformanceObserver` hears of entries. */
export interface PerformanceParts {
  readonly performance: VirtualPerformance;
  /** Calls back for each new entry until the result is called. */
  observe(listener: (entry: PerformanceEntryRecord) => void): () => void;
}

/** Taken at load: while a process is current, these names may be its own. */
const { PerformanceMark, PerformanceMeasure } = globalThis;

/** The `performance` object of one incarnation. */
export function createPerformance(process: VirtualProcess): PerformanceParts {
  const startedMonotonic = process.host.clock.monotonicMicros(process.startedAt);
  const timeOrigin = process.host.clock.wallMicros(process.startedAt) / 1000;
  const entries: PerformanceEntryRecord[] = [];
  const observers = new Set<(entry: PerformanceEntryRecord) => void>();
  const observe = (listener: (entry: PerformanceEntryRecord) => void): (() => void) => {
    observers.add(listener);
    return () => observers.delete(listener);
  };
  const now = (): number => (process.monotonicMicros() - startedMonotonic) / 1000;
  const startOf = (mark: unknown, otherwise: number): number => {
    if (mark === undefined) return otherwise;
    if (typeof mark === 'number') return mark;
    const found = entries.findLast(({ name, entryType }) => entryType === 'mark' && name === mark);
    if (found === undefined)
      throw new DOMException(`The "${String(mark)}" performance mark has not been set`, 'SyntaxError');
    return found.startTime;
  };
  const add = (entry: PerformanceEntryRecord): PerformanceEntryRecord => {
    const shown = shownEntry(entry);
    entries.push(shown);
    for (const observer of observers) observer(shown);
    return shown;
  };
  const without = (kind: string, name: string | undefined): void => {
    const kept = entries.filter((entry) => entry.entryType !== kind || (name !== undefined && entry.name !== name));
    entries.length = 0;
    entries.push(...kept);
  };
  const performance: VirtualPerformance = {
    now,
    timeOrigin,
    mark: (name: string, options?: { startTime?: number; detail?: unknown }) =>
      add({
        name: String(name),
        entryType: 'mark',
        startTime: options?.startTime ?? now(),
        duration: 0,
        detail: options?.detail ?? null,
      }),
    measure: (
      name: string,
      startOrOptions?: string | { start?: unknown; end?: unknown; duration?: number; detail?: unknown },
      endMark?: string,
    ) => {
      const options = typeof startOrOptions === 'object' ? startOrOptions : { start: startOrOptions, end: endMark };
      const { duration } = options as { duration?: number };
      const end =
        options.end === undefined && duration !== undefined
          ? startOf(options.start, 0) + duration
          : startOf(options.end, now());
      const start = options.start === undefined && duration !== undefined ? end - duration : startOf(options.start, 0);
      const detail = typeof startOrOptions === 'object' ? (startOrOptions.detail ?? null) : null;
      return add({ name, entryType: 'measure', startTime: start, duration: end - start, detail });
    },
    clearMarks: (name?: string) => without('mark', name),
    clearMeasures: (name?: string) => without('measure', name),
    getEntries: () => [...entries],
    getEntriesByName: (name: string, type?: string) =>
      entries.filter((entry) => entry.name === name && (type === undefined || entry.entryType === type)),
    getEntriesByType: (type: string) => entries.filter((entry) => entry.entryType === type),
    timerify: <F>(callback: F): F => callback,
    eventLoopUtilization: () => ({ idle: 0, active: 0, utilization: 0 }),
    markResourceTiming: () => undefined,
    setResourceTimingBufferSize: () => undefined,
    clearResourceTimings: () => undefined,
    nodeTiming: {
      name: 'node',
      entryType: 'node',
      startTime: 0,
      get duration() {
        return now();
      },
      nodeStart: 0,
      v8Start: 0,
      environment: 0,
      bootstrapComplete: 0,
      loopStart: 0,
      loopExit: -1,
      idleTime: 0,
    },
    toJSON: () => ({ timeOrigin, nodeTiming: {}, eventLoopUtilization: { idle: 0, active: 0, utilization: 0 } }),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => true,
  };
  Object.defineProperty(performance, Symbol.toStringTag, { value: 'Performance', configurable: true });
  return { performance, observe };
}

/** An entry that says of which class of Node's it is, without being made by it: those read the real clock. */
function shownEntry(entry: PerformanceEntryRecord): PerformanceEntryRecord {
  const { prototype } = entry.entryType === 'mark' ? PerformanceMark : PerformanceMeasure;
  const fields: PropertyDescriptorMap = { toJSON: { value: () => ({ ...entry }), configurable: true } };
  for (const [name, value] of Object.entries(entry)) fields[name] = { value, enumerable: true, configurable: true };
  return Object.create(prototype, fields) as PerformanceEntryRecord;
}
