/**
 * The calls behind `node:fs`, one flat table of them, as plain functions over the host's disk: paths, descriptors, and libuv's errors. The three
 * forms in which programs know them (sync, callback, promise) are made in node-fs.ts.
 */
import * as real from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Disk, type DiskFile, type DiskFolder, type DiskNode, partsOf } from '../../net/disk.ts';
import { logLines } from '../globals/process-object.ts';
import type { VirtualProcess } from '../process.ts';
import { refuse } from '../refusal.ts';
import { invalidArgumentType, nodeError } from './errors.ts';
import {
  type EncodingOption,
  encodingOf,
  fsError,
  readArguments,
  toBytes,
  toFlags,
  toMode,
  toPath,
  writeArguments,
  writeError,
} from './node-fs-arguments.ts';
import { direntOf, statsOf } from './node-fs-stats.ts';
import { programText } from './node-fs-text.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_SYNC, O_DIRECTORY } = real.constants;
const ACCESS_MODE = 3;
const FIRST_DESCRIPTOR = 20;

interface OpenFile {
  readonly node: DiskNode;
  readonly folder: DiskFolder;
  readonly name: string;
  readonly path: string;
  readonly flags: number;
  position: number;
}

interface Found {
  /** Undefined for the root. */
  readonly folder: DiskFolder | undefined;
  readonly name: string;
  readonly node: DiskNode | undefined;
  /** The error of a path whose folders are not all there. */
  readonly error: 'ENOENT' | 'ENOTDIR' | undefined;
}

function encoded(text: string, options: EncodingOption): string | Buffer {
  const encoding = encodingOf(options);
  return encoding === 'buffer' ? Buffer.from(text) : text;
}

/** The open files and calls of one process. */
export class FsCalls {
  readonly #process: VirtualProcess;
  readonly #open = new Map<number, OpenFile>();
  readonly #partial: Record<number, string> = { 1: '', 2: '' };
  #disk: Disk | undefined;

  constructor(process: VirtualProcess) {
    this.#process = process;
    process.hold({
      release: (crash) => {
        for (const fd of [1, 2]) {
          const rest = this.#partial[fd]!;
          if (rest !== '') process.observer.log(process, fd === 1 ? 'stdout' : 'stderr', rest);
        }
        if (!process.host.hasDisk) return;
        if (crash) process.host.disk.crash();
        else process.host.disk.syncAll();
      },
    });
  }

