/**
 * The checkers as a scenario uses them: `invariant.effectExactlyOnce('bank', { by: 'invoice', settle: '60s' })`.
 *
 * One claim, one file. checker.ts says what a checker is, define.ts makes one, sources.ts reads effects, requests and tables from the
 * history, merge.ts merges verdicts.
 */
export { custom } from './custom.ts';
export { drains } from './drains.ts';
export { effectAtMostOnce } from './effect-at-most-once.ts';
export { effectExactlyOnce } from './effect-exactly-once.ts';
export { fenceMonotone } from './fence-monotone.ts';
export { ownerIntervalsDisjoint } from './owner-intervals-disjoint.ts';
export { progress } from './progress.ts';
