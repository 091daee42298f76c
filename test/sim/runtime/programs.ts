/** Runs small programs, given as text, in a simulated world, and returns what they logged: the fixture of the runtime's tests. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UnplacedRecord } from '../../../harness/history/record.ts';
import type { KernelEnd } from '../../../sim/kernel/kernel.ts';
import { type ProgramSpec, type ServerSpec, SimWorld } from '../../../sim/world.ts';

export interface Ran {
  readonly end: KernelEnd;
  /** `host: text` of each log line, in order. */
  readonly lines: readonly string[];
  readonly records: readonly (UnplacedRecord & { readonly at: number })[];
  readonly hash: string;
  readonly world: SimWorld;
}

export interface RunProgramsOptions {
  /** Source by name of the process; a name ending in `.mts`, `.cjs` ... keeps that ending, others are `.ts`. */
  readonly programs: Readonly<Record<string, string>>;
  /** Further files beside the programs, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly servers?: readonly ServerSpec[];
  readonly env?: Readonly<Record<string, string>>;
  readonly spec?: Partial<ProgramSpec>;
  readonly seed?: number;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly polyfills?: readonly string[];
  readonly eventsMax?: number;
  /** Called before the run: to arm faults on the world. */
  readonly arrange?: (world: SimWorld) => void;
  /** Starts the programs itself. */
  readonly startsNothing?: boolean;
}

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs the programs until nothing is left to happen. */
export async function runPrograms(options: RunProgramsOptions): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-test-'));
  try {
    symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...options.files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const programs = Object.entries(options.programs).map(([name, text]): ProgramSpec => {
      const file = join(folder, /\.[mc]?[jt]s$/.test(name) ? name : `${name}.ts`);
      writeFileSync(file, text);
      return {
        name: name.replace(/\..*$/, ''),
        role: 'process',
        file,
        env: options.env ?? {},
        cwd: folder,
        timeZone: 'UTC',
        restart: { when: 'never', delayMs: 0 },
        ...options.spec,
      };
    });
    const records: (UnplacedRecord & { at: number })[] = [];
    const world = new SimWorld({
      seed: options.seed ?? 1,
      epochMicros: Date.UTC(2026, 0, 1) * 1000,
      eventsMax: options.eventsMax ?? 1_000_000,
      root: folder,
      servers: options.servers ?? [],
      programs,
      aliases: options.aliases ?? {},
      polyfills: options.polyfills ?? [],
      tracesMessages: false,
      record: (at, record) => records.push({ ...record, at }),
    });
    world.kernel.at(0, () => {
      for (const { name } of options.servers ?? []) world.startServer(name);
      if (options.startsNothing !== true) for (const { name } of programs) world.start(name);
    });
    options.arrange?.(world);
    const end = await world.run();
    const lines = records.flatMap((record) =>
      record.kind === 'log' ? [`${record.process ?? record.host}: ${record.text}`] : [],
    );
    return { end, lines, records, hash: world.kernel.hash.digest(), world };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
