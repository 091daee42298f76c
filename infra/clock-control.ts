/**
 * The clocks of hosts: each has a small file that the preload of its programs (processes/clock-preload.ts) reads whenever a program asks for the
 * time. So a shift holds at once, in every incarnation, worker thread and child process.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The file holds four little-endian doubles: a version before, offset (ms) at the anchor, rate error (ppm), anchor (monotonic ms), and the
 * same version after; a reader that finds two versions reads again.
 */
export const CLOCK_FILE_BYTES = 40;

export interface ClockState {
  readonly offsetMs: number;
  readonly driftPpm: number;
  readonly anchorMs: number;
}

/** What the clock adds to the real one at a monotonic time (ms). */
export function shiftAt({ offsetMs, driftPpm, anchorMs }: ClockState, monotonicMs: number): number {
  return offsetMs + ((monotonicMs - anchorMs) * driftPpm) / 1e6;
}

export class HostClock {
  readonly path: string;
  readonly #file: number;
  #version = 0;
  #state: ClockState;

  constructor(folder: string, host: string) {
    this.path = join(folder, `clock-${host}`);
    this.#file = openSync(this.path, 'w', 0o644);
    this.#state = { offsetMs: 0, driftPpm: 0, anchorMs: now() };
    this.#write();
  }

  /** What the clock adds to the real one now, ms. */
  get shiftMs(): number {
    return shiftAt(this.#state, now());
  }

  addOffset(ms: number): void {
    this.#state = { ...this.#state, offsetMs: this.#state.offsetMs + ms };
    this.#write();
  }

  addDrift(ppm: number): void {
    const anchorMs = now();
    this.#state = { offsetMs: shiftAt(this.#state, anchorMs), driftPpm: this.#state.driftPpm + ppm, anchorMs };
    this.#write();
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(): void {
    const { offsetMs, driftPpm, anchorMs } = this.#state;
    const version = ++this.#version;
    const numbers = Float64Array.of(version, offsetMs, driftPpm, anchorMs, version);
    writeSync(this.#file, new Uint8Array(numbers.buffer), 0, CLOCK_FILE_BYTES, 0);
  }
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
