/**
 * Time as one host sees it. True time is the kernel's own affair; nothing above it reads any other clock.
 */

/** An integer count of microseconds. */
export type Micros = number;

export interface Timer {
  /** Forgets the callback; does nothing when it already ran. */
  cancel(): void;
}

export interface Clock {
  /** Wall time: microseconds since the Unix epoch, as this host believes. May jump in either direction. */
  wallMicros(): Micros;
  /** Microseconds since an arbitrary instant, never going back. */
  monotonicMicros(): Micros;
  /** Calls back once after `delayMicros` (>= 0) of this host's monotonic time. */
  after(delayMicros: Micros, callback: () => void): Timer;
}
