/** `seedstorm replay`: runs the plan of a capsule again and says whether the same happened, after saying what differs around it. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import {
  colourFor,
  formatLogs,
  formatViolation,
  readClientScript,
  renderPerfettoTrace,
  renderRunPage,
} from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { isExpectedHash, NO_HASH } from '../capsule-format.ts';
import { milliseconds } from '../duration.ts';
import { runPlan } from '../explore/minimise.ts';
import { expectAnswer, Pool } from '../explore/pool.ts';
import type { RunAnswer } from '../explore/protocol.ts';
import type { HistoryRecord } from '../history/record.ts';
import { historyText } from '../history/recorder.ts';
import type { InfraOptions } from '../infra-options.ts';
import type { Plan } from '../plan/format.ts';
import { count } from './count.ts';
import { exitCode } from './exit-codes.ts';
import { type InfraFlags, infraOptions } from './infra-flags.ts';
import { differencesOf, type OpenedCapsule, openCapsule } from './opened-capsule.ts';
import { runReport } from './run-report.ts';

export interface ReplayOptions extends InfraFlags {
  readonly json?: boolean;
  /** Path for the history, one record a line. */
  readonly trace?: string;
  /** Path for a trace that ui.perfetto.dev reads. */
  readonly perfetto?: string;
  readonly logs?: boolean;
  readonly page?: string;
  /** True time up to which trace, logs and page go. The run itself goes to its end, so that its hash can be compared. */
  readonly until?: string;
  /** Stop in a debugger at `until`. */
  readonly inspect?: boolean;
  readonly inspectPort: string;
  readonly node?: string;
  /** Runs in infra. */
  readonly repeat: string;
}

/** Runs the command; resolves to the exit code. */
export async function replay(path: string, options: ReplayOptions): Promise<number> {
  const infra = infraOptions(options);
  const untilMicros = options.until === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.until) * 1000;
  const inspect = inspectOf(options, untilMicros);
  const pool = new Pool({ workers: 1, ...(options.node === undefined ? {} : { node: options.node }) });
  try {
    const opened = await openCapsule(pool, path);
    for (const line of differencesOf(opened)) process.stderr.write(`${line}\n`);
    const { trace, perfetto, logs, page } = options;
    const traces = trace !== undefined || perfetto !== undefined || logs === true || page !== undefined;
    if (infra !== undefined) return await replayInInfra(pool, opened, infra, options);
    const answer = await runPlan(pool, opened.target, opened.capsule.plan as Plan, traces, inspect);
    const history = (answer.history ?? []).filter(({ at }) => at <= untilMicros);
    await write(opened, { ...answer, history }, options);
    return tell(opened, answer, options);
  } finally {
    pool.close();
  }
}

function inspectOf({ inspect, inspectPort }: ReplayOptions, untilMicros: number): Parameters<typeof runPlan>[4] {
  if (inspect !== true) return undefined;
  if (untilMicros === Number.POSITIVE_INFINITY)
    throw new SeedstormError(
      'E_USAGE',
      '--inspect needs the instant at which to stop: add --until, such as --until 12.5s.',
    );
  const port = Number(inspectPort);
  if (!/^\d+$/.test(inspectPort) || port > 65_535)
    throw new SeedstormError('E_USAGE', `--inspect-port: "${inspectPort}" is not a port.`);
  return { atMicros: untilMicros, port };
}

/**
 * Runs the plan with real processes and servers, again and again, and says how often the capsule's violation was seen. The files that
 * were asked for are those of the first run that showed it, or of the last.
 */
async function replayInInfra(
  pool: Pool,
  opened: OpenedCapsule,
  infra: InfraOptions,
  options: ReplayOptions,
): Promise<number> {
  const { plan, expected } = opened.capsule;
  if (plan.profile === 'full')
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `${opened.path} has the profile full, whose times the real world has no patience for. Find the violation with: npx seedstorm run ${opened.capsule.scenario.name} --subject ${opened.capsule.subject.name} --profile short`,
    );
  const repeat = count(options.repeat, '--repeat');
  const verdicts: Record<string, number> = {};
  let seen = 0;
  let shown: RunAnswer | undefined;
  for (let round = 1; round <= repeat; round++) {
    const request = { type: 'plan', target: opened.target, plan: plan as Plan, traces: true, infra } as const;
    const { answer } = await expectAnswer(pool, request, 'ran');
    const { verdict, violation, reason } = answer.outcome;
    const isSeen = verdict === expected.verdict && (violation?.invariant ?? null) === expected.invariant;
    const what = violation === undefined ? (reason ?? '') : `${violation.invariant}: ${violation.message}`;
    process.stderr.write(`${round} of ${repeat}: ${verdict}${what === '' ? '' : ` (${what})`}\n`);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    if (isSeen) seen++;
    if (isSeen ? seen === 1 : seen === 0) shown = answer;
  }
  await write(opened, shown!, options);
  const expectation = expected.invariant === null ? expected.verdict : `${expected.verdict} of ${expected.invariant}`;
  process.stderr.write(`Seen ${seen} of ${repeat}: ${expectation}. Served by ${shown!.servedBy?.join(', ')}.\n`);
  if (options.json === true) {
    const { servedBy } = shown!;
    process.stdout.write(
      `${JSON.stringify({ format: 'seedstorm/replay-infra@1', repeat, seen, verdicts, invariant: expected.invariant, servedBy })}\n`,
    );
  }
  if ((verdicts['error'] ?? 0) > 0 || seen === 0) return exitCode.error;
  return expected.verdict === 'violation' ? exitCode.violation : exitCode.expected;
}

