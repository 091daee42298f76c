/**
 * Packages that programs use, unmodified, twice in one real process: each incarnation has its own copy, and each copy works.
 *
 * Built-in modules are the real ones here; nothing connects anywhere.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createIncarnation, type IncarnationOptions } from './incarnation.ts';

const root = join(import.meta.dirname, '../../../..');

type Loaded = Record<string, unknown> & { default?: unknown };

interface PackageCase {
  readonly name: string;
  readonly system: 'require' | 'import';
  /** Something that the package makes, as a string. */
  use(loaded: never): unknown;
  readonly expected: unknown;
}

const cases: readonly PackageCase[] = [
  {
    name: 'ioredis',
    system: 'require',
    use: (Redis: new (o: object) => { status: string }) => new Redis({ lazyConnect: true }).status,
    expected: 'wait',
  },
  {
    name: 'ioredis5',
    system: 'require',
    use: (Redis: new (o: object) => { status: string }) => new Redis({ lazyConnect: true }).status,
    expected: 'wait',
  },
  {
    name: 'ioredis5',
    system: 'import',
    use: ({ default: Redis, Cluster }: { default: { Cluster: unknown }; Cluster: unknown }) =>
      Redis.Cluster === Cluster,
    expected: true,
  },
  {
    name: 'pg',
    system: 'require',
    use: (pg: { escapeLiteral(s: string): string }) => pg.escapeLiteral("a'b"),
    expected: "'a''b'",
  },
  {
    name: 'pg',
    system: 'import',
    use: (pg: { Pool: unknown; default: { Pool: unknown } }) => pg.Pool === pg.default.Pool,
    expected: true,
  },
  {
    name: 'undici',
    system: 'require',
    use: (undici: { Headers: new (o: object) => { get(n: string): string } }) =>
      new undici.Headers({ A: 'b' }).get('a'),
    expected: 'b',
  },
  {
    name: 'fastify',
    system: 'require',
    use: (fastify: () => { hasRoute(o: object): boolean }) => fastify().hasRoute({ url: '/', method: 'GET' }),
    expected: false,
  },
  {
    name: 'express',
    system: 'require',
    use: (express: () => { get(n: string): unknown }) => express().get('x-powered-by'),
    expected: true,
  },
  {
    name: 'pino',
    system: 'require',
    use: (pino: (o: object) => { level: string }) => pino({ level: 'warn' }).level,
    expected: 'warn',
  },
  {
    name: 'luxon',
    system: 'import',
    use: ({ Duration }: { Duration: { fromMillis(n: number): { as(u: string): number } } }) =>
      Duration.fromMillis(1500).as('seconds'),
    expected: 1.5,
  },
  {
    name: 'jsonwebtoken',
    system: 'require',
    use: (jwt: { sign(a: object, b: string): string; decode(t: string): { a: number } }) =>
      jwt.decode(jwt.sign({ a: 1 }, 's')).a,
    expected: 1,
  },
  {
    name: 'opossum',
    system: 'require',
    use: (Breaker: new (f: () => void) => { opened: boolean; shutdown(): void }) => {
      const b = new Breaker(() => {});
      b.shutdown();
      return b.opened;
    },
    expected: false,
  },
  {
    name: 'p-retry',
    system: 'import',
    use: ({ AbortError }: { AbortError: new (m: string) => Error }) => new AbortError('m').message,
    expected: 'm',
  },
  {
    name: 'croner',
    system: 'import',
    use: ({ Cron }: { Cron: new (p: string) => { nextRun(d: string): Date } }) =>
      new Cron('0 0 1 1 *').nextRun('2024-06-01')?.getFullYear(),
    expected: 2025,
  },
];

for (const { name, system, use, expected } of cases) {
  it(`${system} of ${name} works in two incarnations that share nothing`, async () => {
    const copies: unknown[] = [];
    for (let index = 0; index < 2; index++) {
      const loaded = await load(name, system, { root });
      expect((use as (loaded: unknown) => unknown)(loaded)).toEqual(expected);
      copies.push(loaded);
    }
    expect(copies[0]).not.toBe(copies[1]);
  });
}

async function load(name: string, system: 'require' | 'import', options: IncarnationOptions): Promise<Loaded> {
  const { graph } = createIncarnation(options);
  const parent = join(root, 'program.mjs');
  return (system === 'require' ? graph.require(name, parent) : await graph.importModule(name, parent)) as Loaded;
}
