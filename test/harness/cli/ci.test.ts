/** CI: results of shards make one result, and the files that docs/ci.md shows are what they say. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { merge } from '../../../harness/cli/merge.ts';
import { parseSeeds, shardOf } from '../../../harness/cli/seeds.ts';

let folder: string;
let stdout = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seedstorm-merge-'));
  stdout = '';
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const row = (subject: string, more: object = {}): object => ({
  ...{ name: 'shop', subject, mode: 'sim', seeds: 30, pass: 30, violation: 0, vacuous: 0, unknown: 0, error: 0 },
  ...{ seconds: 1, events: 10, first: null, premises: { once: { sum: 0, seeds: 0 } }, troubles: [] },
  ...more,
});
const violated = (seed: number): object => ({
  ...{ pass: 29, violation: 1 },
  first: { seed, invariant: 'once', message: 'twice', capsule: `c-${seed}.json` },
});
const file = (name: string, value: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};
const shard = (index: number, count: number, ...scenarios: readonly object[]): string =>
  file(`${index}.json`, { format: 'seedstorm/run@1', shard: `${index}/${count}`, scenarios, seconds: index });

describe('merge', () => {
  it('sums counts and premises, judges over all seeds, and keeps the violation of the lowest seed', async () => {
    const met = { premises: { once: { sum: 3, seeds: 2 } } };
    const paths = [
      shard(2, 2, row('hardened', met), row('mutant:a', violated(14))),
      shard(1, 2, row('hardened'), row('mutant:a', violated(9))),
    ];
    expect(await merge(paths, { json: true, junit: join(folder, 'out/junit.xml') })).toBe(0);
    const { ok, scenarios, seconds } = JSON.parse(stdout);
    expect({ ok, seconds }).toEqual({ ok: true, seconds: 2 });
    expect(scenarios[0]).toMatchObject({
      seeds: 60,
      pass: 60,
      expected: true,
      premises: { once: { sum: 3, seeds: 2 } },
    });
    expect(scenarios[1]).toMatchObject({ violation: 2, expected: true, first: { seed: 9 } });
    expect(readFileSync(join(folder, 'out/junit.xml'), 'utf8')).toContain('<testsuites');
  });

  it('fails for a violation, an error, and a checker that no shard gave anything to judge', async () => {
    expect(await merge([shard(1, 1, row('program', violated(3)))], {})).toBe(1);
    expect(await merge([shard(1, 1, row('program', { pass: 29, error: 1 }))], {})).toBe(3);
    expect(await merge([shard(1, 2, row('program')), shard(2, 2, row('program'))], {})).toBe(3);
    // Fewer than 50 seeds say nothing, and a mutant has 200 to be found in.
    expect(await merge([shard(1, 1, row('program'), row('mutant:a'))], {})).toBe(0);
    expect(await merge([shard(1, 1, row('mutant:a', { seeds: 200, pass: 200 }))], {})).toBe(1);
  });

  it('refuses what is not one whole run', async () => {
    const one = shard(1, 3, row('program'));
    await expect(merge([], {})).rejects.toThrow(/needs the files/);
    await expect(merge([one, shard(3, 3)], {})).rejects.toThrow('Shard 2/3 is missing.');
    await expect(merge([one, one], {})).rejects.toThrow(/are both shard 1\/3/);
    await expect(merge([one, shard(2, 4)], {})).rejects.toThrow(/is shard 2\/4, .* is one of 3/);
    await expect(merge([file('x.json', '{"format": "seedst')], {})).rejects.toThrow(/x\.json is not JSON.*cut off/);
    await expect(merge([file('x.json', { format: 'seedstorm/run@2' })], {})).rejects.toThrow(/format seedstorm\/run@2/);
    await expect(merge([file('x.json', { format: 'seedstorm/run@1' })], {})).rejects.toThrow(/scenarios/);
    await expect(
      merge([file('x.json', { format: 'seedstorm/run@1', shard: '4/3', scenarios: [], seconds: 0 })], {}),
    ).rejects.toThrow(/"4\/3" is not of the form 2\/8/);
    await expect(merge([join(folder, 'none.json')], {})).rejects.toThrow(/There is no file/);
  });
});

describe('shards', () => {
  it('cover each seed once, and a wrong one is refused', () => {
    const parts = [1, 2, 3].flatMap((index) => [...shardOf(parseSeeds('10'), `${index}/3`)]);
    expect(parts.sort((a, b) => a - b)).toEqual([...parseSeeds('10')]);
    for (const wrong of ['0/3', '4/3', '1', 'a/b', '1/0'])
      expect(() => shardOf(parseSeeds('3'), wrong)).toThrow(/2\/8/);
  });
});

describe('docs/ci.md', () => {
  const root = new URL('../../../', import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
  const page = read('docs/ci.md');
  const files = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => parse(text!));

  it('shows a workflow and an Indexed Job that are YAML of the right shape', () => {
    const [workflow, job] = files;
    const { shard: sharded, merge: merged } = workflow.jobs;
    expect(merged.needs).toBe('shard');
    const shards: readonly number[] = sharded.strategy.matrix.shard;
    const runs = (steps: readonly { run?: string }[]): string => steps.map(({ run }) => run ?? '').join('\n');
    expect(runs(sharded.steps)).toContain(`/${shards.length} `);
    for (const index of shards) expect(runs(merged.steps)).toContain(`shard-${index}.json`);
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', spec: { completionMode: 'Indexed' } });
    const [container] = job.spec.template.spec.containers;
    expect(container.args[0]).toContain(`$((JOB_COMPLETION_INDEX + 1))/${job.spec.completions} `);
  });

  it('uses commands and options that exist', () => {
    const cli = read('harness/cli/main.ts');
    const commands = [...page.matchAll(/seedstorm (\w+) ([^`\n]*)/g)];
    expect(commands.length).toBeGreaterThan(3);
    for (const [, command] of commands) expect(cli).toMatch(new RegExp(`\\.command\\('${command} `));
    for (const [option] of page.matchAll(/--[a-z]+(?:-[a-z]+)*/g)) expect(cli, option).toContain(`'${option}`);
  });
});
