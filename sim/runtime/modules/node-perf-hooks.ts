/** `node:perf_hooks` by the process's clock. Histograms record what they are given; the event-loop delay monitor stays at zero. */
import * as real from 'node:perf_hooks';
import type { ProcessGlobals } from '../globals/index.ts';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

/** `node:perf_hooks` of one incarnation. */
export function createPerfHooks(process: VirtualProcess, globals: ProcessGlobals): Record<string, unknown> {
  class PerformanceObserver {
    static readonly supportedEntryTypes: readonly string[] = [];
    observe(): void {}
    disconnect(): void {}
    takeRecords(): unknown[] {
      return [];
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
    PerformanceEntry: refusing(process, 'perf_hooks.PerformanceEntry'),
  };
}
