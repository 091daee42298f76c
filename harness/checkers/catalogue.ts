/**
 * The list of all checkers, for documents, `seedstorm list` and completion: id in the catalogue of checkers, name in `invariant`, its file,
 * and an example, whose claim says in words what it holds a system to. A new checker is one file, one line in index.ts and one here.
 */
import type { Checker } from './checker.ts';
import * as checkers from './index.ts';

export interface CatalogueEntry {
  readonly id: string;
  /** Name of the function in `invariant`. */
  readonly name: keyof typeof checkers;
  /** Relative to this folder. */
  readonly file: string;
  readonly example: () => Checker;
}

const jobs = { table: 'jobs', where: { state: 'queued' } } as const;

export const checkerCatalogue: readonly CatalogueEntry[] = [
  {
    id: 'C1',
    name: 'effectAtMostOnce',
    file: 'effect-at-most-once.ts',
    example: () => checkers.effectAtMostOnce('bank', { by: 'invoice' }),
  },
  {
    id: 'C2',
    name: 'effectExactlyOnce',
    file: 'effect-exactly-once.ts',
    example: () => checkers.effectExactlyOnce('bank', { by: 'invoice', settle: '60s' }),
  },
  {
    id: 'C3',
    name: 'conserved',
    file: 'conserved.ts',
    example: () => checkers.conserved('db', { sum: [{ table: 'accounts', column: 'balance' }], total: 1000 }),
  },
  {
    id: 'C3',
    name: 'noLoss',
    file: 'no-loss.ts',
    example: () =>
      checkers.noLoss({ in: [{ ledger: 'bank' }, { server: 'db', table: 'dlq', by: 'dedup_key' }], settle: '60s' }),
  },
  {
    id: 'C4',
    name: 'converged',
    file: 'converged.ts',
    example: () =>
      checkers.converged(
        [
          { server: 'db', table: 'orders' },
          { server: 'reports', table: 'orders' },
        ],
        { columns: ['state'], settle: '60s' },
      ),
  },
  {
    id: 'C5',
    name: 'orderPerKey',
    file: 'order-per-key.ts',
    example: () => checkers.orderPerKey('db', { table: 'entries', key: 'account', seq: 'n' }),
  },
  {
    id: 'C6',
    name: 'fenceMonotone',
    file: 'fence-monotone.ts',
    example: () => checkers.fenceMonotone('db', { table: 'invoices', token: 'fence', resource: 'tenant' }),
  },
  {
    id: 'C6',
    name: 'ownerIntervalsDisjoint',
    file: 'owner-intervals-disjoint.ts',
    example: () => checkers.ownerIntervalsDisjoint({ acquire: 'lock', release: 'unlock', lease: '15s' }),
  },
  {
    id: 'C7',
    name: 'stalenessBound',
    file: 'staleness-bound.ts',
    example: () =>
      checkers.stalenessBound({
        reads: 'GET api *',
        bound: '5s',
        truth: { server: 'db', table: 'items', key: 'id', column: 'version' },
      }),
  },
  {
    id: 'C8',
    name: 'sessionGuarantees',
    file: 'session-guarantees.ts',
    example: () => checkers.sessionGuarantees({ reads: 'GET api *', writes: 'PUT api *' }),
  },
  {
    id: 'C8',
    name: 'noLostUpdate',
    file: 'no-lost-update.ts',
    example: () => checkers.noLostUpdate({ writes: 'PUT api *' }),
  },
  {
    id: 'C9',
    name: 'linearizable',
    file: 'linearizable/index.ts',
    example: () => checkers.linearizable({ model: 'register' }),
  },
  {
    id: 'C10',
    name: 'stateMachine',
    file: 'state-machine.ts',
    example: () =>
      checkers.stateMachine('db', {
        table: 'jobs',
        transitions: { queued: ['running'], running: ['queued', 'done'], done: [] },
      }),
  },
  {
    id: 'C10',
    name: 'noStateOlderThan',
    file: 'no-state-older-than.ts',
    example: () =>
      checkers.noStateOlderThan('db', { table: 'jobs', state: { state: 'running' }, age: '50s', settle: '120s' }),
  },
  { id: 'C11', name: 'deadline', file: 'deadline.ts', example: () => checkers.deadline('GET api *', { within: '3s' }) },
  {
    id: 'C11',
    name: 'latency',
    file: 'latency.ts',
    example: () => checkers.latency('GET api *', { percentile: 95, atMost: '300ms' }),
  },
  {
    id: 'C12',
    name: 'amplification',
    file: 'amplification.ts',
    example: () => checkers.amplification({ attempts: 'provider.attempt', ratio: 1.2, window: '10s' }),
  },
  {
    id: 'C12',
    name: 'burstiness',
    file: 'burstiness.ts',
    example: () => checkers.burstiness('provider.attempt', { bucket: '1s', factor: 5 }),
  },
  {
    id: 'C13',
    name: 'breakerBehaviour',
    file: 'breaker-behaviour.ts',
    example: () => checkers.breakerBehaviour('provider.call', { opensAfter: 5, probes: 2, window: '10s' }),
  },
  {
    id: 'C14',
    name: 'loadShare',
    file: 'load-share.ts',
    example: () => checkers.loadShare('shard.request', { per: 'shard', factor: 1.5, window: '10s' }),
  },
  {
    id: 'C14',
    name: 'movedKeys',
    file: 'moved-keys.ts',
    example: () => checkers.movedKeys('shard.request', { change: 'shard added', atMost: 0.35 }),
  },
  {
    id: 'C15',
    name: 'resourceBound',
    file: 'resource-bound.ts',
    example: () => checkers.resourceBound('provider.in-flight', { atMost: 20 }),
  },
  {
    id: 'C16',
    name: 'alertRule',
    file: 'alert-rule.ts',
    example: () =>
      checkers.alertRule('pager', { when: { server: 'db', table: 'dlq', where: {}, count: 1 }, within: '60s' }),
  },
  {
    id: 'C17',
    name: 'drains',
    file: 'drains.ts',
    example: () => checkers.drains('db', { table: 'jobs', open: { state: ['queued', 'running'] }, settle: '60s' }),
  },
  {
    id: 'C18',
    name: 'progress',
    file: 'progress.ts',
    example: () => checkers.progress('bank', { by: 'invoice', share: 0.9, settle: '60s' }),
  },
  {
    id: 'C19',
    name: 'scheduleOracle',
    file: 'schedule-oracle.ts',
    example: () => checkers.scheduleOracle('mailer', { zone: 'Europe/Berlin', wall: '02:30', gap: 'later' }),
  },
  {
    id: 'C20',
    name: 'decisionVsTruth',
    file: 'decision-vs-truth.ts',
    example: () => checkers.decisionVsTruth('GET api /private', { leeway: '5s' }),
  },
  { id: 'C21', name: 'replayPrefix', file: 'replay-prefix.ts', example: () => checkers.replayPrefix('wfd.command') },
  { id: 'C22', name: 'compatErrors', file: 'compat-errors.ts', example: () => checkers.compatErrors() },
  {
    id: 'C23',
    name: 'replyEquality',
    file: 'reply-equality.ts',
    example: () => checkers.replyEquality('POST api /pay'),
  },
  {
    id: 'C24',
    name: 'blastRadius',
    file: 'blast-radius.ts',
    example: () => checkers.blastRadius('GET catalogue *', { share: 0.99, within: '1s' }),
  },
  {
    id: 'C25',
    name: 'metricTruth',
    file: 'metric-truth.ts',
    example: () => checkers.metricTruth('queue_depth', { truth: { server: 'db', ...jobs } }),
  },
  {
    id: 'serializable',
    name: 'serializable',
    file: 'serializable/index.ts',
    example: () => checkers.serializable({ level: 'snapshotIsolation' }),
  },
  {
    id: 'custom',
    name: 'custom',
    file: 'custom.ts',
    example: () =>
      checkers.custom({
        name: 'no late mail',
        claim: 'no mail leaves after the stop',
        when: 'always',
        start: () => ({ record: () => undefined, settle: () => undefined, premises: () => 0 }),
      }),
  },
];
