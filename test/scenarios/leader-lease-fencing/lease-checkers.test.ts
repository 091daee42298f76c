import { describe, expect, it } from 'vitest';
import { redisRestartKind } from '../../../harness/faults/redis-restart.ts';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import {
  leaderAppears,
  type Sighting,
  tenuresDisjoint,
  trustWithinGrant,
} from '../../../scenarios/leader-lease-fencing/lease-checkers.ts';
import { check, fault } from './check.ts';

const lease = { leaseTtlMs: 15_000, redis: 'redis', drift: 0.01 };
const appears = { leaderlessMs: 25_000, settleMs: 60_000 };

/** The worker answered within 10 ms, Redis within another 10. */
function seen(atMs: number, sighting: Partial<Sighting> & Pick<Sighting, 'worker'>): readonly [number, UnplacedRecord] {
  const value = { askedMs: atMs, answeredMs: atMs + 10, leader: sighting.token !== undefined, ...sighting };
  return [atMs + 20, { kind: 'mark', host: 'client', name: 'leadership', value }];
}

function held(lease: string, ttlMs: number, atMs: number): Pick<Sighting, 'lease' | 'store'> {
  return { lease, store: { owner: lease, ttlMs, answeredMs: atMs + 20 } };
}

const lossOf = (lose: string) =>
  redisRestartKind.describe({ id: 'f1', kind: 'redis-restart', server: 'redis', lose, for: 2000 });

describe('trustWithinGrant', () => {
  it('passes a deadline that lies before the expiry in Redis', () => {
    const { violation, premises } = check(trustWithinGrant(lease), [
      seen(1000, { worker: 'worker-1', token: '1', remainingMs: 12_900, ...held('a', 14_800, 1000) }),
    ]);
    expect(violation).toBeUndefined();
    expect(premises).toBe(1);
  });

  it('passes a deadline that only the drift of a clock and the time of the answers put behind the expiry', () => {
    const sighting = seen(1000, { worker: 'worker-1', token: '1', remainingMs: 15_000, ...held('a', 14_835, 1000) });
    expect(check(trustWithinGrant(lease), [sighting]).violation).toBeUndefined();
  });

  it('finds a deadline behind the expiry', () => {
    const { violation } = check(trustWithinGrant(lease), [
      seen(1000, { worker: 'worker-1', token: '1', remainingMs: 15_000, ...held('a', 13_000, 1000) }),
    ]);
    expect(violation?.message).toBe(
      'worker-1 trusts its lease until 15.850 s, but Redis grants it until 14.021 s at most.',
    );
    expect(violation?.witness).toEqual([0]);
  });

  it('does not compare with the lease of another, nor with an earlier one of the same worker', () => {
    const sighting = { worker: 'worker-1', token: '1', remainingMs: 15_000, lease: 'a' };
    const { premises } = check(trustWithinGrant(lease), [
      seen(1000, { ...sighting, store: { owner: 'b', ttlMs: 1000, answeredMs: 1020 } }),
      seen(2000, { ...sighting, store: { owner: null, ttlMs: -2, answeredMs: 2020 } }),
    ]);
    expect(premises).toBe(0);
  });

  it('does not judge a trust from before Redis lost data, but one that was renewed since', () => {
    const trusting = (atMs: number, remainingMs: number) =>
      seen(atMs, { worker: 'worker-1', token: '1', remainingMs, ...held('a', 5_000, atMs) });
    const restart = (lose: string) => [fault(5_000, 'start', lossOf(lose)), fault(7_000, 'heal', lossOf(lose))];
    const stale = [...restart('unsynced'), trusting(8_000, 10_000)];
    expect(check(trustWithinGrant(lease), stale)).toEqual({ violation: undefined, premises: 0 });
    expect(check(trustWithinGrant(lease), [...stale, trusting(8_100, 13_000)]).violation).toBeDefined();
    const kept = [...restart('nothing'), trusting(8_000, 10_000)];
    expect(check(trustWithinGrant(lease), kept).violation, 'a restart with all data excuses nothing').toBeDefined();
  });
});

