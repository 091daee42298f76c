/**
 * What a plan may know of its scenario: names of hosts, durations of a profile, and the time in which faults may start.
 */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { milliseconds } from '../duration.ts';
import type { FaultChoice, FaultContext } from '../faults/kind.ts';
import { redisHosts } from '../redis-topology.ts';
import type { Durations, Scenario } from '../scenario.ts';
import type { Profile } from './format.ts';

const defaultDurationMs = 60_000;
/** Name of the host on which the workload runs. */
export const clientHost = 'client';

/**
 * The durations of a profile; none when the scenario names none.
 * @throws SeedstormError `E_UNSUPPORTED` when it has durations, but no short ones
 */
export function durationsOf({ definition }: Scenario, profile: Profile): Durations {
  if (definition.durations === undefined) return {};
  const durations = definition.durations[profile];
  if (durations === undefined) {
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `The scenario ${definition.name} has no short durations: it runs in sim only, with the profile "full".`,
    );
  }
  return durations;
}

/** ms in which faults may start. */
export function faultsDurationMs(scenario: Scenario, profile: Profile): number {
  const { duration } = scenario.definition;
  if (duration === undefined) return defaultDurationMs;
  return milliseconds(typeof duration === 'function' ? duration(durationsOf(scenario, profile)) : duration);
}

/** The scenario's choice of faults; undefined when it has none. */
export function faultChoiceOf(scenario: Scenario, profile: Profile): FaultChoice | undefined {
  const { faults } = scenario.definition;
  return typeof faults === 'function' ? faults(durationsOf(scenario, profile)) : faults;
}

/** Names of a process's instances: `worker-1` ... `worker-3`, or `worker` where there is one only. */
export function instanceNames(process: string, count = 1): readonly string[] {
  return count === 1 ? [process] : Array.from({ length: count }, (_, index) => `${process}-${index + 1}`);
}

/** The scenario as fault arbitraries see it. */
export function faultContextOf(scenario: Scenario, profile: Profile): FaultContext {
  const { processes, servers } = scenario.definition;
  const serversOfType = (type: string) => Object.keys(servers).filter((name) => servers[name]!.type === type);
  const redis = Object.entries(servers).flatMap(([name, server]) =>
    server.type === 'redis' ? [{ name, hosts: redisHosts(name, server.options) }] : [],
  );
  const replicasOf = (hosts: ReturnType<typeof redisHosts>) =>
    hosts.filter(({ role }) => role === 'replica').map((host) => host.name);
  return {
    processes: Object.entries(processes).flatMap(([name, { count }]) => instanceNames(name, count)),
    redis: redis.flatMap(({ hosts }) => hosts.map((host) => host.name)),
    replicated: Object.fromEntries(
      redis.filter(({ hosts }) => hosts.length > 1).map(({ name, hosts }) => [name, replicasOf(hosts)]),
    ),
    postgres: serversOfType('postgres'),
    services: serversOfType('service'),
    durationMs: faultsDurationMs(scenario, profile),
  };
}
