/** Programs over timers, ticks, microtasks and their order, each run on real Node and in sim. */
import type { Case } from './net.cases.ts';

const log = `const log = (...args) => console.log(...args);`;

export const cases: Readonly<Record<string, Case>> = {
  'order of ticks, microtasks and immediates in a module': `${log}
    setImmediate(() => log('immediate')); process.nextTick(() => log('tick')); Promise.resolve().then(() => { log('micro'); process.nextTick(() => log('tick in micro')); }); queueMicrotask(() => log('queued')); log('sync');
    setImmediate(() => { log('second immediate'); process.nextTick(() => log('its tick')); Promise.resolve().then(() => log('its micro')); setImmediate(() => log('next round')); }); setImmediate(() => log('third immediate'));`,
  'order of ticks and microtasks in CommonJS': {
    kind: 'cjs',
    program: `${log} Promise.resolve().then(() => log('micro')); process.nextTick(() => { log('tick'); process.nextTick(() => log('tick 2')); Promise.resolve().then(() => log('micro of tick')); }); process.nextTick((...a) => log(...a), 'with', 'arguments'); (async () => { log('async sync'); await null; log('await'); await null; log('await 2'); })(); log('end');`,
  },
  'timers fire by due time, then by the order in which they were made': `${log}
    setTimeout(() => log('b20'), 20); setTimeout(() => log('a10'), 10); setTimeout(() => log('c20'), 20); setTimeout(() => log('d1'), 1); setTimeout(() => log('e0'), 0); setTimeout(() => log('f-1'), -1); setTimeout(() => log('gNaN'), NaN); setTimeout(() => log('h1.9'), 1.9); setTimeout(log, 5, 'with', 'arguments');`,
  'microtasks run between two timers of one moment': `${log}
    setTimeout(() => { log('one'); Promise.resolve().then(() => log('micro')); process.nextTick(() => log('tick')); setImmediate(() => log('immediate')); }, 1); setTimeout(() => log('two'), 1); const end = Date.now() + 10; while (Date.now() < end);`,
  'an immediate comes before a timer when both are made in an input event': `${log}
    import net from 'node:net'; const server = net.createServer((s) => { s.on('error', () => {}); setTimeout(() => { log('timeout'); server.close(); s.destroy(); }, 0); setImmediate(() => log('immediate')); }).listen(0, () => net.connect(server.address().port).on('close', () => {}).resume());`,
  'intervals, and stopping them from inside': `${log}
    let n = 0; const i = setInterval((a) => { log(a, ++n); if (n === 3) clearInterval(i); }, 5, 'tick'); const j = setInterval(() => { log('j'); j.close(); }, 4); const k = setInterval(() => { log('throws once'); clearInterval(k); }, 3);`,
  'refresh, also after the timer fired': `${log}
    let n = 0; const t = setTimeout(() => log('fired', ++n), 60); setTimeout(() => { log('refresh'); log(t.refresh() === t); }, 30); setTimeout(() => { log('again'); t.refresh(); }, 200); setTimeout(() => { log('cleared'); clearTimeout(t); t.refresh(); }, 400);`,
  'ref, unref, hasRef': `${log}
    const t = setTimeout(() => log('never'), 5000); log(t.hasRef(), t.unref() === t, t.hasRef(), t.ref().hasRef()); t.unref(); const i = setImmediate(() => log('immediate')); log(i.hasRef(), i.unref() === i, i.hasRef()); setTimeout(() => log('last'), 10);`,
  'clearing in every form': `${log}
    const a = setTimeout(() => log('a'), 5); clearTimeout(a); clearTimeout(a); const b = setTimeout(() => log('b'), 5); clearTimeout(+b); const c = setTimeout(() => log('c'), 5); clearTimeout(String(+c)); const d = setInterval(() => log('d'), 5); clearTimeout(d); const e = setTimeout(() => log('e'), 5); clearInterval(e); const f = setImmediate(() => log('f')); clearImmediate(f); clearTimeout(undefined); clearTimeout(null); clearTimeout({}); clearTimeout(12345); clearImmediate(undefined);
    const g = setTimeout(() => log('g')); log(typeof g[Symbol.toPrimitive](), g.constructor.name, setImmediate(() => {}).constructor.name); const h = setImmediate(() => { clearImmediate(k); log('h'); }); const k = setImmediate(() => log('k'));`,
  'bad arguments': `${log}
    for (const f of [() => setTimeout('x'), () => setTimeout(), () => setInterval(5), () => setImmediate(null), () => process.nextTick(5), () => queueMicrotask({})]) try { f(); log('no throw'); } catch (e) { log(e.name, e.code, e.message); }`,
  'too long a delay becomes 1 ms': `${log}
    process.on('warning', (w) => log(w.name, w.message)); const t = setTimeout(() => log('early'), 2 ** 31); const u = setTimeout(() => log('infinite'), Infinity);`,
  'this of a callback is the timer': `${log}
    const t = setTimeout(function () { log(this === t); }, 1); const i = setImmediate(function () { log(this === i); }); const n = setInterval(function () { log(this === n); clearInterval(this); }, 2);`,
  'timers/promises with signals': `${log}
    import { setTimeout as sleep, setImmediate as soon, setInterval as every, scheduler } from 'node:timers/promises'; import { promisify } from 'node:util';
    log(await sleep(5, 'value'), await soon('now'), await promisify(setTimeout)(3, 'promisified'), await promisify(setImmediate)('too')); await scheduler.wait(2); await scheduler.yield();
    const c = new AbortController(); setTimeout(() => c.abort(new Error('why')), 5); await sleep(1000, null, { signal: c.signal }).catch((e) => log(e.name, e.code, e.message, e.cause?.message)); await sleep(5, null, { signal: c.signal }).catch((e) => log(e.name)); await soon(null, { signal: AbortSignal.abort() }).catch((e) => log(e.name, e.cause?.name));
    let n = 0; for await (const v of every(3, 'v')) { log(v, ++n); if (n === 3) break; } const d = new AbortController(); try { for await (const v of every(3, 'w', { signal: d.signal })) { log(v); d.abort(); } } catch (e) { log(e.name, e.code); } sleep(1000, null, { ref: false }); await sleep(5, 0, { signal: 'x' }).catch((e) => log(e.code, e.message)); log('end');`,
  'AbortSignal.timeout and any': `${log}
    const s = AbortSignal.timeout(10); log(s instanceof AbortSignal, s.aborted, s.constructor.name); s.onabort = () => log('aborted', s.reason.name, s.reason.message, s.reason.code, s.reason instanceof DOMException); const a = AbortSignal.any([s, new AbortController().signal]); a.addEventListener('abort', () => log('any', a.reason === s.reason)); setTimeout(() => { try { s.throwIfAborted(); } catch (e) { log('thrown', e.name); } }, 20); log(AbortSignal.abort().reason.name, Object.prototype.toString.call(s)); try { new AbortSignal(); } catch (e) { log(e.name, e.message); }`,
  'events.once and on, with signals': `${log}
    import { once, on, EventEmitter } from 'node:events'; const e = new EventEmitter(); setTimeout(() => e.emit('x', 1, 2), 3); log(await once(e, 'x')); setTimeout(() => e.emit('error', new Error('bad')), 3); await once(e, 'x').catch((err) => log(err.message)); const c = new AbortController(); setTimeout(() => c.abort(), 3); await once(e, 'x', { signal: c.signal }).catch((err) => log(err.name)); setTimeout(() => { e.emit('y', 'a'); e.emit('y', 'b'); }, 2); for await (const [v] of on(e, 'y')) { log(v); if (v === 'b') break; }`,
  MessageChannel: `${log}
    const { port1, port2 } = new MessageChannel(); port2.on('message', (m) => { log('message', m, typeof m); if (m === 'end') port1.close(); }); port1.on('close', () => log('close 1')); port2.on('close', () => log('close 2')); port1.postMessage({ a: [1, new Date(0), new Map([[1, 2]])] }); port1.postMessage('end'); setImmediate(() => log('immediate')); process.nextTick(() => log('tick')); log('sync');`,
  'MessageChannel by onmessage and structured clones that fail': `${log}
    const { port1, port2 } = new MessageChannel(); port1.onmessage = (e) => { log(e.data, e.type, e.constructor.name, e.target === port1); port1.close(); }; try { port2.postMessage(() => {}); } catch (e) { log(e.name, e.code); } port2.postMessage(5); const b = new ArrayBuffer(8); log(structuredClone(b, { transfer: [b] }).byteLength, b.byteLength);`,
  'performance marks and observers': `${log}
    import { PerformanceObserver, performance as p } from 'node:perf_hooks'; log(p === performance, typeof performance.now(), performance.toString()); performance.mark('a'); performance.mark('b', { detail: { x: 1 }, startTime: 5 }); const m = performance.measure('m', { start: 5, duration: 7 }); log(m.name, m.entryType, m.startTime, m.duration, m.constructor.name, performance.getEntriesByName('b')[0].detail.x, performance.getEntriesByType('mark').length); new PerformanceObserver((list, o) => { log(list.getEntries().map((e) => e.name + e.entryType).join(), list.constructor.name); o.disconnect(); }).observe({ entryTypes: ['mark', 'measure'] }); performance.mark('c', { startTime: 99 }); performance.measure('d', { start: 7, end: 9 }); performance.clearMarks(); log(performance.getEntries().length);`,
  'zlib, crypto and streams finish': `${log}
    import zlib from 'node:zlib'; import { promisify } from 'node:util'; import crypto from 'node:crypto'; import { pipeline } from 'node:stream/promises'; import { Readable } from 'node:stream';
    const zipped = await promisify(zlib.gzip)('hello '.repeat(1000)); log(zipped.length, String(zlib.gunzipSync(zipped)).length); await promisify(zlib.gunzip)(Buffer.from('rubbish')).catch((e) => log(e.code, e.errno, e.message)); let n = 0; await pipeline(Readable.from([Buffer.alloc(100000, 1)]), zlib.createGzip(), zlib.createGunzip(), async function* (source) { for await (const c of source) n += c.length; }); log(n);
    log((await promisify(crypto.pbkdf2)('p', 's', 10, 16, 'sha256')).toString('hex'), (await promisify(crypto.scrypt)('p', 's', 16)).toString('hex'), Buffer.from(await crypto.webcrypto.subtle.digest('SHA-256', Buffer.from('x'))).toString('hex').slice(0, 8), crypto.createHash('md5').update('x').digest('hex')); log(await new Response(new Blob(['abc']).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip'))).text());
    for (const f of [() => crypto.randomInt(5, 5), () => crypto.randomBytes(-1), () => crypto.randomBytes('x'), () => crypto.getRandomValues('x'), () => crypto.randomInt('a')]) try { f(); log('no throw'); } catch (e) { log(e.name, e.code, e.message); } log(crypto.randomUUID().length, crypto.randomBytes(3).length, crypto.randomInt(1), (await promisify(crypto.randomBytes)(4)).length, (await promisify(crypto.randomInt)(1)), (await promisify(crypto.randomFill)(Buffer.alloc(3))).length);`,
};
