/** Ordinary libraries, unmodified, inside virtual processes: each does its main work, and a second run has the same hash. */
import { describe, expect, it } from 'vitest';
import { redisServer } from '../../../sim/redis/index.ts';
import { runTwice } from './repeat.ts';

const cache = () => [{ name: 'cache', type: 'redis' as const, factory: redisServer({}) }];

describe.each(['ioredis', 'ioredis5'])('%s', (library) => {
  const head = `import { Redis } from '${library}'; const redis = new Redis('redis://cache:6379');`;

  it('runs commands, pipelines, MULTI and scripts', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        a: `${head}
          redis.defineCommand('bump', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
          console.log(await redis.set('k', 'v', 'PX', 5000, 'NX'), await redis.set('k', 'w', 'NX'), await redis.get('k'), await redis.pttl('k') > 4900);
          console.log(JSON.stringify(await redis.pipeline().incr('n').hset('h', { a: 1, b: 2 }).hgetall('h').exec()));
          console.log(JSON.stringify(await redis.multi().incr('n').lpush('l', 'x', 'y').exec()), await (redis as any).bump('n', 5), await (redis as any).bump('n', 5));
          console.log(await redis.incr('h').catch((e) => e.message));
          await new Promise((r) => setTimeout(r, 6000));
          console.log(await redis.get('k'), await redis.ttl('k'));
          await redis.quit();`,
      },
    });
    expect(lines).toEqual([
      'OK null v true',
      '[[null,1],[null,2],[null,{"a":"1","b":"2"}]]',
      '[[null,2],[null,2]] 7 12',
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      'null -2',
    ]);
  });

  it('subscribes, and blocks on a list until another process pushes', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        a: `${head}
          await redis.subscribe('news'); redis.on('message', (c, m) => { console.log(c, m); redis.disconnect(); });
          const blocked = new Redis('redis://cache:6379'); console.log(JSON.stringify(await blocked.blpop('jobs', 0)), Math.round(performance.now() / 1000)); blocked.disconnect();`,
        b: `${head} setTimeout(async () => { await redis.rpush('jobs', 'one'); await redis.publish('news', 'hello'); redis.disconnect(); }, 3000);`,
      },
    });
    expect([...lines].sort()).toEqual(['["jobs","one"] 3', 'news hello']);
  });

  it('reconnects by its own retry strategy after the server was down', async () => {
    const lines = await runTwice({
      servers: cache(),
      programs: {
        a: `import { Redis } from '${library}';
          const redis = new Redis('redis://cache:6379', { retryStrategy: (n) => n * 100, maxRetriesPerRequest: null });
          redis.on('error', () => {}); redis.on('reconnecting', () => console.log('reconnecting'));
          await redis.set('k', 'v');
          setTimeout(async () => { console.log(await redis.get('k'), performance.now() > 3000); redis.disconnect(); }, 1500);`,
      },
      arrange: (world) => {
        world.after(1000, () => world.crashServer('cache', 'nothing'));
        world.after(3000, () => world.startServer('cache'));
      },
    });
    expect(lines.at(-1)).toMatch(/^(v|null) true$/);
    expect(lines.filter((line) => line === 'reconnecting').length).toBeGreaterThan(2);
  });
});

describe('http', () => {
  it('serves, keeps connections alive, streams, and fetch talks to it', async () => {
    const lines = await runTwice({
      programs: {
        server: `import http from 'node:http'; const ports = new Set<number>();
          http.createServer((req, res) => { ports.add(req.socket.remotePort!); if (req.url === '/slow') return; if (req.url === '/ports') return void res.end(String(ports.size)); let body = ''; req.on('data', (d) => body += d); req.on('end', () => { res.writeHead(201, { 'x-a': 'b' }); res.write(req.method + ' '); res.end(body.toUpperCase()); }); }).listen(80);
          process.on('SIGTERM', () => process.exit()); setTimeout(() => process.exit(), 30_000);`,
        client: `import http from 'node:http'; const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
          const ask = (path: string, body?: string) => new Promise<string>((resolve, reject) => { const r = http.request({ host: 'server', path, method: body ? 'POST' : 'GET', agent }, (res) => { let t = ''; res.on('data', (d) => t += d); res.on('end', () => resolve(res.statusCode + ' ' + t)); }); r.on('error', reject); r.end(body); });
          console.log(await ask('/x', 'abc'), await ask('/y', 'def'), await ask('/ports'));
          const r = await fetch('http://server/z', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } });
          console.log(r.status, r.headers.get('x-a'), r.headers.get('date'), await r.text());
          console.log(await fetch('http://server:81/').catch((e) => e.cause.code), await fetch('http://server/slow', { signal: AbortSignal.timeout(50) }).catch((e) => e.name));
          agent.destroy();`,
      },
    });
    expect(lines).toEqual([
      '201 POST ABC 201 POST DEF 200 1',
      '201 b Thu, 01 Jan 2026 00:00:00 GMT POST {"A":1}',
      'ECONNREFUSED TimeoutError',
    ]);
  });

  it('answers 408 to a client that never sends its request', async () => {
    const lines = await runTwice({
      programs: {
        server: `import http from 'node:http'; const s = http.createServer({ headersTimeout: 2000, connectionsCheckingInterval: 1000 }, (_, res) => res.end()).listen(80); setTimeout(() => s.close(), 5000);`,
        client: `import net from 'node:net'; net.connect(80, 'server').on('data', (d) => console.log(String(d).split('\\r\\n')[0], Math.round(performance.now() / 1000))).on('error', () => {});`,
      },
    });
    expect(lines).toEqual(['HTTP/1.1 408 Request Timeout 3']);
  });
});

