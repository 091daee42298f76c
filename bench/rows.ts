/** Whole runs of a built-in row on one core, by its subjects. */
import { Pool } from '../harness/explore/pool.ts';
import { builtinScenarios } from '../harness/load.ts';
import type { Bench } from './benches.ts';

const SECONDS_EACH = 8;

export const row: Bench = {
  about: 'runs per second of each built-in row on one core (aim: 20)',
  async *run() {
    for (const scenario of builtinScenarios()) {
      for (const subject of ['naive', 'hardened']) {
        const pool = new Pool({ workers: 1 });
        try {
          const target = { scenario, subject, profile: 'full' as const, cwd: process.cwd() };
          const warm = await pool.serve({ type: 'seed', target, seed: 1, faults: true });
          if (warm.type !== 'ran') {
            yield `${scenario} (${subject}): ${'message' in warm ? warm.message : warm.type}`;
            continue;
          }
          const started = performance.now();
          let runs = 0;
          let virtualSeconds = 0;
          let events = 0;
          while (performance.now() - started < SECONDS_EACH * 1000) {
            const answer = await pool.serve({ type: 'seed', target, seed: 2 + runs, faults: true });
            if (answer.type !== 'ran') break;
            runs++;
            events += answer.answer.outcome.events;
            virtualSeconds += answer.answer.outcome.virtualMicros / 1e6;
          }
          const seconds = (performance.now() - started) / 1000;
          yield `${scenario} (${subject}): ${(runs / seconds).toFixed(1)} runs/s, ${Math.round(events / runs)} events a run, ${Math.round(virtualSeconds / seconds)} virtual seconds a second`;
        } finally {
          pool.close();
        }
      }
    }
  },
};
