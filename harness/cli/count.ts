/** Reads an option that is a count. */
import { SeedstormError } from '../../sim/kernel/errors.ts';

/** @throws SeedstormError `E_USAGE` for anything that is not an integer from 1 to 99,999,999 */
export function count(text: string, option: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text))
    throw new SeedstormError('E_USAGE', `${option}: "${text}" is not a number from 1 on.`);
  return Number(text);
}
