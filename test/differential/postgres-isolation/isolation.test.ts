/**
 * Specs in PostgreSQL's isolation format: the output of our server must be that of the real one. SEEDSTORM_SPECS names a folder of further ones
 * (such as src/test/isolation/specs) for a run by hand.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { hasRealServer, type RealServer, startRealServer } from '../postgres/real-server.ts';
import { runSpec } from './run-spec.ts';
import { parseSpec } from './spec.ts';

test('a spec without permutations has every order that keeps those of its sessions', () => {
  const spec = parseSpec('session a step a1 { x } step a2 { y } session "b" step b1 { z }');
  expect(spec.permutations.map((steps) => steps.map(({ step }) => step.name).join(' '))).toEqual([
    'a1 a2 b1',
    'a1 b1 a2',
    'b1 a1 a2',
  ]);
});

test('blockers in parentheses are read, and an unknown step is refused', () => {
  const text = 'session a step a1 { x } session b step b1 { y } permutation a1 (*, b1, b1 notices 2) b1';
  expect(parseSpec(text).permutations[0]![0]!.blockers).toEqual([
    { kind: 'always' },
    { kind: 'step', step: 'b1' },
    { kind: 'notices', step: 'b1', count: 2 },
  ]);
  expect(() => parseSpec('session a step a1 { x } permutation a2')).toThrow('unknown step');
});

const folder = process.env['SEEDSTORM_SPECS'] ?? fileURLToPath(new URL('./specs', import.meta.url));

describe.skipIf(!hasRealServer)('isolation specs', () => {
  let real: RealServer;
  let ours: ServedPort;

  beforeAll(async () => {
    real = await startRealServer();
    ours = await servePostgres();
  }, 60_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.spec'))
    .sort())
    test(file, async () => {
      const spec = parseSpec(readFileSync(`${folder}/${file}`, 'utf8'));
      expect(await runSpec(ours.port, spec)).toEqual(await runSpec(real.port, spec));
    }, 60_000);
});
