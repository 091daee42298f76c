/**
 * The disk of a host: a tree of files that survives its processes, with the one property that matters for crashes, what was synced.
 *
 * The model, after fsync(2) and ext4 with delayed allocation:
 * - Each file has live content and synced content; each directory has live entries and synced entries.
 * - `sync` of a file makes its content durable, and its own entry if it is new there. `sync` of a directory makes all its entries
 *   durable: creations, renames and removals.
 * - A crash brings everything back to what was synced, the same way each time: nothing is torn, nothing unsynced survives. An orderly
 *   end syncs everything.
 * Below it lies program text: folders of the real disk that are mounted read-only, so that a program finds its own files; what it
 * changes there stays in the tree. Left out: links, permissions (kept, never checked), quotas.
 */

/** Read-only text below the tree. */
export interface Lower {
  /** Follows links. */
  kindOf(path: string): 'file' | 'directory' | undefined;
  read(path: string): Buffer;
  list(path: string): readonly string[];
}

const INITIAL_CAPACITY = 256;

interface Facts {
  readonly number: number;
  mode: number;
  uid: number;
  gid: number;
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  bornMs: number;
}

/** Content of a file: a buffer that grows, and what of it is durable. */
export class DiskFile implements Facts {
  readonly kind = 'file';
  readonly number: number;
  mode = 0o666;
  uid = 1000;
  gid = 1000;
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  bornMs: number;
  #bytes: Buffer;
  #length: number;
  #syncedLength = 0;
  /** The durable content, kept apart once it was written over. */
  #syncedCopy: Buffer | undefined;

  constructor(number: number, nowMs: number, content: Buffer = Buffer.alloc(0)) {
    this.number = number;
    this.accessedMs = this.modifiedMs = this.changedMs = this.bornMs = nowMs;
    this.#bytes = content;
    this.#length = content.length;
  }

  get size(): number {
    return this.#length;
  }

  /** A view of the content, valid until the next write. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  write(position: number, data: Uint8Array, nowMs: number): void {
    const end = position + data.length;
    this.#keepSynced(position);
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, 2 * this.#bytes.length, INITIAL_CAPACITY));
      grown.set(this.content);
      this.#bytes = grown;
    }
    this.#bytes.set(data, position);
    this.#length = Math.max(this.#length, end);
    this.modifiedMs = this.changedMs = nowMs;
  }

  truncate(length: number, nowMs: number): void {
    this.#keepSynced(length);
    if (length > this.#length) this.write(length, Buffer.alloc(0), nowMs);
    else this.#bytes.fill(0, length, this.#length);
    this.#length = length;
    this.modifiedMs = this.changedMs = nowMs;
  }

  /** What is durable must outlive a change from `position` on. */
  #keepSynced(position: number): void {
    if (position < this.#syncedLength) {
      this.#syncedCopy ??= Buffer.from(this.#bytes.subarray(0, this.#syncedLength));
    }
    // Content that came from below, or a buffer of someone else, is not ours to change.
    if (this.#syncedCopy !== undefined || this.#bytes.length === this.#length) this.#bytes = Buffer.from(this.content);
  }

  sync(): void {
    this.#syncedLength = this.#length;
    this.#syncedCopy = undefined;
  }

  revert(): void {
    this.#bytes = this.#syncedCopy ?? Buffer.from(this.#bytes.subarray(0, this.#syncedLength));
    this.#length = this.#syncedLength = this.#bytes.length;
    this.#syncedCopy = undefined;
  }
}

export class DiskFolder implements Facts {
  readonly kind = 'directory';
  readonly number: number;
  mode = 0o777;
  uid = 1000;
  gid = 1000;
  accessedMs: number;
  modifiedMs: number;
  changedMs: number;
  bornMs: number;
  /** Entries above the lower layer; null: removed from it. */
  entries = new Map<string, DiskNode | null>();
  synced = new Map<string, DiskNode | null>();
  /** Folder of the real disk that shows through. */
  lower: string | undefined;

  constructor(number: number, nowMs: number, lower?: string) {
    this.number = number;
    this.accessedMs = this.modifiedMs = this.changedMs = this.bornMs = nowMs;
    this.lower = lower;
  }

  sync(): void {
    this.synced = new Map(this.entries);
  }

  revert(): void {
    this.entries = new Map(this.synced);
  }
}

export type DiskNode = DiskFile | DiskFolder;

/** What a fault makes of a call to the file system. */
export interface DiskFailure {
  readonly error: 'ENOSPC' | 'EIO';
  readonly met: (call: string) => void;
}

