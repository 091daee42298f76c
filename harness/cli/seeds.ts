/** Seeds as people write them: `17`, `1..200`, `5..9,12`; a bare count in `--seeds 200` means 1..200. */
import { SeedstormError } from '../../sim/kernel/errors.ts';

const SEED_MAX = 0xffff_ffff;

function seed(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > SEED_MAX) {
    throw new SeedstormError(
      'E_USAGE',
      `${option}: "${text}" is not a seed. Seeds are integers from 0 to ${SEED_MAX}; write 17, 1..200 or 5..9,12.`,
    );
  }
  return value;
}

/** A list of seeds that need not be spelled out. */
export interface SeedList extends Iterable<number> {
  readonly count: number;
}

/**
 * Reads `--seeds`.
 * @throws SeedstormError `E_USAGE`
 */
export function parseSeeds(text: string, option = '--seeds'): SeedList {
  const ranges = text.split(',').map((part) => {
    const [from, to, ...rest] = part.trim().split('..');
    if (rest.length > 0)
      throw new SeedstormError('E_USAGE', `${option}: "${part}" is not a range of seeds. Write 1..200.`);
    if (to === undefined)
      return text.includes(',')
        ? { from: seed(from!, option), to: seed(from!, option) }
        : { from: 1, to: seed(from!, option) };
    return { from: seed(from!, option), to: seed(to, option) };
  });
  const backwards = ranges.find(({ from, to }) => to < from);
  if (backwards !== undefined)
    throw new SeedstormError('E_USAGE', `${option}: the range ${backwards.from}..${backwards.to} is empty.`);
  return {
    count: ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0),
    *[Symbol.iterator]() {
      for (const { from, to } of ranges) for (let value = from; value <= to; value++) yield value;
    },
  };
}

/** Reads `--seed`: exactly one. */
export function parseSeed(text: string): SeedList {
  const value = seed(text, '--seed');
  return { count: 1, [Symbol.iterator]: () => [value][Symbol.iterator]() };
}

/** `2/8` as numbers; undefined for anything else. */
export function partsOfShard(text: string): { readonly index: number; readonly count: number } | undefined {
  const parts = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(parts?.[1]);
  const count = Number(parts?.[2]);
  return parts === null || index < 1 || index > count ? undefined : { index, count };
}

/** The part of a list that belongs to shard `index` of `count` (1-based). */
export function shardOf(seeds: SeedList, text: string | undefined): SeedList {
  if (text === undefined) return seeds;
  const parts = partsOfShard(text);
  if (parts === undefined) throw new SeedstormError('E_USAGE', `--shard: "${text}" is not of the form 2/8.`);
  const { index, count } = parts;
  return {
    count: Math.ceil((seeds.count - index + 1) / count),
    *[Symbol.iterator]() {
      let position = 0;
      for (const value of seeds) if (position++ % count === index - 1) yield value;
    },
  };
}
