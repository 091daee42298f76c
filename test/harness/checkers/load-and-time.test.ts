import { describe, expect, it } from 'vitest';
import {
  blastRadius,
  breakerBehaviour,
  compatErrors,
  decisionVsTruth,
  loadShare,
  movedKeys,
  replayPrefix,
  resourceBound,
  scheduleOracle,
} from '../../../harness/checkers/index.ts';
import { wallInstants } from '../../../harness/checkers/wall-time.ts';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import { effect, fault, historyOf, judge, mark, metric, op } from './history-builder.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const raw = (at: number, record: UnplacedRecord) => (place: (record: UnplacedRecord, at?: number) => void) =>
  place(record, at);

describe('breakerBehaviour', () => {
  const call = (at: number, ok: boolean) => mark('provider.call', at, { ok });
  const checker = breakerBehaviour('provider.call', {
    opensAfter: 3,
    underWay: 1,
    probes: 2,
    window: '10s',
    requests: 'GET *',
    closesWithin: '5s',
  });

  it('passes a breaker that opens, probes and closes', () => {
    const history = historyOf(
      call(1, true),
      mark('down', 2),
      ...[3, 4, 5, 5].map((at) => call(at, false)),
      op('GET api /x', [8, 9], { end: 'fail' }),
      ...[12, 22, 32].map((at) => call(at, false)),
      mark('up', 40),
      op('GET api /x', [42, 43], { end: 'fail' }),
      call(44, true),
      op('GET api /x', [46, 47]),
      ...[48, 49, 50].map((at) => call(at, false)),
    );
    expect(judge(checker, history)).toEqual({ violation: undefined, unknown: undefined, premises: 11 });
  });
  it('names the calls that an open breaker let through', () => {
    const history = historyOf(mark('down', 0), ...many(7, (index) => call(index + 1, false)));
    expect(judge(checker, history).violation?.message).toBe(
      '3 provider.call came in the 10 s before 7 s, although 3 in a row had failed by 3 s; 2 are allowed.',
    );
  });
  it('names a refusal long after the recovery, and one without any outage', () => {
    const late = historyOf(
      mark('down', 0),
      mark('up', 10),
      op('GET api /x', [15, 16], { end: 'fail', error: 'HTTP 503' }),
    );
    expect(judge(checker, late).violation?.message).toBe(
      'GET api /x at 15 s was answered with HTTP 503, although the dependency was well again since 10 s.',
    );
    const never = historyOf(op('GET api /x', [15, 16], { end: 'fail', error: 'HTTP 503' }));
    expect(judge(checker, never).violation?.message).toContain('although the dependency never was down');
  });
});

describe('loadShare', () => {
  const checker = loadShare('hit', { per: 'shard', shards: ['a', 'b', 'c'], factor: 1.5, window: '10s' });
  const hits = (counts: Record<string, number>, at: number) =>
    Object.entries(counts).flatMap(([shard, count]) => many(count, () => mark('hit', at, { shard })));
  it('passes load that is spread, and does not judge a few arrivals', () => {
    expect(judge(checker, historyOf(...hits({ a: 10, b: 12, c: 8 }, 1), ...hits({ a: 5 }, 11)))).toMatchObject({
      violation: undefined,
      premises: 1,
    });
  });
  it('names the shard that got too much', () => {
    expect(judge(checker, historyOf(...hits({ a: 20, b: 10 }, 11))).violation?.message).toBe(
      'a got 20 of 30 hit in the 10 s from 10 s; the mean of 3 shards is 10.0, and 1.5 times that is the limit.',
    );
  });
});

describe('movedKeys', () => {
  const checker = movedKeys('route', { change: 'shard added', atMost: 0.5 });
  const route = (key: string, shard: string, at: number) => mark('route', at, { key, shard });
  const before = ['a', 'b', 'c', 'd'].map((key) => route(key, 's1', 1));
  it('passes few moves, and names many', () => {
    const placed = (moved: string[]) =>
      ['a', 'b', 'c', 'd'].map((key) => route(key, moved.includes(key) ? 's2' : 's1', 6));
    expect(
      judge(checker, historyOf(...before, mark('shard added', 5), ...placed(['a', 'b']), route('new', 's2', 7))),
    ).toMatchObject({ violation: undefined, premises: 4 });
    expect(
      judge(checker, historyOf(...before, mark('shard added', 5), ...placed(['a', 'b', 'c']))).violation?.message,
    ).toBe(
      '3 of 4 keys moved at "shard added" (5 s), more than 50 %: a from s1 to s2, b from s1 to s2 and c from s1 to s2.',
    );
  });
});

