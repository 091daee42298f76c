import { describe, expect, it } from 'vitest';
import {
  alertRule,
  amplification,
  burstiness,
  deadline,
  latency,
  metricTruth,
} from '../../../harness/checkers/index.ts';
import { commit, effect, historyOf, insert, judge, mark, metric, op, remove } from './history-builder.ts';

describe('deadline', () => {
  const checker = deadline('GET api *', { within: '3s' });
  it('passes operations that end in time, whatever their outcome, and ignores others', () => {
    const history = historyOf(
      op('GET api /x', [0, 3]),
      op('GET api /y', [1, 2], { end: 'fail' }),
      op('POST api /z', [0, 50]),
      op('GET api /late', [99]),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 3 });
  });
  it('names those that took longer, and those that never ended', () => {
    const history = historyOf(op('GET api /x', [0, 3.5]), op('GET api /y', [1]));
    expect(judge(checker, history).violation?.message).toBe(
      '2 of the operations GET api * went beyond 3 s: GET api /x at 0 s took 3.5 s and GET api /y at 1 s had not ended by 100 s.',
    );
  });
  it('holds only accepted operations to it where told so', () => {
    const accepted = deadline('GET api *', { within: '3s', acceptedOnly: true });
    const history = historyOf(op('GET api /x', [0, 9], { end: 'fail' }), op('GET api /y', [1]));
    expect(judge(accepted, history)).toMatchObject({ violation: undefined, premises: 0 });
    expect(accepted.liveness).toBe(false);
  });
});

describe('latency', () => {
  const calls = (slow: number) =>
    Array.from({ length: 20 }, (_, index) => op('GET api /x', [index, index + (index < slow ? 2 : 0.1)]));
  const checker = latency('GET api /x', { percentile: 95, atMost: '300ms' });
  it('passes when enough operations are fast', () => {
    expect(judge(checker, historyOf(...calls(1)))).toMatchObject({ violation: undefined, premises: 20 });
  });
  it('names percentile, bound and the slowest', () => {
    expect(judge(checker, historyOf(...calls(2))).violation?.message).toBe(
      '95 % of 20 accepted operations GET api /x took up to 2 s, more than 300 ms; the slowest began at 1 s and took 2 s.',
    );
  });
  it('judges only the interval that it was given', () => {
    const late = latency('GET api /x', { percentile: 95, atMost: '300ms', from: '2s', until: '10s' });
    expect(judge(late, historyOf(...calls(2)))).toMatchObject({ violation: undefined, premises: 8 });
  });
});

describe('amplification', () => {
  const requests = (n: number, at: number) => Array.from({ length: n }, () => op('POST api /buy', [at, at + 1]));
  const attempts = (n: number, at: number) => Array.from({ length: n }, () => mark('provider.attempt', at));
  const checker = amplification({ attempts: 'provider.attempt', ratio: 1.5, window: '10s' });
  it('passes attempts in proportion, in their window or the next', () => {
    const history = historyOf(...requests(10, 1), ...attempts(12, 2), ...attempts(12, 11));
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 24 });
  });
  it('names the window in which retries multiplied', () => {
    const history = historyOf(...requests(10, 1), ...attempts(10, 2), ...requests(2, 11), ...attempts(31, 21));
    expect(judge(checker, history).violation?.message).toBe(
      '31 provider.attempt came for 2 requests between 20 s and 30 s, more than 1.5 each.',
    );
  });
  it('counts effects of a ledger over the whole run', () => {
    const run = amplification({ attempts: 'bank', ratio: 2, atLeast: 1 });
    expect(judge(run, historyOf(...requests(1, 1), effect('1', 2), effect('1', 50))).violation).toBeUndefined();
    expect(
      judge(run, historyOf(...requests(1, 1), effect('1', 2), effect('1', 50), effect('1', 51))).violation,
    ).toBeDefined();
  });
});

