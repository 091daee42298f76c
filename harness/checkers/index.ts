/**
 * The checkers as a scenario uses them: `invariant.effectExactlyOnce('bank', { by: 'invoice', settle: '60s' })`.
 *
 * One claim, one file. checker.ts says what a checker is, define.ts makes one, sources.ts reads effects, requests and tables from the
 * history, conditions.ts follows conditions over time, merge.ts merges verdicts.
 */
export { alertRule } from './alert-rule.ts';
export { amplification } from './amplification.ts';
export { blastRadius } from './blast-radius.ts';
export { breakerBehaviour } from './breaker-behaviour.ts';
export { burstiness } from './burstiness.ts';
export { compatErrors } from './compat-errors.ts';
export { conserved } from './conserved.ts';
export { converged } from './converged.ts';
export { custom } from './custom.ts';
export { deadline } from './deadline.ts';
export { decisionVsTruth } from './decision-vs-truth.ts';
export { drains } from './drains.ts';
export { effectAtMostOnce } from './effect-at-most-once.ts';
export { effectExactlyOnce } from './effect-exactly-once.ts';
export { fenceMonotone } from './fence-monotone.ts';
export { latency } from './latency.ts';
export { linearizable } from './linearizable/index.ts';
export { loadShare } from './load-share.ts';
export { metricTruth } from './metric-truth.ts';
export { movedKeys } from './moved-keys.ts';
export { noLoss } from './no-loss.ts';
export { noLostUpdate } from './no-lost-update.ts';
export { noStateOlderThan } from './no-state-older-than.ts';
export { orderPerKey } from './order-per-key.ts';
export { ownerIntervalsDisjoint } from './owner-intervals-disjoint.ts';
export { progress } from './progress.ts';
export { replayPrefix } from './replay-prefix.ts';
export { replyEquality } from './reply-equality.ts';
export { resourceBound } from './resource-bound.ts';
export { scheduleOracle } from './schedule-oracle.ts';
export { serializable } from './serializable/index.ts';
export { sessionGuarantees } from './session-guarantees.ts';
export { stalenessBound } from './staleness-bound.ts';
export { stateMachine } from './state-machine.ts';
