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

/** The `performance` object of one incarnation. */
export function createPerformance(process: VirtualProcess): VirtualPerformance {
  const startedMonotonic = process.host.clock.monotonicMicros(process.startedAt);
  const timeOrigin = process.host.clock.wallMicros(process.startedAt) / 1000;
  const entries: PerformanceEntryRecord[] = [];
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
    const shown = { ...entry, toJSON: () => entry };
    entries.push(shown);
    return shown;
  };
  const without = (kind: string, name: string | undefined): void => {
    const kept = entries.filter((entry) => entry.entryType !== kind || (name !== undefined && entry.name !== name));
    entries.length = 0;
    entries.push(...kept);
  };
  return {
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
      const end = startOf(options.end, now());
      const start = startOf(options.start, 0);
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
  };
}