describe('resourceBound', () => {
  const on = (host: string, value: number, at: number) => raw(at, { kind: 'metric', host, name: 'connections', value });
  it('holds each host to the bound, or all together', () => {
    const history = historyOf(on('a', 5, 1), on('b', 5, 2), on('a', 3, 3));
    expect(judge(resourceBound('connections', { atMost: 5 }), history)).toMatchObject({
      violation: undefined,
      premises: 3,
    });
    expect(judge(resourceBound('connections', { atMost: 8, total: true }), history).violation).toMatchObject({
      message: 'connections was 10 over 2 hosts at 2 s; at most 8 is allowed.',
      witness: [0, 1],
    });
    expect(judge(resourceBound('connections', { atMost: 4 }), history).violation?.message).toBe(
      'connections was 5 on a at 1 s; at most 4 is allowed.',
    );
    expect(judge(resourceBound('connections', { atMost: 4 }), historyOf(metric('other', 1, 9))).premises).toBe(0);
  });
});

describe('wallInstants', () => {
  const berlin = { zone: 'Europe/Berlin', days: undefined, gap: 'skip', overlap: 'first' } as const;
  const iso = (options: Partial<Parameters<typeof wallInstants>[0]> & { wall: string; from: string; until: string }) =>
    wallInstants({ ...berlin, ...options, fromMs: Date.parse(options.from), untilMs: Date.parse(options.until) }).map(
      (at) => new Date(at).toISOString().slice(0, 16),
    );
  it.each([
    [
      'a plain day',
      { wall: '02:30', from: '2026-01-01', until: '2026-01-03' },
      ['2026-01-01T01:30', '2026-01-02T01:30'],
    ],
    [
      'a gap that is skipped',
      { wall: '02:30', from: '2026-03-28T12:00Z', until: '2026-03-30T12:00Z' },
      ['2026-03-30T00:30'],
    ],
    [
      'a gap that is moved',
      { wall: '02:30', gap: 'later' as const, from: '2026-03-28T12:00Z', until: '2026-03-29T12:00Z' },
      ['2026-03-29T01:30'],
    ],
    [
      'the first of an overlap',
      { wall: '02:30', from: '2026-10-24T12:00Z', until: '2026-10-25T12:00Z' },
      ['2026-10-25T00:30'],
    ],
    [
      'the second of an overlap',
      { wall: '02:30', overlap: 'second' as const, from: '2026-10-24T12:00Z', until: '2026-10-25T12:00Z' },
      ['2026-10-25T01:30'],
    ],
    [
      'both of an overlap',
      { wall: '02:30', overlap: 'both' as const, from: '2026-10-24T12:00Z', until: '2026-10-25T12:00Z' },
      ['2026-10-25T00:30', '2026-10-25T01:30'],
    ],
    [
      'days of the week',
      { wall: '09:00', days: [1], from: '2026-01-01', until: '2026-01-15' },
      ['2026-01-05T08:00', '2026-01-12T08:00'],
    ],
    [
      'a zone far east',
      { zone: 'Pacific/Kiritimati', wall: '00:00', from: '2026-01-01', until: '2026-01-02' },
      ['2026-01-01T10:00'],
    ],
    [
      'a half-hour change',
      {
        zone: 'Australia/Lord_Howe',
        wall: '02:15',
        gap: 'later' as const,
        from: '2026-10-03T12:00Z',
        until: '2026-10-04T12:00Z',
      },
      ['2026-10-03T15:45'],
    ],
    [
      'a midnight that does not exist',
      { zone: 'Africa/Cairo', wall: '00:30', from: '2026-04-23T12:00Z', until: '2026-04-24T12:00Z' },
      [],
    ],
  ])('knows %s', (_what, options, expected) => {
    expect(iso(options)).toEqual(expected);
  });
});

describe('scheduleOracle', () => {
  const checker = scheduleOracle('mailer', { zone: 'UTC', wall: '00:01', epoch: '2026-01-01T00:00:00Z' });
  const mail = (at: number) => effect(`report-${at}`, at, { ledger: 'mailer' });
  const day = 86_400;
  const now = { healedAt: 2 * day, now: 2 * day };
  it('passes one effect at each instant', () => {
    expect(judge(checker, historyOf(mail(60), mail(day + 119)), now)).toEqual({
      violation: undefined,
      unknown: undefined,
      premises: 2,
    });
  });
  it('names an instant at which nothing came, too much came, or an effect that was not due', () => {
    expect(judge(checker, historyOf(mail(60)), now).violation?.message).toBe(
      'nothing came to mailer at 00:01 of 2026-01-02 in UTC (2026-01-02T00:01:00.000Z, 86460 s), nor in the 60 s after.',
    );
    expect(judge(checker, historyOf(mail(60), mail(61), mail(day + 60)), now).violation?.message).toContain(
      '2 effects came to mailer at 00:01 of 2026-01-01',
    );
    expect(judge(checker, historyOf(mail(60), mail(500), mail(day + 60)), now).violation?.message).toBe(
      'report-500 came to mailer at 500 s (2026-01-01T00:08:20.000Z), when nothing was due.',
    );
  });
});

