import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generatePlan } from '../../../harness/plan/generate.ts';
import postgresScenario from '../../../scenarios/job-lease-heartbeat-poison/scenario.ts';
import redisScenario from '../../../scenarios/job-lease-heartbeat-poison-redis/scenario.ts';

const root = new URL('../../../', import.meta.url);

describe.each([postgresScenario, redisScenario].map((scenario) => ({ scenario, name: scenario.definition.name })))(
  '$name',
  ({ scenario, name }) => {
    const folder = new URL(`scenarios/${name}/`, root);
    const { definition } = scenario;
    const faultsOf = (profile: 'full' | 'short') =>
      Array.from({ length: 300 }, (_, seed) => generatePlan({ scenario, subject: 'hardened', seed, profile }).faults);

    it('names programs and mutants that are there', () => {
      const { naive, hardened, mutants } = definition.subjects!;
      for (const file of [...Object.values(naive), ...Object.values(hardened)]) {
        expect(existsSync(new URL(file, folder)), file).toBe(true);
      }
      const files = readdirSync(fileURLToPath(new URL(`${mutants.folder}/`, folder))).sort();
      expect(files).toEqual(mutants.names.map((mutant) => `${mutant}.patch.json`));
    });

    it('draws each of its fault kinds', () => {
      const kinds = new Set(
        faultsOf('full')
          .flat()
          .map(({ kind }) => kind),
      );
      const own = name.endsWith('-redis') ? ['redis-restart'] : ['postgres-restart', 'terminate-backends'];
      const common = [
        'blackhole',
        'crash',
        'exit',
        'late-request',
        'partition',
        'pause',
        'poison',
        'reply-lost',
        'reset',
      ];
      expect([...kinds].sort()).toEqual([...common, ...own].sort());
    });

    it.each(['full', 'short'] as const)(
      'leaves time for a lost statement to be rendered again, profile %s',
      (profile) => {
        const { settle, lease, sweepEvery, page } = definition.durations![profile]!;
        // Each worker sweeps, at a time of its own; a sweep that is late by a quarter is the worst.
        expect(lease! + 1.25 * sweepEvery! + 5 * page!).toBeLessThan(settle!);
      },
    );
  },
);

describe('the schema of job-lease-heartbeat-poison', () => {
  it("begins with the job system's own", () => {
    const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
    const own = text('subjects/job-system/postgres/schema.sql');
    expect(text('scenarios/job-lease-heartbeat-poison/schema.sql').startsWith(own)).toBe(true);
  });
});
