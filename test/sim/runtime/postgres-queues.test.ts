/** pg-boss 10 and graphile-worker 0.16, unmodified, against the simulated Postgres. */
import { beforeAll, expect, test } from 'vitest';
import { postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';
import { type Ran, runPrograms } from './programs.ts';

beforeAll(preparePostgres);

function run(name: string, program: string): Promise<Ran> {
  return runPrograms({
    programs: { [name]: program },
    servers: [{ name: 'postgres', type: 'postgres', factory: postgresServer({ users: { postgres: {} } }) }],
    env: { DATABASE_URL: 'postgres://postgres@postgres:5432/postgres' },
  });
}

const graphile = `
import { makeWorkerUtils, run } from 'graphile-worker';
const connectionString = process.env.DATABASE_URL;
const utils = await makeWorkerUtils({ connectionString });
await utils.migrate();
console.log('migrated');
await utils.addJob('hello', { name: 'one' });
await utils.addJob('hello', { name: 'keyed' }, { jobKey: 'k' });
await utils.addJob('hello', { name: 'keyed again' }, { jobKey: 'k' });
await utils.addJob('fails', {}, { maxAttempts: 2 });
const runner = await run({
  connectionString,
  concurrency: 2,
  pollInterval: 1000,
  noHandleSignals: true,
  taskList: {
    hello: async (payload) => { console.log('hello', payload.name); },
    fails: async (_payload, helpers) => { console.log('attempt', helpers.job.attempts); throw new Error('no'); },
  },
});
await new Promise((resolve) => setTimeout(resolve, 20_000));
await runner.stop();
await utils.release();
console.log('done');
`;

test('graphile-worker migrates, runs a keyed job once, retries a failing one, and does so alike on every run', async () => {
  const ran = await run('worker', graphile);
  expect(ran.lines.filter((line) => /^worker: (migrated|hello|attempt|done)/.test(line))).toEqual([
    'worker: migrated',
    'worker: hello one',
    'worker: hello keyed again',
    'worker: attempt 1',
    'worker: attempt 2',
    'worker: done',
  ]);
  expect((await run('worker', graphile)).hash).toBe(ran.hash);
}, 60_000);

const boss = `
import PgBoss from 'pg-boss';
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, maintenanceIntervalSeconds: 5 });
boss.on('error', (error) => console.log('error', error.message));
await boss.start();
console.log('started');
await boss.createQueue('mail');
await boss.createQueue('dead');
await boss.createQueue('once', { policy: 'singleton' });
await boss.createQueue('fails', { retryLimit: 1, deadLetter: 'dead' });
await boss.work('mail', async ([job]) => { console.log('mail', job.data.to); });
await boss.work('fails', async ([job]) => { console.log('attempt'); throw new Error('no'); });
await boss.work('dead', async ([job]) => { console.log('dead', job.data.n); });
await boss.send('mail', { to: 'ann' });
await boss.send('mail', { to: 'later' }, { startAfter: 5 });
await boss.send('fails', { n: 7 });
await boss.schedule('mail', '* * * * *', { to: 'cron' });
await new Promise((resolve) => setTimeout(resolve, 150_000));
await boss.stop({ graceful: false });
console.log('stopped');
`;

test('pg-boss migrates, delays, retries, dead-letters and schedules, and does so alike on every run', async () => {
  const ran = await run('boss', boss);
  const said = ran.lines.filter((line) => !line.startsWith('postgres:'));
  expect(said.filter((line) => line !== 'boss: mail cron')).toEqual([
    'boss: started',
    'boss: mail ann',
    'boss: attempt',
    'boss: attempt',
    'boss: dead 7',
    'boss: mail later',
    'boss: stopped',
  ]);
  expect(said.filter((line) => line === 'boss: mail cron').length).toBeGreaterThan(0);
  expect((await run('boss', boss)).hash).toBe(ran.hash);
}, 60_000);
