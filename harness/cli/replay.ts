/** `seedstorm replay`: runs the plan of a capsule again and says whether the same happened, after saying what differs around it. */
import { writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { colourFor, formatViolation, readClientScript, renderRunPage } from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { lockHash, readCapsule } from '../capsule.ts';
import type { Capsule } from '../capsule-format.ts';
import { Pool } from '../explore/pool.ts';
import type { RunAnswer, SubjectDescription, Target } from '../explore/protocol.ts';
import { historyText } from '../history/recorder.ts';
import { projectRoot, seedstormVersion } from '../load.ts';
import type { Plan } from '../plan/format.ts';
import { exitCode } from './exit-codes.ts';
import { describeScenario } from './run.ts';

export interface ReplayOptions {
  readonly json?: boolean;
  /** Path for the history, one record a line. */
  readonly trace?: string;
  readonly logs?: boolean;
  readonly page?: string;
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
  const capsule = readCapsule(path);
  const pool = new Pool({ workers: 1, ...(options.node === undefined ? {} : { node: options.node }) });
  try {
    const cwd = process.cwd();
    const scenario = scenarioOf(capsule, path);
    const target: Target = { scenario, subject: capsule.subject.name, profile: capsule.plan.profile, cwd };
    const description = await describeScenario(pool, scenario, capsule.plan.profile);
    const subject = await pool.serve({ type: 'describe-subject', target });
    if (subject.type !== 'subject-described')
      throw new SeedstormError(
        'code' in subject ? (subject.code as 'E_INPUT') : 'E_CHILD',
        'message' in subject ? subject.message : 'unexpected answer',
      );
    for (const line of differences(capsule, subject.description, description.root)) process.stderr.write(`${line}\n`);
    const answer = await pool.serve({
      type: 'plan',
      target,
      plan: capsule.plan as Plan,
      traces: options.trace !== undefined || options.logs === true || options.page !== undefined,
    });
    if (answer.type !== 'ran')
      throw new SeedstormError(
        'code' in answer ? (answer.code as 'E_CHILD') : 'E_CHILD',
        'message' in answer ? answer.message : 'unexpected answer',
      );
    return await tell(
      path,
      capsule,
      answer.answer,
      description.claims.map((claim) => ({
        ...claim,
        sum: answer.answer.outcome.premises[claim.invariant] ?? 0,
        seeds: 1,
      })),
      options,
    );
  } finally {
    pool.close();
  }
}

/** Where the capsule's scenario is: a built-in row, or a file found from the capsule's project or from here. */
function scenarioOf({ scenario: { file, name } }: Capsule, path: string): string {
  if (file.startsWith('builtin:')) return name;
  return resolve(projectRoot(join(dirname(resolve(path)), 'x')), file);
}

/** What is not as it was when the capsule was written, a line each. */
function differences(capsule: Capsule, subject: SubjectDescription, root: string): string[] {
  const lines: string[] = [];
  if (capsule.seedstorm !== seedstormVersion)
    lines.push(`Written by seedstorm ${capsule.seedstorm}; this is ${seedstormVersion}.`);
  const major = (version: string): string => version.split('.')[0]!;
  if (major(capsule.node) !== major(process.version))
    lines.push(
      `Written on Node ${capsule.node}; this is ${process.version}. The verdict is the same on both; the hash only where Node sends the same bytes.`,
    );
  const recorded: Record<string, string> = { ...capsule.subject.files };
  for (const [file, hash] of Object.entries(recorded)) {
    const now = subject.files[file];
    if (now === undefined) lines.push(`Changed: ${file} is not part of the subject any more.`);
    else if (now !== hash) lines.push(`Changed: ${file} is not the file that the capsule was made with.`);
  }
  if (!Object.values(subject.files).includes(capsule.scenario.hash))
    lines.push('Changed: the scenario is not the one that the capsule was made with.');
  if (capsule.lock !== lockHash(root))
    lines.push('Changed: the lock file (versions of the dependencies) is another one.');
  return lines;
}

async function tell(
  path: string,
  capsule: Capsule,
  answer: RunAnswer,
  premises: readonly { invariant: string; claim: string; checkerId: string; sum: number; seeds: number }[],
  options: ReplayOptions,
): Promise<number> {
  const { outcome } = answer;
  const { expected } = capsule;
  const isSame = outcome.verdict === expected.verdict && (outcome.violation?.invariant ?? null) === expected.invariant;
  const reproduced = isSame && outcome.hash === expected.hash;
  if (options.trace !== undefined) writeFileSync(options.trace, historyText(answer.history ?? []));
  if (options.logs === true) for (const line of logLines(answer)) process.stderr.write(`${line}\n`);
  if (options.page !== undefined) {
    const page = renderRunPage(
      {
        capsule,
        history: answer.history ?? [],
        hosts: (answer.hosts ?? []).map(({ name, role, type }) => ({ name, role, type: type ?? 'node' })),
        planInWords: answer.planInWords,
        violation: outcome.violation ?? null,
        verdict: outcome.verdict,
        replayCommand: `npx seedstorm replay ${relative(process.cwd(), path)}`,
        premises,
        ...(answer.epochMs === undefined ? {} : { epochMs: answer.epochMs }),
      },
      { script: await readClientScript() },
    );
    writeFileSync(options.page, page);
  }
  if (outcome.violation !== undefined) {
    process.stderr.write(
      `${formatViolation(
        {
          replayCommand: `npx seedstorm replay ${relative(process.cwd(), path)}`,
          scenario: capsule.scenario.name,
          subject: capsule.subject.name,
          seed: capsule.plan.seed,
          invariant: outcome.violation.invariant,
          message: outcome.violation.message,
          planInWords: answer.planInWords,
          faults: { now: capsule.plan.faults.length },
        },
        colourFor(process.stderr, process.env),
      )}\n\n`,
    );
  }
  process.stderr.write(
    reproduced
      ? `Reproduced: ${outcome.verdict}, trace hash ${outcome.hash}.\n`
      : isSame
        ? `The verdict is the same (${outcome.verdict}), but the run is not: hash ${outcome.hash}, the capsule has ${expected.hash}.\n`
        : `Not reproduced: ${outcome.verdict}${outcome.violation === undefined ? '' : ` of ${outcome.violation.invariant}`}${outcome.reason === undefined ? '' : ` (${outcome.reason})`}; the capsule has ${expected.verdict}${expected.invariant === null ? '' : ` of ${expected.invariant}`}.\n`,
  );
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify({ format: 'seedstorm/replay@1', verdict: outcome.verdict, invariant: outcome.violation?.invariant ?? null, hash: outcome.hash, expectedHash: expected.hash, reproduced })}\n`,
    );
  }
  if (!reproduced) return exitCode.error;
  return outcome.verdict === 'violation'
    ? exitCode.violation
    : outcome.verdict === 'pass'
      ? exitCode.expected
      : exitCode.error;
}

function* logLines({ history = [] }: RunAnswer): Generator<string> {
  for (const record of history) {
    if (record.kind !== 'log') continue;
    const node = record.nodeAt === undefined ? '' : ` ${new Date(record.nodeAt).toISOString()}`;
    yield `${(record.at / 1e6).toFixed(6).padStart(12)} s${node} ${record.process ?? record.host}: ${record.text}`;
  }
}
