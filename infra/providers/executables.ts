/** Finds the server programs of this machine, and says how to get those that are missing. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SeedstormError } from '../../sim/kernel/errors.ts';

export interface Executable {
  readonly path: string;
  /** As the program says it: `7.0.15`. */
  readonly version: string;
}

/** Oldest versions that infra mode knows how to run. */
const OLDEST = { redis: 6, postgres: 12 } as const;

const installHint = {
  redis: 'apt-get install redis-server (Debian), brew install redis (macOS)',
  postgres: 'apt-get install postgresql (Debian), brew install postgresql (macOS)',
} as const;

/**
 * The `redis-server` to run: SEEDSTORM_REDIS_SERVER, or the one on PATH.
 * @throws SeedstormError `E_NOT_FOUND` or `E_VERSION`, each with the remedy
 */
export function findRedis(env: NodeJS.ProcessEnv = process.env): Executable {
  const given = env['SEEDSTORM_REDIS_SERVER'];
  const path = given ?? onPath('redis-server', env);
  if (path === undefined || !isExecutable(path)) throw notFound('redis', path, 'SEEDSTORM_REDIS_SERVER');
  return checked('redis', path, /v=(\d[\d.]*)/);
}

/**
 * The folder of `postgres` and `initdb`: SEEDSTORM_POSTGRES_BIN, that of the `postgres` on PATH, or the newest where Debian puts them.
 * @throws SeedstormError `E_NOT_FOUND` or `E_VERSION`, each with the remedy
 */
export function findPostgres(env: NodeJS.ProcessEnv = process.env): Executable {
  const given = env['SEEDSTORM_POSTGRES_BIN'];
  const path = given === undefined ? (onPath('postgres', env) ?? debianPostgres()) : join(given, 'postgres');
  if (path === undefined || !isExecutable(path)) throw notFound('postgres', path, 'SEEDSTORM_POSTGRES_BIN');
  return checked('postgres', path, /\) (\d[\d.]*)/);
}

function notFound(type: keyof typeof OLDEST, path: string | undefined, variable: string): SeedstormError {
  const program = type === 'redis' ? 'redis-server' : 'postgres';
  const where = path === undefined ? `There is no ${program} on PATH` : `${path} is not a program that can be run`;
  return new SeedstormError(
    'E_NOT_FOUND',
    `${where}, and infra mode runs a real one. Install it: ${installHint[type]}; or name it in ${variable}; or use --provider containers or external.`,
  );
}

function checked(type: keyof typeof OLDEST, path: string, pattern: RegExp): Executable {
  let text: string;
  try {
    text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new SeedstormError('E_NOT_FOUND', `${path} --version failed: ${(error as Error).message}.`, { cause: error });
  }
  const version = pattern.exec(text)?.[1] ?? '';
  if (!(Number.parseInt(version, 10) >= OLDEST[type])) {
    throw new SeedstormError(
      'E_VERSION',
      `${path} says it is "${text.trim()}"; infra mode needs version ${OLDEST[type]} or newer. Install a newer one: ${installHint[type]}.`,
    );
  }
  return { path, version };
}

function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** Debian keeps each version in a folder of its own, off PATH. */
function debianPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin', 'postgres'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
