/**
 * Goal: whole queue libraries and a second Redis client run unmodified against the simulated Redis, and keep their own promises there.
 * Method: small programs by feature whose log follows from the library's documentation, then a mixed load; everything runs twice and must be equal.
 *
 * `SEEDSTORM_NIGHTLY=1` lengthens the mixed load to a virtual hour.
 */
import { describe, expect, it } from 'vitest';
import { redisServer } from '../../../sim/redis/index.ts';
import type { SimWorld } from '../../../sim/world.ts';
import { beePrograms, bullPrograms, type Load, type Tally } from './queue-load.ts';
import { repeatRun, runTwice } from './repeat.ts';

const isNightly = process.env.SEEDSTORM_NIGHTLY === '1';
const cache = () => [{ name: 'cache', type: 'redis' as const, factory: redisServer({}) }];
const pause =
  'const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)); const began = Date.now();';
/** Virtual seconds since the start of the program, to a tenth: what BullMQ promises about time is not finer. */
const seconds = 'Math.round((Date.now() - began) / 100) / 10';

describe.each(['bullmq', 'bullmq5'])('%s', (library) => {
  const head = `import { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } from '${library}'; ${pause} const connection = { host: 'cache', port: 6379, maxRetriesPerRequest: null };`;
  const log = `console.log(job.name, ${seconds})`;

  it('shares jobs between two processes and retries failures with backoff', async () => {
    const worker = `${head}
      const worker = new Worker('mail', async (job) => {
        ${log}; await pause(100);
        if (job.name === 'flaky' && job.attemptsMade < 2) throw new Error('again');
        if (job.name === 'final') throw new UnrecoverableError('never');
        return job.attemptsMade;
      }, { connection });
      setTimeout(() => worker.close(), 8000);`;
    const { lines } = await repeatRun({
      servers: cache(),
      programs: {
        producer: `${head}
          const queue = new Queue('mail', { connection }); const events = new QueueEvents('mail', { connection });
          await events.waitUntilReady();
          const plain = await queue.addBulk([1, 2, 3, 4].map((n) => ({ name: 'plain' + n, data: { n } })));
          console.log((await Promise.all(plain.map((job) => job.waitUntilFinished(events)))).join());
          const flaky = await queue.add('flaky', {}, { attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
          console.log(await flaky.waitUntilFinished(events), ${seconds});
          const final = await queue.add('final', {}, { attempts: 5 });
          console.log(await final.waitUntilFinished(events).catch((error) => error.message), await final.getState());
          console.log(JSON.stringify(await queue.getJobCounts('completed', 'failed', 'wait', 'active')));
          await events.close(); await queue.close();`,
        one: worker,
        two: worker,
      },
    });
    const of = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
    expect(of('producer')).toEqual([
      '0,0,0,0',
      '2 3.5',
      'never failed',
      '{"completed":5,"failed":1,"wait":0,"active":0}',
    ]);
    const starts = [...of('one'), ...of('two')].sort();
    expect(starts.filter((line) => line.startsWith('plain'))).toEqual([
      'plain1 0',
      'plain2 0',
      'plain3 0.1',
      'plain4 0.1',
    ]);
    expect(starts.filter((line) => line.startsWith('flaky'))).toEqual(['flaky 0.2', 'flaky 1.3', 'flaky 3.4']);
    expect(of('one').filter((line) => line.startsWith('plain'))).toHaveLength(2);
  });

  it('keeps delays, priorities, LIFO, deduplication and the rate limit', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        producer: `${head}
          const queue = new Queue('mail', { connection });
          await queue.pause();
          await queue.add('late', {}, { delay: 2500 });
          for (const [name, priority] of [['third', 3], ['first', 1], ['second', 2]] as const) await queue.add(name, {}, { priority });
          await queue.add('fifo', {}); await queue.add('lifo', {}, { lifo: true });
          const kept = await queue.add('kept', {}, { deduplication: { id: 'x' } }); const same = await queue.add('dropped', {}, { deduplication: { id: 'x' } });
          console.log(kept.id === same.id, JSON.stringify(await queue.getJobCounts('prioritized', 'delayed')));
          await queue.resume();
          await pause(6000); await queue.close();`,
        one: `${head}
          const worker = new Worker('mail', async (job) => { ${log}; }, { connection, limiter: { max: 2, duration: 1000 } });
          setTimeout(() => worker.close(), 5000);`,
      },
    });
    expect(lines).toEqual([
      'true {"prioritized":3,"delayed":1}',
      'lifo 0',
      'fifo 0',
      'kept 1',
      'first 1',
      'second 2',
      'third 2',
      'late 3',
    ]);
  });

  it('runs a parent after its children and fails it with them', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        producer: `${head}
          const flows = new FlowProducer({ connection }); const events = new QueueEvents('mail', { connection });
          await events.waitUntilReady();
          const child = (name: string, opts = {}) => ({ name, queueName: 'parts', opts });
          const sum = await flows.add({ name: 'sum', queueName: 'mail', children: [child('a'), child('bb'), { ...child('ccc'), children: [child('leaf')] }] });
          console.log(await sum.job.getState(), await sum.job.waitUntilFinished(events));
          const broken = await flows.add({ name: 'broken', queueName: 'mail', children: [child('bad', { failParentOnFailure: true })] });
          console.log(await broken.job.waitUntilFinished(events).catch((error) => error.message));
          await events.close(); await flows.close();`,
        one: `${head}
          const workers = ['mail', 'parts'].map((queue) => new Worker(queue, async (job) => {
            console.log(job.name);
            if (job.name === 'bad') throw new Error('bad');
            return job.name === 'sum' ? Object.values(await job.getChildrenValues()).reduce((sum, n) => sum + n, 0) : job.name.length;
          }, { connection }));
          setTimeout(() => Promise.all(workers.map((worker) => worker.close())), 8000);`,
      },
    });
    expect(lines.slice(0, 7)).toEqual(['a', 'bb', 'leaf', 'ccc', 'sum', 'waiting-children 6', 'bad']);
    expect(lines.at(-1)).toMatch(/^child mail:parts:.* failed$|^child .* failed$/);
  });

  it('schedules jobs by interval and by cron pattern', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        producer: `${head}
          const queue = new Queue('mail', { connection });
          await queue.upsertJobScheduler('often', { every: 2000 }, { name: 'often' });
          await queue.upsertJobScheduler('minutely', { pattern: '0 * * * * *', tz: 'Europe/Paris' }, { name: 'minutely' });
          await pause(9000); console.log((await queue.getJobSchedulers()).map((scheduler) => scheduler.key).sort().join(), await queue.removeJobScheduler('often'));
          await pause(112_000); await queue.close();`,
        one: `${head}
          const worker = new Worker('mail', async (job) => { ${log}; }, { connection });
          setTimeout(() => worker.close(), 122_000);`,
      },
    });
    expect(lines).toEqual([
      'often 0',
      'often 2',
      'often 4',
      'often 6',
      'often 8',
      'minutely,often true',
      'minutely 60',
      'minutely 120',
    ]);
  });

  it('gives the job of a killed process to another after the stalled check', async () => {
    const worker = `${head}
      const worker = new Worker('mail', async (job) => { ${log}; await pause(3000); }, { connection, lockDuration: 4000, stalledInterval: 2000 });
      worker.on('stalled', () => console.log('stalled')); worker.on('completed', (job) => console.log('completed', ${seconds}));
      setTimeout(() => worker.close(), 20_000);`;
    const lines = await runTwice({
      servers: cache(),
      programs: {
        producer: `${head} const queue = new Queue('mail', { connection }); await queue.add('long', {}); await queue.close();`,
        one: worker,
        two: worker,
      },
      arrange: (world) => {
        world.after(1000, () => world.kill('one'));
      },
    });
    expect(lines).toEqual(['long 0', 'stalled', 'long 8', 'completed 11']);
  });

  it('loses no job when a worker is killed and Redis restarts under load', async () => {
    const { lines } = await repeatRun({
      servers: [{ name: 'cache', type: 'redis', factory: redisServer({ appendonly: true, appendfsync: 'always' }) }],
      programs: bullPrograms(library, { seconds: 6, jobsPerSecond: 5 }),
      arrange: (world) => {
        world.after(2000, () => world.kill('one'));
        world.after(3000, () => world.start('one'));
        world.after(4000, () => world.crashServer('cache', 'unsynced'));
        world.after(5000, () => world.startServer('cache'));
        for (const name of ['one', 'two']) world.after(60_000, () => world.signal(name, 'SIGTERM'));
      },
    });
    const tally: Tally = JSON.parse(lines.find((line) => line.startsWith('producer: {'))!.slice('producer: '.length));
    // A command whose reply was lost is sent again, so a job may be there twice.
    expect(tally.completed + tally.failed).toBeGreaterThanOrEqual(tally.added);
    expect(tally.left).toBe(0);
  });

  mixedLoad(bullPrograms.bind(null, library));
});

