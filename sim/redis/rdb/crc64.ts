/** CRC-64 as Redis computes it (crc64.c): the Jones polynomial, reflected, starting at zero. Halves of 32 bits, since a bigint a byte is slow. */

/** The reflected polynomial 0x95ac9329ac4bc9b5. */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const TABLE_HIGH = new Uint32Array(256);
const TABLE_LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry === 1) {
      high = (high ^ POLYNOMIAL_HIGH) >>> 0;
      low = (low ^ POLYNOMIAL_LOW) >>> 0;
    }
  }
  TABLE_HIGH[byte] = high;
  TABLE_LOW[byte] = low;
}

/** The checksum of a byte string as eight bytes, the lowest first. */
export function crc64(text: string): string {
  let high = 0;
  let low = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = (low ^ text.charCodeAt(index)) & 255;
    low = (((low >>> 8) | (high << 24)) ^ TABLE_LOW[byte]!) >>> 0;
    high = ((high >>> 8) ^ TABLE_HIGH[byte]!) >>> 0;
  }
  let bytes = '';
  for (const half of [low, high]) {
    for (let shift = 0; shift < 32; shift += 8) bytes += String.fromCharCode((half >>> shift) & 255);
  }
  return bytes;
}