describe('decisionVsTruth', () => {
  const checker = decisionVsTruth('GET api /private', { leeway: '2s' });
  const ask = (at: number, end: 'ok' | 'fail', error?: string) =>
    op('GET api /private', [at, at + 0.5], {
      value: { token: 't', validFrom: 10_000, validUntil: 20_000 },
      end,
      ...(error === undefined ? {} : { error }),
    });
  it('passes decisions that true time supports, within the leeway', () => {
    const history = historyOf(
      ask(1, 'fail', 'HTTP 401'),
      ask(8.5, 'ok'),
      ask(15, 'ok'),
      ask(21.5, 'ok'),
      ask(19, 'fail', 'HTTP 401'),
      ask(15, 'fail', 'HTTP 500'),
    );
    expect(judge(checker, history)).toMatchObject({ violation: undefined, premises: 5 });
  });
  it.each([
    [
      'an acceptance that is too early',
      [ask(7, 'ok')],
      't was accepted at 7.5 s (GET api /private), although it is valid from 10 s only.',
    ],
    [
      'an acceptance that is too late',
      [ask(23, 'ok')],
      't was accepted at 23.5 s (GET api /private), although it was valid until 20 s only.',
    ],
    [
      'an acceptance after a revocation',
      [mark('revoked', 11, { token: 't' }), ask(14, 'ok')],
      't was accepted at 14.5 s (GET api /private), although it was revoked at 11 s.',
    ],
    [
      'a refusal of a valid token',
      [ask(13, 'fail', 'HTTP 401')],
      't was refused at 13.5 s (GET api /private: HTTP 401), although it is valid from 10 s to 20 s.',
    ],
  ])('names %s', (_what, steps, message) => {
    expect(judge(checker, historyOf(...steps)).violation?.message).toBe(message);
  });
});

describe('replayPrefix', () => {
  const checker = replayPrefix('command');
  const command = (at: number, index: number, name: string) =>
    mark('command', at, { workflow: 'w', index, command: { name } });
  it('passes replays that agree, as far as they get, and names one that does not', () => {
    const first = [command(1, 0, 'charge'), command(2, 1, 'ship')];
    expect(judge(checker, historyOf(...first, command(3, 0, 'charge')))).toMatchObject({
      violation: undefined,
      premises: 1,
    });
    expect(judge(checker, historyOf(...first, command(3, 0, 'charge'), command(4, 1, 'mail'))).violation?.message).toBe(
      'the replay of w at 4 s gave {"name":"mail"} as command 1; at 2 s it was {"name":"ship"}.',
    );
  });
});

describe('compatErrors', () => {
  const log = (at: number, text: string, stream: 'stderr' | 'stdout' = 'stderr') =>
    raw(at, { kind: 'log', host: 'worker-1', process: 'worker-1', stream, text });
  it('passes other errors, and texts that only look alike', () => {
    const history = historyOf(
      op('x', [0, 1], { end: 'fail', error: 'HTTP 500' }),
      log(1, 'order 142703 failed'),
      log(2, '42703', 'stdout'),
    );
    expect(judge(compatErrors(), history)).toMatchObject({ violation: undefined, premises: 1 });
  });
  it('finds them in operations, logs and ends of processes', () => {
    expect(
      judge(compatErrors(), historyOf(log(1.5, 'up\nerror: column "x" does not exist (42703)'))).violation?.message,
    ).toBe('worker-1 met 42703 at 1.5 s: error: column "x" does not exist (42703)');
    expect(
      judge(compatErrors(), historyOf(op('x', [0, 1], { end: 'info', error: '0A000: no' }))).violation?.message,
    ).toContain('met 0A000');
    const died = raw(3, {
      kind: 'process',
      host: 'w',
      process: 'w',
      state: 'exited',
      code: 1,
      error: 'ReplyError: CROSSSLOT Keys',
    });
    expect(judge(compatErrors(), historyOf(died)).violation?.message).toContain('w met CROSSSLOT at 3 s');
  });
});

describe('blastRadius', () => {
  const checker = blastRadius('GET catalogue *', { share: 0.5, within: '1s' });
  const get = (at: number, took: number, end: 'ok' | 'fail' = 'ok') =>
    op('GET catalogue /x', [at, at + took], { end, error: 'HTTP 503' });
  it('judges only what was invoked while faults are in force', () => {
    const history = historyOf(
      get(1, 9, 'fail'),
      fault('f1', 'start', 10),
      get(11, 0.5),
      get(12, 0.5, 'fail'),
      fault('f1', 'heal', 20),
      get(21, 9, 'fail'),
    );
    expect(judge(checker, history)).toMatchObject({ violation: undefined, premises: 2 });
  });
  it('names what suffered', () => {
    const history = historyOf(
      fault('f1', 'start', 10),
      get(11, 1.5),
      get(12, 0.5, 'fail'),
      get(13, 0.1),
      fault('f1', 'heal', 20),
    );
    expect(judge(checker, history).violation?.message).toBe(
      '2 of 3 GET catalogue * suffered from faults that are none of theirs: GET catalogue /x took 1.5 s and GET catalogue /x got HTTP 503.',
    );
  });
});
