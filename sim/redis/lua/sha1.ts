/** SHA-1 of a byte string (FIPS 180-4), for `redis.sha1hex` and script names. */

const words = new Int32Array(80);

/** The digest as 40 lower-case hexadecimal digits. */
export function sha1Hex(text: string): string {
  const length = text.length;
  const blocks = ((length + 8) >> 6) + 1;
  const padded = new Int32Array(blocks * 16);
  for (let i = 0; i < length; i++) padded[i >> 2]! |= (text.charCodeAt(i) & 0xff) << (24 - (i & 3) * 8);
  padded[length >> 2]! |= 0x80 << (24 - (length & 3) * 8);
  padded[blocks * 16 - 2] = Math.floor(length / 0x20000000);
  padded[blocks * 16 - 1] = (length << 3) | 0;
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  for (let block = 0; block < blocks; block++) mix(state, padded, block * 16);
  return state.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join('');
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function mix(state: number[], message: Int32Array, start: number): void {
  for (let i = 0; i < 16; i++) words[i] = message[start + i]!;
  for (let i = 16; i < 80; i++) words[i] = rotate(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
  let [a, b, c, d, e] = state as [number, number, number, number, number];
  for (let i = 0; i < 80; i++) {
    let f: number;
    let k: number;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i < 40) {
      f = b ^ c ^ d;
      k = 0x6ed9eba1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc | 0;
    } else {
      f = b ^ c ^ d;
      k = 0xca62c1d6 | 0;
    }
    const next = (rotate(a, 5) + f + e + k + words[i]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
}
