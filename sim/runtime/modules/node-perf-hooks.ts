/** `node:perf_hooks` by the process's clock. Histograms record what they are given; the event-loop delay monitor stays at zero. */
import * as real from 'node:perf_hooks';
import type { ProcessGlobals } from '../globals/index.ts';
import type { PerformanceEntryRecord } from '../globals/performance.ts';
import type { VirtualProcess } from '../process.ts';
import { assertFunction } from './errors.ts';

/** Taken at load: the realm's own classes, made to be told apart. */
const { PerformanceMark, PerformanceMeasure, PerformanceResourceTiming } = globalThis;

/** `PerformanceObserverEntryList`. */
class EntryList {
  readonly #entries: readonly PerformanceEntryRecord[];
  constructor(entries: readonly PerformanceEntryRecord[]) {
    this.#entries = [...entries].sort((a, b) => a.startTime - b.startTime);
  }
  getEntries(): PerformanceEntryRecord[] {
    return [...this.#entries];
  }
  getEntriesByName(name: string, type?: string): PerformanceEntryRecord[] {
    return this.#entries.filter((entry) => entry.name === name && (type === undefined || entry.entryType === type));
  }
  getEntriesByType(type: string): PerformanceEntryRecord[] {
    return this.#entries.filter((entry) => entry.entryType === type);
  }
}
Object.defineProperty(EntryList, 'name', { value: 'PerformanceObserverEntryList' });

/** `node:perf_hooks` of one incarnation. */
export function createPerfHooks(process: VirtualProcess, globals: ProcessGlobals): Record<string, unknown> {
  class PerformanceObserver {
    static readonly supportedEntryTypes: readonly string[] = ['mark', 'measure'];
    readonly #callback: (list: EntryList, observer: PerformanceObserver) => void;
    #entries: PerformanceEntryRecord[] = [];
    #stop: (() => void) | undefined;
    #isScheduled = false;
    constructor(callback: (list: EntryList, observer: PerformanceObserver) => void) {
      assertFunction('callback', callback);
      this.#callback = callback;
    }
    observe(options: { entryTypes?: readonly string[]; type?: string }): void {
      const types = new Set(options.entryTypes ?? (options.type === undefined ? [] : [options.type]));
      this.#stop?.();
      this.#stop = globals.observePerformance((entry) => {
        if (!types.has(entry.entryType)) return;
        this.#entries.push(entry);
        if (this.#isScheduled) return;
        this.#isScheduled = true;
        process.dispatchImmediate({ perform: () => this.#deliver() });
      });
    }
    #deliver(): void {
      this.#isScheduled = false;
      const list = this.takeRecords();
      if (list.length > 0) this.#callback(new EntryList(list), this);
    }
    disconnect(): void {
      this.#stop?.();
      this.#stop = undefined;
      this.#entries = [];
    }
    takeRecords(): PerformanceEntryRecord[] {
      return this.#entries.splice(0);
    }
  }
  return {
    performance: globals.performance,
    PerformanceObserver,
    createHistogram: real.createHistogram,
    monitorEventLoopDelay: () => ({
      enable: () => true,
      disable: () => true,
      reset() {},
      min: 0,
      max: 0,
      mean: 0,
      stddev: 0,
      exceeds: 0,
      percentile: () => 0,
      percentiles: new Map(),
    }),
    eventLoopUtilization: globals.performance['eventLoopUtilization'],
    timerify: globals.performance['timerify'],
    constants: real.constants,
    PerformanceObserverEntryList: EntryList,
    Performance: real.performance.constructor,
    PerformanceEntry: real.PerformanceEntry,
    PerformanceMark: globals.record['PerformanceMark'] ?? PerformanceMark,
    PerformanceMeasure: globals.record['PerformanceMeasure'] ?? PerformanceMeasure,
    PerformanceNodeTiming: real.performance.nodeTiming.constructor,
    PerformanceResourceTiming,
  };
}
