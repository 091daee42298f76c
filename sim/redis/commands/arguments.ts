/** Reading arguments: each function ends the command with the error that Redis gives for a bad one. */
import * as errors from '../errors.ts';
import { INT64_MAX, parseDouble, parseInt64, parseSafeInteger } from '../numbers.ts';

/**
 * A 64-bit integer as a double. Beyond 2^53 the low bits are lost, which does not matter for indexes, counts and ranges; where it does, use
 * `int64Argument`.
 */
export function integerArgument(text: string, message: string = errors.NOT_AN_INTEGER): number {
  const value = parseSafeInteger(text);
  if (!Number.isNaN(value)) return value;
  const wide = parseInt64(text);
  return wide === null ? errors.fail(message) : Number(wide);
}

export function int64Argument(text: string, message: string = errors.NOT_AN_INTEGER): bigint {
  return parseInt64(text) ?? errors.fail(message);
}

/** An integer of at least zero. */
export function positiveArgument(text: string, message: string = errors.NOT_POSITIVE): number {
  const value = integerArgument(text, message === errors.NOT_POSITIVE ? errors.NOT_POSITIVE : message);
  return value < 0 ? errors.fail(message) : value;
}

/** An integer within bounds, both included. */
export function rangedArgument(text: string, low: number, high: number, message: string): number {
  const value = integerArgument(text, message);
  return value < low || value > high ? errors.fail(message) : value;
}

export function doubleArgument(text: string, message: string = errors.NOT_A_FLOAT): number {
  return parseDouble(text) ?? errors.fail(message);
}

/** A blocking command's timeout in seconds, as milliseconds; 0 waits for ever. A fraction of a millisecond is rounded up. */
export function timeoutArgument(text: string): number {
  const seconds = parseDouble(text);
  if (seconds === null) return errors.fail(errors.TIMEOUT_NOT_A_FLOAT);
  const ms = Math.ceil(seconds * 1000);
  // What does not fit 64 bits becomes the lowest integer on the real server's machine, which is negative.
  if (ms < 0 || ms >= 2 ** 63) return errors.fail(errors.TIMEOUT_NEGATIVE);
  return ms;
}

/** The count of a command that draws at random: negative for repetition, and its negation must fit. */
export function drawCountArgument(text: string): number {
  if (text === '-9223372036854775808') {
    return errors.fail(errors.outOfRangeBetween('-9223372036854775807', '9223372036854775807'));
  }
  return integerArgument(text);
}

/** Twice as many replies as the count must fit as well. */
export function checkPairedCount(text: string): void {
  const count = int64Argument(text);
  const half = INT64_MAX / 2n;
  if (count < -half || count > half) errors.fail(errors.OUT_OF_RANGE);
}

/** Indexes `start` and `stop` of a range over `length` elements, negative ones from the end; null when nothing is in range. */
export function clampRange(start: number, stop: number, length: number): { start: number; stop: number } | null {
  let from = start < 0 ? start + length : start;
  let to = stop < 0 ? stop + length : stop;
  if (from < 0) from = 0;
  if (to >= length) to = length - 1;
  return from > to || from >= length ? null : { start: from, stop: to };
}