export class Disk {
  readonly root: DiskFolder;
  /** Faults in force, the oldest first. */
  readonly failures: DiskFailure[] = [];
  readonly #bornMs: number;
  #lower: Lower | undefined;
  #numbers = 1;

  /** `bornMs`: Unix time that files of the lower layer show. */
  constructor(bornMs: number) {
    this.#bornMs = bornMs;
    this.root = new DiskFolder(this.#numbers++, bornMs);
    for (const path of ['/tmp', '/home/node', '/var/tmp', '/dev']) this.#folder(path);
  }

  /** The error that a call meets by a fault: a full disk fails what takes space, a broken one everything. */
  failing(call: 'read' | 'write' | 'sync'): 'ENOSPC' | 'EIO' | undefined {
    const failure = this.failures.find(({ error }) => error === 'EIO' || call === 'write');
    failure?.met(call);
    return failure?.error;
  }

  /** Lets a folder of the real disk show through; `path` is the same in both. */
  mount(path: string, lower: Lower): void {
    this.#lower = lower;
    const folder = this.#folder(path);
    if (folder !== undefined && folder.lower === undefined && lower.kindOf(path) === 'directory') folder.lower = path;
  }

  /** Makes the folders of a path, durably; undefined when a file is in the way. */
  #folder(path: string): DiskFolder | undefined {
    let at = this.root;
    for (const name of partsOf(path)) {
      let next = this.child(at, name);
      if (next === undefined) {
        next = new DiskFolder(this.#numbers++, this.#bornMs);
        at.entries.set(name, next);
        at.synced.set(name, next);
      }
      if (next.kind !== 'directory') return undefined;
      at = next;
    }
    return at;
  }

  child(folder: DiskFolder, name: string): DiskNode | undefined {
    const known = folder.entries.get(name);
    if (known !== undefined) return known ?? undefined;
    if (folder.lower === undefined || this.#lower === undefined) return undefined;
    const path = `${folder.lower}/${name}`;
    const kind = this.#lower.kindOf(path);
    if (kind === undefined) return undefined;
    const node =
      kind === 'directory'
        ? new DiskFolder(this.#numbers++, this.#bornMs, path)
        : new DiskFile(this.#numbers++, this.#bornMs, this.#lower.read(path));
    if (node.kind === 'file') {
      node.mode = 0o644;
      node.sync();
    } else node.mode = 0o755;
    folder.entries.set(name, node);
    folder.synced.set(name, node);
    return node;
  }

  /** Names in a folder, sorted. */
  names(folder: DiskFolder): string[] {
    const names = new Set<string>();
    if (folder.lower !== undefined) for (const name of this.#lower?.list(folder.lower) ?? []) names.add(name);
    for (const [name, node] of folder.entries) {
      if (node === null) names.delete(name);
      else names.add(name);
    }
    return [...names].sort();
  }

  add(folder: DiskFolder, name: string, node: DiskNode, nowMs: number): void {
    folder.entries.set(name, node);
    folder.modifiedMs = folder.changedMs = nowMs;
  }

  remove(folder: DiskFolder, name: string, nowMs: number): void {
    if (folder.lower === undefined) folder.entries.delete(name);
    else folder.entries.set(name, null);
    folder.modifiedMs = folder.changedMs = nowMs;
  }

  createFile(nowMs: number): DiskFile {
    return new DiskFile(this.#numbers++, nowMs);
  }

  createFolder(nowMs: number): DiskFolder {
    return new DiskFolder(this.#numbers++, nowMs);
  }

  /** `fsync` of a file that was opened at `name` in `folder`: its content, and its entry if it is not durable there yet. */
  syncFile(file: DiskFile, folder: DiskFolder, name: string): void {
    file.sync();
    if (folder.entries.get(name) === file && !folder.synced.has(name)) folder.synced.set(name, file);
  }

  /** An orderly end: all is durable. */
  syncAll(): void {
    this.#each(this.root, (node) => node.sync());
  }

  /** A crash: what was not synced is gone. */
  crash(): void {
    this.root.revert();
    this.#each(this.root, (node) => node.revert());
  }

  #each(folder: DiskFolder, act: (node: DiskNode) => void): void {
    act(folder);
    for (const node of folder.entries.values()) {
      if (node === null) continue;
      if (node.kind === 'directory') this.#each(node, act);
      else act(node);
    }
  }
}

/** Names of an absolute, normal path. */
export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
