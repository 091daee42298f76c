/**
 * Results of `transform`, kept in memory and on disk, keyed by what they depend on: the text, how it is read, esbuild's version and the
 * version of the transform itself. A file of the disk cache that is short, foreign or broken counts as absent, and a disk that cannot
 * be written costs speed only.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { version as esbuildVersion } from 'esbuild';
import type { ModuleKind, TransformResult } from './transform.ts';

/** Counted up with every change of what `transform` makes of the same text. */
const TRANSFORM_VERSION = 1;

const inMemory = new Map<string, TransformResult>();
let folder: string | undefined;

export function transformKey(input: { source: string; kind: ModuleKind; language: 'ts' | 'js' }): string {
  const hash = createHash('sha256');
  hash.update(`${esbuildVersion}\n${TRANSFORM_VERSION}\n${input.kind}\n${input.language}\n`);
  return hash.update(input.source).digest('hex');
}

export function cachedTransform(key: string): TransformResult | undefined {
  const known = inMemory.get(key);
  if (known !== undefined) return known;
  const stored = readEntry(key);
  if (stored !== undefined) inMemory.set(key, stored);
  return stored;
}

export function cacheTransform(key: string, result: TransformResult): void {
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
function readEntry(key: string): TransformResult | undefined {
  try {
    const text = readFileSync(join(cacheFolder(), key), 'utf8');
    const body = text.slice(65);
    if (text.slice(0, 64) !== hashOf(body)) return undefined;
    return JSON.parse(body) as TransformResult;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that another process never reads half an entry. */
function writeEntry(key: string, result: TransformResult): void {
  const body = JSON.stringify(result);
  const beside = join(cacheFolder(), `${key}.${process.pid}`);
  try {
    mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${hashOf(body)}\n${body}`, { mode: 0o600 });
    renameSync(beside, join(cacheFolder(), key));
  } catch {
    rmSync(beside, { force: true });
  }
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