describe('burstiness', () => {
  const checker = burstiness('tick', { bucket: '1s', factor: 3 });
  const spread = Array.from({ length: 30 }, (_, index) => mark('tick', index));
  it('passes arrivals that are spread out, and does not judge a few', () => {
    expect(judge(checker, historyOf(...spread))).toMatchObject({ violation: undefined, premises: 30 });
    expect(judge(checker, historyOf(...spread.slice(0, 5)))).toMatchObject({ violation: undefined, premises: 0 });
  });
  it('names the bucket that holds too many', () => {
    const history = historyOf(...spread, ...Array.from({ length: 10 }, () => mark('tick', 12.5)));
    expect(judge(checker, history).violation?.message).toBe(
      '11 tick came within 1 s from 12 s; the mean is 1.3, and 3 times that is the limit.',
    );
  });
});

describe('alertRule', () => {
  const dead = (id: number) => ({ id, job: id });
  const checker = alertRule('pager', { when: { server: 'db', table: 'dlq', where: {}, count: 2 }, within: '60s' });
  const alert = (at: number) => effect('dlq grows', at, { ledger: 'pager' });
  const two = [commit(1, insert('dlq', dead(1))), commit(5, insert('dlq', dead(2)))];

  it('passes an alert in time, and a condition that passes sooner', () => {
    expect(judge(checker, historyOf(...two, alert(60)))).toMatchObject({ violation: undefined, premises: 2 });
    const short = historyOf(...two, commit(20, remove('dlq', dead(1))));
    expect(judge(checker, short)).toMatchObject({ violation: undefined, premises: 0 });
  });
  it('names the condition of which nobody was told in time', () => {
    expect(judge(checker, historyOf(...two, alert(70))).violation?.message).toBe(
      'db.dlq has 2 or more rows with any content from 5 s on, and pager was not told by 65 s.',
    );
  });
  it('names a false alarm', () => {
    expect(judge(checker, historyOf(alert(3), ...two, alert(60))).violation?.message).toBe(
      'pager was told "dlq grows" at 3 s, although it was not so that db.dlq has 2 or more rows with any content.',
    );
  });
  it('reads metrics', () => {
    const slow = alertRule('pager', { when: { metric: 'skew', above: 500 }, within: '10s' });
    const history = historyOf(metric('skew', 1, 600), metric('skew', 30, 100));
    expect(judge(slow, history).violation?.message).toBe(
      'skew is above 500 from 1 s on, and pager was not told by 11 s.',
    );
    const below = alertRule('pager', { when: { metric: 'free', below: 5 }, within: '10s', quietOtherwise: false });
    expect(judge(below, historyOf(metric('free', 1, 3), alert(4), alert(90))).violation).toBeUndefined();
  });
});

describe('metricTruth', () => {
  const job = (id: number) => ({ id, state: 'queued' });
  const checker = metricTruth('queue_depth', {
    truth: { server: 'db', table: 'jobs', where: { state: 'queued' } },
    tolerance: 1,
  });
  const three = [1, 2, 3].map((id) => commit(id, insert('jobs', job(id))));

  it('passes a report that was true at some instant of the last scrape', () => {
    const history = historyOf(
      ...three,
      metric('queue_depth', 4, 0),
      metric('queue_depth', 17.5, 1),
      metric('queue_depth', 40, 4),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 3 });
  });
  it('names what was said and what was true', () => {
    const { violation } = judge(checker, historyOf(...three, metric('queue_depth', 30, 0)));
    expect(violation?.message).toBe(
      'queue_depth said 0 at 30 s; the number of rows of db.jobs with state queued was 3 in the 15 s before.',
    );
    expect(violation?.witness).toEqual([2, 3]);
  });
  it('reads a reply of the workload', () => {
    const scraped = metricTruth('GET api /depth', {
      truth: { server: 'db', table: 'jobs', where: {} },
      field: 'depth',
      within: '1s',
    });
    const reply = (depth: number) => op('GET api /depth', [20, 21], { reply: { status: 200, body: { depth } } });
    expect(judge(scraped, historyOf(...three, reply(3)))).toMatchObject({ violation: undefined, premises: 1 });
    expect(judge(scraped, historyOf(...three, reply(2))).violation?.message).toContain('GET api /depth said 2 at 21 s');
  });
});
