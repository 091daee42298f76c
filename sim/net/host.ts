/** A host: a named place with an address, a clock, listening ports and a disk. */
import type { HostCondition } from '../../harness/world.ts';
import { Slowness } from '../kernel/actor.ts';
import type { Micros } from '../kernel/clock.ts';
import { Disk } from './disk.ts';
import type { Listener } from './socket.ts';

/**
 * The clock of a host. Monotonic time runs at `1 + drift`; wall time is monotonic time plus an offset that steps change. True time
 * itself never moves but forward.
 */
export class HostClock {
  readonly #epochMicros: Micros;
  #driftPpm = 0;
  #offsetMicros: Micros = 0;
  #trueBase: Micros = 0;
  #monotonicBase: Micros = 0;
  /** Called after a change of rate: whoever scheduled by this clock must schedule anew. */
  readonly onRateChange: (() => void)[] = [];

  constructor(epochMicros: Micros) {
    this.#epochMicros = epochMicros;
  }

  monotonicMicros(trueMicros: Micros): Micros {
    const elapsed = trueMicros - this.#trueBase;
    return this.#driftPpm === 0
      ? this.#monotonicBase + elapsed
      : this.#monotonicBase + Math.floor(elapsed * (1 + this.#driftPpm / 1e6));
  }

  wallMicros(trueMicros: Micros): Micros {
    return this.#epochMicros + this.#offsetMicros + this.monotonicMicros(trueMicros);
  }

  /** True time at which this clock's monotonic time will have reached `monotonic`. */
  trueAt(monotonic: Micros): Micros {
    const ahead = monotonic - this.#monotonicBase;
    return this.#trueBase + (this.#driftPpm === 0 ? ahead : Math.ceil(ahead / (1 + this.#driftPpm / 1e6)));
  }

  addOffset(micros: Micros): void {
    this.#offsetMicros += micros;
  }

  addDrift(trueMicros: Micros, ppm: number): void {
    this.#monotonicBase = this.monotonicMicros(trueMicros);
    this.#trueBase = trueMicros;
    this.#driftPpm += ppm;
    for (const listener of this.onRateChange) listener();
  }

  /** Difference between this clock's wall time and true time. */
  errorMicros(trueMicros: Micros): Micros {
    return this.wallMicros(trueMicros) - this.#epochMicros - trueMicros;
  }
}

const FIRST_EPHEMERAL_PORT = 32768;
const EPHEMERAL_PORTS = 28232;

export class Host {
  readonly name: string;
  readonly address: string;
  readonly clock: HostClock;
  readonly listeners = new Map<number, Listener>();
  readonly slowness = new Slowness();
  #nextPort = 0;
  #disk: Disk | undefined;
  readonly #slow: { readonly factor: number; readonly stallMicros: number; readonly met: () => void }[] = [];

  constructor(name: string, address: string, clock: HostClock) {
    this.name = name;
    this.address = address;
    this.clock = clock;
  }

  /** Made at first use: most programs never look. */
  get disk(): Disk {
    this.#disk ??= new Disk(this.clock.wallMicros(0) / 1000);
    return this.#disk;
  }

  get hasDisk(): boolean {
    return this.#disk !== undefined;
  }

  /** Puts a condition on the place; the result lifts it. `bite` is called with the first event, or call, that meets it. */
  disturb(condition: HostCondition, bite: (detail: string) => void): () => void {
    let hasMet = false;
    const met = (detail: string): void => {
      if (hasMet) return;
      hasMet = true;
      bite(detail);
    };
    if (condition.kind === 'disk') return this.#breakDisk(condition.error, met);
    const slow = {
      factor: condition.kind === 'slow' ? condition.factor : 1,
      stallMicros: condition.kind === 'stall' ? condition.stallMs * 1000 : 0,
      met: () => met(`${this.name} handled an event slowly`),
    };
    this.#slow.push(slow);
    this.#slowDown();
    return () => {
      const index = this.#slow.indexOf(slow);
      if (index < 0) return;
      this.#slow.splice(index, 1);
      this.#slowDown();
    };
  }

  #slowDown(): void {
    const { slowness } = this;
    const all = [...this.#slow];
    // Taken anew each time, so that without conditions it is exactly one.
    slowness.factor = all.reduce((product, { factor }) => product * factor, 1);
    slowness.stallMicros = all.reduce((sum, { stallMicros }) => sum + stallMicros, 0);
    slowness.met =
      all.length === 0
        ? undefined
        : () => {
            for (const { met } of all) met();
          };
  }

  #breakDisk(error: 'ENOSPC' | 'EIO', met: (detail: string) => void): () => void {
    const { failures } = this.disk;
    const failure = { error, met: (call: string) => met(`a ${call} on ${this.name} failed with ${error}`) };
    failures.push(failure);
    return () => {
      const index = failures.indexOf(failure);
      if (index >= 0) failures.splice(index, 1);
    };
  }

  /** A local port for a client, by rotation as Linux does. */
  ephemeralPort(): number {
    return FIRST_EPHEMERAL_PORT + (this.#nextPort++ % EPHEMERAL_PORTS);
  }
}
