/** bit(n) and bit varying: strings of binary digits. */
import type { TypeBehaviour } from './behaviour.ts';
import type { BitString, Datum } from './datum.ts';
import { insufficientData, invalidParameter, pgError } from './errors.ts';

export const bitsOf = (datum: Datum): string => (datum as BitString).bits;

function parseBits(text: string): string {
  const prefix = text[0];
  if (prefix === 'x' || prefix === 'X') {
    let bits = '';
    for (const c of text.slice(1)) {
      if (!/[0-9a-fA-F]/.test(c)) throw pgError('22P02', `"${c}" is not a valid hexadecimal digit`);
      bits += Number.parseInt(c, 16).toString(2).padStart(4, '0');
    }
    return bits;
  }
  const body = prefix === 'b' || prefix === 'B' ? text.slice(1) : text;
  for (const c of body) if (c !== '0' && c !== '1') throw pgError('22P02', `"${c}" is not a valid binary digit`);
  return body;
}

function fitBit(datum: Datum, typmod: number, isExplicit: boolean): Datum {
  const bits = bitsOf(datum);
  if (typmod <= 0 || bits.length === typmod) return datum;
  if (!isExplicit) throw pgError('22026', `bit string length ${bits.length} does not match type bit(${typmod})`);
  return { bits: bits.slice(0, typmod).padEnd(typmod, '0') };
}

function fitVarbit(datum: Datum, typmod: number, isExplicit: boolean): Datum {
  const bits = bitsOf(datum);
  if (typmod <= 0 || bits.length <= typmod) return datum;
  if (!isExplicit) throw pgError('22001', `bit string too long for type bit varying(${typmod})`);
  return { bits: bits.slice(0, typmod) };
}

function lengthTypmod(type: string, modifiers: readonly string[]): number {
  if (modifiers.length !== 1) throw invalidParameter('invalid type modifier');
  const length = Number(modifiers[0]);
  if (length < 1) throw invalidParameter(`length for type ${type} must be at least 1`);
  if (length > 83886080) throw invalidParameter(`length for type ${type} cannot exceed 83886080`);
  return length;
}

function behaviour(type: string, narrow: (datum: Datum, typmod: number, isExplicit: boolean) => Datum): TypeBehaviour {
  return {
    input: (text, typmod) => narrow({ bits: parseBits(text) }, typmod, false),
    output: bitsOf,
    receive(bytes, typmod) {
      if (bytes.length < 4) throw insufficientData();
      const length = bytes.readInt32BE(0);
      let bits = '';
      for (const byte of bytes.subarray(4)) bits += byte.toString(2).padStart(8, '0');
      return narrow({ bits: bits.slice(0, length) }, typmod, false);
    },
    send(datum) {
      const bits = bitsOf(datum);
      const bytes = Buffer.alloc(4 + Math.ceil(bits.length / 8));
      bytes.writeInt32BE(bits.length);
      for (let i = 0; i < bits.length; i++) if (bits[i] === '1') bytes[4 + (i >> 3)]! |= 0x80 >> (i & 7);
      return bytes;
    },
    compare(left, right) {
      const a = bitsOf(left);
      const b = bitsOf(right);
      return a < b ? -1 : a > b ? 1 : 0;
    },
    hashKey: bitsOf,
    fit: narrow,
    typmodIn: (modifiers) => lengthTypmod(type, modifiers),
    typmodOut: (typmod) => (typmod > 0 ? `(${typmod})` : ''),
  };
}

export const bit = behaviour('bit', fitBit);
export const varbit = behaviour('bit varying', fitVarbit);