describe('ownerIntervalsDisjoint', () => {
  it('passes tenures that follow each other', () => {
    const { violation, premises } = check(tenuresDisjoint(lease), [
      seen(1000, { worker: 'worker-1', token: '1' }),
      seen(9000, { worker: 'worker-1', token: '1' }),
      seen(9500, { worker: 'worker-2', token: '2' }),
      seen(9600, { worker: 'worker-1' }),
      seen(12_000, { worker: 'worker-2', token: '2' }),
    ]);
    expect(violation).toBeUndefined();
    expect(premises).toBe(1);
  });

  it('passes answers that may have been given one after the other', () => {
    const slow = (askedMs: number, answeredMs: number, worker: string, token: string) =>
      seen(answeredMs - 10, { worker, token, askedMs, answeredMs });
    const { violation } = check(tenuresDisjoint(lease), [
      slow(1000, 1010, 'worker-1', '1'),
      slow(5000, 9000, 'worker-1', '1'),
      slow(8000, 8010, 'worker-2', '2'),
      slow(9000, 9010, 'worker-2', '2'),
    ]);
    expect(violation).toBeUndefined();
  });

  it('finds a tenure that began before another had ended', () => {
    const { violation } = check(tenuresDisjoint(lease), [
      seen(1000, { worker: 'worker-1', token: '1' }),
      seen(8000, { worker: 'worker-2', token: '2' }),
      seen(8500, { worker: 'worker-2', token: '2' }),
      seen(9000, { worker: 'worker-1', token: '1' }),
    ]);
    expect(violation?.message).toBe(
      'worker-1 (token 1) and worker-2 (token 2) were both in office from 8.010 s to 8.500 s.',
    );
    expect(violation?.witness).toEqual([0, 1, 2, 3]);
  });

  it('excuses a leader whose lease Redis has forgotten, until it renews', () => {
    const loss = lossOf('everything');
    const first = (atMs: number, remainingMs: number) => seen(atMs, { worker: 'worker-1', token: '1', remainingMs });
    const second = (atMs: number) => seen(atMs, { worker: 'worker-2', token: '2', remainingMs: 13_000 });
    const records = [
      first(4_000, 11_000),
      fault(5_000, 'start', loss),
      fault(7_000, 'heal', loss),
      second(8_000),
      first(9_000, 6_000),
      second(10_000),
    ];
    expect(check(tenuresDisjoint(lease), records).violation).toBeUndefined();
    expect(check(tenuresDisjoint(lease), [...records, first(10_500, 13_000)]).violation?.message).toContain(
      'both in office from 8.010 s to 10.000 s',
    );
  });
});

describe('leaderAppears', () => {
  const cut = (healMs: number) => [
    fault(1_000, 'start', 'cut', 'worker-1'),
    fault(healMs, 'heal', 'cut: over', 'worker-1'),
  ];

  it('passes workers that are without a leader for the time of one takeover', () => {
    const { violation, premises } = check(leaderAppears(appears), [
      ...cut(10_000),
      seen(11_000, { worker: 'worker-1' }),
      seen(30_000, { worker: 'worker-2', leader: true }),
      seen(50_000, { worker: 'worker-2' }),
    ]);
    expect(violation).toBeUndefined();
    expect(premises).toBeGreaterThan(0);
  });

  it('finds a gap after the heal, and none before it', () => {
    const leaderless = [10_000, 20_000, 30_000, 40_000].map((atMs) => seen(atMs, { worker: 'worker-1' }));
    const healedAt = (healMs: number) => [...leaderless, ...cut(healMs)].toSorted(([one], [other]) => one - other);
    expect(check(leaderAppears(appears), healedAt(20_000)).violation).toBeUndefined();
    expect(check(leaderAppears(appears), healedAt(10_000)).violation?.message).toBe(
      'Nobody led from 10.000 s to 40.000 s, though all faults were healed at 10.000 s.',
    );
  });
});
