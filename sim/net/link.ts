/**
 * The directed path between two hosts: latency, bandwidth, and what faults do to it.
 *
 * A cut holds segments and gives them back at the lift, as TCP's retransmission would: that late write is the bug class that we hunt.
 * A black hole loses them, and the connections that lost bytes are reset at the lift. Segments of one connection never overtake each
 * other; segments of different connections may.
 */
import type { LinkCondition } from '../../harness/world.ts';
import type { Micros } from '../kernel/clock.ts';
import type { Stream } from '../kernel/stream.ts';
import type { Segment } from './socket.ts';

export interface LatencyModel {
  /** Median one-way latency. */
  readonly medianMicros: number;
  /** Standard deviation of the latency's logarithm. */
  readonly sigma: number;
}

interface Disturbance {
  readonly condition: LinkCondition;
  readonly bite: (detail: string) => void;
  hasBitten: boolean;
}

export class DirectedLink {
  readonly from: string;
  readonly to: string;
  readonly #latency: LatencyModel;
  readonly #stream: Stream;
  #disturbances: Disturbance[] = [];
  #held: Segment[] = [];
  #busyUntil: Micros = 0;

  constructor(from: string, to: string, latency: LatencyModel, stream: Stream) {
    this.from = from;
    this.to = to;
    this.#latency = latency;
    this.#stream = stream;
  }

  /** When a segment of `bytes` that departs at `at` arrives, conditions included. */
  arrivalOf(at: Micros, bytes: number): Micros {
    let latency = this.#latency.medianMicros * Math.exp(this.#latency.sigma * this.#stream.normal());
    let start = at;
    if (this.#disturbances.length > 0) {
      for (const disturbance of this.#disturbances) {
        const { condition } = disturbance;
        if (condition.kind === 'latency') {
          latency += 1000 * (condition.latencyMs + condition.jitterMs * this.#stream.double());
          this.#bite(disturbance, `a segment of ${bytes} bytes came late`);
        } else if (condition.kind === 'bandwidth') {
          start = Math.max(start, this.#busyUntil);
          this.#busyUntil = start + (bytes / condition.bytesPerSecond) * 1e6;
          latency += this.#busyUntil - start;
          if (bytes > 0) this.#bite(disturbance, `${bytes} bytes were throttled`);
        }
      }
    }
    return Math.ceil(start + latency);
  }

  /** The condition that stops segments now, if any: a black hole outranks a cut. */
  get barrier(): 'open' | 'cut' | 'blackhole' {
    let barrier: 'open' | 'cut' | 'blackhole' = 'open';
    for (const { condition } of this.#disturbances) {
      if (condition.kind === 'blackhole') return 'blackhole';
      if (condition.kind === 'cut') barrier = 'cut';
    }
    return barrier;
  }

  /** True when a connect across the cut seems to succeed (a proxy accepts it). */
  get connectsSilently(): boolean {
    return this.#disturbances.some(({ condition }) => condition.kind === 'cut' && condition.connect === 'silent');
  }

  /** Notes that a barrier stopped a segment. */
  stopped(detail: string): void {
    for (const disturbance of this.#disturbances) {
      if (disturbance.condition.kind === 'cut' || disturbance.condition.kind === 'blackhole')
        this.#bite(disturbance, detail);
    }
  }

  hold(segment: Segment): void {
    this.#held.push(segment);
  }

  get isDisturbed(): boolean {
    return this.#disturbances.length > 0;
  }

  /** Adds a condition; the result removes it and returns the segments that were held, once the link is open again. */
  disturb(condition: LinkCondition, bite: (detail: string) => void): () => readonly Segment[] {
    const disturbance: Disturbance = { condition, bite, hasBitten: false };
    this.#disturbances = [...this.#disturbances, disturbance];
    return () => {
      this.#disturbances = this.#disturbances.filter((other) => other !== disturbance);
      if (this.barrier !== 'open') return [];
      const held = this.#held;
      this.#held = [];
      return held;
    };
  }

  #bite(disturbance: Disturbance, detail: string): void {
    if (disturbance.hasBitten) return;
    disturbance.hasBitten = true;
    disturbance.bite(detail);
  }
}
