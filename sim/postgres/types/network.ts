/**
 * inet and cidr: an address of 4 or 16 bytes and a netmask length, kept as canonical text with the mask always written (`10.0.0.1/32`).
 * Left out: operators other than comparison, and abbreviated IPv4 networks in cidr (`10.1`), which read as an error.
 */
import type { TypeBehaviour } from './behaviour.ts';
import type { Datum } from './datum.ts';
import { insufficientData, invalidBinary, invalidInput, pgError } from './errors.ts';

export interface NetworkAddress {
  readonly bytes: readonly number[];
  readonly mask: number;
}

function parseV4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function parseV6(text: string): number[] | null {
  let source = text;
  const tail = source.slice(source.lastIndexOf(':') + 1);
  if (tail.includes('.')) {
    const v4 = parseV4(tail);
    if (v4 === null) return null;
    const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);
    source = `${source.slice(0, -tail.length)}${hex(v4[0]!, v4[1]!)}:${hex(v4[2]!, v4[3]!)}`;
  }
  const halves = source.split('::');
  if (halves.length > 2) return null;
  const words = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - words.reduce((count, list) => count + list.length, 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const all = [...words[0]!, ...new Array<string>(Math.max(0, missing)).fill('0'), ...(words[1] ?? [])];
  if (!all.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return null;
  return all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]);
}

/** The parts of a text, or null when it is no address. */
export function parseNetwork(text: string): NetworkAddress | null {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const bytes = host.includes(':') ? parseV6(host) : parseV4(host);
  if (bytes === null) return null;
  const width = bytes.length * 8;
  const maskText = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(maskText) || Number(maskText) > width) return null;
  return { bytes, mask: Number(maskText) };
}

/** The address without its mask; IPv6 with the longest run of zeros shortened. */
export function formatHost(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const isZero = (count: number): boolean => bytes.slice(0, count).every((byte) => byte === 0);
  // Addresses that hold an IPv4 one show it as such.
  if (isZero(10) && words[5] === 'ffff') return `::ffff:${bytes.slice(12).join('.')}`;
  if (isZero(12) && words[6] !== '0') return `::${bytes.slice(12).join('.')}`;
  const text = `:${words.join(':')}:`;
  const runs = text.match(/(?::0)+(?=:)/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest.length < 4) return words.join(':');
  const at = text.indexOf(`${longest}:`);
  const before = text.slice(1, at);
  return `${before}::${text.slice(at + longest.length + 1, -1)}`;
}

const partsOf = (datum: Datum): NetworkAddress => parseNetwork(datum as string)!;
const kept = (address: NetworkAddress): string => `${formatHost(address.bytes)}/${address.mask}`;

/** Whether bits to the right of the mask are set. */
function hasHostBits(address: NetworkAddress): boolean {
  return address.bytes.some((byte, i) => {
    const bits = Math.min(8, Math.max(0, address.mask - i * 8));
    return (byte & (0xff >> bits)) !== 0;
  });
}

/** Family, then the common network bits, then mask, then the rest (network_cmp). */
function compare(left: Datum, right: Datum): number {
  const a = partsOf(left);
  const b = partsOf(right);
  if (a.bytes.length !== b.bytes.length) return a.bytes.length - b.bytes.length;
  const common = Math.min(a.mask, b.mask);
  const bitsOf = (address: NetworkAddress): string =>
    address.bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const [x, y] = [bitsOf(a), bitsOf(b)];
  const [headX, headY] = [x.slice(0, common), y.slice(0, common)];
  if (headX !== headY) return headX < headY ? -1 : 1;
  if (a.mask !== b.mask) return a.mask - b.mask;
  return x === y ? 0 : x < y ? -1 : 1;
}

function behaviour(isCidr: boolean): TypeBehaviour {
  const name = isCidr ? 'cidr' : 'inet';
  return {
    input(text) {
      const address = parseNetwork(text);
      if (address === null) throw invalidInput(name, text);
      if (isCidr && hasHostBits(address)) {
        throw pgError('22P02', `invalid cidr value: "${text}"`, { detail: 'Value has bits set to right of mask.' });
      }
      return kept(address);
    },
    output(datum) {
      const text = datum as string;
      const address = partsOf(datum);
      return !isCidr && address.mask === address.bytes.length * 8 ? formatHost(address.bytes) : text;
    },
    receive(bytes) {
      if (bytes.length < 4) throw insufficientData();
      const length = bytes[3]!;
      if (length !== 4 && length !== 16) throw invalidBinary(`invalid length in external "${name}" value`);
      if (bytes.length < 4 + length) throw insufficientData();
      return kept({ bytes: [...bytes.subarray(4, 4 + length)], mask: bytes[1]! });
    },
    send(datum) {
      const address = partsOf(datum);
      // 2 and 3 are the server's own numbers for the two families.
      return Buffer.from([
        address.bytes.length === 4 ? 2 : 3,
        address.mask,
        isCidr ? 1 : 0,
        address.bytes.length,
        ...address.bytes,
      ]);
    },
    compare,
    hashKey: (datum) => datum as string,
  };
}

export const inet = behaviour(false);
export const cidr = behaviour(true);
