/** The material of a run page, from a traced run. */
import type { RunReport, ScenarioReport } from '../../reports/index.ts';
import type { Capsule } from '../capsule-format.ts';
import type { RunAnswer } from '../explore/protocol.ts';

export interface RunReportOptions {
  readonly capsule: Capsule;
  readonly traced: RunAnswer;
  /** What shrinking began with, in words. */
  readonly originalPlanInWords?: readonly string[];
  /** The scenario's claims; sums and seeds are those of this run. */
  readonly claims: readonly { readonly invariant: string; readonly claim: string; readonly checkerId: string }[];
  readonly capsulePath: string;
}

const typeOfRole: Readonly<Record<string, string>> = { client: 'node', service: 'node', process: 'node' };

export function runReport({ capsule, traced, originalPlanInWords, claims, capsulePath }: RunReportOptions): RunReport {
  const { outcome } = traced;
  return {
    capsule,
    history: traced.history ?? [],
    hosts: (traced.hosts ?? []).map(({ name, role, type }) => ({ name, role, type: type ?? typeOfRole[role] ?? role })),
    planInWords: traced.planInWords,
    ...(originalPlanInWords === undefined ? {} : { originalPlanInWords }),
    violation: outcome.violation ?? null,
    verdict: outcome.verdict,
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
    replayCommand: `npx seedstorm replay ${capsulePath}`,
    premises: premisesOf(traced, claims),
    ...explained(capsule),
    ...(traced.epochMs === undefined ? {} : { epochMs: traced.epochMs }),
  };
}

/** Necessity, likelihood and the nearest passing run, as the capsule keeps them. */
function explained({ found }: Capsule): Pick<RunReport, 'necessity' | 'likelihood' | 'nearestPass'> {
  if (found?.explained === undefined) return {};
  const { necessity, likelihood, nearestPass } = found.explained;
  if (nearestPass === undefined) return { necessity, likelihood };
  const { seq, ...nearest } = nearestPass;
  return { necessity, likelihood, nearestPass: { ...nearest, ...(seq === undefined ? {} : { seq }) } };
}

/** How often each claim had something to judge in this one run. */
export function premisesOf({ outcome }: RunAnswer, claims: RunReportOptions['claims']): ScenarioReport['premises'] {
  return claims.map(({ invariant, claim, checkerId }) => {
    const sum = outcome.premises[invariant] ?? 0;
    return { invariant, claim, checkerId, sum, seeds: sum > 0 ? 1 : 0 };
  });
}
