/** The folder of one run: in memory where the system offers that, since a data directory is a thousand small files. */
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reaper } from './processes/reaper.ts';

const MEMORY_FOLDER = '/dev/shm';
const MEMORY_BYTES_MIN = 1024 ** 3;

export interface RunFolder {
  readonly path: string;
  remove(): void;
}

/** Makes the folder; it goes with the run, or with the harness. */
export function makeRunFolder(): RunFolder {
  const path = mkdtempSync(join(hasMemoryFolder() ? MEMORY_FOLDER : tmpdir(), 'seedstorm-run-'));
  // Servers that run as another user have folders of their own inside.
  chmodSync(path, 0o711);
  const forget = reaper().watch({ kind: 'folder', path });
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      forget();
    },
  };
}

function hasMemoryFolder(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize > MEMORY_BYTES_MIN;
  } catch {
    return false;
  }
}
