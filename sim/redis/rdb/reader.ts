/** A cursor over the bytes of an RDB file or a DUMP payload: lengths, strings, numbers. */
import { LENGTH, LENGTH_32, LENGTH_64, STRING } from './format.ts';

/** The bytes are no value of this format. */
export class RdbFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RdbFormatError';
  }
}

export class RdbReader {
  position = 0;
  readonly #text: string;

  /** @param text a byte string */
  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  get isAtEnd(): boolean {
    return this.position === this.#text.length;
  }

  byte(): number {
    if (this.position >= this.#text.length) throw new RdbFormatError('the bytes end early');
    return this.#text.charCodeAt(this.position++);
  }

  bytes(count: number): string {
    if (count > this.#text.length - this.position) throw new RdbFormatError('the bytes end early');
    this.position += count;
    return this.#text.slice(this.position - count, this.position);
  }

  /** An unsigned number, lowest byte first. */
  unsigned(count: number): bigint {
    let value = 0n;
    const bytes = this.bytes(count);
    for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes.charCodeAt(index));
    return value;
  }

  signed(count: number): bigint {
    return BigInt.asIntN(8 * count, this.unsigned(count));
  }

  /** An unsigned number, highest byte first. */
  bigEndian(count: number): bigint {
    let value = 0n;
    for (const char of this.bytes(count)) value = (value << 8n) | BigInt(char.charCodeAt(0));
    return value;
  }

  double(): number {
    return Buffer.from(this.bytes(8), 'latin1').readDoubleLE();
  }

  /** A length, or another unsigned number stored as one. */
  size(): bigint {
    const first = this.byte();
    switch (first >> 6) {
      case LENGTH.bits6:
        return BigInt(first & 63);
      case LENGTH.bits14:
        return BigInt(((first & 63) << 8) | this.byte());
      case LENGTH.wide:
        if (first === LENGTH_32) return this.bigEndian(4);
        if (first === LENGTH_64) return this.bigEndian(8);
        throw new RdbFormatError(`a length starts with ${first}`);
      default:
        throw new RdbFormatError('a length is a special string');
    }
  }

  /** A count of things that follow. */
  count(): number {
    const size = this.size();
    if (size > BigInt(this.#text.length)) throw new RdbFormatError(`${size} things are said to follow`);
    return Number(size);
  }

  string(): string {
    const first = this.#text.charCodeAt(this.position);
    if (first >> 6 !== LENGTH.special) return this.bytes(this.count());
    this.position += 1;
    switch (first & 63) {
      case STRING.int8:
        return String(this.signed(1));
      case STRING.int16:
        return String(this.signed(2));
      case STRING.int32:
        return String(this.signed(4));
      case STRING.lzf: {
        const packedLength = this.count();
        const length = Number(this.size());
        return decompress(this.bytes(packedLength), length);
      }
      default:
        throw new RdbFormatError(`a string starts with ${first}`);
    }
  }
}

/** Undoes LZF (lzf_d.c): runs of literals, and copies from up to 8 KiB before. */
function decompress(packed: string, length: number): string {
  const output: number[] = [];
  let at = 0;
  const next = (): number => {
    if (at >= packed.length) throw new RdbFormatError('compressed bytes end early');
    return packed.charCodeAt(at++);
  };
  while (at < packed.length) {
    const control = next();
    if (control < 32) {
      for (let count = control; count >= 0; count--) output.push(next());
      continue;
    }
    let copied = control >> 5;
    if (copied === 7) copied += next();
    const from = output.length - ((control & 31) << 8) - next() - 1;
    if (from < 0) throw new RdbFormatError('compressed bytes point before their start');
    for (let index = 0; index < copied + 2; index++) output.push(output[from + index]!);
    if (output.length > length) break;
  }
  if (output.length !== length) throw new RdbFormatError('compressed bytes have another length than they say');
  return Buffer.from(output).toString('latin1');
}
