import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';
import { createInjector } from '../../../harness/plan/injector.ts';
import { exampleHosts, FakeWorld } from '../plan/fake-world.ts';

function run(fault: Omit<Fault, 'id'> & { kind: string }, during: (world: FakeWorld) => void = () => {}) {
  const world = new FakeWorld(exampleHosts);
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
