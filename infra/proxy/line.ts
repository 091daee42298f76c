/**
 * One direction of a connection: source → toxics in the order in which they were added → gate → receiver.
 *
 *   - nothing is read from the source while the first in line has no room;
 *   - with toxics, a read of more than 32 kB becomes chunks of 32 kB, the size of the real server's reads;
 *   - without toxics and hooks the bytes go straight from socket to socket;
 *   - a toxic can be removed at any time, in any order;
 *   - the end of the source passes the toxics like data and closes the receiver's socket as a whole: there are no half-closed connections.
 *
 * Differs: several toxics removed from a connection whose source has ended are all gone; the real server, once such a removal has closed a
 * place in the line, takes the wrong places for the toxics behind it, so that a `slow_close` there goes on.
 */
import type net from 'node:net';
import type { AppliedToxic } from './applied-toxic.ts';
import { Chunk, type MessageEnd } from './chunk.ts';
import type { Gate } from './gate.ts';
import type { Outlet } from './outlet.ts';
import type { Sink } from './sink.ts';
import { Stage } from './stage.ts';

const CHUNK_BYTES_MAX = 32 * 1024;

export interface LineOptions {
  readonly source: net.Socket;
  readonly outlet: Outlet;
  /** Absent: the connection has no labels. */
  readonly gate: Gate | undefined;
  /** Finds the messages that end in bytes just read. */
  readonly label: ((bytes: Buffer) => readonly MessageEnd[] | undefined) | undefined;
  readonly onBite: (toxic: AppliedToxic) => void;
}

export class Line {
  readonly #options: LineOptions;
  readonly #source: net.Socket;
  readonly #outlet: Outlet;
  /** Gate or receiver. */
  readonly #last: Sink;
  #stages: Stage[] = [];
  #first: Sink;
  /** Read, and waiting for room. */
  #offered: Chunk | undefined;
  #rest: Chunk | undefined;
  #isSourceEnded = false;
  #hasPassedEnd = false;
  #isPaused = true;

  constructor(options: LineOptions, toxics: readonly AppliedToxic[]) {
    this.#options = options;
    this.#source = options.source;
    this.#outlet = options.outlet;
    this.#last = options.gate ?? options.outlet;
    this.#first = this.#last;
    for (const toxic of [...toxics].reverse()) {
      const stage = new Stage(toxic, this.#first, () => options.onBite(toxic));
      this.#stages.unshift(stage);
      this.#first = stage;
    }
    this.#leadFirst();
  }

  /** Begins to read. */
  start(): void {
    for (const stage of this.#stages) stage.start();
    this.#source.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#source.on('end', () => this.#endSource());
    this.#source.once('close', () => this.#endSource());
    this.#isPaused = false;
    this.#source.resume();
  }

  add(toxic: AppliedToxic): void {
    const before = this.#stages.at(-1);
    const isInterrupted = before?.interrupt() ?? false;
    const heldBack = this.#options.gate?.takeBack();
    if (before?.isClosed === true && heldBack === undefined) return;
    const stage = new Stage(toxic, this.#last, () => this.#options.onBite(toxic));
    this.#stages.push(stage);
    if (before === undefined) {
      this.#first = stage;
      this.#leadFirst();
    } else before.leadTo(stage);
    for (const chunk of heldBack?.chunks ?? []) stage.take(chunk);
    if (heldBack?.isSourceEnded === true) stage.end();
    stage.start();
    if (isInterrupted) before?.start();
  }

  update(toxic: AppliedToxic): void {
    const stage = this.#stages.find((other) => other.toxic === toxic);
    if (stage?.interrupt() === true) stage.start();
  }

  remove(toxic: AppliedToxic): void {
    const index = this.#stages.findIndex((other) => other.toxic === toxic);
    const stage = this.#stages[index];
    // A closed stage, or one whose close is settled, stays: the line is ending.
    if (stage?.interrupt() !== true) return;
    if (toxic.kind.closesWhenRemoved) {
      stage.close();
      return;
    }
    const before = this.#stages[index - 1];
    const isInterrupted = before?.interrupt() ?? false;
    const next = stage.giveWay();
    this.#stages.splice(index, 1);
    if (before === undefined) {
      this.#first = next;
      this.#leadFirst();
      this.#offer();
    } else {
      before.leadTo(next);
      if (isInterrupted) before.start();
    }
  }

  /** The connection is gone. */
  dispose(): void {
    for (const stage of this.#stages) stage.dispose();
    this.#options.gate?.close();
  }

  #leadFirst(): void {
    this.#first.onRoom = () => this.#offer();
  }

  #read(bytes: Buffer): void {
    if (this.#first === this.#outlet && this.#offered === undefined && this.#rest === undefined) {
      this.#outlet.write(bytes);
      if (!this.#outlet.hasRoom) this.#pause();
      return;
    }
    const ends = this.#options.label?.(bytes);
    const chunk = new Chunk(bytes, performance.now(), ends);
    // While something waits the source is paused, but a socket may still give what it had read before.
    this.#rest = this.#rest === undefined ? chunk : joined(this.#rest, chunk);
    this.#offer();
  }

  /** Hands on what was read while there is room. */
  #offer(): void {
    for (;;) {
      this.#offered ??= this.#cutNext();
      if (this.#offered === undefined || !this.#first.hasRoom) break;
      const chunk = this.#offered;
      this.#offered = undefined;
      this.#first.take(chunk);
    }
    if (this.#offered !== undefined || !this.#first.hasRoom) {
      if (!this.#isSourceEnded) this.#pause();
      else if (this.#offered === undefined) this.#passEnd();
      return;
    }
    if (this.#isSourceEnded) this.#passEnd();
    else this.#resume();
  }

  /** The next chunk, stamped with the time at which it begins to wait. */
  #cutNext(): Chunk | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    const isWhole = this.#stages.length === 0 || rest.length <= CHUNK_BYTES_MAX;
    this.#rest = isWhole ? undefined : rest.part(CHUNK_BYTES_MAX, rest.length);
    return (isWhole ? rest : rest.part(0, CHUNK_BYTES_MAX)).readAt(performance.now());
  }

  #endSource(): void {
    if (this.#isSourceEnded) return;
    this.#isSourceEnded = true;
    if (this.#offered === undefined && this.#rest === undefined) this.#passEnd();
  }

  #passEnd(): void {
    if (this.#hasPassedEnd) return;
    this.#hasPassedEnd = true;
    this.#first.end();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#source.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#source.resume();
  }
}

/** Two pieces that were read one after the other; rare. */
function joined(first: Chunk, second: Chunk): Chunk {
  const ends = [
    ...(first.ends ?? []),
    ...(second.ends ?? []).map(({ end, message }) => ({ end: end + first.length, message })),
  ];
  return new Chunk(Buffer.concat([first.bytes, second.bytes]), first.atMs, ends.length === 0 ? undefined : ends);
}
