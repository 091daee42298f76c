/**
 * Results of transforms, kept in memory and on disk, keyed by what they depend on: the text, how it is read, esbuild's version and the
 * version of our own part. A file of the disk cache that is short, foreign or broken counts as absent, and a disk that cannot
 * be written costs speed only.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { esbuildVersion } from './esbuild.ts';

/** Counted up with every change of what a transform makes of the same text. */
const TRANSFORM_VERSION = 2;

const inMemory = new Map<string, unknown>();
let folder: string | undefined;

/** The key of a result that depends on `parts`. */
export function transformKey(parts: readonly string[]): string {
  const hash = createHash('sha256').update(`${esbuildVersion()}\n${TRANSFORM_VERSION}\n`);
  for (const part of parts) hash.update(`${part.length}\n${part}`);
  return hash.digest('hex');
}

/** The result kept under `key`. Its type is that with which it was kept: a key never serves two kinds of result. */
export function cached<Result>(key: string): Result | undefined {
  const known = inMemory.get(key);
  if (known !== undefined) return known as Result;
  const stored = readEntry(key);
  if (stored !== undefined) inMemory.set(key, stored);
  return stored as Result | undefined;
}

/** Keeps `result`, which must survive JSON. */
export function keep(key: string, result: unknown): void {
  inMemory.set(key, result);
  writeEntry(key, result);
}

/** The folder of the disk cache: below node_modules of the project around the working directory, else in the temporary folder. */
export function cacheFolder(): string {
  folder ??= findCacheFolder(process.cwd());
  return folder;
}

/** Sets the folder and forgets what is in memory: for tests, and for a command that is told where to keep its files. */
export function useCacheFolder(path: string): void {
  folder = path;
  inMemory.clear();
}

function findCacheFolder(from: string): string {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) && existsSync(join(at, 'node_modules'))) {
      return join(at, 'node_modules', '.cache', 'seedstorm');
    }
    if (dirname(at) === at) return join(tmpdir(), `seedstorm-cache-${userInfo().uid}`);
  }
}

/** An entry is the hash of its body, a newline, the body. */
function readEntry(key: string): unknown {
  try {
    const text = readFileSync(join(cacheFolder(), key), 'utf8');
    const body = text.slice(65);
    if (text.slice(0, 64) !== hashOf(body)) return undefined;
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that another process never reads half an entry. */
function writeEntry(key: string, result: unknown): void {
  const body = JSON.stringify(result);
  const beside = join(cacheFolder(), `${key}.${process.pid}`);
  try {
    mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${hashOf(body)}\n${body}`, { mode: 0o600 });
    renameSync(beside, join(cacheFolder(), key));
  } catch {
    removeQuietly(beside);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder itself cannot be used; memory still serves.
  }
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
