/**
 * The running 64-bit hash of a run: two 32-bit lanes of multiply-rotate mixing (as in MurmurHash3, A. Appleby), fed with each event's
 * time, kind, hosts, size and content. Two runs are the same when their hashes are; prefixes are kept so that the first event that
 * differs can be named.
 */

const FIRST_MULTIPLIER = 0xcc9e2d51;
const SECOND_MULTIPLIER = 0x1b873593;

export class TraceHash {
  #low = 0x9e3779b9 | 0;
  #high = 0x7f4a7c15 | 0;
  /**
   * When set, called after each event with the hash so far and its description: how `verify` names the first event that differs. Callers
   * write `onFold?.(...)`, so that an ordinary run makes neither.
   */
  onFold: ((hash: string, description: () => string) => void) | undefined;

  /** Folds one 32-bit word. */
  word(value: number): void {
    let mixed = Math.imul(value, FIRST_MULTIPLIER);
    mixed = (mixed << 15) | (mixed >>> 17);
    mixed = Math.imul(mixed, SECOND_MULTIPLIER);
    let low = this.#low ^ mixed;
    low = (low << 13) | (low >>> 19);
    this.#low = (Math.imul(low, 5) + 0xe6546b64) | 0;
    let high = this.#high ^ Math.imul(value ^ low, SECOND_MULTIPLIER);
    high = (high << 17) | (high >>> 15);
    this.#high = (Math.imul(high, 5) + 0x561ccd1b) | 0;
  }

  /** Folds an integer of up to 53 bits. */
  integer(value: number): void {
    this.word(value | 0);
    this.word((value / 0x1_0000_0000) | 0);
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      this.word(bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24));
    }
    let tail = 0;
    for (; index < length; index++) tail = (tail << 8) | bytes[index]!;
    this.word(tail ^ length);
  }

  text(text: string): void {
    for (let index = 0; index < text.length; index++) this.word(text.charCodeAt(index));
    this.word(text.length ^ 0x5bd1e995);
  }

  /** 16 hex digits. */
  digest(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }
}
