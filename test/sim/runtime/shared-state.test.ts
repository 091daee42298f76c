/** What is one variable for the whole realm and yet belongs to each program; and that a run leaves the realm as it found it. */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runPrograms } from './programs.ts';

const linesOf = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));

describe('a setting of one program', () => {
  it('is not seen by another, nor by its own next incarnation, nor by the harness', async () => {
    const facts = `[EventEmitter.defaultMaxListeners, new EventEmitter().getMaxListeners(), Error.stackTraceLimit > 30, util.inspect.defaultOptions.depth, http.globalAgent.maxSockets, (http.globalAgent as any).mine].join(' ')`;
    const head = `import { EventEmitter } from 'node:events'; import util from 'node:util'; import http from 'node:http';`;
    const { lines, end } = await runPrograms({
      programs: {
        a: `${head} EventEmitter.defaultMaxListeners = 77; Error.stackTraceLimit = 99; util.inspect.defaultOptions.depth = 0; http.globalAgent.maxSockets = 3; (http.globalAgent as any).mine = 'mine'; console.log(${facts}, util.inspect({ a: { b: 1 } })); setTimeout(() => { console.log(${facts}, { a: { b: 1 } }); }, 100);`,
        b: `${head} setTimeout(() => console.log(${facts}, util.inspect({ a: { b: 1 } })), 50);`,
      },
      arrange: (world) => world.after(60, () => (world.kill('a'), world.start('a'))),
    });
    expect(end.kind).toBe('quiescent');
    expect(linesOf(lines, 'b')).toEqual(['10 10 false 2 Infinity  { a: { b: 1 } }']);
    const own = '77 77 true 0 3 mine { a: [Object] }';
    expect(linesOf(lines, 'a')).toEqual([own, own, own]);
    expect([EventEmitter.defaultMaxListeners, inspect.defaultOptions.depth]).toEqual([10, 2]);
  });

  it('on a diagnostics channel stays inside its process, also for what Node itself publishes', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `import dc from 'node:diagnostics_channel'; import http from 'node:http'; dc.subscribe('mine', (m) => console.log('mine', m)); dc.subscribe('http.client.request.start', ({ request }: any) => console.log('request', request.path)); dc.channel('mine').publish('own'); console.log(dc.hasSubscribers('mine'), dc.channel('mine') === dc.channel('mine'), dc.channel('mine').name); setTimeout(() => http.get('http://b/from-a').on('error', () => {}), 50);`,
        b: `import dc from 'node:diagnostics_channel'; import http from 'node:http'; setTimeout(() => { console.log(dc.hasSubscribers('mine')); dc.channel('mine').publish('other'); http.get('http://a/from-b').on('error', () => {}); }, 20); const t = dc.tracingChannel('t'); t.subscribe({ start: (m: any) => console.log('start', m.x) } as any); t.traceSync(() => {}, { x: 1 }); setTimeout(() => {}, 200);`,
      },
    });
    expect(linesOf(lines, 'a')).toEqual(['mine own', 'true true mine', 'request /from-a']);
    expect(linesOf(lines, 'b')).toEqual(['start 1', 'false']);
  });
});

describe('the realm', () => {
  it('is put back after a run that changed it, refused or allowed', async () => {
    const program = `(Array.prototype as any).last = function () { return this.at(-1) }; (String.prototype as any).trim = () => 'mine'; delete (Map as any).groupBy; require = undefined as any;`;
    const text = program.replace(' require = undefined as any;', '');
    const { trim } = String.prototype;
    const refused = await runPrograms({ programs: { a: text } });
    expect(refused.end.kind).toBe('failed');
    expect('last' in Array.prototype).toBe(false);
    expect(String.prototype.trim).toBe(trim);
    const allowed = await runPrograms({
      programs: { a: text },
      polyfills: ['Array.prototype.last', 'String.prototype.trim', 'Map.groupBy'],
    });
    expect(allowed.end.kind).toBe('quiescent');
    expect('last' in Array.prototype).toBe(false);
    const clean = await runPrograms({ programs: { a: `console.log('last' in Array.prototype, ' x '.trim())` } });
    expect(clean.lines).toEqual(['a: false x']);
  });

  it('notices a change to what Node shares: an emitter’s prototype', async () => {
    const { end } = await runPrograms({
      programs: { a: `import { EventEmitter } from 'node:events'; (EventEmitter.prototype as any).emit = () => true;` },
    });
    expect(String((end as { error: Error }).error.message)).toContain('EventEmitter.prototype.emit');
    expect(new EventEmitter().emit('x')).toBe(false);
  });

  it('keeps warnings of Node itself in the process that caused them', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `import { EventEmitter } from 'node:events'; process.on('warning', (w) => console.log('heard', w.name)); const e = new EventEmitter(); for (let i = 0; i < 12; i++) e.on('x', () => {});`,
        b: `process.on('warning', (w) => console.log('heard too', w.name)); setTimeout(() => {}, 10);`,
      },
    });
    expect(linesOf(lines, 'a')[1]).toBe('heard MaxListenersExceededWarning');
    expect(linesOf(lines, 'b')).toEqual([]);
  });
});
