/** Runs the scenario (`scenario.ts`, or the file named) once for each plan on standard input (a JSON list), and prints what became of it as a JSON list. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadScenario, resolveSubject } from '../../../../harness/load.ts';
import type { Fault } from '../../../../harness/plan/format.ts';
import { generatePlan } from '../../../../harness/plan/generate.ts';
import { readPlan } from '../../../../harness/plan/validate.ts';
import { prepareRun, runInSim } from '../../../../harness/run.ts';

const loaded = await loadScenario(fileURLToPath(new URL(`./${process.argv[2] ?? 'scenario.ts'}`, import.meta.url)));
const subject = resolveSubject(loaded, 'program');
await prepareRun({ loaded, subject });
const calm = generatePlan({ scenario: loaded.scenario, subject: 'program', seed: 17, profile: 'full' });
const results: unknown[] = [];
for (const faults of JSON.parse(readFileSync(0, 'utf8')) as Fault[][]) {
  const plan = readPlan({ ...calm, faults }, loaded.scenario);
  const { outcome, history } = await runInSim({ loaded, subject, plan });
  const records = history.filter((record) => record.kind === 'fault');
  results.push({
    verdict: outcome.verdict,
    reason: outcome.reason,
    hash: outcome.hash,
    phases: records.map(({ phase }) => phase),
    bites: records.filter(({ phase }) => phase === 'bit').map(({ detail }) => detail),
    log: history.flatMap((record) =>
      record.kind === 'log' && record.process !== undefined ? [`${record.process}: ${record.text}`] : [],
    ),
    commits: history.filter(({ kind }) => kind === 'commit').length,
    effects: history.flatMap((record) => (record.kind === 'effect' ? [record.key] : [])),
    failures: history.filter((record) => record.kind === 'log' && record.text.includes('failed:')).length,
  });
}
console.log(JSON.stringify(results));
process.exit(0);
