/** How a node of the disk shows: `fs.Stats` and `fs.Dirent`. */
import * as real from 'node:fs';
import type { DiskNode } from '../../net/disk.ts';
import type { VirtualProcess } from '../process.ts';

const { S_IFDIR, S_IFREG } = real.constants;
const UV_DIRENT_FILE = 1;
const UV_DIRENT_DIR = 2;

/** `fs.Stats` of a node: of Node's class, with the process's own dates. */
export function statsOf(node: DiskNode, process: VirtualProcess, options?: { bigint?: boolean }): real.Stats {
  const size = node.kind === 'file' ? node.size : 4096;
  const type = node.kind === 'file' ? S_IFREG : S_IFDIR;
  const numbers: Record<string, number> = {
    dev: 1,
    mode: type | (node.mode & ~(process.globals['process'] as NodeJS.Process).umask() & 0o7777),
    nlink: 1,
    uid: node.uid,
    gid: node.gid,
    rdev: 0,
    blksize: 4096,
    ino: node.number,
    size,
    blocks: Math.ceil(size / 512),
    atimeMs: node.accessedMs,
    mtimeMs: node.modifiedMs,
    ctimeMs: node.changedMs,
    birthtimeMs: node.bornMs,
  };
  const stats = Object.create(real.Stats.prototype) as Record<string, unknown>;
  const isBig = options?.bigint === true;
  for (const [name, value] of Object.entries(numbers)) stats[name] = isBig ? BigInt(value) : value;
  const VirtualDate = process.globals['Date'] as DateConstructor;
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) {
    if (isBig) stats[`${name}Ns`] = BigInt(numbers[`${name}Ms`]!) * 1_000_000n;
    const value = new VirtualDate(numbers[`${name}Ms`]!);
    Object.defineProperty(stats, name, { value, writable: true, enumerable: true, configurable: true });
  }
  if (isBig) {
    const check = (property: number): boolean => (numbers['mode']! & real.constants.S_IFMT) === property;
    Object.defineProperty(stats, '_checkModeProperty', { value: check });
  }
  return stats as unknown as real.Stats;
}

export function direntOf(name: string, node: DiskNode, folder: string): real.Dirent {
  const Dirent = real.Dirent as unknown as new (name: string, type: number, path: string) => real.Dirent;
  return new Dirent(name, node.kind === 'file' ? UV_DIRENT_FILE : UV_DIRENT_DIR, folder);
}
