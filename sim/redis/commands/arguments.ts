/** Reading arguments: each function ends the command with the error that Redis gives for a bad one. */
import * as errors from '../errors.ts';
import { parseDouble, parseInt64, parseSafeInteger } from '../numbers.ts';

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
  const ms = seconds * 1000;
  if (!Number.isFinite(ms) || ms > 9.2233720368547e18) return errors.fail(errors.TIMEOUT_RANGE);
  if (ms < 0) return errors.fail(errors.TIMEOUT_NEGATIVE);
  return Math.ceil(ms);
}

/** Indexes `start` and `stop` of a range over `length` elements, negative ones from the end; null when nothing is in range. */
export function clampRange(start: number, stop: number, length: number): { start: number; stop: number } | null {
  let from = start < 0 ? start + length : start;
  let to = stop < 0 ? stop + length : stop;
  if (from < 0) from = 0;
  if (to >= length) to = length - 1;
  return from > to || from >= length ? null : { start: from, stop: to };
}
