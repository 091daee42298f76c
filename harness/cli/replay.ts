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
import { milliseconds } from '../duration.ts';
import { runPlan } from '../explore/minimise.ts';
import { Pool } from '../explore/pool.ts';
import type { RunAnswer } from '../explore/protocol.ts';
import type { HistoryRecord } from '../history/record.ts';
import { historyText } from '../history/recorder.ts';
import type { Plan } from '../plan/format.ts';
import { exitCode } from './exit-codes.ts';
import { differencesOf, type OpenedCapsule, openCapsule } from './opened-capsule.ts';
import { runReport } from './run-report.ts';

export interface ReplayOptions {
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
  readonly mode: string;
}

/** Runs the command; resolves to the exit code. */
export async function replay(path: string, options: ReplayOptions): Promise<number> {
  if (options.mode !== 'sim')
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `--mode ${options.mode}: infra mode is not built yet; replay runs in sim.`,
    );
  const untilMicros = options.until === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.until) * 1000;
  const inspect = inspectOf(options, untilMicros);
  const pool = new Pool({ workers: 1, ...(options.node === undefined ? {} : { node: options.node }) });
  try {
    const opened = await openCapsule(pool, path);
    for (const line of differencesOf(opened)) process.stderr.write(`${line}\n`);
    const { trace, perfetto, logs, page } = options;
    const traces = trace !== undefined || perfetto !== undefined || logs === true || page !== undefined;
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
  const reproduced = isSame && outcome.hash === expected.hash;
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
  if (reproduced) return `Reproduced: ${verdict}, trace hash ${hash}.`;
  if (isSame)
    return `The verdict is the same (${verdict}), but the run is not: hash ${hash}, the capsule has ${expected.hash}.`;
  const of = violation === undefined ? '' : ` of ${violation.invariant}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  const wanted = expected.invariant === null ? '' : ` of ${expected.invariant}`;
  return `Not reproduced: ${verdict}${of}${why}; the capsule has ${expected.verdict}${wanted}.`;
}
