/**
 * What runs in sim, library by library: the small programs, what each must print, and the words of docs/what-runs.md. The test runs them;
 * `npm run docs` writes the page from the same list, so that the page says what happened.
 */

export interface Entry {
  /** The package in node_modules, where it is one; also the name that is shown, unless `shown` is given. */
  readonly library: string;
  readonly shown?: string;
  readonly status: 'runs' | 'partly' | 'refused';
  /** What was done with it; for the others what is lacking, or why. */
  readonly what: string;
  /** The server that it needs. */
  readonly server?: 'redis' | 'postgres';
  /** Program by host, and the files beside it; none for `refused`. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What the scenario lists under `polyfills`. */
  readonly polyfills?: readonly string[];
  /** Lines that the program prints, hosts left out. */
  readonly prints?: readonly string[];
  /** For `partly` and `refused`: a program that shows what is lacking, and the error that it meets. */
  readonly lacks?: {
    readonly program: string;
    readonly files?: Readonly<Record<string, string>>;
    readonly error: string;
  };
}

/** Not in the tests: what is known, and why. */
export const untested: readonly { readonly library: string; readonly why: string }[] = [
  {
    library: 'Prisma',
    why: 'untested. Its query engine is a native addon or WebAssembly; a native addon is refused at load (`E_REFUSED`).',
  },
  {
    library: 'TypeORM',
    why: 'untested. It talks through `pg`, which runs, and asks for decorator metadata, which sim does not emit (see NestJS).',
  },
];

/** What reflect-metadata adds. */
const reflections = [
  'decorate',
  'metadata',
  'defineMetadata',
  'hasMetadata',
  'hasOwnMetadata',
  'getMetadata',
  'getOwnMetadata',
  'getMetadataKeys',
  'getOwnMetadataKeys',
  'deleteMetadata',
  'Symbol(@reflect-metadata:registry)',
].map((name) => `Reflect.${name}`);

const ioredis = (library: string): Entry => ({
  library,
  ...(library === 'ioredis5' ? { shown: 'ioredis 5' } : {}),
  status: 'runs',
  what: 'commands, pipelines, MULTI, Lua by `defineCommand`',
  server: 'redis',
  programs: {
    a: `import { Redis } from '${library}'; const redis = new Redis('redis://redis:6379');
      redis.defineCommand('bump', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
      await redis.set('k', 'v'); console.log(await redis.get('k'), await (redis as any).bump('n', 5), JSON.stringify(await redis.multi().incr('n').exec())); await redis.quit();`,
  },
  prints: ['v 5 [[null,6]]'],
});

const bullmq = (library: string): Entry => ({
  library,
  ...(library === 'bullmq5' ? { shown: 'bullmq 5' } : {}),
  status: 'runs',
  what: 'a queue, a worker, a retry; waiting for the result',
  server: 'redis',
  programs: {
    a: `import { Queue, QueueEvents, Worker } from '${library}'; const connection = { host: 'redis', port: 6379, maxRetriesPerRequest: null };
      const events = new QueueEvents('q', { connection }); await events.waitUntilReady(); const queue = new Queue('q', { connection });
      const worker = new Worker('q', async (job) => { if (job.attemptsMade === 0) throw new Error('again'); return job.data.n * 2; }, { connection });
      const job = await queue.add('x', { n: 21 }, { attempts: 2, backoff: 1000 }); console.log(await job.waitUntilFinished(events));
      await worker.close(); await events.close(); await queue.close();`,
  },
  prints: ['42'],
});

const url = `process.env.DATABASE_URL`;

