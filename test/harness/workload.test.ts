import http, { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { UnplacedRecord } from '../../harness/history/record.ts';
import type { WorkloadTools } from '../../harness/scenario.ts';
import {
  createWorkloadTools,
  type HttpExchange,
  httpExchange,
  type WorkloadSurroundings,
} from '../../harness/workload.ts';
import { Streams } from '../../sim/kernel/streams.ts';

const address = (host: string) => ({ host, port: 80, url: `http://${host}` });
const never: HttpExchange = { reply: new Promise(() => {}), abort: () => {} };
const answers = (status: number, body = '{"n":1}'): HttpExchange => ({
  reply: Promise.resolve({ status, body }),
  abort: () => {},
});
const breaks = (error: unknown): HttpExchange => ({ reply: Promise.reject(error), abort: () => {} });
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

function workload(exchange: WorkloadSurroundings['exchange'] = () => answers(200), skip: readonly number[] = []) {
  const records: Extract<UnplacedRecord, { kind: 'op' | 'mark' }>[] = [];
  const streams = new Streams(17);
  let now = 0;
  const t = createWorkloadTools({
    exchange,
    // Timers fire at once: what races them has already settled, or never will.
    setTimeout: (callback, delayMs) =>
      setImmediate(() => {
        now += delayMs;
        callback();
      }),
    clearTimeout: (timer) => clearImmediate(timer as NodeJS.Immediate),
    stream: (name) => streams.of(name),
    record: (record) => records.push(record as (typeof records)[number]),
    now: () => now,
    workload: { draws: null, skip },
    durations: { lease: 15_000 },
    servers: { bank: address('bank') },
    processes: { 'worker-1': address('worker-1'), 'worker-2': address('worker-2'), api: address('api') },
  });
  return { t, records };
}

describe('requests of the workload', () => {
  it.each<[string, () => HttpExchange, 'POST' | 'GET', object]>([
    ['2xx is ok', () => answers(201), 'POST', { phase: 'ok', value: { status: 201, body: { n: 1 } } }],
    ['a redirect is ok', () => answers(302, ''), 'POST', { phase: 'ok', value: { status: 302, body: '' } }],
    ['4xx is fail', () => answers(409), 'POST', { phase: 'fail', error: 'HTTP 409' }],
    ['5xx of a write is info', () => answers(503), 'POST', { phase: 'info', error: 'HTTP 503' }],
    ['5xx of a read is fail', () => answers(503), 'GET', { phase: 'fail', error: 'HTTP 503' }],
    ['a timeout of a write is info', () => never, 'POST', { phase: 'info', error: 'no reply within 10 s' }],
    ['a timeout of a read is fail', () => never, 'GET', { phase: 'fail', error: 'no reply within 10 s' }],
    [
      'a refused connection is fail',
      () => breaks(coded('ECONNREFUSED', 'connect ECONNREFUSED')),
      'POST',
      { phase: 'fail', error: 'connect ECONNREFUSED' },
    ],
    [
      'a reset of a write is info',
      () => breaks(coded('ECONNRESET', 'socket hang up')),
      'POST',
      { phase: 'info', error: 'ECONNRESET: socket hang up' },
    ],
    ['a reset of a read is fail', () => breaks(coded('ECONNRESET', 'socket hang up')), 'GET', { phase: 'fail' }],
  ])('%s', async (_claim, exchange, method, completion) => {
    const { t, records } = workload(exchange);
    await t.request(method, 'api', '/bill/17?x=1', { session: 's' });
    expect(records).toHaveLength(2);
    const common = { kind: 'op', host: 'client', id: '#0', f: `${method} api /bill/17`, key: '17', session: 's' };
    expect(records[0]).toEqual({ ...common, phase: 'invoke' });
    expect(records[1]).toMatchObject({ ...common, ...completion });
  });

  it('sends JSON with its headers, and records the body as the value of the invocation', async () => {
    const sent: object[] = [];
    const { t, records } = workload((request) => {
      sent.push(request);
      return answers(200, '[1]');
    });
    const reply = await t.post('bank', '/charge', { key: 'i-1', amount: 5 }, { headers: { 'Idempotency-Key': 'x' } });
    expect(reply?.json<number[]>()).toEqual([1]);
    expect(sent).toEqual([
      {
        method: 'POST',
        address: address('bank'),
        path: '/charge',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'x' },
        body: '{"key":"i-1","amount":5}',
      },
    ]);
    expect(records[0]).toMatchObject({ key: 'i-1', value: { key: 'i-1', amount: 5 } });
  });

  it('has no key for a path of one part, and none from a query', async () => {
    const { t, records } = workload();
    await t.post('api', '/charge?id=4');
    expect(records[0]).not.toHaveProperty('key');
  });

  it('gives up an exchange that timed out', async () => {
    let aborted = 0;
    const { t } = workload(() => ({ ...never, abort: () => void aborted++ }));
    expect(await t.post('api', '/x')).toBeUndefined();
    expect(aborted).toBe(1);
  });

  it('takes one of several instances by a draw that shifts no other', async () => {
    const run = async (calls: boolean) => {
      const hosts = new Set<string>();
      const { t } = workload(({ address: { host } }) => {
        hosts.add(host);
        return answers(200);
      });
      const draws: number[] = [];
      await t.each(20, async (t) => {
        if (calls) await t.post('worker', '/x');
        draws.push(t.between(1, 1000));
      });
      return { hosts, draws };
    };
    const [calling, silent] = [await run(true), await run(false)];
    expect([...calling.hosts].sort()).toEqual(['worker-1', 'worker-2']);
    expect(calling.draws).toEqual(silent.draws);
  });

  it('names what a scenario may call when it calls something else', async () => {
    const { t } = workload();
    expect(() => t.post('wroker', '/x')).toThrow(
      'The workload calls "wroker", which is neither a process nor a server; there are worker-1, worker-2, api, bank.',
    );
  });
});

