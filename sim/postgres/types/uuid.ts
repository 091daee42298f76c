/** uuid: kept as 36 lower-case characters; input takes braces and a hyphen after any group of four digits. */
import type { TypeBehaviour } from './behaviour.ts';
import { insufficientData, invalidInput } from './errors.ts';
import { compareText } from './scan.ts';

const groups = /^[0-9a-f]{4}(-?[0-9a-f]{4}){7}$/;

/** The canonical text of 32 hexadecimal digits. */
export function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const uuid: TypeBehaviour = {
  input(text) {
    const isBraced = text.startsWith('{') && text.endsWith('}') && text.length > 2;
    const body = (isBraced ? text.slice(1, -1) : text).toLowerCase();
    if (!groups.test(body)) throw invalidInput('uuid', text);
    return formatUuid(body.replaceAll('-', ''));
  },
  output: (datum) => datum as string,
  receive(bytes) {
    if (bytes.length < 16) throw insufficientData();
    return formatUuid(bytes.subarray(0, 16).toString('hex'));
  },
  send: (datum) => Buffer.from((datum as string).replaceAll('-', ''), 'hex'),
  compare: (left, right) => compareText(left as string, right as string),
  hashKey: (datum) => datum as string,
};
