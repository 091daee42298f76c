/**
 * The standing audit: while programs run, nothing inside sim makes a real timer, socket, file request or lookup. Every resource that
 * Node creates under a process, or below a frame of sim, is reported by an `async_hooks` hook and must be of a kind that cannot bring
 * in real time: promises, ticks, parsers, the kernel's immediates, and thread-pool crypto, whose completion the kernel places.
 */
import { type AsyncHook, createHook } from 'node:async_hooks';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Kernel } from '../../../sim/kernel/kernel.ts';
import { redisServer } from '../../../sim/redis/index.ts';
import { runPrograms } from './programs.ts';

const harmless = new Set([
  'PROMISE',
  'TickObject',
  'Microtask',
  'SEEDSTORM',
  // Resources of programs and of Node's http, which are names for contexts only.
  'HTTPINCOMINGMESSAGE',
  'HTTPCLIENTREQUEST',
  'HTTPCLIENTASYNCRESOURCE',
  'bound-anonymous-fn',
  'X',
  // Parsers and codecs: memory, no handles.
  'ZLIB',
  'BLOBREADER',
  // The thread pool, by way of `kernel.external`.
  'HASHREQUEST',
  'PBKDF2REQUEST',
  'SCRYPTREQUEST',
  'DERIVEBITSREQUEST',
  'SIGNREQUEST',
  'VERIFYREQUEST',
  'CIPHERREQUEST',
]);

const programs = {
  server: `import http from 'node:http'; import https from 'node:https'; import zlib from 'node:zlib';
    const handler = (req: any, res: any) => { if (req.url === '/never') return; res.setHeader('content-encoding', 'gzip'); req.resume(); req.on('end', () => { const z = zlib.createGzip(); z.pipe(res); z.end('hello ' + req.url); }); };
    http.createServer({ requestTimeout: 5000, headersTimeout: 5000 }, handler).listen(80); https.createServer({}, handler).listen(443); setTimeout(() => process.exit(), 60_000);`,
  client: `import http from 'node:http'; import net from 'node:net'; import fs from 'node:fs'; import fsp from 'node:fs/promises'; import dns from 'node:dns/promises'; import crypto from 'node:crypto'; import { promisify } from 'node:util'; import zlib from 'node:zlib'; import { pipeline } from 'node:stream/promises'; import timers from 'node:timers/promises'; import readline from 'node:readline';
    import { Redis } from 'ioredis'; import { AsyncLocalStorage } from 'node:async_hooks';
    const als = new AsyncLocalStorage(); const redis = new Redis('redis://cache:6379'); await redis.set('a', 'b'); await redis.blpop('none', 1); await redis.quit();
    for (const base of ['http://server', 'https://server']) console.log(await (await fetch(base + '/x', { method: 'POST', body: 'x' })).text());
    await fetch('http://server/never', { signal: AbortSignal.timeout(50) }).catch((e) => console.log(e.name)); await fetch('http://nobody.example/').catch((e) => console.log(e.cause.code));
    await new Promise<void>((r) => { const q = http.get({ host: 'server', path: '/never', timeout: 100 }); q.on('timeout', () => q.destroy()); q.on('error', () => r()); });
    await new Promise((r) => net.connect(9, 'server').on('error', r)); const s = net.connect(80, 'server'); s.setTimeout(50); await new Promise((r) => s.on('timeout', () => { s.destroy(); r(null); }));
    fs.writeFileSync('/tmp/a', 'text'); await fsp.appendFile('/tmp/a', ' more\\nline'); await pipeline(fs.createReadStream('/tmp/a'), zlib.createGzip(), zlib.createGunzip(), fs.createWriteStream('/tmp/b')); const h = await fsp.open('/tmp/b'); await h.sync(); await h.close(); for await (const l of readline.createInterface({ input: fs.createReadStream('/tmp/b') })) console.log(l); await fsp.readFile('package.json'); await promisify(fs.stat)('/tmp/a');
    await dns.lookup('server'); await promisify(crypto.pbkdf2)('a', 'b', 10, 8, 'sha1'); await promisify(crypto.scrypt)('a', 'b', 8); await crypto.webcrypto.subtle.digest('SHA-256', Buffer.from('x')); await promisify(crypto.randomBytes)(4); await promisify(zlib.gzip)('x'); await promisify(zlib.brotliCompress)('x');
    const { port1, port2 } = new MessageChannel(); await new Promise((r) => { port2.on('message', r); port1.postMessage('m'); }); port1.close(); await timers.setTimeout(5); await timers.setImmediate(); for await (const _ of timers.setInterval(5)) break; await als.run(1, () => timers.setTimeout(1)); await timers.scheduler.wait(1);
    await new Response(new Blob(['abc']).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(); console.log(await new Blob(['blob']).text(), structuredClone({ a: 1 }).a); performance.mark('m'); console.time('t'); console.timeEnd('t'); process.emitWarning('w'); queueMicrotask(() => {}); for await (const _ of process.stdin) break; console.log('done'); process.exit();`,
};

// Otherwise frames of sim are left out of stacks that are made while a process runs.
beforeEach(() => void vi.stubEnv('SEEDSTORM_FULL_STACKS', '1'));
afterEach(() => void vi.unstubAllEnvs());

it('programs make no real timer, socket, file request or lookup', async () => {
  const servers = [{ name: 'cache', type: 'redis' as const, factory: redisServer({}) }];
  // The first run compiles; what a compiler does is no part of a simulation.
  const warm = await runPrograms({ programs, servers });
  expect(warm.lines.at(-1)).toBe('client: done');

  const made = new Map<string, number>();
  const culprits: string[] = [];
  let kernel: Kernel | undefined;
  const hook: AsyncHook = createHook({
    init(_id, type) {
      if (kernel === undefined) return;
      const isInside = kernel.current !== null;
      if (isInside) made.set(type, (made.get(type) ?? 0) + 1);
      if (harmless.has(type)) return;
      const stack = new Error(type).stack ?? '';
      // The kernel's loop runs in them, and Node makes one after an uncaught error; no program may.
      if (type === 'Immediate' && /\/sim\/kernel\/kernel\.|_fatalException/.test(stack)) return;
      if (isInside || /\/sim\/(?!.*test)/.test(stack)) culprits.push(stack);
    },
  });
  const audited = await runPrograms({
    programs,
    servers,
    arrange: (world) => {
      kernel = world.kernel;
      hook.enable();
    },
  }).finally(() => hook.disable());
  expect(audited.lines).toEqual(warm.lines);
  expect(culprits).toEqual([]);
  expect(made.get('PBKDF2REQUEST')).toBe(1);
  expect(made.get('PROMISE')).toBeGreaterThan(100);
}, 60_000);

it('the hook would have seen one', async () => {
  const seen: string[] = [];
  const hook = createHook({ init: (_id, type) => void seen.push(type) }).enable();
  clearTimeout(setTimeout(() => {}, 1));
  hook.disable();
  expect(seen).toContain('Timeout');
});
