/** The disk of a host: what a crash takes and what an orderly end keeps, and that nothing of the real machine shows. */
import { describe, expect, it } from 'vitest';
import { runPrograms } from './programs.ts';

/** Runs `first`, ends it in some way at 1 s, and returns what `second` prints about the same disk. */
async function over(first: string, second: string, how: 'kill' | 'exit'): Promise<readonly string[]> {
  const head = `import fs from 'node:fs'; const text = (p: string) => fs.existsSync(p) ? fs.readFileSync(p, 'utf8') : 'none';`;
  const { lines, end } = await runPrograms({
    programs: {
      a: `${head} if (process.pid === 1001) { ${first}; setTimeout(() => process.exit(), 1500); } else { ${second} }`,
    },
    arrange: (world) => {
      if (how === 'kill') world.after(1000, () => world.kill('a'));
      world.after(2000, () => world.start('a'));
    },
  });
  expect(end.kind).toBe('quiescent');
  return lines.map((line) => line.slice(3));
}

describe('what a crash leaves on disk', () => {
  const write = `fs.writeFileSync('/tmp/a', 'one'); fs.mkdirSync('/tmp/d/e', { recursive: true })`;
  const look = `console.log(text('/tmp/a'), fs.existsSync('/tmp/d/e'), text('/tmp/b'))`;

  it('nothing that was not synced', async () => {
    expect(await over(write, look, 'kill')).toEqual(['none false none']);
  });

  it('everything after an orderly end', async () => {
    expect(await over(write, look, 'exit')).toEqual(['one true none']);
  });

  it('the synced part of a log: later appends are lost', async () => {
    const log = `const fd = fs.openSync('/tmp/a', 'a'); fs.writeSync(fd, 'one '); fs.fsyncSync(fd); fs.writeSync(fd, 'two '); fs.writeSync(fd, 'three')`;
    expect(await over(log, look, 'kill')).toEqual(['one  false none']);
  });

  it('the synced text under one that was written over it', async () => {
    const change = `const fd = fs.openSync('/tmp/a', 'w+'); fs.writeSync(fd, 'first'); fs.fsyncSync(fd); fs.writeSync(fd, 'XX', 0); fs.ftruncateSync(fd, 3); console.log(text('/tmp/a'))`;
    expect(await over(change, look, 'kill')).toEqual(['XXr', 'first false none']);
  });

  it('the old file when a rename was not synced, the new one when its folder was', async () => {
    const rename = (sync: string) =>
      `const put = (p: string, t: string) => { const fd = fs.openSync(p, 'w'); fs.writeSync(fd, t); fs.fsyncSync(fd); fs.closeSync(fd); }; put('/tmp/a', 'old'); put('/tmp/b', 'new'); fs.renameSync('/tmp/b', '/tmp/a'); ${sync}`;
    expect(await over(rename(''), look, 'kill')).toEqual(['old false new']);
    const synced = await over(rename(`fs.fsyncSync(fs.openSync('/tmp', 'r'))`), look, 'kill');
    expect(synced).toEqual(['new false none']);
  });

  it('a file again whose removal was not synced', async () => {
    const remove = `const fd = fs.openSync('/tmp/a', 'w'); fs.writeSync(fd, 'x'); fs.fsyncSync(fd); fs.unlinkSync('/tmp/a'); console.log(text('/tmp/a'))`;
    expect(await over(remove, look, 'kill')).toEqual(['none', 'x false none']);
  });

  it('an empty file when writeFile over a synced one is cut between open and sync: the old text comes back', async () => {
    const cut = `const fd = fs.openSync('/tmp/a', 'w'); fs.writeSync(fd, 'old'); fs.fsyncSync(fd); setTimeout(() => fs.writeFile('/tmp/a', 'new', () => console.log('written', text('/tmp/a'))), 900)`;
    expect(await over(cut, look, 'kill')).toEqual(['written new', 'old false none']);
  });

  it('text of the program itself as it was', async () => {
    const change = `fs.writeFileSync('package.json', 'mine'); fs.unlinkSync('a.ts'); console.log(text('package.json'), text('a.ts'))`;
    const lines = await over(change, `console.log(text('package.json'), text('a.ts').length > 10)`, 'kill');
    expect(lines).toEqual(['mine none', '{"type":"module"} true']);
  });
});

describe('the real machine', () => {
  it('does not show: only the program’s own folder and node_modules are there', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `import fs from 'node:fs'; for (const p of ['/etc/passwd', '/proc/self/environ', '/usr/bin/node', process.execPath, '/root', '/etc']) console.log(fs.existsSync(p)); console.log(fs.readdirSync('/').join(), fs.readdirSync('/tmp').length, fs.existsSync('node_modules/pg/package.json'), fs.readdirSync('.').join(), fs.statSync('package.json').mtimeMs, fs.statSync('package.json').uid);`,
      },
    });
    expect(lines.slice(0, 6)).toEqual(Array(6).fill('a: false'));
    expect(lines[6]).toMatch(/^a: dev,home,tmp,var 1 true a\.ts,node_modules,package\.json 1767225600000 1000$/);
  });

  it('is not written to, nor to be watched or linked', async () => {
    const { lines } = await runPrograms({
      programs: {
        a: `import fs from 'node:fs'; fs.writeFileSync('/tmp/seedstorm-probe', 'x'); console.log(fs.readFileSync('/tmp/seedstorm-probe', 'utf8'));`,
      },
    });
    expect(lines).toEqual(['a: x']);
    const { existsSync } = await import('node:fs');
    expect(existsSync('/tmp/seedstorm-probe')).toBe(false);
    for (const call of [
      `watch('/tmp')`,
      `symlinkSync('/tmp/a', '/tmp/b')`,
      `linkSync('/tmp/a', '/tmp/b')`,
      `watchFile('/tmp', () => {})`,
    ]) {
      const { end } = await runPrograms({ programs: { a: `import fs from 'node:fs';\nfs.${call}` } });
      expect(String((end as { error: Error }).error.message)).toContain(`a called fs.${call.split('(')[0]} (a.ts:2)`);
    }
  });

  it('takes virtual time for each call, and twice the same', async () => {
    const program = `import fs from 'node:fs/promises'; const t = performance.now(); const h = await fs.open('/tmp/a', 'w'); await h.write('x'); await h.sync(); await h.close(); console.log(performance.now() - t > 2, await fs.mkdtemp('/tmp/x-'));`;
    const first = await runPrograms({ programs: { a: program } });
    expect(first.lines[0]).toMatch(/^a: true \/tmp\/x-\w{6}$/);
    expect((await runPrograms({ programs: { a: program } })).lines).toEqual(first.lines);
  });
});
