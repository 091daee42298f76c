/**
 * The hosts of a Redis that is more than one server, by name: `cache` with `replicas: 2` is the master `cache` and the replicas `cache-replica-1`
 * and `cache-replica-2`. Pure: plans, faults and the run all derive the same names from the scenario.
 */
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { RedisOptions } from './scenario.ts';

export interface RedisHost {
  readonly name: string;
  readonly role: 'master' | 'replica';
}

const REPLICAS_MAX = 9;

/**
 * The servers of a Redis, its first master first.
 * @throws SeedstormError `E_INPUT` for a number that makes no sense
 */
export function redisHosts(name: string, { replicas = 0 }: RedisOptions): readonly RedisHost[] {
  if (!Number.isInteger(replicas) || replicas < 0 || replicas > REPLICAS_MAX) {
    throw new SeedstormError(
      'E_INPUT',
      `servers.${name}: replicas is ${replicas}; it is a whole number from 0 to ${REPLICAS_MAX}.`,
    );
  }
  const followers = Array.from(
    { length: replicas },
    (_, index): RedisHost => ({ name: `${name}-replica-${index + 1}`, role: 'replica' }),
  );
  return [{ name, role: 'master' }, ...followers];
}
