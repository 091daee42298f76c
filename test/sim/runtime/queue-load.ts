/**
 * The mixed load of the queue libraries: for a given virtual time one program adds jobs of every sort and two others work them off.
 *
 * All programs are text, since they run inside virtual processes. Each logs JSON: the workers one line at their end, the producer its tally.
 */
export interface Load {
  /** Virtual time for which jobs are added. */
  readonly seconds: number;
  readonly jobsPerSecond: number;
}

/** What a producer logs at its end. */
export interface Tally {
  readonly added: number;
  readonly completed: number;
  readonly failed: number;
  /** Jobs that a schedule added. */
  readonly scheduled: number;
  readonly left: number;
}

const pause = 'const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));';

/** BullMQ: plain, delayed, ranked, flaky and doomed jobs, flows of a parent with two children, two schedules, a rate limit. */
export function bullPrograms(library: string, { seconds, jobsPerSecond }: Load): Record<string, string> {
  const connection = `{ host: 'cache', port: 6379, maxRetriesPerRequest: null }`;
  const worker = `
    import { Worker } from '${library}';
    ${pause}
    let done = 0;
    const worker = new Worker('work', async (job) => {
      await pause(5 + (job.data.n % 7) * 5);
      if (job.name === 'flaky' && job.attemptsMade === 0) throw new Error('once');
      if (job.name === 'doomed') throw new Error('always');
      if (job.name === 'parent' && Object.values(await job.getChildrenValues()).join() !== 'child,child') throw new Error('children');
      if (job.name.endsWith('7')) await job.updateProgress(50);
      done += 1;
      return job.name;
    }, { connection: ${connection}, concurrency: 4, limiter: { max: ${4 * jobsPerSecond}, duration: 1000 }, stalledInterval: 5000 });
    worker.on('error', (error) => console.error(error.stack));
    process.on('SIGTERM', async () => { await worker.close(); console.log(JSON.stringify({ done })); });`;
  const producer = `
    import { FlowProducer, Queue, QueueEvents } from '${library}';
    ${pause}
    const connection = ${connection};
    const queue = new Queue('work', { connection, defaultJobOptions: { attempts: 2, backoff: { type: 'exponential', delay: 100 }, removeOnComplete: { count: 100 }, removeOnFail: { age: 60 } } });
    const flows = new FlowProducer({ connection });
    const events = new QueueEvents('work', { connection });
    let added = 0, completed = 0, failed = 0, scheduled = 0;
    events.on('completed', ({ returnvalue }) => { if (returnvalue === 'tick' || returnvalue === 'cron') scheduled += 1; else completed += 1; });
    events.on('failed', () => { failed += 1; });
    await events.waitUntilReady();
    await queue.upsertJobScheduler('tick', { every: 2000 }, { name: 'tick', data: { n: 1 } });
    await queue.upsertJobScheduler('cron', { pattern: '*/5 * * * * *' }, { name: 'cron', data: { n: 2 } });
    const end = Date.now() + ${seconds * 1000};
    for (let n = 0; Date.now() < end; n++) {
      const data = { n };
      switch (n % 8) {
        case 0: await queue.add('delayed', data, { delay: 300 }); break;
        case 1: await queue.add('ranked', data, { priority: 1 + (n % 3) }); break;
        case 2: await queue.add('flaky', data); break;
        case 3: await queue.add('doomed', data); break;
        case 4: await queue.addBulk([{ name: 'bulk', data }, { name: 'bulk', data, opts: { lifo: true } }]); added += 1; break;
        case 5: await flows.add({ name: 'parent', queueName: 'work', data, children: [{ name: 'child', queueName: 'work', data }, { name: 'child', queueName: 'work', data }] }); added += 2; break;
        default: await queue.add('plain' + (n % 10), data);
      }
      added += 1;
      await pause(${1000 / jobsPerSecond});
    }
    await queue.removeJobScheduler('tick');
    await queue.removeJobScheduler('cron');
    await pause(3000);
    const { completed: kept, failed: given, ...open } = await queue.getJobCounts();
    console.log(JSON.stringify({ added, completed, failed, scheduled, left: Object.values(open).reduce((sum, count) => sum + count, 0) }));
    await events.close(); await flows.close(); await queue.close();`;
  return { producer, one: worker, two: worker };
}

/** Bee-Queue: plain, delayed, flaky and doomed jobs; a program of its own keeps the schedule, since the library has none. */
export function beePrograms({ seconds, jobsPerSecond }: Load): Record<string, string> {
  const redis = `{ host: 'cache' }`;
  const worker = `
    import Queue from 'bee-queue';
    ${pause}
    let done = 0;
    const queue = new Queue('work', { redis: ${redis}, activateDelayedJobs: true, stallInterval: 2000, removeOnSuccess: true });
    const seen = new Set<string>();
    queue.process(4, async (job) => {
      await pause(5 + (job.data.n % 7) * 5);
      if (job.data.name === 'flaky' && job.options.retries === 2) throw new Error('once');
      if (job.data.name === 'doomed') throw new Error('always');
      if (job.data.n % 10 === 0) job.reportProgress({ half: true });
      done += 1;
      return job.data.name;
    });
    queue.on('error', (error) => console.error(error.stack));
    process.on('SIGTERM', async () => { await queue.close(); console.log(JSON.stringify({ done })); });`;
  const producer = `
    import Queue from 'bee-queue';
    ${pause}
    const queue = new Queue('work', { redis: ${redis}, isWorker: false, removeOnSuccess: true, removeOnFailure: true, storeJobs: false });
    let added = 0, completed = 0, failed = 0, scheduled = 0;
    queue.on('job succeeded', (_, result) => { if (result === 'tick') scheduled += 1; else completed += 1; });
    queue.on('job failed', () => { failed += 1; });
    await queue.ready();
    const ticker = setInterval(() => queue.createJob({ n: 1, name: 'tick' }).save(), 2000);
    const end = Date.now() + ${seconds * 1000};
    for (let n = 0; Date.now() < end; n++) {
      const name = ['plain', 'delayed', 'flaky', 'doomed'][n % 4]!;
      const job = queue.createJob({ n, name }).retries(name === 'plain' ? 0 : 2).backoff('exponential', 100);
      if (name === 'delayed') job.delayUntil(Date.now() + 300);
      await job.save();
      added += 1;
      await pause(${1000 / jobsPerSecond});
    }
    clearInterval(ticker);
    await pause(5000);
    const { waiting, active, delayed } = await queue.checkHealth();
    console.log(JSON.stringify({ added, completed, failed, scheduled, left: waiting + active + delayed }));
    await queue.close();`;
  return { producer, one: worker, two: worker };
}
