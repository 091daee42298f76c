/** Life of a virtual process: clocks, timers, crash, pause, exit rules, refusals. Goal: each rule of the process as a program sees it. */
import { describe, expect, it } from 'vitest';
import { SeedstormError } from '../../../sim/kernel/errors.ts';
import { runPrograms } from './programs.ts';

describe('time', () => {
  it('is virtual in every form, and the same again', async () => {
    const programs = {
      a: `
        import { performance } from 'node:perf_hooks';
        import { setTimeout as sleep, setInterval as every } from 'node:timers/promises';
        const [s] = process.hrtime();
        console.log(Date.now(), new Date().toISOString(), typeof Date(), performance.now() < 1, performance.timeOrigin);
        await sleep(90_000);
        console.log(Date.now(), Math.round(performance.now()), process.hrtime()[0] - s, Math.round(process.uptime()), new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format());
        let n = 0;
        for await (const _ of every(1000)) if (++n === 3) break;
        console.log(Date.now(), new Function('return Date.now()')());
      `,
    };
    const started = performance.now();
    const first = await runPrograms({ programs });
    expect(first.lines).toEqual([
      'a: 1767225600000 2026-01-01T00:00:00.000Z string true 1767225600000',
      'a: 1767225690000 90000 90 90 00:01:30',
      'a: 1767225693000 1767225693000',
    ]);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect((await runPrograms({ programs })).hash).toBe(first.hash);
  });

  it('follows offset, drift and steps of the host, which a monotonic clock does not jump with', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `
          const start = performance.now();
          const tell = (what: string) => console.log(what, Date.now() - 1767225600000, Math.round(performance.now() - start));
          setTimeout(tell, 1000, 'before');
          setTimeout(tell, 3000, 'stepped');
          setTimeout(tell, 13_000, 'drifted');
        `,
      },
      arrange: (world) => {
        world.after(2000, () => world.stepClock('a', -30_000, () => {}));
        world.after(3500, () => world.shiftClock('a', { driftPpm: 100_000 }, () => {}));
      },
    });
    expect(lines).toEqual(['a: before 1000 1000', 'a: stepped -27000 3000', 'a: drifted -17000 13000']);
  });

  it('gives each process its own time zone', async () => {
    const program = `
      const d = new Date(Date.UTC(2026, 2, 29, 1, 30));
      console.log(d.getHours(), d.getTimezoneOffset(), d.toString(), new Date(2026, 6, 1).toISOString(), Date.parse('2026-01-15T12:00:00'));
      console.log(new Date('2026-03-29T02:30:00').toISOString(), new Date(2026, 9, 25, 2, 30).toISOString(), d.toLocaleTimeString('de-DE'), d instanceof Date);
      d.setHours(23); console.log(d.toISOString(), Intl.DateTimeFormat().resolvedOptions().timeZone);
    `;
    const berlin = await runPrograms({ programs: { a: program }, spec: { timeZone: 'Europe/Berlin' } });
    expect(berlin.lines).toEqual([
      'a: 3 -120 Sun Mar 29 2026 03:30:00 GMT+0200 (Central European Summer Time) 2026-06-30T22:00:00.000Z 1768474800000',
      'a: 2026-03-29T01:30:00.000Z 2026-10-25T00:30:00.000Z 03:30:00 true',
      'a: 2026-03-29T21:30:00.000Z Europe/Berlin',
    ]);
  });

  it('ends a busy loop on the clock', async () => {
    const { lines } = await runPrograms({
      programs: { a: `const end = Date.now() + 20; let n = 0; while (Date.now() < end) n++; console.log(n > 100)` },
    });
    expect(lines).toEqual(['a: true']);
  });

  it('orders timers, immediates, ticks and microtasks as Node does', async () => {
    const { lines } = await runPrograms({
      programs: {
        'a.cjs': `
          const log = (x) => console.log(x);
          setTimeout(() => { log('t2'); setImmediate(log, 'i2'); process.nextTick(log, 'n2'); Promise.resolve('m2').then(log); }, 2);
          setTimeout(log, 1, 't1'); setTimeout(log, 0, 't0');
          setImmediate(log, 'i1'); process.nextTick(log, 'n1'); Promise.resolve('m1').then(log); queueMicrotask(() => log('q1'));
          const once = setTimeout(log, 3, 'never'); clearTimeout(+once);
          const every = setInterval(() => { log('e'); if (++count === 2) clearInterval(every); }, 4); let count = 0;
          const again = setTimeout(log, 5, 'refreshed'); setTimeout(() => again.refresh(), 4);
        `,
      },
    });
    expect(lines.map((line) => line.slice(3))).toEqual([
      'n1',
      'm1',
      'q1',
      'i1',
      't1',
      't0',
      't2',
      'n2',
      'm2',
      'i2',
      'e',
      'e',
      'refreshed',
    ]);
  });
});

