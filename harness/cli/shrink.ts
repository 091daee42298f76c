/**
 * `seedstorm shrink`: makes the plan of a capsule smaller. A smaller plan counts only when it breaks the same invariant; the best so far is
 * written whatever ends the search: a budget, Ctrl-C, or that nothing smaller fails.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { colourFor } from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { Capsule } from '../capsule-format.ts';
import { milliseconds } from '../duration.ts';
import { type FoundCase, packViolation } from '../explore/found.ts';
import { runPlan, type ShrinkBudget } from '../explore/minimise.ts';
import { Pool } from '../explore/pool.ts';
import { describeFault } from '../plan/describe.ts';
import type { Fault, Plan } from '../plan/format.ts';
import { count } from './count.ts';
import { exitCode } from './exit-codes.ts';
import { explainBudget } from './explain-budget.ts';
import { differencesOf, type OpenedCapsule, openCapsule } from './opened-capsule.ts';

export interface ShrinkOptions {
  readonly runs: string;
  readonly time: string;
  readonly explain: boolean;
  readonly explainTime: string;
  readonly out?: string;
  readonly node?: string;
  readonly json?: boolean;
}

/** Least real ms between two lines of progress. */
const PROGRESS_MS = 1000;

/** Runs the command; resolves to the exit code. */
export async function shrink(path: string, options: ShrinkOptions): Promise<number> {
  const budget = { runs: count(options.runs, '--runs'), seconds: milliseconds(options.time) / 1000 };
  const pool = new Pool({ workers: 1, ...(options.node === undefined ? {} : { node: options.node }) });
  const interruption = new AbortController();
  const onSignal = (): void => {
    if (interruption.signal.aborted) process.exit(exitCode.interrupted);
    interruption.abort();
    process.stderr.write('\nInterrupted: writing the smallest plan so far. Press Ctrl-C again to leave at once.\n');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const opened = await openCapsule(pool, path);
    for (const line of differencesOf(opened)) process.stderr.write(`${line}\n`);
    const explain = explainBudget(options);
    const found = await search(pool, opened, { budget, explain, signal: interruption.signal });
    const out = options.out ?? path.replace(/(-shrunk)?(\.json)?$/, '-shrunk.json');
    writeFileSync(out, `${JSON.stringify(withOrigin(found.capsule, opened.capsule, found.shrinkRuns), null, 2)}\n`);
    tell(opened, found, { out, isJson: options.json === true });
    return interruption.signal.aborted ? exitCode.interrupted : exitCode.expected;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    pool.close();
  }
}

async function search(
  pool: Pool,
  { path, capsule, target, scenario }: OpenedCapsule,
  {
    budget,
    explain,
    signal,
  }: Pick<Parameters<typeof packViolation>[0], 'explain' | 'signal'> & { budget: ShrinkBudget },
): Promise<FoundCase> {
  const { verdict, invariant } = capsule.expected;
  if (verdict !== 'violation')
    throw new SeedstormError(
      'E_INPUT',
      `${path} holds a run with the verdict ${verdict}; only a violation can be shrunk.`,
    );
  const original = await runPlan(pool, target, capsule.plan as Plan);
  const now = original.outcome.violation?.invariant ?? null;
  if (now !== invariant)
    throw new SeedstormError(
      'E_PROGRAM',
      `The plan of ${path} does not break ${invariant} any more: the run ended as ${original.outcome.verdict}${now === null ? '' : ` of ${now}`}. There is nothing to shrink.`,
    );
  let shownMs = Number.NEGATIVE_INFINITY;
  return packViolation({
    pool,
    target,
    scenario,
    original,
    budget,
    explain,
    signal,
    bundles: capsule.bundle !== undefined,
    onProgress: (runs, faults) => {
      if (performance.now() - shownMs < PROGRESS_MS) return;
      shownMs = performance.now();
      process.stderr.write(
        `${runs} of at most ${budget.runs} runs: ${faults} of ${capsule.plan.faults.length} faults left\n`,
      );
    },
  });
}

/** Keeps what the very first plan was, over several rounds of shrinking. */
function withOrigin(shrunk: Capsule, before: Capsule, runs: number): Capsule {
  return {
    ...shrunk,
    found: {
      by: before.found?.by ?? `seed ${before.plan.seed}`,
      original: before.found?.original ?? before.plan,
      runs: (before.found?.runs ?? 0) + runs,
      ...(shrunk.found?.explained === undefined ? {} : { explained: shrunk.found.explained }),
    },
  };
}

const stoppedText = {
  minimal: 'nothing smaller breaks the same invariant',
  unproven: 'nothing smaller breaks the same invariant, as far as it could be judged: some runs had no verdict',
  runs: 'the budget of runs is spent (--runs)',
  seconds: 'the budget of time is spent (--time)',
  error: 'a run could not be made',
  interrupted: 'interrupted',
} as const;

function tell(
  { capsule }: OpenedCapsule,
  found: FoundCase,
  { out, isJson }: { readonly out: string; readonly isJson: boolean },
): void {
  const before = capsule.plan;
  const after = found.capsule.plan;
  const changes = before.faults.map((fault) => changeOf(fault as Fault, after.faults as readonly Fault[]));
  const absent = (after.absent ?? []).filter((name) => !before.absent?.includes(name));
  const skipped = after.workload.skip.length - before.workload.skip.length;
  const colour = colourFor(process.stderr, process.env);
  const lines = [
    `${before.faults.length} faults became ${after.faults.length} in ${found.shrinkRuns} runs; ${stoppedText[found.stopped ?? 'minimal']}.`,
    ...changes.map(({ change, text }) =>
      change === 'dropped' ? colour('dim', `  dropped  ${text}`) : `  ${change.padEnd(7)}  ${text}`,
    ),
    ...(absent.length > 0 ? [`  dropped  ${absent.join(', ')}: never started`] : []),
    ...(skipped > 0 ? [`  dropped  ${skipped} of ${found.original.items} items of the workload`] : []),
    '',
    `Wrote ${out}`,
    `Replay: npx seedstorm replay ${relative(process.cwd(), out)}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (!isJson) return;
  process.stdout.write(
    `${JSON.stringify({
      format: 'seedstorm/shrink@1',
      capsule: out,
      invariant: found.capsule.expected.invariant,
      runs: found.shrinkRuns,
      stopped: found.stopped ?? 'minimal',
      faults: { before: before.faults.length, after: after.faults.length },
      dropped: changes.filter(({ change }) => change === 'dropped').map(({ id }) => id),
      simpler: changes.filter(({ change }) => change === 'simpler').map(({ id }) => id),
      absent,
      draws: after.workload.draws,
      itemsDropped: Math.max(0, skipped),
    })}\n`,
  );
}

interface Change {
  readonly id: string;
  readonly change: 'kept' | 'simpler' | 'dropped';
  readonly text: string;
}

function changeOf(fault: Fault, after: readonly Fault[]): Change {
  const now = after.find(({ id }) => id === fault.id);
  if (now === undefined) return { id: fault.id, change: 'dropped', text: describeFault(fault) };
  const change = JSON.stringify(now) === JSON.stringify(fault) ? 'kept' : 'simpler';
  return { id: fault.id, change, text: describeFault(now) };
}
