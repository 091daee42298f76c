/**
 * Eviction under `maxmemory` (evict.c): samples of random keys, the best of them goes, until the modelled memory fits.
 *
 * Memory is the model of `values/`, not an allocator's. LRU works on milliseconds and LFU on Redis's logarithmic counter. Differs: there is no
 * pool of candidates between evictions, so with few samples another key than in Redis may go; which one is random there too.
 */
import type { Stream } from '../kernel/stream.ts';
import type { Config } from './config.ts';
import type { Database } from './keyspace.ts';
import type { Value } from './values/value.ts';

const LFU_INITIAL = 5;
const MINUTE_MS = 60_000;

interface Candidate {
  readonly database: Database;
  readonly key: string;
  readonly score: number;
}

/** Notes the use of a key for LFU. */
export function noteFrequency(value: Value, nowMs: number, config: Config, stream: Stream): void {
  const minute = Math.floor(nowMs / MINUTE_MS);
  value.frequency = decayed(value, minute, config.lfuDecayMinutes);
  value.decayedAtMinute = minute;
  if (value.frequency >= 255) return;
  const base = Math.max(0, value.frequency - LFU_INITIAL);
  if (stream.double() < 1 / (base * config.lfuLogFactor + 1)) value.frequency += 1;
}

/** The LFU counter with its decay since the last use. */
export function decayed(value: Value, minute: number, decayMinutes: number): number {
  if (decayMinutes === 0 || value.decayedAtMinute === 0) return value.frequency;
  const periods = Math.floor((minute - value.decayedAtMinute) / decayMinutes);
  return Math.max(0, value.frequency - Math.max(0, periods));
}

/** Chooses the key to evict under the policy, or null when none may go. */
export function chooseVictim(
  databases: readonly Database[],
  config: Config,
  nowMs: number,
  stream: Stream,
): { readonly database: Database; readonly key: string } | null {
  const policy = config.maxmemoryPolicy;
  if (policy === 'noeviction') return null;
  const isVolatile = policy.startsWith('volatile');
  let best: Candidate | null = null;
  for (const database of databases) {
    const size = isVolatile ? database.volatile.size : database.size;
    if (size === 0) continue;
    const samples = policy.endsWith('random') ? 1 : config.maxmemorySamples;
    for (const key of sample(database, isVolatile, samples, stream)) {
      const value = database.keys.get(key)!;
      const score = scoreOf(value, config, nowMs);
      if (best === null || score > best.score) best = { database, key, score };
    }
  }
  return best;
}

/** Higher goes first. */
function scoreOf(value: Value, config: Config, nowMs: number): number {
  switch (config.maxmemoryPolicy) {
    case 'volatile-ttl':
      return -value.expireAtMs;
    case 'volatile-lru':
    case 'allkeys-lru':
      return nowMs - value.usedAtMs;
    case 'volatile-lfu':
    case 'allkeys-lfu':
      return 255 - decayed(value, Math.floor(nowMs / MINUTE_MS), config.lfuDecayMinutes);
    default:
      return 0;
  }
}

function sample(database: Database, isVolatile: boolean, count: number, stream: Stream): string[] {
  const found: string[] = [];
  if (!isVolatile) {
    for (let index = 0; index < count; index++) found.push(database.index().random(stream)!);
    return found;
  }
  // Keys with an expiry are few or all; a draw by position keeps no further index.
  const names = [...database.volatile];
  for (let index = 0; index < count; index++) found.push(names[stream.int(names.length)]!);
  return found;
}
