/**
 * The history's order in the real world. Records come from several places, each late by its own; they are held back until every source
 * has told that nothing earlier will come (the watermark), and then placed in the order of their times.
 *
 * The clock of record is the system's monotonic clock, which all processes of a machine share.
 */
import type { UnplacedRecord } from '../../harness/history/record.ts';

export interface Source {
  /** Nothing before this monotonic time (µs) will come from here any more. */
  advance(monotonicMicros: number): void;
  /** Nothing will come from here any more. */
  close(): void;
}

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly record: UnplacedRecord;
}

/** Monotonic time, µs: the same in all processes of the machine. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint()) / 1_000;
}

export class Timeline {
  readonly #place: (at: number, record: UnplacedRecord) => void;
  readonly #sources = new Set<{ reached: number }>();
  readonly #wallMinusMonotonic: number;
  #waiting: Waiting[] = [];
  #zero = monotonicMicros();
  #hasBegun = false;
  #order = 0;
  #placedUpTo = 0;

  /** `place` takes the records with their true time (µs), in order. */
  constructor(place: (at: number, record: UnplacedRecord) => void) {
    this.#place = place;
    this.#wallMinusMonotonic = wallMinusMonotonic();
  }

  /** True time begins now; what came before waits until then, and is placed at zero. */
  begin(): void {
    this.#hasBegun = true;
    this.#zero = monotonicMicros();
  }

  /** Monotonic time (µs) of true time zero. */
  get zero(): number {
    return this.#zero;
  }

  /** True time, µs. */
  now(): number {
    return this.trueTime(monotonicMicros());
  }

  trueTime(monotonic: number): number {
    return Math.max(0, Math.round(monotonic - this.#zero));
  }

  /** Monotonic time of a moment of the wall clock (unix time, µs). */
  monotonicOf(wallMicros: number): number {
    return wallMicros - this.#wallMinusMonotonic;
  }

  addSource(): Source {
    const source = { reached: monotonicMicros() };
    this.#sources.add(source);
    return {
      advance: (monotonic) => {
        source.reached = Math.max(source.reached, monotonic);
      },
      close: () => this.#sources.delete(source),
    };
  }

  /** Takes a record of that monotonic time; now, when there is none. */
  add(record: UnplacedRecord, monotonic = monotonicMicros()): void {
    this.#waiting.push({ at: monotonic, order: this.#order++, record });
  }

  /** Places what no source can precede any more. Returns the true time (µs) up to which the history is complete. */
  settle(): number {
    if (!this.#hasBegun) return 0;
    let reached = monotonicMicros();
    for (const source of this.#sources) reached = Math.min(reached, source.reached);
    this.#release((waiting) => waiting.at <= reached);
    return this.trueTime(reached);
  }

  /** The run is over: places what is complete, or everything, where true time never began. */
  end(): void {
    if (this.#hasBegun) this.settle();
    else this.#release(() => true);
  }

  #release(isDue: (waiting: Waiting) => boolean): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(isDue).sort((a, b) => a.at - b.at || a.order - b.order);
    this.#waiting = this.#waiting.filter((waiting) => !isDue(waiting));
    for (const { at, record } of due) {
      // Clocks of two processes, read within the same microsecond, may be converted the other way round.
      this.#placedUpTo = Math.max(this.#placedUpTo, this.trueTime(at));
      this.#place(this.#placedUpTo, record);
    }
  }
}

/** Difference of the wall clock and the monotonic clock, µs, read at a tick of the wall clock: `Date.now` counts whole milliseconds. */
function wallMinusMonotonic(): number {
  const before = Date.now();
  let wall = before;
  while (wall === before) wall = Date.now();
  return wall * 1_000 - monotonicMicros();
}