/** Two processes under load: every job that was added ends once. */
function mixedLoad(programs: (load: Load) => Record<string, string>): void {
  const load: Load = isNightly ? { seconds: 3600, jobsPerSecond: 5 } : { seconds: 6, jobsPerSecond: 5 };
  it(`works off a mixed load of ${load.seconds} virtual seconds`, {
    timeout: isNightly ? 3_600_000 : 30_000,
  }, async () => {
    const { lines } = await repeatRun({
      servers: cache(),
      programs: programs(load),
      eventsMax: 100_000_000,
      arrange: (world: SimWorld) => {
        for (const name of ['one', 'two']) world.after((load.seconds + 15) * 1000, () => world.signal(name, 'SIGTERM'));
      },
    });
    const said = Object.fromEntries(lines.map((line) => /^(\w+): (\{.*)$/.exec(line)!.slice(1)));
    const tally: Tally = JSON.parse(said.producer!);
    expect(tally.completed + tally.failed).toBe(tally.added);
    expect(tally.left).toBe(0);
    expect(tally.added).toBeGreaterThanOrEqual(0.9 * load.seconds * load.jobsPerSecond);
    expect(tally.scheduled).toBeGreaterThanOrEqual(load.seconds / 2 - 1);
    expect(JSON.parse(said.one!).done + JSON.parse(said.two!).done).toBe(tally.completed + tally.scheduled);
    expect(JSON.parse(said.one!).done).toBeGreaterThan(0);
    expect(JSON.parse(said.two!).done).toBeGreaterThan(0);
  });
}

describe('bee-queue', () => {
  const head = `import Queue from 'bee-queue'; ${pause}`;

  it('works off plain, delayed and failing jobs in two processes and reports back', async () => {
    const worker = `${head}
      const queue = new Queue('mail', { redis: { host: 'cache' }, activateDelayedJobs: true });
      queue.process(async (job) => { console.log(job.data.name, ${seconds}); await pause(100); if (job.data.name === 'flaky' && job.options.retries > 1) throw new Error('again'); if (job.data.name === 'bad') throw new Error('bad'); job.reportProgress(70); return job.data.name.length; });
      setTimeout(() => queue.close(), 8000);`;
    const { lines } = await repeatRun({
      servers: cache(),
      programs: {
        producer: `${head}
          const queue = new Queue('mail', { redis: { host: 'cache' }, isWorker: false });
          const finish = (job: any) => new Promise((resolve) => { job.on('succeeded', (result: number) => resolve('succeeded ' + result)); job.on('failed', (error: Error) => resolve('failed ' + error.message)); job.on('retrying', (error: Error) => console.log('retrying', error.message)); job.on('progress', (progress: number) => console.log('progress', progress)); });
          for (const [name, delayMs, retries] of [['plain', 0, 0], ['late', 2000, 0], ['flaky', 0, 3], ['bad', 0, 0]] as const) {
            const job = queue.createJob({ name }).retries(retries).backoff('fixed', 1000);
            if (delayMs > 0) job.delayUntil(Date.now() + delayMs);
            const end = finish(job); await job.save(); console.log(name, await end, ${seconds});
          }
          console.log(JSON.stringify(await queue.checkHealth())); await queue.close();`,
        one: worker,
        two: worker,
      },
    });
    const of = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
    expect(of('producer')).toEqual([
      'progress 70',
      'plain succeeded 5 0.1',
      'progress 70',
      'late succeeded 4 2.2',
      'retrying again',
      'retrying again',
      'progress 70',
      'flaky succeeded 5 4.5',
      'bad failed bad 4.6',
      '{"waiting":0,"active":0,"succeeded":3,"failed":1,"delayed":0,"newestJob":4}',
    ]);
    expect([...of('one'), ...of('two')].sort()).toEqual([
      'bad 4.5',
      'flaky 2.2',
      'flaky 3.3',
      'flaky 4.4',
      'late 2.1',
      'plain 0',
    ]);
  });

  it('gives the job of a killed process to another after the stall check', async () => {
    const worker = (name: string, delayMs: number) => `${head}
      await pause(${delayMs});
      const queue = new Queue('mail', { redis: { host: 'cache' }, stallInterval: 2000 });
      queue.on('stalled', (id) => console.log('${name} sees', id, 'stalled', ${seconds}));
      queue.checkStalledJobs(2000);
      queue.process(async (job) => { console.log('${name} starts', ${seconds}); await pause(3000); console.log('${name} ends', ${seconds}); });
      setTimeout(() => queue.close(), 20_000);`;
    const lines = await runTwice({
      servers: cache(),
      programs: {
        producer: `${head} const queue = new Queue('mail', { redis: { host: 'cache' }, isWorker: false }); await queue.createJob({}).save(); await queue.close();`,
        one: worker('one', 0),
        two: worker('two', 100),
      },
      arrange: (world) => {
        world.after(1000, () => world.kill('one'));
      },
    });
    expect(lines).toEqual(['one starts 0', 'two sees 1 stalled 4.1', 'two starts 4.1', 'two ends 7.1']);
  });

  mixedLoad(beePrograms);
});

describe('node-redis', () => {
  const head = `import { createClient } from 'redis'; ${pause}`;

  it.each([2, 3])('runs commands, pipelines, MULTI, WATCH, scripts and iterators in RESP%i', async (resp) => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        a: `${head} import { defineScript } from 'redis';
          const client = createClient({ url: 'redis://cache:6379', RESP: ${resp}, unstableResp3: true, scripts: { bump: defineScript({ NUMBER_OF_KEYS: 1, SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])", parseCommand(parser: any, key: string, by: number) { parser.pushKey(key); parser.push(String(by)); }, transformReply: (reply: any) => reply }) } });
          client.on('error', (error) => console.log(error)); await client.connect();
          console.log(await client.set('k', 'v', { expiration: { type: 'PX', value: 5000 }, condition: 'NX' }), await client.set('k', 'w', { condition: 'NX' }), await client.get('k'), await client.pTTL('k') > 4900);
          console.log((await Promise.all([client.incr('n'), client.incr('n'), client.incr('n')])).join(), JSON.stringify(await client.multi().set('a', '1').incr('a').hSet('h', { x: 1, y: 2 }).hGetAll('h').exec()));
          console.log(await client.bump('n', 5), await client.bump('n', 5), await client.eval('return {KEYS[1], ARGV[1]}', { keys: ['k'], arguments: ['z'] }));
          console.log(JSON.stringify(await client.zAdd('z', [{ value: 'a', score: 1.5 }, { value: 'b', score: 2 }])), JSON.stringify(await client.zRangeWithScores('z', 0, -1)));
          const keys: string[] = []; for await (const found of client.scanIterator({ COUNT: 2 })) keys.push(...found); console.log(keys.sort().join());
          await client.watch('a'); const other = client.duplicate(); await other.connect(); await other.incr('a'); console.log(await client.multi().get('a').exec().catch((error) => error.constructor.name));
          console.log(await client.incr('h').catch((error) => error.message));
          console.log(await client.xAdd('s', '1-0', { f: 'v' }), JSON.stringify(await client.xRead({ key: 's', id: '0' })));
          await pause(6000); console.log(await client.get('k'), await client.ttl('k')); await client.close(); other.destroy();`,
      },
    });
    expect(lines).toEqual([
      'OK null v true',
      '1,2,3 ["OK",2,2,{"x":"1","y":"2"}]',
      "8 13 [ 'k', 'z' ]",
      '2 [{"value":"a","score":1.5},{"value":"b","score":2}]',
      'a,h,k,n,z',
      'WatchError',
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      // In RESP3 the client hands on what the server sent.
      resp === 2 ? '1-0 [{"name":"s","messages":[{"id":"1-0","message":{"f":"v"}}]}]' : '1-0 {"s":[["1-0",["f","v"]]]}',
      'null -2',
    ]);
  });

  it.each([2, 3])('subscribes, blocks and reconnects in RESP%i', async (resp) => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        a: `${head}
          const client = createClient({ url: 'redis://cache:6379', RESP: ${resp} }); client.on('error', () => {}); client.on('reconnecting', () => console.log('reconnecting')); client.on('ready', () => console.log('ready'));
          await client.connect(); const subscriber = client.duplicate(); subscriber.on('error', () => {}); await subscriber.connect();
          await subscriber.subscribe('news', (message, channel) => console.log(channel, message)); await subscriber.pSubscribe('n*', (message, channel) => console.log('pattern', channel, message));
          console.log(JSON.stringify(await client.blPop('jobs', 10)), ${seconds});
          await pause(4000); console.log(await client.get('gone'), ${seconds});
          await pause(3000); await client.close(); subscriber.destroy();`,
        b: `${head} const client = createClient({ url: 'redis://cache:6379', RESP: ${resp} }); client.on('error', () => {}); await client.connect(); await pause(2000); await client.rPush('jobs', 'one'); console.log(await client.publish('news', 'before')); await pause(6000); console.log(await client.publish('news', 'after')); client.destroy();`,
      },
      arrange: (world) => {
        world.after(4000, () => world.crashServer('cache', 'nothing'));
        world.after(5000, () => world.startServer('cache'));
      },
    });
    expect(lines.filter((line) => line !== 'reconnecting')).toEqual([
      'ready',
      '{"key":"jobs","element":"one"} 2',
      'news before',
      'pattern news before',
      '2',
      'ready',
      'null 6',
      'news after',
      'pattern news after',
      '2',
    ]);
    expect(lines).toContain('reconnecting');
  });
});
