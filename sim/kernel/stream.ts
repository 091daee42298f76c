/**
 * A named random stream. Each purpose has its own, derived from the seed and the name, so that a further draw in one place never
 * shifts another. Nothing else in the simulator may be random.
 */
export interface Stream {
  /** A double in [0, 1). */
  double(): number;
  /** An integer in [0, bound); `bound` is an integer in 1..2^32. */
  int(bound: number): number;
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** `length` random bytes. */
  bytes(length: number): Buffer;
  /** A draw from the standard normal distribution. */
  normal(): number;
  /** True in exactly `numerator` of `denominator` cases; a numerator of zero never fires and draws nothing. */
  ratio(numerator: number, denominator: number): boolean;
}
