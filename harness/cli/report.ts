/** `seedstorm report`: makes the pages of capsules again, each from a traced run of its plan, and a suite page over them. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runPageName, type ScenarioReport, type SuiteReport, writeReport } from '../../reports/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { isExpectedHash } from '../capsule-format.ts';
import { runPlan } from '../explore/minimise.ts';
import { Pool } from '../explore/pool.ts';
import { seedstormVersion } from '../load.ts';
import { describePlan } from '../plan/describe.ts';
import type { Plan } from '../plan/format.ts';
import { exitCode } from './exit-codes.ts';
import { differencesOf, openCapsule } from './opened-capsule.ts';
import { premisesOf, runReport } from './run-report.ts';

export interface ReportOptions {
  readonly out: string;
  readonly node?: string;
  readonly json?: boolean;
}

interface Page {
  readonly capsule: string;
  readonly page: string;
  readonly verdict: string;
  readonly reproduced: boolean;
  readonly report: ScenarioReport;
}

/** Runs the command; resolves to the exit code. */
export async function report(paths: readonly string[], options: ReportOptions): Promise<number> {
  const capsules = paths.flatMap(capsulesAt);
  if (paths.length === 0)
    throw new SeedstormError(
      'E_USAGE',
      'report needs capsules, or a folder with some. Example: seedstorm report seedstorm-report',
    );
  const startedAt = new Date();
  const startedMs = performance.now();
  const pool = new Pool({ workers: 1, ...(options.node === undefined ? {} : { node: options.node }) });
  const pages: Page[] = [];
  try {
    for (const path of capsules) pages.push(await pageOf(pool, path, pages));
  } finally {
    pool.close();
  }
  const suite: SuiteReport = {
    title: 'seedstorm',
    startedAt: startedAt.toISOString(),
    seconds: (performance.now() - startedMs) / 1000,
    versions: { seedstorm: seedstormVersion, node: process.version },
    scenarios: pages.map(({ report: row }) => row),
  };
  const index = relative(process.cwd(), await writeReport(suite, options.out));
  for (const { capsule, page, verdict, reproduced } of pages)
    process.stderr.write(
      `${capsule}: ${verdict}${reproduced ? '' : ', not as the capsule has it'}; ${join(options.out, page)}\n`,
    );
  process.stderr.write(`Report: ${index}\n`);
  if (options.json === true) {
    const rows = pages.map(({ report: _report, ...page }) => page);
    process.stdout.write(`${JSON.stringify({ format: 'seedstorm/report@1', index, pages: rows })}\n`);
  }
  return pages.every(({ reproduced }) => reproduced) ? exitCode.expected : exitCode.error;
}

/** A capsule, or all capsules in a folder or in its `capsules`. */
function capsulesAt(path: string): readonly string[] {
  if (!existsSync(path)) throw new SeedstormError('E_NOT_FOUND', `There is no file or folder ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  const inner = join(path, 'capsules');
  const folder = existsSync(inner) ? inner : path;
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
  if (found.length === 0) throw new SeedstormError('E_NOT_FOUND', `There are no capsules (*.json) in ${folder}.`);
  return found;
}

async function pageOf(pool: Pool, path: string, before: readonly Page[]): Promise<Page> {
  const opened = await openCapsule(pool, path);
  const { capsule, scenario, target } = opened;
  for (const line of differencesOf(opened)) process.stderr.write(`${path}: ${line}\n`);
  const startedMs = performance.now();
  const traced = await runPlan(pool, target, capsule.plan as Plan, true);
  const { outcome } = traced;
  const original = capsule.found?.original as Plan | undefined;
  const shown = relative(process.cwd(), path);
  const plain = runPageName(scenario.name, capsule.subject.name);
  // Several capsules of one subject get pages of their own.
  const twins = before.filter(
    ({ report: { name, subject } }) => name === scenario.name && subject === capsule.subject.name,
  );
  const page = twins.length === 0 ? plain : plain.replace(/\.html$/, `-${twins.length + 1}.html`);
  const premises = premisesOf(traced, scenario.claims);
  const counts = { pass: 0, violation: 0, vacuous: 0, unknown: 0, error: 0, [outcome.verdict]: 1 };
  const reproduced = outcome.verdict === capsule.expected.verdict && isExpectedHash(outcome.hash, capsule);
  const row: ScenarioReport = {
    name: scenario.name,
    about: scenario.about,
    subject: capsule.subject.name,
    mode: 'sim',
    seeds: 1,
    ...counts,
    expected: reproduced,
    seconds: (performance.now() - startedMs) / 1000,
    events: outcome.events,
    premises,
    first:
      outcome.violation === undefined
        ? null
        : {
            seed: capsule.plan.seed,
            invariant: outcome.violation.invariant,
            message: outcome.violation.message,
            capsulePath: shown,
          },
    runPage: page,
    run: runReport({
      capsule,
      traced,
      ...(original === undefined ? {} : { originalPlanInWords: describePlan(original) }),
      claims: scenario.claims,
      capsulePath: shown,
    }),
  };
  return { capsule: shown, page, verdict: outcome.verdict, reproduced, report: row };
}
