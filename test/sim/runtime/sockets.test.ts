/** Sockets of virtual processes: what TCP shows to a program, with and without faults on the link. */
import { describe, expect, it } from 'vitest';
import { runPrograms } from './programs.ts';

const echo = `import net from 'node:net'; net.createServer({ allowHalfOpen: true }, (s) => { s.on('data', (d) => s.write(d)); s.on('end', () => s.end('bye')); s.on('error', () => {}); }).listen(7); setTimeout(() => process.exit(), 600_000).unref();`;

describe('a connection', () => {
  it('is refused without a listener, and a name that nobody has is not found', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `import net from 'node:net';
            net.connect(9, 'b').on('error', (e: any) => console.log(e.message, e.code, e.syscall));
            net.connect(9, 'nobody.example').on('error', (e: any) => console.log(e.message, e.code));`,
        b: `setTimeout(() => {}, 100)`,
      },
    });
    expect([...lines].sort()).toEqual([
      'a: connect ECONNREFUSED 10.0.0.2:9 ECONNREFUSED connect',
      'a: getaddrinfo ENOTFOUND nobody.example ENOTFOUND',
    ]);
  });

  it('carries bytes in order, both ways, with half-close', async () => {
    const { lines } = await runPrograms({
      programs: {
        echo,
        a: `import net from 'node:net'; const s = net.connect({ port: 7, host: 'echo', allowHalfOpen: true });
            s.setEncoding('utf8'); let got = ''; s.on('data', (d) => got += d); s.on('end', () => console.log(got, s.bytesRead, s.bytesWritten)); s.on('close', (bad) => console.log('close', bad));
            s.on('connect', () => console.log(s.remoteAddress, s.remotePort, s.readyState)); s.write('one '); s.write('two '); s.end('three ');`,
      },
    });
    expect(lines).toEqual(['a: 10.0.0.1 7 readOnly', 'a: one two three bye 17 14', 'a: close false']);
  });

  it('pushes back on a reader that does not read, and loses nothing', async () => {
    const { lines } = await runPrograms({
      programs: {
        sink: `import net from 'node:net'; net.createServer((s) => { s.pause(); let n = 0; s.on('data', (d) => n += d.length); s.on('end', () => console.log('got', n)); setTimeout(() => s.resume(), 5000); }).listen(7); setTimeout(() => process.exit(), 20_000)`,
        a: `import net from 'node:net'; const s = net.connect(7, 'sink'); let n = 0; let stalled = false;
            const more = () => { while (n < 40) { n++; if (!s.write(Buffer.alloc(100_000, n))) { stalled = true; break; } } if (n === 40) s.end(); };
            s.on('drain', more); more(); setTimeout(() => console.log('sent by 2 s', n < 40, stalled), 2000); s.on('finish', () => console.log('finish', performance.now() > 5000));`,
      },
    });
    expect(lines).toEqual(['a: sent by 2 s true true', 'a: finish true', 'sink: got 4000000']);
  });

  it('times out when idle, by the virtual clock', async () => {
    const { lines } = await runPrograms({
      programs: {
        echo,
        a: `import net from 'node:net'; const s = net.connect(7, 'echo'); s.setTimeout(3000); s.on('timeout', () => { console.log('idle', Math.round(performance.now() / 100)); s.destroy(); }); setTimeout(() => s.write('x'), 1000);`,
      },
    });
    expect(lines).toEqual(['a: idle 40']);
  });
});

describe('faults on a link', () => {
  const pinger = `import net from 'node:net'; const s = net.connect(7, 'echo'); s.on('data', (d) => console.log('got', String(d), Math.round(performance.now() / 100))); s.on('error', (e) => console.log(e.message)); s.on('close', () => process.exit());
                  setTimeout(() => s.write('x'), 1000); setTimeout(() => s.destroy(), 20_000);`;

  it('a cut holds bytes and delivers them after the heal', async () => {
    const bites: string[] = [];
    const { lines } = await runPrograms({
      programs: { echo, a: pinger },
      arrange: (world) => {
        world.after(500, () => {
          const lift = world.disturb({ from: 'a', to: 'echo' }, { kind: 'cut', connect: 'hang' }, (detail) =>
            bites.push(detail),
          );
          world.after(5000, lift);
        });
      },
    });
    expect(lines).toEqual(['a: got x 55']);
    expect(bites).toEqual(['1 bytes from a to echo were held']);
  });

  it('a one-way cut lets the request through and holds the reply', async () => {
    const { lines } = await runPrograms({
      programs: { echo: echo.replace('s.write(d)', "(console.log('served'), s.write(d))"), a: pinger },
      arrange: (world) => {
        world.after(500, () =>
          world.after(
            5000,
            world.disturb({ from: 'echo', to: 'a' }, { kind: 'cut', connect: 'hang' }, () => {}),
          ),
        );
      },
    });
    expect(lines).toEqual(['echo: served', 'a: got x 55']);
  });

  it('a black hole loses bytes and resets the connection at its end', async () => {
    const { lines } = await runPrograms({
      programs: { echo, a: pinger },
      arrange: (world) => {
        world.after(500, () =>
          world.after(
            5000,
            world.disturb({ from: 'a', to: 'echo' }, { kind: 'blackhole' }, () => {}),
          ),
        );
      },
    });
    expect(lines).toEqual(['a: read ECONNRESET']);
  });

  it('latency and bandwidth make it late', async () => {
    const late = await runPrograms({
      programs: { echo, a: pinger },
      arrange: (world) =>
        void world.disturb({ from: 'a', to: 'echo' }, { kind: 'latency', latencyMs: 2000, jitterMs: 0 }, () => {}),
    });
    expect(late.lines).toEqual(['a: got x 40']);
    const slow = await runPrograms({
      programs: {
        echo,
        a: pinger.replace("s.write('x')", "s.write('x'.repeat(3000))").replace('String(d)', 'd.length'),
      },
      arrange: (world) =>
        void world.disturb({ from: 'a', to: 'echo' }, { kind: 'bandwidth', bytesPerSecond: 1000 }, () => {}),
    });
    expect(slow.lines).toEqual(['a: got 3000 40']);
  });

  it('a reset is seen by both ends', async () => {
    const { lines } = await runPrograms({
      programs: {
        echo: echo.replace("s.on('error', () => {})", "s.on('error', (e) => console.log(e.message))"),
        a: pinger,
      },
      arrange: (world) => world.after(500, () => expect(world.reset({ from: 'a', to: 'echo' })).toBe(1)),
    });
    expect([...lines].sort()).toEqual(['a: read ECONNRESET', 'echo: read ECONNRESET']);
  });

  it('a connect across a cut hangs, or seems to succeed when asked to be silent', async () => {
    const connector = `import net from 'node:net'; setTimeout(() => { const s = net.connect(7, 'echo', () => console.log('connected', Math.round(performance.now() / 1000))); s.on('data', () => { console.log('data', Math.round(performance.now() / 1000)); process.exit() }); s.write('x') }, 1000)`;
    const run = (connect: 'hang' | 'silent') =>
      runPrograms({
        programs: { echo, a: connector },
        arrange: (world) =>
          void world.after(
            10_000,
            world.disturb({ from: 'a', to: 'echo' }, { kind: 'cut', connect }, () => {}),
          ),
      });
    expect((await run('hang')).lines).toEqual(['a: connected 10', 'a: data 10']);
    expect((await run('silent')).lines).toEqual(['a: connected 1', 'a: data 10']);
  });
});
