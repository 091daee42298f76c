import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';
import { createInjector } from '../../../harness/plan/injector.ts';
import { settingOf } from '../../../harness/plan/setting.ts';
import type { Setting } from '../../../harness/world.ts';
import { exampleHosts, FakeWorld } from '../plan/fake-world.ts';

function run(
  fault: Omit<Fault, 'id'> & { kind: string },
  during: (world: FakeWorld) => void = () => {},
  setting: Setting = {},
) {
  const world = new FakeWorld(exampleHosts);
  world.setting = setting;
  const faults = [faultKinds.get(fault.kind)!.schema.parse({ id: 'f1', ...fault }) as Fault];
  const bites: string[] = [];
  const record = (entry: UnplacedRecord) => {
    if (entry.kind === 'fault' && entry.phase === 'bit') bites.push(entry.detail);
  };
  const injector = createInjector({
    world,
    plan: { faults } as unknown as Plan,
    record,
    kinds: faultKinds,
    durationMs: 60_000,
  });
  injector.arm();
  during(world);
  world.advanceTo(60_000);
  expect(injector.isOver).toBe(true);
  return { acts: world.acts, bites, idle: injector.idleFaults() };
}
const base = { at: 10, for: 20 };

describe('fault kinds against the acts of a world', () => {
  it.each<[string, Omit<Fault, 'id'> & { kind: string }, string[]]>([
    [
      'partition cuts both directions',
      { kind: 'partition', ...base, between: [['worker-1'], ['redis']], direction: 'both' },
      ['10 cut worker-1>redis', '10 cut redis>worker-1', '30 lift cut redis>worker-1', '30 lift cut worker-1>redis'],
    ],
    [
      'a forward partition holds only what the first side sends',
      { kind: 'partition', ...base, between: [['worker-1'], ['redis', 'db']], direction: 'forward' },
      ['10 cut worker-1>redis', '10 cut worker-1>db', '30 lift cut worker-1>db', '30 lift cut worker-1>redis'],
    ],
    [
      'a blackhole loses one way',
      { kind: 'blackhole', ...base, between: [['worker-1'], ['redis']], direction: 'backward' },
      ['10 blackhole redis>worker-1', '30 lift blackhole redis>worker-1'],
    ],
    [
      'delay',
      { kind: 'delay', ...base, links: ['redis>worker-1'], latencyMs: 5, jitterMs: 1 },
      ['10 latency redis>worker-1', '30 lift latency redis>worker-1'],
    ],
    [
      'bandwidth',
      { kind: 'bandwidth', ...base, links: ['redis>worker-1'], bytesPerSecond: 5 },
      ['10 bandwidth redis>worker-1', '30 lift bandwidth redis>worker-1'],
    ],
    ['reset', { kind: 'reset', at: 10, link: 'redis>worker-1' }, ['10 reset redis>worker-1']],
    ['crash restarts', { kind: 'crash', ...base, process: 'worker-1' }, ['10 kill worker-1', '30 start worker-1']],
    ['pause continues', { kind: 'pause', ...base, process: 'worker-1' }, ['10 stop worker-1', '30 continue worker-1']],
    [
      'exit kills who has not ended in time',
      { kind: 'exit', ...base, process: 'worker-1' },
      ['10 SIGTERM worker-1', '30 kill worker-1', '30 start worker-1'],
    ],
    [
      'clock',
      { kind: 'clock', ...base, host: 'db', offsetMs: -500 },
      ['10 shift db {"offsetMs":-500}', '30 unshift db'],
    ],
    ['clock-step', { kind: 'clock-step', at: 10, host: 'db', stepMs: 500 }, ['10 step db 500']],
    [
      'redis-restart',
      { kind: 'redis-restart', ...base, server: 'redis', lose: 'everything' },
      ['10 crash redis losing everything', '30 start redis'],
    ],
    [
      'postgres-restart',
      { kind: 'postgres-restart', ...base, server: 'db' },
      ['10 crash db losing nothing', '30 start db'],
    ],
    ['terminate-backends', { kind: 'terminate-backends', at: 10, server: 'db' }, ['10 db terminate-backends {}']],
    [
      'hold-lock',
      { kind: 'hold-lock', ...base, server: 'db', table: 'jobs', mode: 'SHARE' },
      ['10 db hold-lock {"id":"f1","table":"jobs","mode":"ShareLock"}', '30 db release-locks {"id":"f1"}'],
    ],
    [
      'http tampers with what matches',
      {
        kind: 'http',
        ...base,
        link: 'worker-1>bank',
        label: 'POST /charge',
        how: 'error-after-effect',
        status: 502,
        count: 3,
      },
      ['10 tamper {"kind":"replace","status":502} worker-1>bank POST /charge 3 1', '30 lift tamper'],
    ],
    [
      'duplicate',
      { kind: 'duplicate', ...base, link: 'client>worker-1', delayMs: 5, share: 0.5 },
      ['10 tamper {"kind":"duplicate","delayMs":5} client>worker-1 * 1000000 0.5', '30 lift tamper'],
    ],
    ['slow', { kind: 'slow', ...base, host: 'db', factor: 9 }, ['10 {"kind":"slow","factor":9} db', '30 lift slow db']],
    [
      'stall',
      { kind: 'stall', ...base, process: 'worker-1', stallMs: 9 },
      ['10 {"kind":"stall","stallMs":9} worker-1', '30 lift stall worker-1'],
    ],
    [
      'storm makes each event last as long as the capacity says',
      { kind: 'storm', ...base, server: 'bank', perSecond: 50 },
      ['10 {"kind":"stall","stallMs":20} bank', '30 lift stall bank'],
    ],
    [
      'disk',
      { kind: 'disk', ...base, process: 'worker-1', error: 'EIO' },
      ['10 {"kind":"disk","error":"EIO"} worker-1', '30 lift disk worker-1'],
    ],
    ['load-burst', { kind: 'load-burst', ...base, factor: 5 }, ['10 {"kind":"burst","factor":5}', '30 lift burst']],
    ['load-skew', { kind: 'load-skew', ...base, share: 0.9 }, ['10 {"kind":"skew","share":0.9}', '30 lift skew']],
    [
      'load-shuffle',
      { kind: 'load-shuffle', ...base, places: 3 },
      ['10 {"kind":"shuffle","places":3}', '30 lift shuffle'],
    ],
    [
      'herd starts all at the same instant',
      { kind: 'herd', ...base, processes: ['worker-1', 'worker-2'] },
      ['10 kill worker-1', '10 kill worker-2', '30 start worker-1', '30 start worker-2'],
    ],
    [
      'connection-limit',
      { kind: 'connection-limit', ...base, server: 'db', limit: 2 },
      ['10 db limit-connections {"id":"f1","max":2}', '30 db lift-connection-limit {"id":"f1"}'],
    ],
    [
      'redis-memory',
      { kind: 'redis-memory', ...base, server: 'redis', policy: 'allkeys-lru' },
      ['10 redis limit-memory {"policy":"allkeys-lru"}', '30 redis restore-memory {}'],
    ],
    [
      'redis-pause ends by itself',
      { kind: 'redis-pause', ...base, server: 'redis', mode: 'write' },
      ['10 redis client-pause {"ms":20,"mode":"write"}'],
    ],
    ['redis-flush', { kind: 'redis-flush', at: 10, server: 'redis' }, ['10 redis flush {}']],
  ])('%s', (_name, fault, acts) => {
    const result = run(fault);
    expect(result.acts).toEqual(acts);
    expect(result.bites).toHaveLength(1);
    expect(result.idle).toEqual([]);
  });

  it('poison kills its reader each time, for as long as the run lasts', () => {
    const fault = { kind: 'poison', at: 0, link: 'redis>worker-1', label: 'GET a', restartMs: 5 };
    const { acts, bites } = run(fault, (world) => {
      world.advanceTo(10);
      world.message('redis>worker-1', 'reply', 'GET a');
      world.message('redis>worker-1', 'reply', 'GET b');
      world.advanceTo(40);
      world.message('redis>worker-1', 'reply', 'GET a');
      world.advanceTo(50);
    });
    expect(acts).toEqual(['10 kill worker-1', '15 start worker-1', '40 kill worker-1', '45 start worker-1']);
    expect(bites).toEqual(['worker-1 killed by "GET a"']);
  });

  it('reply-lost drops the message of its trigger', () => {
    const on = { link: 'redis>worker-1', message: 'reply', label: 'GET a', nth: 2, when: 'before' } as const;
    const { acts, bites } = run({ kind: 'reply-lost', on, link: 'redis>worker-1' }, (world) => {
      world.message('redis>worker-1', 'reply', 'GET a');
      world.message('redis>worker-1', 'reply', 'GET b');
      world.message('redis>worker-1', 'reply', 'GET a');
    });
    expect(acts).toEqual(['0 drop GET a']);
    expect(bites).toEqual(['lost "GET a"']);
  });

  it('reorder holds its message until messages of other connections have passed, at most so long', () => {
    const fault = { kind: 'reorder', at: 10, for: 50, link: 'worker-1>redis', overtakenBy: 2 };
    const { acts, bites } = run(fault, (world) => {
      world.advanceTo(15);
      world.message('worker-1>redis', 'request', 'SET a');
      world.message('*>redis', 'request', 'SET b');
      world.advanceTo(20);
    });
    expect(acts).toEqual(['15 hold SET a', '60000 release SET a']);
    // The fake world has one connection only, and nobody overtakes on it.
    expect(bites).toEqual([]);
  });

  it('reset-at-commit waits for a COMMIT on its link', () => {
    const fault = { kind: 'reset-at-commit', at: 10, link: 'db>worker-1', committed: true };
    const { acts, bites } = run(fault, (world) => {
      world.advanceTo(15);
      world.message('db>worker-1', 'reply', 'SELECT 1');
      world.message('db>worker-1', 'reply', 'COMMIT');
    });
    expect(acts).toEqual(['15 reset db>worker-1']);
    expect(bites).toEqual(['reset at "COMMIT"']);
  });

  it('calendar and time-zone bite where the run began so, and not otherwise', () => {
    const epoch = '2026-03-29T00:59:00Z';
    const faults = [
      { kind: 'calendar', at: 0, epoch },
      { kind: 'time-zone', at: 0, process: 'worker-1', zone: 'Europe/Berlin' },
    ];
    for (const fault of faults) {
      expect(run(fault).idle).toHaveLength(1);
      const setting = settingOf([{ id: 'f1', ...fault }], faultKinds);
      const { bites, idle } = run(fault, () => {}, setting);
      expect([bites.length, idle]).toEqual([1, []]);
    }
    const both = faults.map((fault, index) => ({ id: `f${index}`, ...fault }));
    const other = { id: 'f9', kind: 'calendar', at: 0, epoch: '2027-01-01T00:00:00Z' };
    expect(settingOf([...both, other], faultKinds)).toEqual({ epoch, timeZones: { 'worker-1': 'Europe/Berlin' } });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['http without a status', { kind: 'http', at: 1, for: 1, link: 'a>b', how: 'refuse' }, 'needs a "status"'],
    ['http without a delay', { kind: 'http', at: 1, for: 1, link: 'a>b', how: 'delay-reply' }, 'needs "delayMs"'],
    ['a share above one', { kind: 'duplicate', at: 1, for: 1, link: 'a>b', delayMs: 0, share: 2 }, 'share'],
    ['a zone that is none', { kind: 'time-zone', at: 0, process: 'a', zone: 'Mars/Olympus' }, 'no such IANA time zone'],
    ['a date that is none', { kind: 'calendar', at: 0, epoch: 'tomorrow' }, 'epoch'],
    ['a capacity of zero', { kind: 'storm', at: 1, for: 1, server: 'a', perSecond: 0 }, 'perSecond'],
    ['a host that gets faster', { kind: 'slow', at: 1, for: 1, host: 'a', factor: 0.5 }, 'factor'],
    [
      'a delivered message that is overtaken',
      {
        kind: 'reorder',
        for: 1,
        link: 'a>b',
        overtakenBy: 1,
        on: { link: 'a>b', message: 'request', label: '*', nth: 1, when: 'after' },
      },
      'cannot be overtaken',
    ],
  ])('refuses %s', (_name, fault, message) => {
    const parsed = faultKinds.get(String(fault.kind))!.schema.safeParse({ id: 'f1', ...fault });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(message.replaceAll('"', '\\"'));
  });

  it('late-request holds the request of its trigger and what follows it, one way', () => {
    const on = { link: 'worker-1>redis', message: 'request', label: 'SET a', nth: 1, when: 'before' } as const;
    const { acts } = run({ kind: 'late-request', on, for: 50, link: 'worker-1>redis' }, (world) => {
      world.advanceTo(5);
      world.message('worker-1>redis', 'request', 'SET a');
    });
    expect(acts).toEqual(['5 cut worker-1>redis', '55 lift cut worker-1>redis']);
  });

  it('a fault of a link whose message did not come waits for the next one on it', () => {
    const on = { link: 'redis>worker-1', message: 'reply', label: 'GET a', nth: 9, when: 'before' } as const;
    const fault = { kind: 'partition', at: 10, on, for: 20, between: [['worker-1'], ['redis']], direction: 'backward' };
    const { acts } = run(fault, (world) => {
      world.message('redis>worker-1', 'reply', 'GET a');
      world.advanceTo(40);
      world.message('redis>worker-1', 'reply', 'GET b');
    });
    expect(acts).toEqual(['40 cut redis>worker-1', '60 lift cut redis>worker-1']);
  });

  it('reply-lost that the clock started drops the next reply', () => {
    const { acts } = run({ kind: 'reply-lost', at: 10, link: 'redis>worker-1' }, (world) => {
      world.message('redis>worker-1', 'reply', 'GET a');
      world.advanceTo(15);
      world.message('redis>worker-1', 'reply', 'GET b');
    });
    expect(acts).toEqual(['15 drop GET b']);
  });

  it('a crash of a process that is down strikes when it is back, and leaves others restarts alone', () => {
    const { acts, bites } = run({ kind: 'crash', at: 10, for: 1000, process: 'worker-1' }, (world) => {
      world.kill('worker-1');
      world.advanceTo(250);
      world.start('worker-1');
    });
    expect(acts.filter((act) => !act.endsWith('kill worker-1'))).toEqual(['250 start worker-1', '1010 start worker-1']);
    expect(bites).toEqual(['worker-1 killed']);
  });

  it('a crash of a process that stays down does not bite, nor start it', () => {
    const { acts, idle } = run({ kind: 'crash', at: 10, for: 50, process: 'worker-1' }, (world) =>
      world.kill('worker-1'),
    );
    expect(acts.some((act) => act.includes('start'))).toBe(false);
    expect(idle).toEqual([{ id: 'f1', reason: 'never bit: worker-1 is killed, and started again after 50 ms' }]);
  });

  it('a restart of a server that another restart has taken down waits for it to be up', () => {
    const world = new FakeWorld(exampleHosts);
    const restart = { kind: 'redis-restart', server: 'redis', lose: 'nothing' };
    const faults: Fault[] = [
      { id: 'f1', ...restart, at: 100, for: 500 },
      { id: 'f2', ...restart, at: 200, for: 1000 },
      { id: 'f3', ...restart, at: 300, for: 100 },
    ];
    const injector = createInjector({
      world,
      plan: { faults } as unknown as Plan,
      record: () => {},
      kinds: faultKinds,
      durationMs: 60_000,
    });
    injector.arm();
    world.advanceTo(60_000);
    expect(world.acts).toEqual([
      '100 crash redis losing nothing',
      '600 start redis',
      // Nothing met the third in its own time, which ended at 400: it counts from when the server was up again.
      '600 crash redis losing nothing',
      '700 start redis',
      '700 crash redis losing nothing',
      '1200 start redis',
    ]);
    expect(injector.idleFaults()).toEqual([]);
  });

  it('asks nothing of a server that is down', () => {
    const world = new FakeWorld(exampleHosts);
    const faults: Fault[] = [
      { id: 'f1', kind: 'postgres-restart', server: 'db', lose: 'nothing', at: 100, for: 500 },
      { id: 'f2', kind: 'terminate-backends', server: 'db', at: 200 },
      { id: 'f3', kind: 'hold-lock', server: 'db', table: 'jobs', mode: 'SHARE', at: 300, for: 400 },
    ];
    const injector = createInjector({
      world,
      plan: { faults } as unknown as Plan,
      record: () => {},
      kinds: faultKinds,
      durationMs: 60_000,
    });
    injector.arm();
    world.advanceTo(60_000);
    expect(world.acts).toEqual([
      '100 crash db losing nothing',
      '600 start db',
      '600 db hold-lock {"id":"f3","table":"jobs","mode":"ShareLock"}',
      '700 db release-locks {"id":"f3"}',
    ]);
    expect(injector.idleFaults().map(({ id }) => id)).toEqual(['f2']);
  });

  it('an exit leaves alone the incarnation that a restart policy started', () => {
    const { acts } = run({ kind: 'exit', ...base, process: 'worker-1' }, (world) => {
      world.advanceTo(15);
      world.kill('worker-1');
      world.start('worker-1');
    });
    expect(acts).toEqual(['10 SIGTERM worker-1', '15 kill worker-1', '15 start worker-1']);
  });
});
