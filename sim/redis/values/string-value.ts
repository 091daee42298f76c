/**
 * A string value. It lives as a byte string, and as a buffer while bit and range commands write into it; each form is made from the other
 * when it is asked for, and the stale one is dropped on a write.
 */
import { isInt64Text } from '../numbers.ts';
import { KeyValue } from './value.ts';

/** Strings up to this length share one allocation with their header. */
const EMBEDDED_LENGTH_MAX = 44;

export class StringValue extends KeyValue {
  readonly kind = 'string';
  /** Set once a command has changed the string in place: such a value stays `raw` whatever it holds. */
  isRaw = false;
  #text: string | null;
  #buffer: Buffer | null = null;
  #length: number;

  constructor(text: string) {
    super();
    this.#text = text;
    this.#length = text.length;
  }

  get text(): string {
    if (this.#text === null) this.#text = this.#buffer!.toString('latin1', 0, this.#length);
    return this.#text;
  }

  /** Replaces the whole content. */
  set text(text: string) {
    this.#text = text;
    this.#buffer = null;
    this.#length = text.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes, for reading. */
  get buffer(): Buffer {
    if (this.#buffer === null) this.#buffer = Buffer.from(this.#text!, 'latin1');
    return this.#buffer.length === this.#length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  /** The bytes, for writing in place, zero-padded to at least `length`. */
  writable(length: number): Buffer {
    const bytes = this.buffer;
    this.isRaw = true;
    this.#text = null;
    if (length <= this.#length) return bytes;
    let grown = this.#buffer!;
    if (length > grown.length) {
      grown = Buffer.alloc(Math.max(length, Math.min(2 * this.#length, this.#length + 1024 * 1024)));
      bytes.copy(grown);
    }
    this.#buffer = grown;
    this.#length = length;
    return grown.subarray(0, length);
  }

  encoding(): 'int' | 'embstr' | 'raw' {
    if (this.isRaw) return 'raw';
    const text = this.text;
    if (text.length <= 20 && isInt64Text(text)) return 'int';
    return text.length <= EMBEDDED_LENGTH_MAX ? 'embstr' : 'raw';
  }

  bytes(): number {
    return this.#length <= EMBEDDED_LENGTH_MAX ? 19 + this.#length : 32 + this.#length;
  }

  copy(): StringValue {
    const copy = new StringValue(this.text);
    copy.isRaw = this.isRaw;
    return copy;
  }
}
