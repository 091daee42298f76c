/**
 * Goal: the embedded proxy does what each scene says. The facts are those that the real server gave (`test/differential/toxiproxy` compares
 * them anew wherever that server is there); times are never shorter than meant.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyServer, startProxyServer } from '../../../infra/proxy/index.ts';
import { sliceStops } from '../../../infra/proxy/toxics/slicer.ts';
import { Rig } from './rig.ts';
import { EARLY_MS, scenes } from './scenes.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/proxy/scenes.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

describe('toxics', () => {
  let server: ProxyServer;
  beforeAll(async () => {
    server = await startProxyServer();
  });
  afterAll(() => server.close());

  for (const [index, scene] of scenes.entries()) {
    const run = scene.isAlone === true ? test : test.concurrent;
    run(scene.name, async () => {
      const rig = await Rig.start(server.url, `scene-${index}`);
      try {
        const { facts, timesMs = {} } = await scene.play(rig);
        expect(facts).toEqual(golden[scene.name]);
        for (const [name, [measured, meant]] of Object.entries(timesMs))
          expect(measured, name).toBeGreaterThanOrEqual(meant - EARLY_MS);
      } finally {
        await rig.close();
      }
    });
  }
});

describe('slices', () => {
  test('stop at the last byte, ascend, and are no longer than average and variation', () => {
    for (const [length, average, variation] of [
      [100, 10, 0],
      [32_768, 100, 40],
      [1, 10, 5],
      [0, 10, 5],
      [50, 0, 0],
      [1000, 5, 50],
    ] as const) {
      const stops = sliceStops(length, average, variation);
      expect(stops.at(-1)).toBe(length);
      let start = 0;
      for (const stop of stops) {
        expect(stop - start).toBeLessThanOrEqual(Math.max(1, average + variation));
        if (length > 0) expect(stop).toBeGreaterThan(start);
        start = stop;
      }
    }
  });
});
