import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generatePlan } from '../../../harness/plan/generate.ts';
import scenario from '../../../scenarios/leader-lease-fencing/scenario.ts';

const folder = new URL('../../../scenarios/leader-lease-fencing/', import.meta.url);
const { definition } = scenario;
const plans = (profile: 'full' | 'short') =>
  Array.from({ length: 200 }, (_, index) => generatePlan({ scenario, subject: 'hardened', seed: index + 1, profile }));

describe('leader-lease-fencing', () => {
  it('names programs and mutants that are there', () => {
    const { naive, hardened, mutants } = definition.subjects!;
    for (const file of [...Object.values(naive), ...Object.values(hardened)]) {
      expect(existsSync(new URL(file, folder)), file).toBe(true);
    }
    const files = readdirSync(fileURLToPath(new URL(`${mutants.folder}/`, folder))).sort();
    expect(files).toEqual(mutants.names.map((name) => `${name}.patch.json`));
  });

  it('draws each of its fault kinds, and leaves the stores themselves reachable for the client', () => {
    const faults = plans('full').flatMap((plan) => plan.faults);
    expect([...new Set(faults.map(({ kind }) => kind))].sort()).toEqual([
      'clock',
      'clock-step',
      'crash',
      'delay',
      'exit',
      'partition',
      'pause',
      'redis-restart',
      'reply-lost',
      'stall',
    ]);
    expect(JSON.stringify(faults)).not.toContain('client');
  });

  it.each(['full', 'short'] as const)(
    'has its last fault over long before the claims are due, profile %s',
    (profile) => {
      const { watch, leaderless } = definition.durations![profile]!;
      for (const { faults } of plans(profile)) {
        for (const fault of faults) expect(fault.at! + (fault.for ?? 0) + leaderless!).toBeLessThan(watch!);
      }
    },
  );
});