describe('randomness', () => {
  it('differs by process and by incarnation, and not by run', async () => {
    const program = `
      import { randomBytes, randomInt, randomUUID } from 'node:crypto';
      console.log(Math.random(), randomUUID(), crypto.randomUUID(), randomBytes(4).toString('hex'), randomInt(1000), crypto.getRandomValues(new Uint8Array(2)).join());
    `;
    const run = () =>
      runPrograms({
        programs: { a: program, b: program },
        arrange: (world) => world.after(1000, () => world.start('a')),
      });
    const { lines } = await run();
    expect(new Set(lines.map((line) => line.slice(3))).size).toBe(3);
    expect((await run()).lines).toEqual(lines);
  });
});

describe('a pause', () => {
  it('holds everything, and overdue timers fire in due order before what arrived', async () => {
    const { lines } = await runPrograms({
      programs: {
        server: `
          import net from 'node:net';
          net.createServer((s) => s.on('data', (d) => console.log('data', String(d)))).listen(1);
          setTimeout(() => console.log('t300'), 300); setTimeout(() => console.log('t200'), 200);
          setTimeout(() => process.exit(), 900);
        `,
        client: `import net from 'node:net'; setTimeout(() => { const s = net.connect(1, 'server', () => s.write('x')); s.on('error', () => {}) }, 150);`,
      },
      arrange: (world) => {
        world.after(100, () => expect(world.stop('server')).toBe(true));
        world.after(500, () => expect(world.continue('server')).toBe(true));
      },
    });
    expect(lines).toEqual(['server: t200', 'server: t300', 'server: data x']);
  });
});

describe('a crash', () => {
  it('takes timers, sockets and listeners along; stale continuations do nothing', async () => {
    const { lines, records } = await runPrograms({
      programs: {
        a: `
          import net from 'node:net';
          net.createServer((s) => s.resume()).listen(1);
          setInterval(() => console.log('tick'), 40);
          process.on('exit', () => console.log('no exit event on a kill'));
        `,
        b: `
          import net from 'node:net';
          const s = net.connect(1, 'a'); s.on('close', (bad) => { console.log('closed', bad); net.connect(1, 'a').on('error', (e) => console.log(e.message)); });
          s.resume();
        `,
      },
      arrange: (world) => {
        world.after(100, () => world.kill('a'));
      },
    });
    expect(lines).toEqual(['a: tick', 'a: tick', 'b: closed false', 'b: connect ECONNREFUSED 10.0.0.1:1']);
    expect(
      records.filter(({ kind }) => kind === 'process').map((record) => ('state' in record ? record.state : '')),
    ).toEqual(['started', 'started', 'crashed', 'exited']);
  });

  it('of a host is followed by a fresh incarnation on start', async () => {
    const { lines } = await runPrograms({
      programs: { a: `console.log('up', process.pid); setTimeout(() => {}, 10_000)` },
      arrange: (world) => {
        world.after(100, () => world.kill('a'));
        world.after(200, () => world.start('a'));
      },
    });
    expect(lines).toEqual(['a: up 1001', 'a: up 1002']);
  });
});