describe('operations of the workload', () => {
  it.each<[string, unknown, boolean, string]>([
    ['an unknown error of a write is info', new Error('what?'), false, 'info'],
    ['an error of a read is fail', new Error('what?'), true, 'fail'],
    ['a reply error of Redis is fail', Object.assign(new Error('WRONGTYPE'), { name: 'ReplyError' }), false, 'fail'],
    [
      'a unique violation of Postgres is fail',
      Object.assign(new Error('duplicate'), { code: '23505', severity: 'ERROR' }),
      false,
      'fail',
    ],
    [
      'a terminated backend of Postgres is info',
      Object.assign(new Error('terminating'), { code: '57P01', severity: 'FATAL' }),
      false,
      'info',
    ],
    [
      'a statement of unknown completion is info',
      Object.assign(new Error('unknown'), { code: '40003', severity: 'ERROR' }),
      false,
      'info',
    ],
  ])('%s', async (_claim, error, reads, phase) => {
    const { t, records } = workload();
    expect(await t.operation('do', { reads }, () => Promise.reject(error))).toBeUndefined();
    expect(records.map((record) => record.kind === 'op' && record.phase)).toEqual(['invoke', phase]);
  });

  it('records what was asked and what came back', async () => {
    const { t, records } = workload();
    expect(await t.operation('read', { key: 'x', value: null }, async () => 5)).toBe(5);
    expect(records[0]).toMatchObject({ phase: 'invoke', f: 'read', key: 'x', value: null });
    expect(records[1]).toMatchObject({ phase: 'ok', value: 5 });
  });
});

describe('items of the workload', () => {
  const body = (seen: string[]) => async (t: WorkloadTools, item: unknown, index: number) => {
    seen.push(`${item}@${index}:${t.between(0, 1_000_000)}`);
    await t.each(2, async (t, j) => {
      seen.push(`${item}/${j}:${t.between(0, 1_000_000)}`);
    });
    await t.operation('x', {}, async () => 1);
  };

  it('draw from streams of their own, so that leaving one out shifts no other', async () => {
    const [all, some] = [[] as string[], [] as string[]];
    const whole = workload();
    await whole.t.each(4, body(all));
    const part = workload(undefined, [1, 2]);
    await part.t.each(4, body(some));
    expect(all).toHaveLength(12);
    expect(some).toEqual(all.filter((text) => !/^[12][@/]/.test(text)));
    const ids = (records: typeof whole.records) => records.map((record) => record.kind === 'op' && record.id);
    expect(ids(part.records)).toEqual(ids(whole.records).filter((id) => !/^[12]#/.test(String(id))));
    expect([whole.t.itemCount, part.t.itemCount]).toEqual([4, 4]);
  });

  it('are numbered on over several calls of each, and may be any list', async () => {
    const seen: string[] = [];
    const { t } = workload(undefined, [1, 2]);
    await t.each(['a', 'b'], async (_t, item) => void seen.push(item));
    await t.each(['c', 'd'], async (_t, item) => void seen.push(item));
    expect(seen).toEqual(['a', 'd']);
  });

  it('run one after the other, or several at once', async () => {
    for (const [concurrency, most] of [
      [undefined, 1],
      [3, 3],
    ] as const) {
      let [running, peak] = [0, 0];
      const { t } = workload();
      await t.each(
        10,
        async (t) => {
          peak = Math.max(peak, ++running);
          await t.sleep('5ms');
          running--;
        },
        concurrency === undefined ? {} : { concurrency },
      );
      expect(peak).toBe(most);
    }
  });

  it('end the workload when one throws something else than a failed request', async () => {
    const { t } = workload();
    await expect(t.each(2, () => Promise.reject(new Error('a mistake in the scenario')))).rejects.toThrow(
      'a mistake in the scenario',
    );
  });
});

describe('httpExchange', () => {
  it('speaks to a real server, and reports a reply that breaks off', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/broken') {
        response.writeHead(200, { 'content-length': 100 });
        response.write('part', () => response.destroy());
        return;
      }
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () =>
        response.writeHead(202).end(`${request.method} ${request.url} ${text} ${request.headers['content-length']}`),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const exchange = httpExchange(http);
    const to = { host: '127.0.0.1', port, url: '' };
    expect(await exchange({ method: 'POST', address: to, path: '/a', headers: {}, body: 'grün' }).reply).toEqual({
      status: 202,
      body: 'POST /a grün 5',
    });
    await expect(
      exchange({ method: 'GET', address: to, path: '/broken', headers: {}, body: undefined }).reply,
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    await new Promise((resolve) => server.close(resolve));
    await expect(
      exchange({ method: 'GET', address: to, path: '/', headers: {}, body: undefined }).reply,
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
