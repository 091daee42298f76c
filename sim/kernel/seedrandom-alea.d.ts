declare module 'seedrandom/lib/alea.js' {
  /** Makes an Alea generator from a seed text. */
  export default function alea(seed: string): unknown;
}
