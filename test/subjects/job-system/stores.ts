/**
 * What both back ends owe, as one body: the same claims are run on a real Postgres and a real Redis (stores.test.ts), and in sim
 * (in-sim.test.ts).
 */
import type { ClaimedJob, JobStore } from '../../../subjects/job-system/job.ts';

export interface StoreUnderTest {
  readonly store: JobStore<never>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Reason and attempts of each dead letter, in order. */
  readonly letters: () => Promise<readonly string[]>;
}

/** Runs the claims; resolves with one line for each observation, which is the same for every back end. */
export async function observeStore({ store, sleep, letters }: StoreUnderTest): Promise<readonly string[]> {
  const lines: string[] = [];
  const note = (what: string, value: unknown) => {
    lines.push(`${what}: ${JSON.stringify(value)}`);
  };
  const leaseMs = 300;
  const claim = () => store.claim({ worker: 'w1', leaseMs });
  const sweep = () => store.sweep({ silentClaimsMax: 3, leaseMs, worker: 'w2' });
  const brief = (job: ClaimedJob | undefined) => job && [job.type, job.key, job.payload, job.attempt, job.fence];
  const depths = async () => {
    const { queued, running, dead } = await store.depths();
    return [queued, running, dead];
  };

  note('empty', [await claim(), await depths(), await sweep()]);
  const first = await store.enqueue({ type: 'charge', key: '1', payload: { amount: 5 } });
  note('repeated enqueue is the same job', [
    first.isNew,
    (await store.enqueue({ type: 'charge', key: '1' })).isNew,
    (await store.enqueue({ type: 'charge', key: '1' })).id === first.id,
  ]);
  note('depths', await depths());
  const one = (await claim())!;
  note('claimed', brief(one));
  note('nobody else gets it', [await claim(), await depths()]);
  note('heartbeat', await store.heartbeat(one, leaseMs));

  await sleep(1.5 * leaseMs);
  note('silent: swept', await sweep());
  const again = (await claim())!;
  note('claimed again', brief(again));
  note('the old claim is refused', [
    await store.heartbeat(one, leaseMs),
    await store.complete(one, {}),
    await store.retry(one, { delayMs: 0, error: 'late' }),
    await store.release(one),
    await store.bury(one, { reason: 'permanent', error: 'late', worker: 'w1' }),
  ]);
  note('completed with children', [
    await store.complete(again, {
      children: [
        { type: 'mail', key: 'a' },
        { type: 'mail', key: 'a' },
      ],
    }),
    await depths(),
  ]);
  note('completed once only', await store.complete(again, { children: [{ type: 'mail', key: 'b' }] }));

  const child = (await claim())!;
  note('child', [child.id === `${first.id}:0`, child.type, child.attempt]);
  note('released', await store.release(child));
  const second = (await claim())!;
  note('released children are not counted', [second.attempt, await store.retry(second, { delayMs: 200, error: 'x' })]);
  const third = (await claim())!;
  note('the other child', third.attempt);
  note('done', await store.complete(third, {}));
  note('not before its delay', await claim());
  await sleep(300);
  const retried = (await claim())!;
  note('retried', retried.attempt);
  note('buried', [await store.bury(retried, { reason: 'permanent', error: 'no', worker: 'w1' }), await letters()]);

  await store.enqueue({ type: 'poison', key: 'p', delayMs: 100 });
  note('delayed', await claim());
  await sleep(200);
  for (let crash = 1; crash <= 3; crash++) {
    note(`crash ${crash}`, (await claim())?.attempt);
    await sleep(1.5 * leaseMs);
    note(`sweep ${crash}`, await sweep());
  }
  note('dead', [await letters(), await depths(), await claim()]);
  return lines;
}

export const expected: readonly string[] = [
  'empty: [null,[0,0,0],{"requeued":0,"buried":0}]',
  'repeated enqueue is the same job: [true,false,true]',
  'depths: [1,0,0]',
  'claimed: ["charge","1",{"amount":5},1,"1"]',
  'nobody else gets it: [null,[0,1,0]]',
  'heartbeat: true',
  'silent: swept: {"requeued":1,"buried":0}',
  'claimed again: ["charge","1",{"amount":5},2,"2"]',
  'the old claim is refused: [false,false,false,false,false]',
  'completed with children: [true,[2,0,0]]',
  'completed once only: false',
  'child: [true,"mail",1]',
  'released: true',
  'released children are not counted: [1,true]',
  'the other child: 1',
  'done: true',
  'not before its delay: undefined',
  'retried: 2',
  'buried: [true,["permanent 2"]]',
  'delayed: undefined',
  'crash 1: 1',
  'sweep 1: {"requeued":1,"buried":0}',
  'crash 2: 2',
  'sweep 2: {"requeued":1,"buried":0}',
  'crash 3: 3',
  'sweep 3: {"requeued":0,"buried":1}',
  'dead: [["permanent 2","crashes 3"],[0,0,2],null]',
];
