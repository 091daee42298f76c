/** Sums and judgements over a suite that every format shares. */
import type { ScenarioReport, SuiteReport } from './model.ts';

export const verdictNames = ['pass', 'violation', 'vacuous', 'unknown', 'error'] as const;

export interface SuiteTotals {
  readonly subjects: number;
  readonly seeds: number;
  readonly asExpected: number;
  readonly inconclusive: number;
  readonly unexpected: readonly ScenarioReport[];
}

export function totalsOf(suite: SuiteReport): SuiteTotals {
  const { scenarios } = suite;
  return {
    subjects: scenarios.length,
    seeds: scenarios.reduce((sum, scenario) => sum + scenario.seeds, 0),
    asExpected: scenarios.filter((scenario) => scenario.expected === true).length,
    inconclusive: scenarios.filter((scenario) => scenario.expected === 'inconclusive').length,
    unexpected: scenarios.filter((scenario) => scenario.expected === false),
  };
}

/** The suite's outcome in one sentence. */
export function suiteSentence(suite: SuiteReport): string {
  const { subjects, asExpected, inconclusive, unexpected } = totalsOf(suite);
  if (subjects === 0) return 'No scenario ran.';
  const noun = subjects === 1 ? 'subject' : 'subjects';
  if (asExpected === subjects)
    return subjects === 1 ? 'The subject behaved as expected.' : `All ${subjects} subjects behaved as expected.`;
  const parts = [`${asExpected} of ${subjects} ${noun} behaved as expected`];
  if (unexpected.length > 0) parts.push(`${unexpected.length} did not`);
  if (inconclusive > 0) parts.push(`${inconclusive} ran on too few seeds to say`);
  return `${parts.join('; ')}.`;
}

/** One word for a subject's outcome over all its seeds; a violation outranks all, a pass needs every seed. */
export function outcomeOf(scenario: ScenarioReport): (typeof verdictNames)[number] {
  if (scenario.violation > 0) return 'violation';
  if (scenario.error > 0) return 'error';
  if (scenario.unknown > 0) return 'unknown';
  // A checker that never had anything to judge makes the whole sweep vacuous.
  if (scenario.vacuous > 0 || scenario.premises.some((premise) => premise.sum === 0)) return 'vacuous';
  return scenario.pass > 0 ? 'pass' : 'vacuous';
}

/** What the subject was expected to do, and whether it did. */
export function expectationText(scenario: ScenarioReport): string {
  if (scenario.expected === true) return 'as expected';
  if (scenario.expected === 'inconclusive') return 'inconclusive: too few seeds';
  if (scenario.subject === 'naive' || scenario.subject.startsWith('mutant:')) {
    return scenario.violation === 0 ? 'expected a violation, found none' : 'not as expected';
  }
  return scenario.violation > 0 ? 'expected no violation' : 'not as expected';
}

export function replayCommandOf(scenario: ScenarioReport): string | null {
  if (scenario.run !== undefined) return scenario.run.replayCommand;
  return scenario.first === null ? null : `npx seedstorm replay ${scenario.first.capsulePath}`;
}
