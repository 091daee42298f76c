/**
 * Goal: no client of the API, and neither end of a connection, can tell the embedded proxy from the real toxiproxy-server. Method: the same
 * calls in the same order on both, answers compared byte by byte; the same scenes on both, facts compared, times within a tolerance.
 *
 * The real server is built from the Go module proxy (`scripts/fetch-toxiproxy.ts`). Without it and without Go the suite is skipped by name.
 * `UPDATE_GOLDEN=1` writes the facts that the real server gave to `test/golden/proxy/scenes.json`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyServer, startProxyServer } from '../../../infra/proxy/index.ts';
import { hasToxiproxy } from '../../../scripts/fetch-toxiproxy.ts';
import { Rig } from '../../infra/proxy/rig.ts';
import { EARLY_MS, type Seen, scenes } from '../../infra/proxy/scenes.ts';
import { type Call, calls } from './calls.ts';
import { freePort, RealToxiproxy } from './real-toxiproxy.ts';

/** How late something may be on a loaded machine (ms). */
const LATE_MS = 3000;
const golden = new URL('../../golden/proxy/scenes.json', import.meta.url);
const isThere = hasToxiproxy();

describe.skipIf(!isThere)(`differential against toxiproxy-server ${isThere ? '' : '(not built, and no Go)'}`, () => {
  let real: RealToxiproxy;
  let ours: ProxyServer;

  beforeAll(async () => {
    real = await RealToxiproxy.start();
    ours = await startProxyServer();
  }, 300_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  describe('scenes', () => {
    const wanted = JSON.parse(readFileSync(golden, 'utf8')) as Record<string, unknown>;
    const seen: Record<string, unknown> = {};

    for (const [index, scene] of scenes.entries()) {
      const run = scene.isAlone === true ? test : test.concurrent;
      run(scene.name, async () => {
        const play = async (url: string): Promise<Seen> => {
          const rig = await Rig.start(url, `scene-${index}`);
          try {
            return await scene.play(rig);
          } finally {
            await rig.close();
          }
        };
        const [theirs, mine] = [await play(real.url), await play(ours.url)];
        seen[scene.name] = theirs.facts;
        expect(mine.facts).toEqual(theirs.facts);
        if (process.env['UPDATE_GOLDEN'] === undefined) expect(theirs.facts).toEqual(wanted[scene.name]);
        for (const { timesMs = {} } of [theirs, mine]) {
          for (const [name, [measured, meant]] of Object.entries(timesMs)) {
            expect(measured, name).toBeGreaterThanOrEqual(meant - EARLY_MS);
            expect(measured, name).toBeLessThanOrEqual(meant + LATE_MS);
          }
        }
      });
    }

    afterAll(() => {
      if (process.env['UPDATE_GOLDEN'] === undefined) return;
      mkdirSync(new URL('.', golden), { recursive: true });
      const inOrder = Object.fromEntries(scenes.map(({ name }) => [name, seen[name]]));
      writeFileSync(golden, `${JSON.stringify(inOrder, null, 2)}\n`);
    });
  });

  test('every call gets the same status, type, place and body', async () => {
    const [portA, portB] = [await freePort(), await freePort()];
    const answersOf = async (port: number): Promise<Answer[]> => {
      const answers: Answer[] = [];
      for (const call of calls) answers.push(await answerTo(port, call, { portA, portB }));
      return answers;
    };
    // One after the other: both use the same ports, so that even addresses compare.
    const theirs = await answersOf(real.port);
    const mine = await answersOf(ours.port);
    const differences = calls.flatMap((call, index) =>
      isDeepStrictEqual(mine[index], theirs[index]) ? [] : [difference(call, mine[index]!, theirs[index]!)],
    );
    expect(differences).toEqual([]);
  });

  test('a browser is refused', async () => {
    const call: Call = ['GET', '/proxies'];
    const agent = { 'User-Agent': 'Mozilla/5.0' };
    const theirs = await answerTo(real.port, call, { headers: agent });
    expect(await answerTo(ours.port, call, { headers: agent })).toEqual(theirs);
  });
});

/** The call, and both answers from a little before where they part. */
function difference(call: Call, mine: Answer, theirs: Answer): string {
  const [a, b] = [JSON.stringify(mine), JSON.stringify(theirs)];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const part = (text: string) => text.slice(Math.max(0, at - 40), at + 100);
  return `${call.join(' ')}\n  ours   ${part(a)}\n  theirs ${part(b)}`;
}

interface CallOptions {
  readonly portA?: number;
  readonly portB?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly location: string | undefined;
  readonly hasLength: boolean;
  readonly text: string;
}

async function answerTo(port: number, [method, path, body]: Call, options: CallOptions): Promise<Answer> {
  const { portA = 0, portB = 0, headers = {} } = options;
  const filled = body
    ?.replaceAll('PORT_A', String(portA))
    .replaceAll('PORT_B', String(portB))
    .replaceAll('TAKEN', String(port));
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers }, resolve);
    request.on('error', reject);
    request.end(filled);
  });
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
  const text = Buffer.concat(pieces).toString('utf8').replaceAll(String(port), 'TAKEN');
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    location: response.headers.location,
    hasLength: response.headers['content-length'] !== undefined,
    text,
  };
}
