/** The parts of the job system that need no server. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  consequenceOf,
  createHttpApi,
  DeadlineError,
  fullJitterMs,
  jobId,
  Lease,
  LeaseLostError,
  Metrics,
  PermanentError,
  ShutdownError,
  withChildIds,
} from '../../../subjects/job-system/index.ts';

describe('identity', () => {
  it('is a function of type and key, and of nothing else', () => {
    const id = jobId({ type: 'charge', key: '7', payload: 1 });
    expect(jobId({ type: 'charge', key: '7', payload: 2, delayMs: 5 })).toBe(id);
    expect(jobId({ type: 'mail', key: '7' })).not.toBe(id);
    // Type and key must not run into each other.
    expect(jobId({ type: 'a', key: 'b:c' })).not.toBe(jobId({ type: 'a:b', key: 'c' }));
  });

  it('of a child is its place under its parent', () => {
    const parent = { id: 'p', type: 't', key: 'k', payload: null, attempt: 3, attemptsMax: 5, fence: '9' };
    const children = [
      { type: 'charge', key: 'x' },
      { type: 'charge', key: 'x' },
    ];
    expect(withChildIds(parent, children).map(jobId)).toEqual(['p:0', 'p:1']);
  });
});

describe('backoff', () => {
  it('is spread over the whole range, which doubles up to the cap', () => {
    const draws = (failures: number) =>
      Array.from({ length: 500 }, () => fullJitterMs(failures, { baseMs: 1000, capMs: 60_000 }));
    for (const [failures, bound] of [
      [1, 1_000],
      [3, 4_000],
      [12, 60_000],
    ] as const) {
      const values = draws(failures);
      expect(Math.max(...values)).toBeLessThanOrEqual(bound);
      expect(Math.max(...values)).toBeGreaterThan(bound * 0.9);
      expect(Math.min(...values)).toBeLessThan(bound * 0.1);
    }
  });
});

describe('failures', () => {
  it.each([
    [new LeaseLostError('gone'), 'abandon'],
    [new ShutdownError('bye'), 'release'],
    [new PermanentError('no such customer'), 'bury'],
    [new DeadlineError('too long'), 'retry'],
    [new Error('ECONNRESET'), 'retry'],
    ['a text', 'retry'],
  ])('%s leads to %s', (error, consequence) => {
    expect(consequenceOf(error)).toBe(consequence);
  });
});

describe('lease', () => {
  const options = { leaseMs: 900, heartbeatEveryMs: 300, marginMs: 100 };
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lasts for as long as heartbeats come through', async () => {
    vi.useFakeTimers();
    const extend = vi.fn(async () => true);
    const lease = new Lease({ ...options, grantedAt: performance.now(), extend });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(extend).toHaveBeenCalledTimes(33);
    expect(lease.signal.aborted).toBe(false);
    lease.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(extend).toHaveBeenCalledTimes(33);
    expect(lease.signal.aborted).toBe(false);
  });

  it('is lost at the first heartbeat that is refused', async () => {
    vi.useFakeTimers();
    const lease = new Lease({ ...options, grantedAt: performance.now(), extend: async () => false });
    await vi.advanceTimersByTimeAsync(299);
    expect(lease.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  });

  it('is lost a margin before the store lets another in, counted from before the claim was sent', async () => {
    vi.useFakeTimers();
    const grantedAt = performance.now();
    await vi.advanceTimersByTimeAsync(250);
    const extend = vi.fn(async (): Promise<boolean> => {
      throw new Error('ETIMEDOUT');
    });
    const lease = new Lease({ ...options, grantedAt, extend });
    await vi.advanceTimersByTimeAsync(549);
    expect(lease.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    // Again soon after the first failure: at 300, 375, 450 and 525 ms.
    expect(extend).toHaveBeenCalledTimes(4);
  });
});

describe('metrics', () => {
  it('are written as Prometheus reads them', () => {
    const metrics = new Metrics();
    metrics.count('jobs_total', { type: 'charge' });
    metrics.count('jobs_total', { type: 'charge' }, 2);
    metrics.gauge('jobs_depth', 7, { state: 'queued' });
    metrics.gauge('jobs_depth', 5, { state: 'queued' });
    metrics.observe('seconds', 0.3);
    metrics.observe('seconds', 20);
    expect(metrics.text().trimEnd().split('\n')).toEqual([
      'jobs_total{type="charge"} 3',
      'jobs_depth{state="queued"} 5',
      'seconds_bucket{le="0.1"} 0',
      'seconds_bucket{le="0.5"} 1',
      'seconds_bucket{le="1"} 1',
      'seconds_bucket{le="5"} 1',
      'seconds_bucket{le="15"} 1',
      'seconds_bucket{le="60"} 2',
      'seconds_bucket{le="300"} 2',
      'seconds_bucket{le="+Inf"} 2',
      'seconds_sum 20.3',
      'seconds_count 2',
    ]);
  });
});

describe('http api', () => {
  let server: Server = createServer();
  afterEach(() => {
    server.close();
  });

  it('enqueues once, says so, and names what is wrong with a request', async () => {
    const known = new Set<string>();
    const woken = vi.fn();
    server = createHttpApi({
      metrics: new Metrics(),
      onEnqueued: woken,
      store: {
        enqueue: async (job) => {
          const id = jobId(job);
          const isNew = !known.has(id);
          known.add(id);
          return { id, isNew };
        },
        depths: async () => {
          throw new Error('the store is away');
        },
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = async (body: string) => {
      const reply = await fetch(`${url}/jobs`, { method: 'POST', body });
      return [reply.status, await reply.json()] as const;
    };
    const id = jobId({ type: 'charge', key: '7' });
    expect(await post('{"type":"charge","key":"7"}')).toEqual([201, { id }]);
    expect(await post('{"type":"charge","key":"7"}')).toEqual([200, { id }]);
    expect(woken).toHaveBeenCalledTimes(1);
    expect(await post('{"type":"charge"}')).toEqual([400, { error: '"key" must be a text' }]);
    expect(await post('{')).toEqual([400, { error: 'the body is not JSON' }]);
    expect(await post('{"type":"a","key":"b","delayMs":-1}')).toEqual([400, { error: '"delayMs" must be 0 or more' }]);
    expect((await fetch(`${url}/metrics`)).status).toBe(503);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });
});
