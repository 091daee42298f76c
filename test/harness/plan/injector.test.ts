import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../harness/faults/kind.ts';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import type { Fault, Plan } from '../../../harness/plan/format.ts';
import { createInjector } from '../../../harness/plan/injector.ts';
import { exampleHosts, FakeWorld } from './fake-world.ts';

const cut: FaultKind = {
  kind: 'cut',
  schema: undefined as never,
  acts: ['disturb'],
  lasting: true,
  arbitrary: () => undefined as never,
  shrink: () => [],
  names: () => [{ field: 'process', name: 'worker-1', role: 'host' }],
  describe: () => 'worker-1 is cut off',
  apply: ({ world, bite }) => world.disturb({ from: 'worker-1', to: 'redis' }, { kind: 'cut', connect: 'hang' }, bite),
};
const drop: FaultKind = {
  ...cut,
  kind: 'drop',
  lasting: false,
  acts: ['drop'],
  awaits: () => ({ link: 'redis>worker-1', message: 'reply', label: '*', nth: 1, when: 'before' }),
  apply: ({ world, bite, message }) => {
    if (message !== undefined) {
      world.drop(message);
      bite('dropped');
    }
    return () => {};
  },
};
const idle: FaultKind = { ...cut, kind: 'idle', apply: () => () => {} };
const kinds = new Map([cut, drop, idle].map((kind) => [kind.kind, kind]));

function inject(...faults: Fault[]) {
  const world = new FakeWorld(exampleHosts);
  const records: string[] = [];
  const plan: Plan = {
    format: 'seedstorm/plan@1',
    scenario: 's',
    subject: 'naive',
    seed: 1,
    profile: 'full',
    workload: { draws: null, skip: [] },
    faults,
  };
  const record = (record: UnplacedRecord) => {
    if (record.kind === 'fault') records.push(`${world.nowMs()} ${record.id} ${record.phase}`);
  };
  const injector = createInjector({ world, plan, record, kinds, durationMs: 60_000 });
  injector.arm();
  return { world, records, injector };
}
const reply = { link: 'redis>worker-1', message: 'reply', label: '*', nth: 2, when: 'before' } as const;

