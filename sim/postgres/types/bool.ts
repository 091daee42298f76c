/** boolean. Input takes any unique prefix of true, false, yes, no, on, off, and 1 or 0, in any case (boolin). */
import type { TypeBehaviour } from './behaviour.ts';
import { insufficientData, invalidInput } from './errors.ts';
import { trimSpaces } from './scan.ts';

/** Null when the text is no boolean. */
export function parseBool(text: string): boolean | null {
  const word = trimSpaces(text).toLowerCase();
  if (word === '') return null;
  if (word === '1' || 'true'.startsWith(word) || 'yes'.startsWith(word) || word === 'on') return true;
  if (word === '0' || 'false'.startsWith(word) || 'no'.startsWith(word) || word === 'of' || word === 'off')
    return false;
  return null;
}

export const bool: TypeBehaviour = {
  input(text) {
    const value = parseBool(text);
    if (value === null) throw invalidInput('boolean', text);
    return value;
  },
  output: (datum) => (datum ? 't' : 'f'),
  receive(bytes) {
    if (bytes.length < 1) throw insufficientData();
    return bytes[0] !== 0;
  },
  send: (datum) => Buffer.from([datum ? 1 : 0]),
  compare: (left, right) => (left === right ? 0 : left ? 1 : -1),
  hashKey: (datum) => datum as boolean,
};