  get #tree(): Disk {
    if (this.#disk === undefined) {
      this.#disk = this.#process.host.disk;
      const { cwd, program, root } = this.#process.options as { cwd: string; program: string; root?: string };
      for (const folder of [root, cwd, dirname(program)])
        if (folder !== undefined) this.#disk.mount(folder, programText);
    }
    return this.#disk;
  }

  get #nowMs(): number {
    return Math.floor(this.#process.host.clock.wallMicros(this.#process.kernel.localNow()) / 1000);
  }

  #absolute(path: string): string {
    return resolve((this.#process.globals['process'] as NodeJS.Process).cwd(), path);
  }

  #find(path: string): Found {
    const tree = this.#tree;
    const absolute = this.#absolute(path);
    const packages = absolute.indexOf('/node_modules');
    if (packages >= 0 && /^\/node_modules(?:\/|$)/.test(absolute.slice(packages)))
      tree.mount(absolute.slice(0, packages + '/node_modules'.length), programText);
    const parts = partsOf(absolute);
    const name = parts.pop();
    if (name === undefined) return { folder: undefined, name: '', node: tree.root, error: undefined };
    let folder = tree.root;
    for (const part of parts) {
      const next = tree.child(folder, part);
      if (next === undefined) return { folder, name, node: undefined, error: 'ENOENT' };
      if (next.kind !== 'directory') return { folder, name, node: undefined, error: 'ENOTDIR' };
      folder = next;
    }
    return { folder, name, node: tree.child(folder, name), error: undefined };
  }

  #existing(path: string, syscall: string): Found & { readonly node: DiskNode } {
    const found = this.#find(path);
    if (found.node === undefined) throw fsError(found.error ?? 'ENOENT', syscall, path);
    return found as Found & { readonly node: DiskNode };
  }

  /** Throws what a fault of the disk makes of a call. */
  #meetFailure(call: 'read' | 'write' | 'sync', syscall: string, path?: string): void {
    const code = this.#tree.failing(call);
    if (code !== undefined) throw fsError(code, syscall, path);
  }

  #descriptor(fd: unknown, syscall: string): OpenFile {
    if (typeof fd !== 'number') throw invalidArgumentType('fd', 'of type number', fd);
    const file = this.#open.get(fd);
    if (file === undefined) throw fsError('EBADF', syscall);
    return file;
  }

  // Descriptors.

  open(path: unknown, flags?: unknown, _mode?: unknown): number {
    const at = toPath(path);
    const bits = toFlags(flags);
    const found = this.#find(at);
    let { node } = found;
    if (found.error !== undefined) throw fsError(found.error, 'open', at);
    const writes = (bits & ACCESS_MODE) !== O_RDONLY;
    if (node === undefined) {
      if ((bits & O_CREAT) === 0) throw fsError('ENOENT', 'open', at);
      this.#meetFailure('write', 'open', at);
      node = this.#tree.createFile(this.#nowMs);
      this.#tree.add(found.folder!, found.name, node, this.#nowMs);
    } else {
      if ((bits & O_CREAT) !== 0 && (bits & O_EXCL) !== 0) throw fsError('EEXIST', 'open', at);
      if (node.kind === 'directory' && writes) throw fsError('EISDIR', 'open', at);
      if (node.kind === 'file' && (bits & O_DIRECTORY) !== 0) throw fsError('ENOTDIR', 'open', at);
      if (node.kind === 'file' && writes && (bits & O_TRUNC) !== 0) node.truncate(0, this.#nowMs);
    }
    let fd = FIRST_DESCRIPTOR;
    while (this.#open.has(fd)) fd++;
    this.#open.set(fd, {
      node,
      folder: found.folder ?? this.#tree.root,
      name: found.name,
      path: at,
      flags: bits,
      position: 0,
    });
    return fd;
  }

  close(fd: unknown): void {
    this.#descriptor(fd, 'close');
    this.#open.delete(fd as number);
  }

  #file(fd: unknown, syscall: string): OpenFile & { readonly node: DiskFile } {
    const file = this.#descriptor(fd, syscall);
    if (file.node.kind === 'directory') throw fsError('EISDIR', syscall);
    return file as OpenFile & { readonly node: DiskFile };
  }

  read(fd: unknown, target: unknown, ...rest: unknown[]): number {
    const file = this.#file(fd, 'read');
    const { buffer, offset, length, position } = readArguments(target, rest);
    if ((file.flags & ACCESS_MODE) === O_WRONLY) throw fsError('EBADF', 'read');
    this.#meetFailure('read', 'read');
    const from = position ?? file.position;
    const piece = file.node.content.subarray(from, from + length);
    Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(piece, offset);
    if (position === null) file.position += piece.length;
    return piece.length;
  }

  readv(fd: unknown, buffers: ArrayBufferView[], position: number | null = null): number {
    let total = 0;
    for (const buffer of buffers) {
      const count = this.read(fd, buffer, 0, buffer.byteLength, position === null ? null : position + total);
      total += count;
      if (count < buffer.byteLength) break;
    }
    return total;
  }

  write(fd: unknown, data: unknown, ...rest: unknown[]): number {
    const { bytes, position } = writeArguments(data, rest);
    if (fd === 1 || fd === 2) {
      this.#partial[fd] = logLines(
        this.#process,
        fd === 1 ? 'stdout' : 'stderr',
        this.#partial[fd]! + bytes.toString(),
      );
      return bytes.length;
    }
    if (typeof fd === 'number' && !this.#open.has(fd)) throw writeError();
    const file = this.#file(fd, 'write');
    if ((file.flags & ACCESS_MODE) === O_RDONLY) throw writeError();
    if (bytes.length > 0) this.#meetFailure('write', 'write');
    const at = (file.flags & O_APPEND) !== 0 ? file.node.size : (position ?? file.position);
    file.node.write(at, bytes, this.#nowMs);
    if (position === null || (file.flags & O_APPEND) !== 0) file.position = at + bytes.length;
    if ((file.flags & O_SYNC) !== 0) this.fsync(fd);
    return bytes.length;
  }

  writev(fd: unknown, buffers: Uint8Array[], position: number | null = null): number {
    return this.write(fd, Buffer.concat(buffers), 0, undefined, position);
  }

  fsync(fd: unknown): void {
    if (fd === 1 || fd === 2) return;
    const { node, folder, name } = this.#descriptor(fd, 'fsync');
    this.#meetFailure('sync', 'fsync');
    if (node.kind === 'file') this.#tree.syncFile(node, folder, name);
    else node.sync();
  }

  fstat(fd: unknown, options?: { bigint?: boolean }): real.Stats {
    return statsOf(this.#descriptor(fd, 'fstat').node, this.#process, options);
  }

  ftruncate(fd: unknown, length = 0): void {
    this.#file(fd, 'ftruncate').node.truncate(Math.max(0, length), this.#nowMs);
  }

  futimes(fd: unknown, accessed: unknown, modified: unknown): void {
    setTimes(this.#descriptor(fd, 'futime').node, accessed, modified);
  }

  fchmod(fd: unknown, mode: unknown): void {
    this.#descriptor(fd, 'fchmod').node.mode = toMode(mode);
  }

  fchown(fd: unknown, uid: number, gid: number): void {
    Object.assign(this.#descriptor(fd, 'fchown').node, { uid, gid });
  }

  // Whole files.

  readFile(path: unknown, options?: EncodingOption & { flag?: string }): string | Buffer {
    const isOpen = typeof path === 'number';
    const encoding = encodingOf(options);
    const fd = isOpen ? path : this.open(path, (options as { flag?: string } | null | undefined)?.flag ?? 'r');
    try {
      const file = this.#file(fd, 'read');
      this.#meetFailure('read', 'read');
      const content = Buffer.from(file.node.content.subarray(file.position));
      file.position = file.node.size;
      return encoding === undefined || encoding === 'buffer' ? content : content.toString(encoding);
    } finally {
      if (!isOpen) this.close(fd);
    }
  }

  writeFile(path: unknown, data: unknown, options?: unknown, flag = 'w'): void {
    const given = (typeof options === 'object' && options !== null ? options : {}) as {
      flag?: string;
      flush?: boolean;
    };
    const isOpen = typeof path === 'number';
    const bytes = toBytes(data, encodingOf(options));
    const fd = isOpen ? path : this.open(path, given.flag ?? flag);
    try {
      this.write(fd, bytes);
      if (given.flush === true) this.fsync(fd);
    } finally {
      if (!isOpen) this.close(fd);
    }
  }

  appendFile(path: unknown, data: unknown, options?: unknown): void {
    this.writeFile(path, data, options, 'a');
  }

  truncate(path: unknown, length = 0): void {
    const at = toPath(path);
    const { node } = this.#existing(at, 'open');
    if (node.kind === 'directory') throw fsError('EISDIR', 'open', at);
    node.truncate(length, this.#nowMs);
  }

  copyFile(source: unknown, target: unknown, mode = 0): void {
    const from = toPath(source, 'src');
    const to = toPath(target, 'dest');
    const found = this.#find(from);
    if (found.node === undefined) throw fsError(found.error ?? 'ENOENT', 'copyfile', from, to);
    if (found.node.kind === 'directory') throw fsError('EISDIR', 'copyfile', from, to);
    const place = this.#find(to);
    if (place.error !== undefined) throw fsError(place.error, 'copyfile', from, to);
    if (place.node !== undefined && (mode & real.constants.COPYFILE_EXCL) !== 0)
      throw fsError('EEXIST', 'copyfile', from, to);
    const fd = this.open(to, 'w');
    this.write(fd, found.node.content);
    this.close(fd);
  }

  // Paths.

  stat(
    path: unknown,
    options?: { bigint?: boolean; throwIfNoEntry?: boolean },
    syscall = 'stat',
  ): real.Stats | undefined {
    const at = toPath(path);
    const found = this.#find(at);
    if (found.node !== undefined) return statsOf(found.node, this.#process, options);
    if (options?.throwIfNoEntry === false) return undefined;
    throw fsError(found.error ?? 'ENOENT', syscall, at);
  }

  access(path: unknown, _mode?: number): void {
    this.#existing(toPath(path), 'access');
  }

  exists(path: unknown): boolean {
    try {
      return this.#find(toPath(path)).node !== undefined;
    } catch {
      return false;
    }
  }

  mkdir(path: unknown, options?: unknown): string | undefined {
    const at = toPath(path);
    const recursive = typeof options === 'object' && (options as { recursive?: boolean } | null)?.recursive === true;
    const found = this.#find(at);
    if (!recursive) {
      if (found.node !== undefined) throw fsError('EEXIST', 'mkdir', at);
      if (found.error !== undefined) throw fsError(found.error, 'mkdir', at);
      this.#meetFailure('write', 'mkdir', at);
      this.#tree.add(found.folder!, found.name, this.#tree.createFolder(this.#nowMs), this.#nowMs);
      return undefined;
    }
    if (found.node?.kind === 'file') throw fsError('EEXIST', 'mkdir', at);
    let first: string | undefined;
    let folder = this.#tree.root;
    let shown = '';
    for (const part of partsOf(this.#absolute(at))) {
      shown += `/${part}`;
      let next = this.#tree.child(folder, part);
      if (next === undefined) {
        this.#meetFailure('write', 'mkdir', at);
        first ??= shown;
        next = this.#tree.createFolder(this.#nowMs);
        this.#tree.add(folder, part, next, this.#nowMs);
      }
      if (next.kind === 'file') throw fsError('ENOTDIR', 'mkdir', at);
      folder = next;
    }
    return first;
  }

  mkdtemp(prefix: unknown, options?: EncodingOption): string | Buffer {
    const head = toPath(prefix, 'prefix');
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    const stream = this.#process.stream('mkdtemp');
    for (;;) {
      let path = head;
      for (let index = 0; index < 6; index++) path += letters[Math.floor(stream.double() * letters.length)];
      const found = this.#find(path);
      if (found.error !== undefined) throw fsError(found.error, 'mkdtemp', `${head}XXXXXX`);
      if (found.node !== undefined) continue;
      this.mkdir(path);
      return encoded(path, options);
    }
  }

  readdir(path: unknown, options?: EncodingOption & { withFileTypes?: boolean; recursive?: boolean }): unknown[] {
    const at = toPath(path);
    const found = this.#find(at);
    if (found.node === undefined) throw fsError(found.error ?? 'ENOENT', 'scandir', at);
    if (found.node.kind === 'file') throw fsError('ENOTDIR', 'scandir', at);
    const { withFileTypes = false, recursive = false } = typeof options === 'object' && options !== null ? options : {};
    const list: unknown[] = [];
    const waiting: [DiskFolder, string][] = [[found.node, '']];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [folder, below] = next;
      for (const name of this.#tree.names(folder)) {
        const node = this.#tree.child(folder, name);
        if (node === undefined) continue;
        const relative = below === '' ? name : `${below}/${name}`;
        list.push(
          withFileTypes ? direntOf(name, node, below === '' ? at : join(at, below)) : encoded(relative, options),
        );
        if (recursive && node.kind === 'directory') waiting.push([node, relative]);
      }
    }
    return list;
  }

  opendir(path: unknown): real.Dirent[] {
    const found = this.#find(toPath(path));
    if (found.node === undefined) throw fsError(found.error ?? 'ENOENT', 'opendir');
    if (found.node.kind === 'file') throw fsError('ENOTDIR', 'opendir');
    return this.readdir(path, { withFileTypes: true }) as real.Dirent[];
  }

  rename(from: unknown, to: unknown): void {
    const source = toPath(from, 'oldPath');
    const target = toPath(to, 'newPath');
    const failure = (code: string): Error => fsError(code, 'rename', source, target);
    const found = this.#find(source);
    const place = this.#find(target);
    if (found.node === undefined) throw failure(found.error ?? 'ENOENT');
    if (place.error !== undefined) throw failure(place.error);
    if (found.node === place.node) return;
    const { node } = found;
    if (place.node?.kind === 'directory') {
      if (node.kind === 'file') throw failure('EISDIR');
      if (this.#tree.names(place.node).length > 0) throw failure('ENOTEMPTY');
    } else if (place.node !== undefined && node.kind === 'directory') throw failure('ENOTDIR');
    if (`${this.#absolute(target)}/`.startsWith(`${this.#absolute(source)}/`)) throw failure('EINVAL');
    this.#tree.remove(found.folder!, found.name, this.#nowMs);
    this.#tree.add(place.folder!, place.name, node, this.#nowMs);
  }

  unlink(path: unknown): void {
    const at = toPath(path);
    const { folder, name, node } = this.#existing(at, 'unlink');
    if (node.kind === 'directory') throw fsError('EISDIR', 'unlink', at);
    this.#tree.remove(folder!, name, this.#nowMs);
  }

  rmdir(path: unknown, options?: { recursive?: boolean }): void {
    const at = toPath(path);
    const { folder, name, node } = this.#existing(at, 'rmdir');
    if (node.kind === 'file') throw fsError('ENOTDIR', 'rmdir', at);
    if (options?.recursive !== true && this.#tree.names(node).length > 0) throw fsError('ENOTEMPTY', 'rmdir', at);
    this.#tree.remove(folder!, name, this.#nowMs);
  }

  rm(path: unknown, options: { force?: boolean; recursive?: boolean } = {}): void {
    const at = toPath(path);
    const found = this.#find(at);
    if (found.node === undefined) {
      if (options.force !== true) throw fsError(found.error ?? 'ENOENT', 'lstat', at);
      return;
    }
    if (found.node.kind === 'directory' && options.recursive !== true) {
      const error = nodeError('ERR_FS_EISDIR', `Path is a directory: rm returned EISDIR (is a directory) ${at}`);
      Object.defineProperty(error, 'name', { value: 'SystemError', writable: true, configurable: true });
      const facts = { errno: 21, syscall: 'rm', path: at };
      const info = { code: 'EISDIR', message: 'is a directory', path: at, syscall: 'rm', errno: 21 };
      throw Object.assign(error, { info, ...facts });
    }
    this.#tree.remove(found.folder!, found.name, this.#nowMs);
  }

  realpath(path: unknown, options?: EncodingOption): string | Buffer {
    const at = toPath(path);
    this.#existing(at, 'lstat');
    return encoded(this.#absolute(at), options);
  }

  readlink(path: unknown): never {
    const at = toPath(path);
    this.#existing(at, 'readlink');
    throw fsError('EINVAL', 'readlink', at);
  }

  chmod(path: unknown, mode: unknown): void {
    this.#existing(toPath(path), 'chmod').node.mode = toMode(mode);
  }

  chown(path: unknown, uid: number, gid: number): void {
    Object.assign(this.#existing(toPath(path), 'chown').node, { uid, gid });
  }

  utimes(path: unknown, accessed: unknown, modified: unknown): void {
    setTimes(this.#existing(toPath(path), 'utime').node, accessed, modified);
  }

  refuse(what: string): never {
    return refuse(this.#process, `fs.${what}`);
  }

  /** A folder that exists, for `process.chdir`. */
  folderAt(path: string, from: string): string {
    const found = this.#find(path);
    if (found.node === undefined) throw fsError(found.error ?? 'ENOENT', 'chdir', from, path);
    if (found.node.kind === 'file') throw fsError('ENOTDIR', 'chdir', from, path);
    return this.#absolute(path);
  }
}

function setTimes(node: DiskNode, accessed: unknown, modified: unknown): void {
  const millis = (time: unknown): number =>
    typeof time === 'object' && time !== null ? Number((time as Date).getTime()) : Number(time) * 1000;
  node.accessedMs = millis(accessed);
  node.modifiedMs = millis(modified);
}
