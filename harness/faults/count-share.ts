/** How many of the exchanges a fault hits: what `http` and `duplicate` have in common. */
import { z } from 'zod';
import type { Draw } from './draw.ts';

export const countShareFields = {
  /** Greatest number of exchanges that are hit. */
  count: z.int().min(0).max(1_000_000).default(1_000_000),
  /** Share of the exchanges that are hit. */
  share: z.number().min(0).max(1).default(1),
};

export interface CountShareOptions {
  /** Greatest number of exchanges that are hit; default drawn from 1 to 50. */
  readonly count?: number;
  /** Share of the exchanges that are hit, 0 to 1; default 1 in half of the faults, and 0.3 in the others. */
  readonly share?: number;
}

export function drawCountShare(draw: Draw, { count, share }: CountShareOptions): { count: number; share: number } {
  const drawnCount = draw.logarithmic(1, 50);
  const drawnShare = draw.ratio(1, 2) ? 1 : 0.3;
  return { count: count ?? drawnCount, share: share ?? drawnShare };
}

/** A fault that may hit nothing asks for nothing. */
export const hitsNothing = ({ count, share }: { readonly count: number; readonly share: number }): boolean =>
  count === 0 || share === 0;

/** `every`, `30 % of`, `up to 3`, `30 % of up to 3`: before the noun. */
export function hitsText({ count, share }: { readonly count: number; readonly share: number }): string {
  const most = count < 1_000_000 ? `the first ${count}` : 'all';
  return share < 1 ? `${Math.round(share * 100)} % of requests, ${most} of them,` : `${most} requests`;
}
