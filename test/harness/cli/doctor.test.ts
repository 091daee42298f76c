/** `seedstorm doctor`: what it finds by static reading, and that its list of modules is that of sim. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diagnose } from '../../../harness/cli/doctor.ts';
import { nodeSupport, supportOf } from '../../../harness/source/node-support.ts';
import { runPrograms } from '../../sim/runtime/programs.ts';

it('follows imports, requires and packages, and names members and addons that are refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-doctor-'));
  try {
    const files: Record<string, string> = {
      'package.json': '{"type":"module"}',
      'main.ts': `import net from 'node:net'; import { watch } from 'node:fs'; import './legacy.cjs'; import type { Worker } from 'node:worker_threads'; watch('x'); void net; await import('./late.ts');`,
      'legacy.cjs': `const { spawn } = require('child_process'); const fs = require("fs"); fs.symlinkSync('a', 'b'); require('./addon.node'); try { require('not-there') } catch {} spawn;`,
      'late.ts': `import crypto from 'node:crypto'; crypto.generateKeyPairSync('ed25519');`,
      'addon.node': '',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { files: count, modules, addons, missing } = diagnose(join(folder, 'main.ts'));
    expect(count).toBe(4);
    expect(modules.map(({ name, support }) => `${name} ${support}`)).toEqual([
      'child_process refused',
      'crypto partly',
      'fs partly',
      'net partly',
    ]);
    const members = modules.flatMap(({ refusedMembers }) =>
      refusedMembers.map((member) => member.replace(/ \(.*\//, ' (')),
    );
    expect(members).toEqual(['generateKeyPairSync (late.ts)', 'symlinkSync (legacy.cjs)', 'watch (main.ts)']);
    expect(addons).toHaveLength(1);
    expect(missing[0]).toMatch(/^not-there /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('reads real packages: ioredis and pg', () => {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules/.doctor-'));
  try {
    writeFileSync(join(folder, 'main.mjs'), `import 'ioredis'; import 'pg'; import 'bullmq-is-not-here';`);
    const { modules, files, addons, missing } = diagnose(join(folder, 'main.mjs'));
    expect(files).toBeGreaterThan(50);
    expect(modules.map(({ name }) => name)).toEqual(expect.arrayContaining(['net', 'tls', 'crypto', 'dns', 'events']));
    expect(addons).toEqual([]);
    expect(missing.some((text) => text.startsWith('bullmq-is-not-here'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says of every module what sim does with it', async () => {
  const names = builtinModules.filter(
    (name) => !name.startsWith('_') && !name.startsWith('node:') && !name.includes('/'),
  );
  expect(names.filter((name) => !(name in nodeSupport))).toEqual([]);
  const members = Object.entries(nodeSupport).flatMap(([name, { refused = [] }]) =>
    refused.map((member) => [name, member]),
  );
  for (const [name, member] of members) {
    const text = `import * as m from 'node:${name}'; const f = (m as any).${member} ?? (m as any).default.${member}; if (f === undefined) console.log('absent'); else { try { new f('a', 'b') } catch {} try { f('a', 'b').enable() } catch {} }`;
    const { end, lines } = await runPrograms({ programs: { a: text } });
    if (lines[0] !== 'a: absent')
      expect(`${name}.${member} ${(end as { error?: { code?: string } }).error?.code}`).toBe(
        `${name}.${member} E_REFUSED`,
      );
  }
  for (const name of names.filter((each) => supportOf(each).support === 'refused')) {
    const text = `import * as m from 'node:${name}'; const f: any = Object.values(m).find((v) => typeof v === 'function' && v !== (m as any).default); try { new f() } catch {} try { f() } catch {}`;
    const { end } = await runPrograms({ programs: { a: text } });
    expect(`${name} ${(end as { error?: { code?: string } }).error?.code}`).toBe(`${name} E_REFUSED`);
  }
}, 60_000);