export const entries: readonly Entry[] = [
  ioredis('ioredis'),
  ioredis('ioredis5'),
  {
    library: 'redis',
    status: 'runs',
    what: 'commands and MULTI',
    server: 'redis',
    programs: {
      a: `import { createClient } from 'redis'; const client = createClient({ url: 'redis://redis:6379' }); await client.connect();
        await client.set('k', 'v'); console.log(await client.get('k'), JSON.stringify(await client.multi().incr('n').incr('n').exec())); await client.close();`,
    },
    prints: ['v [1,2]'],
  },
  bullmq('bullmq'),
  bullmq('bullmq5'),
  {
    library: 'bee-queue',
    status: 'runs',
    what: 'a job is done and reported',
    server: 'redis',
    programs: {
      a: `import Queue from 'bee-queue'; const queue = new Queue('q', { redis: { host: 'redis', port: 6379 } }); queue.process(async (job: any) => job.data.x + 1);
        const job = await queue.createJob({ x: 1 }).save(); job.on('succeeded', async (result: number) => { console.log(result); await queue.close(1000); });`,
    },
    prints: ['2'],
  },
  {
    library: 'pg',
    status: 'runs',
    what: 'a pool, parameters, a transaction, LISTEN',
    server: 'postgres',
    programs: {
      a: `import pg from 'pg'; const pool = new pg.Pool({ connectionString: ${url} });
        await pool.query('CREATE TABLE t (id serial PRIMARY KEY, v jsonb)'); const client = await pool.connect();
        client.on('notification', (n) => console.log('heard', n.payload)); await client.query('LISTEN c');
        await client.query('BEGIN'); await client.query('INSERT INTO t (v) VALUES ($1)', [{ a: 1 }]); await client.query("NOTIFY c, 'x'"); await client.query('COMMIT');
        console.log(JSON.stringify((await pool.query('SELECT * FROM t')).rows)); client.release(); await pool.end();`,
    },
    prints: ['heard x', '[{"id":1,"v":{"a":1}}]'],
  },
  {
    library: 'pg-boss',
    status: 'runs',
    what: 'it migrates, and does a job',
    server: 'postgres',
    programs: {
      a: `import PgBoss from 'pg-boss'; const boss = new PgBoss({ connectionString: ${url} }); boss.on('error', (e) => console.log(e.message)); await boss.start(); await boss.createQueue('q');
        await boss.work('q', async ([job]: any) => { console.log('did', job.data.n); }); await boss.send('q', { n: 1 }); await new Promise((r) => setTimeout(r, 5000)); await boss.stop({ graceful: false });`,
    },
    prints: ['did 1'],
  },
  {
    library: 'graphile-worker',
    status: 'runs',
    what: 'it migrates, and does a job',
    server: 'postgres',
    programs: {
      a: `import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker'; const logger = new Logger(() => () => {}); const connectionString = ${url}; const utils = await makeWorkerUtils({ connectionString, logger }); await utils.migrate();
        await utils.addJob('hello', { name: 'you' }); await runOnce({ connectionString, logger, noHandleSignals: true, taskList: { hello: async (p: any) => { console.log('hello', p.name); } } }); await utils.release();`,
    },
    prints: ['hello you'],
  },
  {
    library: 'knex',
    status: 'runs',
    what: 'schema, insert, a transaction, a query (over pg)',
    server: 'postgres',
    programs: {
      a: `import Knex from 'knex'; const knex = Knex({ client: 'pg', connection: ${url} }); await knex.schema.createTable('t', (t: any) => { t.increments('id'); t.string('v'); });
        await knex.transaction(async (trx: any) => { await trx('t').insert({ v: 'a' }); }); console.log(JSON.stringify(await knex('t').where({ v: 'a' }))); await knex.destroy();`,
    },
    prints: ['[{"id":1,"v":"a"}]'],
  },
  {
    library: 'kysely',
    status: 'runs',
    what: 'schema, insert, a transaction, a query (over pg)',
    server: 'postgres',
    programs: {
      a: `import { Kysely, PostgresDialect } from 'kysely'; import pg from 'pg'; const db = new Kysely<any>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: ${url} }) }) });
        await db.schema.createTable('t').addColumn('id', 'serial', (c) => c.primaryKey()).addColumn('v', 'text').execute();
        await db.transaction().execute((trx) => trx.insertInto('t').values({ v: 'a' }).execute()); console.log(JSON.stringify(await db.selectFrom('t').selectAll().execute())); await db.destroy();`,
    },
    prints: ['[{"id":1,"v":"a"}]'],
  },
  {
    library: 'drizzle-orm',
    status: 'runs',
    what: 'insert, a transaction, a query (over pg)',
    server: 'postgres',
    programs: {
      a: `import { drizzle } from 'drizzle-orm/node-postgres'; import { eq, sql } from 'drizzle-orm'; import { pgTable, serial, text } from 'drizzle-orm/pg-core'; import pg from 'pg';
        const pool = new pg.Pool({ connectionString: ${url} }); const db = drizzle(pool); const t = pgTable('t', { id: serial('id').primaryKey(), v: text('v') });
        await db.execute(sql\`CREATE TABLE t (id serial PRIMARY KEY, v text)\`); await db.transaction(async (tx) => { await tx.insert(t).values({ v: 'a' }); });
        console.log(JSON.stringify(await db.select().from(t).where(eq(t.v, 'a')))); await pool.end();`,
    },
    prints: ['[{"id":1,"v":"a"}]'],
  },
  {
    library: 'postgres',
    shown: 'postgres (postgres.js)',
    status: 'runs',
    what: 'tagged queries, a transaction, arrays by the types that it asks the catalog for',
    server: 'postgres',
    programs: {
      a: `import postgres from 'postgres'; const sql = postgres(${url}!, { onnotice: () => {} }); await sql\`CREATE TABLE t (id serial PRIMARY KEY, v text[])\`;
        await sql.begin(async (sql) => { await sql\`INSERT INTO t (v) VALUES (\${['a', 'b']})\`; }); console.log(JSON.stringify(await sql\`SELECT * FROM t\`)); await sql.end();`,
    },
    prints: ['[{"id":1,"v":["a","b"]}]'],
  },
  {
    library: 'express',
    status: 'runs',
    what: 'a JSON body, a reply',
    programs: {
      server: `import express from 'express'; const app = express(); app.use(express.json()); app.post('/sum', (req, res) => { res.json({ sum: req.body.a + req.body.b }); }); const s = app.listen(80); setTimeout(() => s.close(), 3000);`,
      client: `const r = await fetch('http://server/sum', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1,"b":2}' }); console.log(await r.text()); process.exit();`,
    },
    prints: ['{"sum":3}'],
  },
  {
    library: 'fastify',
    status: 'runs',
    what: 'a route with a parameter, 404',
    programs: {
      server: `import Fastify from 'fastify'; const app = Fastify(); app.get('/hi/:name', async (req: any) => ({ hello: req.params.name })); await app.listen({ port: 80, host: '0.0.0.0' }); setTimeout(() => app.close(), 3000);`,
      client: `console.log(await (await fetch('http://server/hi/you')).text(), (await fetch('http://server/no')).status); process.exit();`,
    },
    prints: ['{"hello":"you"} 404'],
  },
  {
    library: '@nestjs/core',
    shown: 'NestJS',
    status: 'partly',
    what: 'an application as `tsc` compiles it: a controller, a provider injected by its type, with what reflect-metadata adds (`Reflect.decorate` and nine others, and `Reflect.Symbol(@reflect-metadata:registry)`) listed in `polyfills`. Lacking: decorators in TypeScript, so build it first and name the JavaScript as the program',
    programs: {
      'server.mjs': `import 'reflect-metadata'; import { Controller, Get, Injectable, Module, Param } from '@nestjs/common'; import { NestFactory } from '@nestjs/core';
        class Greeter { greet(name) { return { hello: name }; } } Injectable()(Greeter);
        class Hi { constructor(greeter) { this.greeter = greeter; } hi(name) { return this.greeter.greet(name); } }
        Get(':name')(Hi.prototype, 'hi', Object.getOwnPropertyDescriptor(Hi.prototype, 'hi')); Param('name')(Hi.prototype, 'hi', 0); Reflect.defineMetadata('design:paramtypes', [Greeter], Hi); Controller('hi')(Hi);
        class App {} Module({ controllers: [Hi], providers: [Greeter] })(App);
        const app = await NestFactory.create(App, { logger: false }); await app.listen(80); setTimeout(() => app.close(), 5000);`,
      client: `await new Promise((r) => setTimeout(r, 1000)); console.log(await (await fetch('http://server/hi/you')).text()); process.exit();`,
    },
    polyfills: reflections,
    prints: ['{"hello":"you"}'],
    lacks: {
      program: `import { Injectable } from '@nestjs/common'; @Injectable() class Greeter {} console.log(Greeter);`,
      error: 'a decorator needs code generation',
    },
  },
  {
    library: 'undici',
    shown: 'undici, fetch',
    status: 'runs',
    what: 'an Agent, `request`, the global `fetch`, a timeout',
    programs: {
      server: `import http from 'node:http'; const s = http.createServer((req, res) => { if (req.url !== '/slow') res.end('ok'); }).listen(80); setTimeout(() => process.exit(), 5000);`,
      client: `import { Agent, request } from 'undici'; const agent = new Agent(); const r = await request('http://server/', { dispatcher: agent });
        console.log(r.statusCode, await r.body.text(), await (await fetch('http://server/')).text(), await fetch('http://server/slow', { signal: AbortSignal.timeout(50) }).catch((e) => e.name)); await agent.close(); process.exit();`,
    },
    prints: ['200 ok ok TimeoutError'],
  },
  {
    library: 'opossum',
    status: 'runs',
    what: 'a breaker opens, and closes by the virtual clock',
    programs: {
      a: `import CircuitBreaker from 'opossum'; let up = false; const b = new CircuitBreaker(async () => { if (!up) throw new Error('down'); return 'up'; }, { resetTimeout: 10_000, volumeThreshold: 2 });
        for (let i = 0; i < 3; i++) await b.fire().catch(() => {}); console.log(b.opened); up = true; await new Promise((r) => setTimeout(r, 10_500)); console.log(await b.fire(), b.opened); b.shutdown();`,
    },
    prints: ['true', 'up false'],
  },
  {
    library: 'p-retry',
    status: 'runs',
    what: 'backoff by the virtual clock',
    programs: {
      a: `import pRetry from 'p-retry'; const began = performance.now(); let n = 0; console.log(await pRetry(async () => { if (++n < 4) throw new Error('again'); return n; }, { minTimeout: 1000, factor: 2, randomize: false }), Math.round((performance.now() - began) / 1000));`,
    },
    prints: ['4 7'],
  },
  {
    library: 'jsonwebtoken',
    status: 'runs',
    what: 'a token expires by the virtual clock',
    programs: {
      a: `import jwt from 'jsonwebtoken'; const token = jwt.sign({ sub: 'me' }, 's', { expiresIn: 60 }); console.log((jwt.verify(token, 's') as any).sub); setTimeout(() => { try { jwt.verify(token, 's'); } catch (e: any) { console.log(e.name); } }, 61_000);`,
    },
    prints: ['me', 'TokenExpiredError'],
  },
  {
    library: 'luxon',
    status: 'runs',
    what: 'zones, and a local time that does not exist',
    programs: {
      a: `import { DateTime } from 'luxon'; console.log(DateTime.now().setZone('America/New_York').toISODate(), DateTime.fromISO('2026-03-08T02:30', { zone: 'America/New_York' }).toISO());`,
    },
    prints: ['2025-12-31 2026-03-08T03:30:00.000-04:00'],
  },
  {
    library: 'croner',
    status: 'runs',
    what: 'a schedule fires by the virtual clock',
    programs: {
      a: `import { Cron } from 'croner'; let n = 0; const job = new Cron('0 * * * * *', { timezone: 'UTC' }, () => { console.log(new Date().toISOString().slice(0, 19)); if (++n === 2) job.stop(); });`,
    },
    prints: ['2026-01-01T00:01:00', '2026-01-01T00:02:00'],
  },
  {
    library: 'pino',
    status: 'partly',
    what: 'logging to standard output. Lacking: transports, which are worker threads',
    programs: { a: `import pino from 'pino'; pino({ base: null }).info({ a: 1 }, 'hello');` },
    prints: ['{"level":30,"time":1767225600000,"a":1,"msg":"hello"}'],
    lacks: {
      program: `import pino from 'pino'; pino({ transport: { target: 'pino/file' } }).info('hello');`,
      error: 'worker_threads',
    },
  },
  {
    library: 'dotenv',
    shown: 'dotenv and `.env`',
    status: 'runs',
    what: '`config()` reads the `.env` beside the program; nothing is read without it, as in Node',
    programs: {
      a: `console.log(process.env.FROM_FILE); const { config } = await import('dotenv'); config({ quiet: true }); console.log(process.env.FROM_FILE);`,
    },
    files: { '.env': 'FROM_FILE=yes\n' },
    prints: ['undefined', 'yes'],
  },
  {
    library: '',
    shown: 'tsconfig `paths`',
    status: 'refused',
    what: 'a program is resolved as Node resolves it, and Node knows no `paths`; use `imports` in package.json',
    lacks: {
      files: {
        'tsconfig.json': '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}',
        'lib/x.ts': 'export const x = 1;',
      },
      program: `import { x } from '@lib/x.ts'; console.log(x);`,
      error: '@lib/x.ts',
    },
  },
  {
    library: '',
    shown: 'package.json `imports`',
    status: 'runs',
    what: 'a name of its own for a folder',
    programs: { a: `import { x } from '#lib/x.ts'; console.log(x);` },
    files: {
      'package.json': '{"type":"module","imports":{"#lib/*":"./lib/*"}}',
      'lib/x.ts': 'export const x = 1;',
    },
    prints: ['1'],
  },
  {
    library: '',
    shown: 'native addons',
    status: 'refused',
    what: 'compiled code cannot be made virtual; refused at load, with the file',
    lacks: {
      files: { 'x.node': '' },
      program: `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./x.node');`,
      error: 'native addon',
    },
  },
  {
    library: '',
    shown: '`child_process`',
    status: 'refused',
    what: 'refused at its first use, with file and line; importing it is fine',
    lacks: { program: `import { spawn } from 'node:child_process'; spawn('ls');`, error: 'child_process' },
  },
];