describe('the injector', () => {
  it('keeps a fault that nothing met until something does, and counts its time from there', () => {
    const mute: FaultKind = {
      ...cut,
      kind: 'mute',
      apply: ({ world, bite }) => {
        const timer = world.after(400, () => bite('met'));
        return () => timer.cancel();
      },
    };
    const world = new FakeWorld(exampleHosts);
    const records: string[] = [];
    const injector = createInjector({
      world,
      plan: {
        format: 'seedstorm/plan@1',
        scenario: 's',
        subject: 'naive',
        seed: 1,
        profile: 'full',
        workload: { draws: null, skip: [] },
        faults: [{ id: 'f1', kind: 'mute', at: 100, for: 50 }],
      },
      record: (record) => {
        if (record.kind === 'fault') records.push(`${world.nowMs()} ${record.phase}`);
      },
      kinds: new Map([['mute', mute]]),
      durationMs: 60_000,
    });
    injector.arm();
    world.advanceTo(1000);
    expect(records).toEqual(['100 start', '500 bit', '550 heal']);
    expect(injector.idleFaults()).toEqual([]);
  });

  it('gives up a fault that nothing ever meets at the end of the faults’ time', () => {
    const { world, records, injector } = inject(
      { id: 'f1', kind: 'idle', at: 100, for: 50 },
      { id: 'f2', kind: 'idle', at: 59_990, for: 50 },
    );
    let overAt = -1;
    injector.whenOver(() => {
      overAt = world.nowMs();
    });
    world.advanceTo(70_000);
    expect(records).toEqual(['100 f1 start', '59990 f2 start', '60000 f1 heal', '60040 f2 heal']);
    expect(overAt).toBe(60_040);
    expect(injector.idleFaults().map(({ id }) => id)).toEqual(['f1', 'f2']);
  });

  it('starts a fault at its time and lifts it after its duration', () => {
    const { world, records, injector } = inject({ id: 'f1', kind: 'cut', at: 100, for: 50 });
    let overAt = -1;
    injector.whenOver(() => {
      overAt = world.nowMs();
    });
    world.advanceTo(1000);
    expect(records).toEqual(['100 f1 start', '100 f1 bit', '150 f1 heal']);
    expect(world.acts).toEqual(['100 cut worker-1>redis', '150 lift cut worker-1>redis']);
    expect([overAt, injector.lastHealMs, injector.isOver]).toEqual([150, 150, true]);
    expect(injector.idleFaults()).toEqual([]);
  });

  it('keeps to true time when it is armed late', () => {
    const world = new FakeWorld(exampleHosts);
    const plan = { faults: [{ id: 'f1', kind: 'cut', at: 100, for: 50 }] } as unknown as Plan;
    const injector = createInjector({ world, plan, record: () => {}, kinds, durationMs: 60_000 });
    world.advanceTo(70);
    injector.arm();
    world.advanceTo(1000);
    expect(world.acts).toEqual(['100 cut worker-1>redis', '150 lift cut worker-1>redis']);
  });

  it('starts a fault on the n-th message that matches', () => {
    const { world, records } = inject({ id: 'f1', kind: 'cut', on: reply, for: 50 });
    world.advanceTo(10);
    world.message('redis>worker-1', 'reply', 'GET a');
    world.message('redis>worker-1', 'push', 'message');
    world.advanceTo(20);
    world.message('redis>worker-1', 'reply', 'GET a');
    world.message('redis>worker-1', 'reply', 'GET a');
    world.advanceTo(1000);
    expect(records).toEqual(['20 f1 start', '20 f1 bit', '70 f1 heal']);
  });

  it('starts at the latest at its time when its message does not come, and only once when it comes later', () => {
    const { world, records } = inject({ id: 'f1', kind: 'cut', at: 500, on: reply, for: 50 });
    world.advanceTo(500);
    world.message('redis>worker-1', 'reply', 'GET a');
    world.message('redis>worker-1', 'reply', 'GET a');
    world.advanceTo(1000);
    expect(records).toEqual(['500 f1 start', '500 f1 bit', '550 f1 heal']);
  });

  it('gives up a message at the end of the faults time and reports the fault as idle', () => {
    const { world, records, injector } = inject({ id: 'f1', kind: 'cut', on: reply, for: 50 });
    world.advanceTo(59_999);
    expect(injector.isOver).toBe(false);
    world.advanceTo(60_000);
    expect(injector.isOver).toBe(true);
    world.message('redis>worker-1', 'reply', 'a');
    world.message('redis>worker-1', 'reply', 'a');
    expect(records).toEqual([]);
    expect(injector.idleFaults()).toEqual([
      { id: 'f1', reason: 'never started: its message did not come (reply 2 from redis to worker-1)' },
    ]);
  });

  it('lets a kind that needs a message wait for the next one when the clock started it', () => {
    const { world, records, injector } = inject({ id: 'f1', kind: 'drop', at: 100 });
    world.message('redis>worker-1', 'reply', 'early');
    world.advanceTo(200);
    world.message('redis>worker-1', 'reply', 'GET a');
    expect(world.acts).toEqual(['200 drop GET a']);
    expect(records).toEqual(['200 f1 start', '200 f1 bit', '200 f1 heal']);
    expect(injector.lastHealMs).toBe(200);
  });

  it('lifts everything at the close', () => {
    const { world, injector } = inject({ id: 'f1', kind: 'cut', at: 100, for: 5000 });
    world.advanceTo(200);
    injector.close();
    expect(world.acts).toEqual(['100 cut worker-1>redis', '200 lift cut worker-1>redis']);
    world.advanceTo(9000);
    expect(world.acts).toHaveLength(2);
  });

  it('refuses a plan whose act the world lacks, by name, before the run', () => {
    const world = new FakeWorld(exampleHosts);
    world.unsupported.set('watch', 'a foreign Toxiproxy reads no messages');
    const plan = { faults: [{ id: 'f1', kind: 'cut', on: reply, for: 1 }] } as unknown as Plan;
    const make = () => createInjector({ world, plan, record: () => {}, kinds, durationMs: 1 });
    expect(make).toThrow('Fault f1 (cut) needs "watch", which sim cannot do: a foreign Toxiproxy reads no messages.');
  });
});