describe('https', () => {
  it('verifies the name of a host and of an outside name that stands for it', async () => {
    const lines = await runTwice({
      aliases: { 'api.example.com': 'server' },
      programs: {
        server: `import https from 'node:https'; https.createServer({}, (req, res) => res.end('secret ' + (req.socket as any).servername)).listen(443); setTimeout(() => process.exit(), 10_000);`,
        client: `console.log(await (await fetch('https://api.example.com/')).text());
          console.log(await fetch('https://10.0.0.1/').catch((e) => e.cause.code));
          console.log(await fetch('https://other.example.com/').catch((e) => e.cause.code));
          process.exit();`,
      },
    });
    expect(lines).toEqual(['secret api.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ENOTFOUND']);
  });
});

describe('frameworks and helpers', () => {
  it('fastify and express serve', async () => {
    const lines = await runTwice({
      programs: {
        fast: `import Fastify from 'fastify'; const app = Fastify({ logger: true }); app.get('/hi/:name', async (req: any) => ({ hello: req.params.name })); await app.listen({ port: 80, host: '0.0.0.0' }); setTimeout(() => app.close(), 5000);`,
        ex: `import express from 'express'; const app = express(); app.use(express.json()); app.post('/sum', (req, res) => { res.json({ sum: req.body.reduce((a: number, b: number) => a + b, 0) }); }); const s = app.listen(80); setTimeout(() => s.close(), 5000);`,
        client: `console.log(await (await fetch('http://fast/hi/you')).text()); console.log(await (await fetch('http://ex/sum', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[1,2,3]' })).text());
          console.log(await (await fetch('http://fast/none')).status); process.exit();`,
      },
    });
    expect(lines).toContain('{"hello":"you"}');
    expect(lines).toContain('{"sum":6}');
    expect(lines).toContain('404');
    expect(lines.some((line) => line.includes('"msg":"incoming request"') && line.includes('"time":17672256000'))).toBe(
      true,
    );
  });

  it('opossum opens and closes by the virtual clock, p-retry backs off, croner fires, luxon and jsonwebtoken tell the time, pino logs', async () => {
    const lines = await runTwice({
      programs: {
        a: `
          import CircuitBreaker from 'opossum'; import pRetry from 'p-retry'; import { Cron } from 'croner'; import { DateTime } from 'luxon'; import jwt from 'jsonwebtoken'; import pino from 'pino';
          let up = false; const breaker = new CircuitBreaker(async () => { if (!up) throw new Error('down'); return 'up'; }, { timeout: 1000, errorThresholdPercentage: 50, resetTimeout: 10_000, volumeThreshold: 2 });
          for (let i = 0; i < 3; i++) await breaker.fire().catch((e: Error) => console.log(e.message));
          console.log(breaker.opened, await breaker.fire().catch((e: any) => e.code)); up = true;
          await new Promise((r) => setTimeout(r, 10_500)); console.log(await breaker.fire(), breaker.opened); breaker.shutdown();
          const began = performance.now(); let tries = 0;
          console.log(await pRetry(async () => { if (++tries < 4) throw new Error('again'); return tries; }, { minTimeout: 1000, factor: 2, randomize: false }), Math.round((performance.now() - began) / 1000));
          const token = jwt.sign({ sub: 'me' }, 'secret', { expiresIn: 60 }); console.log((jwt.verify(token, 'secret') as any).sub);
          console.log(DateTime.now().setZone('America/New_York').toISO(), DateTime.fromISO('2026-03-08T02:30', { zone: 'America/New_York' }).toISO());
          const job = new Cron('0 * * * * *', { timezone: 'UTC' }, () => { console.log('cron', new Date().toISOString()); if (++fired === 2) job.stop(); }); let fired = 0;
          await new Promise((r) => setTimeout(r, 150_000));
          try { jwt.verify(token, 'secret'); } catch (e: any) { console.log(e.name); }
          pino().info({ job: 7 }, 'done');
        `,
      },
    });
    expect(lines.slice(0, -1)).toEqual([
      'down',
      'down',
      'Breaker is open',
      'true EOPENBREAKER',
      'up false',
      '4 7',
      'me',
      '2025-12-31T19:00:17.500-05:00 2026-03-08T03:30:00.000-04:00',
      'cron 2026-01-01T00:01:00.000Z',
      'cron 2026-01-01T00:02:00.000Z',
      'TokenExpiredError',
    ]);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ job: 7, msg: 'done', pid: 1001, hostname: 'a' });
  });
});