/** Writes the files that were asked for, and prints the logs. */
async function write(opened: OpenedCapsule, answer: RunAnswer, options: ReplayOptions): Promise<void> {
  const history: readonly HistoryRecord[] = answer.history ?? [];
  if (options.trace !== undefined) writeFileSync(options.trace, historyText(history));
  if (options.perfetto !== undefined) writeFileSync(options.perfetto, renderPerfettoTrace(history));
  if (options.logs === true) {
    const text = formatLogs(history, {
      epochMs: answer.epochMs ?? 0,
      colour: colourFor(process.stderr, process.env),
    });
    process.stderr.write(`${text}\n`);
  }
  if (options.page !== undefined) {
    const report = runReport({
      capsule: opened.capsule,
      traced: answer,
      claims: opened.scenario.claims,
      capsulePath: relative(process.cwd(), opened.path),
    });
    writeFileSync(options.page, renderRunPage(report, { script: await readClientScript(), suiteHref: null }));
  }
}

/** Says what happened beside what the capsule expects. */
function tell({ path, capsule, scenario }: OpenedCapsule, answer: RunAnswer, options: ReplayOptions): number {
  const { outcome } = answer;
  const { expected } = capsule;
  const isSame = outcome.verdict === expected.verdict && (outcome.violation?.invariant ?? null) === expected.invariant;
  const reproduced = isSame && isExpectedHash(outcome.hash, capsule);
  if (outcome.violation !== undefined) {
    const { invariant, message } = outcome.violation;
    const claim = scenario.claims.find((known) => known.invariant === invariant)?.claim;
    const text = formatViolation(
      {
        replayCommand: `npx seedstorm replay ${relative(process.cwd(), path)}`,
        scenario: capsule.scenario.name,
        subject: capsule.subject.name,
        seed: capsule.plan.seed,
        invariant,
        message,
        ...(claim === undefined ? {} : { claim }),
        planInWords: answer.planInWords,
        faults: { now: capsule.plan.faults.length },
      },
      colourFor(process.stderr, process.env),
    );
    process.stderr.write(`${text}\n\n`);
  }
  process.stderr.write(`${sentence(capsule.expected, answer, { isSame, reproduced })}\n`);
  if (options.json === true) {
    const { verdict, hash } = outcome;
    const invariant = outcome.violation?.invariant ?? null;
    process.stdout.write(
      `${JSON.stringify({ format: 'seedstorm/replay@1', verdict, invariant, hash, expectedHash: expected.hash, reproduced })}\n`,
    );
  }
  if (!reproduced) return exitCode.error;
  if (outcome.verdict === 'violation') return exitCode.violation;
  return outcome.verdict === 'pass' ? exitCode.expected : exitCode.error;
}

function sentence(
  expected: OpenedCapsule['capsule']['expected'],
  { outcome }: RunAnswer,
  { isSame, reproduced }: { readonly isSame: boolean; readonly reproduced: boolean },
): string {
  const { verdict, hash, violation, reason } = outcome;
  if (reproduced && expected.hash === NO_HASH)
    return `Seen in sim too: ${verdict}, trace hash ${hash}. The capsule is of a run in infra, which has no hash to compare.`;
  if (reproduced) return `Reproduced: ${verdict}, trace hash ${hash}.`;
  if (isSame)
    return `The verdict is the same (${verdict}), but the run is not: hash ${hash}, the capsule has ${expected.hash}.`;
  const of = violation === undefined ? '' : ` of ${violation.invariant}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  const wanted = expected.invariant === null ? '' : ` of ${expected.invariant}`;
  return `Not reproduced: ${verdict}${of}${why}; the capsule has ${expected.verdict}${wanted}.`;
}