describe('exit rules', () => {
  const endOf = async (program: string) => {
    const { lines, records } = await runPrograms({ programs: { a: program } });
    const end = records.findLast(({ kind }) => kind === 'process') as { state: string; code?: number; signal?: string };
    return { lines: lines.map((line) => line.slice(3)), state: end.state, code: end.code, signal: end.signal };
  };

  it.each([
    ['ends with 0 when nothing is left', `setTimeout(() => console.log('last'), 5)`, 0, ['last']],
    ['ignores what is unref’d', `setTimeout(() => console.log('never'), 5).unref()`, 0, []],
    [
      'emits beforeExit until nothing new comes',
      `let n = 0; process.on('beforeExit', () => { if (n++ < 2) setTimeout(() => console.log('more'), 1); }); process.on('exit', (c) => console.log('exit', c))`,
      0,
      ['more', 'more', 'exit 0'],
    ],
    [
      'takes the code of process.exit',
      `process.on('exit', (c) => console.log('exit', c)); setTimeout(() => { process.exit(7); console.log('not reached'); }, 1)`,
      7,
      ['exit 7'],
    ],
    ['takes process.exitCode', `process.exitCode = 3`, 3, []],
    [
      'runs nothing after an exit that was caught',
      `try { process.exit(2) } catch {} console.log('silent'); setTimeout(() => console.log('silent'), 1)`,
      2,
      [],
    ],
  ])('%s', async (_name, program, code, lines) => {
    expect(await endOf(program)).toEqual({ lines, state: 'exited', code, signal: undefined });
  });

  it('ends with 1 on an uncaught error, with the stack in TypeScript lines', async () => {
    const { lines, code } = await endOf(
      `interface X { a: number }\nconst f = (x: X): number => { throw new Error('boom ' + x.a); };\nsetTimeout(() => f({ a: 1 }), 1);`,
    );
    expect(code).toBe(1);
    expect(lines[0]).toBe('Error: boom 1');
    expect(lines[1]).toMatch(/^ {4}at f \(a\.ts:2:\d+\)$/);
  });

  it('ends with 1 on an unhandled rejection, unless somebody listens', async () => {
    expect(
      (await endOf(`Promise.reject(new Error('lost')); setTimeout(() => console.log('not reached'), 5)`)).code,
    ).toBe(1);
    expect(
      await endOf(
        `process.on('unhandledRejection', (e) => console.log('heard', e.message)); Promise.reject(new Error('lost'));`,
      ),
    ).toMatchObject({ code: 0, lines: ['heard lost'] });
    expect(
      await endOf(
        `process.on('uncaughtException', (e) => console.log('heard', e.message)); setTimeout(() => { throw new Error('x') }, 1); setTimeout(() => console.log('on'), 2)`,
      ),
    ).toMatchObject({ code: 0, lines: ['heard x', 'on'] });
  });

  it('dies of SIGTERM unless it listens', async () => {
    const signalled = (program: string) =>
      runPrograms({
        programs: { a: program },
        arrange: (world) => world.after(10, () => world.signal('a', 'SIGTERM')),
      });
    const deaf = await signalled(`setTimeout(() => console.log('never'), 1000)`);
    expect(deaf.lines).toEqual([]);
    const polite = await signalled(
      `const t = setTimeout(() => {}, 1000); process.on('SIGTERM', (name) => { console.log(name); clearTimeout(t) })`,
    );
    expect(polite.lines).toEqual(['a: SIGTERM']);
  });

  it('who sends a signal goes on when its handler exits at once', async () => {
    const after: string[] = [];
    const { records } = await runPrograms({
      programs: { a: `process.once('SIGTERM', () => process.exit(3)); setTimeout(() => {}, 1000)` },
      arrange: (world) =>
        world.after(10, () => {
          after.push(String(world.signal('a', 'SIGTERM')));
        }),
    });
    expect(after).toEqual(['true']);
    const states = records.flatMap((record) => (record.kind === 'process' ? [[record.state, record.code]] : []));
    expect(states).toEqual([
      ['started', undefined],
      ['signalled', undefined],
      ['exited', 3],
    ]);
  });

  it('attributes an error to the process in which it happened, and leaves the other alone', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `setTimeout(async () => { await null; throw new Error('mine') }, 5)`,
        b: `setTimeout(() => console.log('fine'), 6)`,
      },
    });
    expect(lines[0]).toBe('a: Error: mine');
    expect(lines.at(-1)).toBe('b: fine');
  });
});

describe('async context', () => {
  it('follows timers and sockets, and does not leak between events', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `
          import { AsyncLocalStorage } from 'node:async_hooks';
          import net from 'node:net';
          const store = new AsyncLocalStorage<string>();
          const server = net.createServer((s) => s.end('x')).listen(1, () => {
            store.run('socket', () => net.connect(1, 'a').on('data', () => console.log(store.getStore())).on('close', () => server.close()));
          });
          store.run('timer', () => { setTimeout(() => console.log(store.getStore()), 1); setImmediate(() => console.log(store.getStore())); });
          setTimeout(() => store.enterWith('leak'), 2); setTimeout(() => console.log(store.getStore()), 3);
        `,
      },
    });
    expect([...lines].sort()).toEqual(['a: socket', 'a: timer', 'a: timer', 'a: undefined']);
  });
});

describe('what sim cannot virtualise', () => {
  it.each([
    [
      'dgram.createSocket',
      `import dgram from 'node:dgram';\nimport 'node:child_process';\nsetTimeout(() => dgram.createSocket('udp4'), 1)`,
      3,
    ],
    ['new worker_threads.Worker', `import { Worker } from 'node:worker_threads';\nnew Worker('x')`, 2],
    ['child_process.spawn', `import { spawn } from 'node:child_process';\n\nspawn('ls')`, 3],
    [
      'crypto.generateKeyPairSync',
      `import { generateKeyPairSync } from 'node:crypto';\ngenerateKeyPairSync('ed25519')`,
      2,
    ],
  ])('is refused at first use by name and place: %s', async (what, program, line) => {
    const { end } = await runPrograms({ programs: { a: program } });
    expect(end.kind).toBe('failed');
    const { error } = end as { error: SeedstormError };
    expect(error).toBeInstanceOf(SeedstormError);
    expect(error.code).toBe('E_REFUSED');
    expect(error.message).toContain(`a called ${what}`);
    expect(error.message).toContain(`(a.ts:${line})`);
  });

  it('includes a change to an intrinsic that all processes share', async () => {
    const program = `(Array.prototype as any).last = function () { return this.at(-1) }; console.log('changed')`;
    try {
      const refused = await runPrograms({ programs: { a: program } });
      expect((refused.end as { error: SeedstormError }).error.message).toContain('Array.prototype.last');
      const allowed = await runPrograms({ programs: { a: program }, polyfills: ['Array.prototype.last'] });
      expect(allowed.end.kind).toBe('quiescent');
    } finally {
      Reflect.deleteProperty(Array.prototype, 'last');
    }
  });

  it('includes a program without end, by the event budget', async () => {
    const { end } = await runPrograms({ programs: { a: `setInterval(() => {}, 1)` }, eventsMax: 5000 });
    expect((end as { error: SeedstormError }).error.code).toBe('E_LIMIT');
  });
});
