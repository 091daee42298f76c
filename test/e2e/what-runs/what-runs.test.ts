/** Each program of the list runs in sim and prints what the list says, so that docs/what-runs.md, made from it, is true. */
import { beforeAll, expect, it } from 'vitest';
import { postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';
import { redisServer } from '../../../sim/redis/index.ts';
import type { ServerSpec } from '../../../sim/world.ts';
import { type RunProgramsOptions, runPrograms } from '../../sim/runtime/programs.ts';
import { type Entry, entries } from './list.ts';

beforeAll(preparePostgres);

const environment = { DATABASE_URL: 'postgres://postgres@postgres:5432/postgres' };

function servers({ server }: Entry): readonly ServerSpec[] {
  if (server === 'redis') return [{ name: 'redis', type: 'redis', factory: redisServer({}) }];
  if (server === undefined) return [];
  return [{ name: 'postgres', type: 'postgres', factory: postgresServer({ users: { postgres: {} } }) }];
}

async function outcome(options: RunProgramsOptions) {
  const { end, records } = await runPrograms({ env: environment, ...options });
  const errors = records.flatMap((record) =>
    record.kind === 'process' && record.error !== undefined ? [record.error] : [],
  );
  if (end.kind === 'failed') errors.push(String((end.error as Error).message));
  const lines = records.flatMap((record) =>
    record.kind === 'log' && record.process !== undefined ? [record.text] : [],
  );
  return { end: end.kind, errors, lines };
}

it.each(entries.map((entry) => [`${entry.shown ?? entry.library} ${entry.status}`, entry] as const))(
  '%s: as docs/what-runs.md says',
  async (_name, entry) => {
    const { programs, files = {}, polyfills = [], prints, lacks } = entry;
    expect(programs === undefined).toBe(entry.status === 'refused');
    expect(lacks === undefined).toBe(entry.status === 'runs');
    if (programs !== undefined) {
      const run = await outcome({ programs, files, polyfills, servers: servers(entry) });
      expect(run).toEqual({ end: 'quiescent', errors: [], lines: prints });
    }
    if (lacks === undefined) return;
    const lacking = await outcome({
      programs: { a: lacks.program },
      files: lacks.files ?? {},
      servers: servers(entry),
    });
    expect([...lacking.errors, ...lacking.lines].join('\n')).toContain(lacks.error);
  },
  60_000,
);
