/**
 * What a report is made from: plain values that the command line assembles after a sweep. Reports read these and history records, never
 * live objects of a run; all texts in them may come from programs and are escaped where they are written, not here.
 */
import type { Capsule } from '../harness/capsule-format.ts';
import type { HistoryRecord } from '../harness/history/record.ts';
import type { Verdict } from '../harness/verdict.ts';

/** Number of occasions on which one checker had something to judge. */
export interface PremiseReport {
  readonly invariant: string;
  /** The claim in words. */
  readonly claim: string;
  /** Id in the catalogue of checkers, such as `C2`. */
  readonly checkerId: string;
  /** Occasions, summed over the seeds (of a run: in that run). */
  readonly sum: number;
  /** Seeds with at least one occasion. */
  readonly seeds: number;
}

export interface FirstViolation {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  readonly capsulePath: string;
}

/** `inconclusive`: fewer seeds ran than the subject's budget. */
export type Expected = true | false | 'inconclusive';

/** One scenario with one subject, over all seeds of the sweep. */
export interface ScenarioReport {
  readonly name: string;
  /** One sentence: what can go wrong. */
  readonly about: string;
  /** `naive`, `hardened`, `mutant:NAME` or `program`. */
  readonly subject: string;
  readonly mode: 'sim' | 'infra';
  /** Number of seeds that ran; the five counts below sum to it. */
  readonly seeds: number;
  readonly pass: number;
  readonly violation: number;
  readonly vacuous: number;
  readonly unknown: number;
  readonly error: number;
  readonly expected: Expected;
  /** Real seconds. */
  readonly seconds: number;
  /** Kernel events, summed over the seeds. */
  readonly events: number;
  readonly premises: readonly PremiseReport[];
  readonly first: FirstViolation | null;
  /** Name of the run page's file beside the suite page. Absent: no link. */
  readonly runPage?: string;
  /** The same scenario and subject in an earlier suite, for the trend. */
  readonly before?: { readonly seeds: number; readonly violation: number; readonly seconds: number };
  /** The traced run of `first`. `writeReport` makes a run page of it. */
  readonly run?: RunReport;
}

export interface SuiteReport {
  readonly title: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** Versions by name: `seedstorm`, `node`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly scenarios: readonly ScenarioReport[];
}

export interface HostReport {
  readonly name: string;
  /** `client`: the workload's host; `service`: a Node program of the surroundings, such as the ledger. */
  readonly role: 'client' | 'process' | 'server' | 'service';
  /** `redis`, `postgres`, `node` ... */
  readonly type: string;
}

/** Whether the violation needs a fault: the plan without it, run so many times with other chance. */
export interface Necessity {
  readonly faultId: string;
  readonly runs: number;
  /** Runs that broke the same invariant all the same; 0: the fault is necessary as far as these runs tell. */
  readonly violations: number;
}

/** Futures of the run from an instant on: the same streams up to it, fresh ones after it. */
export interface LikelihoodPoint {
  /** True time, µs. */
  readonly at: number;
  readonly runs: number;
  readonly violations: number;
}

/** The first difference from the nearest passing run. */
export interface NearestPass {
  /** What that run is: `the same plan without fault 1`. */
  readonly words: string;
  /** True time, µs, of the first difference. */
  readonly at: number;
  /** What happened here and there, in words; null: nothing. */
  readonly here: string | null;
  readonly there: string | null;
  /** `seq` of the record here, which the page links. */
  readonly seq?: number;
}

/** One traced run. */
export interface RunReport {
  readonly capsule: Capsule;
  /** In (at, seq) order, message records included. */
  readonly history: readonly HistoryRecord[];
  /** In the order of the lanes. A host that only the history names is added behind them. */
  readonly hosts: readonly HostReport[];
  /** One sentence per fault in the plan's order; more sentences (about the workload) may follow. */
  readonly planInWords: readonly string[];
  /** The same for `capsule.found.original`. Absent: the plan was not shrunk. */
  readonly originalPlanInWords?: readonly string[];
  readonly violation: {
    readonly invariant: string;
    readonly message: string;
    readonly witness: readonly number[];
  } | null;
  /** Absent: `violation` where there is one, else what the capsule expects. */
  readonly verdict?: Verdict;
  /** Why the run is an `error`, `vacuous` or `unknown`. */
  readonly reason?: string;
  readonly replayCommand: string;
  readonly premises: readonly PremiseReport[];
  /** Unix time in ms at which true time zero lies. Absent: the offset that most records agree on. */
  readonly epochMs?: number;
  readonly necessity?: readonly Necessity[];
  readonly likelihood?: readonly LikelihoodPoint[];
  readonly nearestPass?: NearestPass;
  /** Program texts by path, shown at the end of the page. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** File name of a run page: `run-leader-lease-fencing-mutant-no-fence.html`. */
export function runPageName(scenario: string, subject: string): string {
  const safe = `${scenario}-${subject}`.replace(/[^A-Za-z0-9._-]+/g, '-');
  return `run-${safe}.html`;
}

/** The run's verdict in one word. */
export function verdictOf(run: RunReport): Verdict {
  if (run.verdict !== undefined) return run.verdict;
  return run.violation === null ? run.capsule.expected.verdict : 'violation';
}
