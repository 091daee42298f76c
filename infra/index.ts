/**
 * Infra mode: the same scenario, subject and plan with child processes and real servers.
 *
 * Read in this order:
 *   world.ts          assembles a run's servers, programs and proxies; implements harness/world.ts
 *   providers/        where servers come from: local children, containers, URLs
 *   network.ts        one proxy per pair of hosts, through toxiproxy-node-client; proxy/ is the embedded Toxiproxy
 *   message-gate.ts   what happens to the messages that the embedded proxy tells of; triggers.ts counts them
 *   processes/        programs as real processes; preloads for clocks and services; the reaper that leaves nothing running
 *   clock-control.ts  clocks of hosts, shifted while they run
 *   observation/      commits by logical replication; the timeline that puts the records of several processes in order
 *   acts.ts           acts upon servers; postgres-session.ts and redis-session.ts are the harness's own sessions
 *   addresses.ts      loopback addresses of a run; listening.ts; run-folder.ts
 *
 * What does not live here: the phases of a run and its verdict (harness/run-infra.ts), fault kinds, checkers.
 */
export { providerOf } from './providers/index.ts';
export type { ServerNeeds } from './providers/server.ts';
export { InfraWorld, type ProgramEnd, type ProgramNeeds, type Reachability, startInfraWorld } from './world.ts';
