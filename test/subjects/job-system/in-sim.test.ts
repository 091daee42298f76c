/** Both back ends in sim: the observations that real servers give (stores.ts), made by a program in a simulated world. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';
import { redisServer } from '../../../sim/redis/index.ts';
import { runPrograms } from '../../sim/runtime/programs.ts';
import { expected } from './stores.ts';

const folder = fileURLToPath(new URL('../../../subjects/job-system/', import.meta.url));
const files: Record<string, string> = {
  'stores.ts': readFileSync(new URL('./stores.ts', import.meta.url), 'utf8').replaceAll(
    '../../../subjects/job-system/',
    './job-system/',
  ),
};
for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (path.endsWith('.ts')) files[`job-system/${path}`] = readFileSync(`${folder}${path}`, 'utf8');
}

const observe = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { observeStore } from './stores.ts';
  export const report = async (store, letters) => {
    for (const line of await observeStore({ store, sleep, letters })) console.log(line);
  };`;

describe('job system in sim', () => {
  beforeAll(async () => {
    await preparePostgres();
  });

  it('Postgres: claims, fences, retries, buries and sweeps as with the real server', async () => {
    const { lines } = await runPrograms({
      servers: [
        {
          name: 'db',
          type: 'postgres',
          factory: postgresServer({
            schema: readFileSync(`${folder}postgres/schema.sql`, 'utf8'),
            users: { postgres: {} },
          }),
        },
      ],
      files: { ...files, 'observe.ts': observe },
      programs: {
        main: `
          import pg from 'pg';
          import { createPostgresStore } from './job-system/index.ts';
          import { report } from './observe.ts';
          const pool = new pg.Pool({ host: 'db', user: 'postgres', database: 'postgres' });
          await report(createPostgresStore(pool), async () => {
            const { rows } = await pool.query('SELECT reason, attempts FROM dlq ORDER BY at');
            return rows.map(({ reason, attempts }) => reason + ' ' + attempts);
          });
          await pool.end();`,
      },
    });
    expect(lines.filter((line) => line.startsWith('main: '))).toEqual(expected.map((line) => `main: ${line}`));
  });

  it('Redis: claims, fences, retries, buries and sweeps as with the real server', async () => {
    const { lines } = await runPrograms({
      servers: [{ name: 'redis', type: 'redis', factory: redisServer({}) }],
      files: { ...files, 'observe.ts': observe },
      programs: {
        main: `
          import { Redis } from 'ioredis';
          import { createRedisStore } from './job-system/index.ts';
          import { report } from './observe.ts';
          const redis = new Redis('redis://redis:6379');
          await report(createRedisStore(redis, { worker: 'w1' }), async () => {
            const entries = await redis.xrange('{jobs}:dead', '-', '+');
            const field = (fields, name) => fields[fields.indexOf(name) + 1];
            return entries.map(([, fields]) => field(fields, 'reason') + ' ' + field(fields, 'attempts'));
          });
          redis.disconnect();`,
      },
    });
    expect(lines.filter((line) => line.startsWith('main: '))).toEqual(expected.map((line) => `main: ${line}`));
  });
});
