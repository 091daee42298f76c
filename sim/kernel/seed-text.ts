/**
 * Makes the seed text of a stream from the run's seed and the stream's name.
 *
 * Alea's own seeding leaks: its first outputs for two texts that differ in the last character are a linear function of that character,
 * so `workload/1`, `workload/2`, ... would draw in step. Here every bit of the text reaches 128 mixed bits first (multiply-rotate
 * rounds and the finaliser of MurmurHash3, A. Appleby), and streams whose names are alike start far apart.
 */

const multipliers = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const;

function finalise(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** 32 hex digits for a seed and a name. */
export function seedText(seed: number | string, name: string): string {
  const text = `${seed}/${name}`;
  let a = 0x9e3779b9 | 0;
  let b = 0x7f4a7c15 | 0;
  let c = 0xf39cc060 | 0;
  let d = 0x5ced7f63 | 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) + 1;
    a = Math.imul(a ^ code, multipliers[0]);
    a = ((a << 13) | (a >>> 19)) + b;
    b = Math.imul(b ^ code, multipliers[1]);
    b = ((b << 17) | (b >>> 15)) + c;
    c = Math.imul(c ^ code, multipliers[2]);
    c = ((c << 11) | (c >>> 21)) + d;
    d = Math.imul(d ^ code, multipliers[3]);
    d = ((d << 19) | (d >>> 13)) + a;
  }
  for (let round = 0; round < 3; round++) {
    a = finalise(a + d);
    b = finalise(b + a);
    c = finalise(c + b);
    d = finalise(d + c);
  }
  return [a, b, c, d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
