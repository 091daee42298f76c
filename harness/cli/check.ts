/** `seedstorm check`: judges a history that was recorded anywhere: one JSON record a line, in a file or on standard input (`-`). */
import { existsSync, readFileSync } from 'node:fs';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { Finding } from '../checkers/checker.ts';
import { linearizable } from '../checkers/linearizable/index.ts';
import { readHistory } from '../history/reader.ts';
import type { HistoryRecord } from '../history/record.ts';
import { type ModelName, models } from '../models/index.ts';
import type { Verdict } from '../verdict.ts';
import { count } from './count.ts';
import { exitCode } from './exit-codes.ts';

export interface CheckOptions {
  readonly model?: string;
  readonly operations?: string;
  readonly budget: string;
  readonly json?: boolean;
}

/** Runs the command; resolves to the exit code. */
export async function check(path: string, options: CheckOptions): Promise<number> {
  const { model } = options;
  const known = [...models.values()].map(({ name, about }) => `  ${name}: ${about}`).join('\n');
  if (model === undefined)
    throw new SeedstormError('E_USAGE', `check needs --model: what the object is. Models:\n${known}`);
  if (!models.has(model))
    throw new SeedstormError('E_USAGE', `--model: there is no model "${model}". Models:\n${known}`);
  const history = read(path);
  const checker = linearizable({
    model: model as ModelName,
    budget: count(options.budget, '--budget'),
    ...(options.operations === undefined ? {} : { operations: options.operations }),
  });
  const judge = checker.start();
  for (const record of history) judge.record(record);
  const now = history.at(-1)?.at ?? 0;
  const finding = judge.settle({ healedAt: now, now });
  const premises = judge.premises();
  const verdict = verdictOf(finding, premises);
  process.stderr.write(`${sentence(verdict, finding, { model, premises, path })}\n`);
  if (finding !== undefined && 'violation' in finding) {
    const witness = new Set(finding.violation.witness);
    for (const record of history) if (witness.has(record.seq)) process.stderr.write(`  ${JSON.stringify(record)}\n`);
  }
  if (options.json === true) {
    const violation = finding !== undefined && 'violation' in finding ? finding.violation : null;
    process.stdout.write(
      `${JSON.stringify({ format: 'seedstorm/check@1', verdict, model, operations: premises, message: violation?.message ?? null, witness: violation?.witness ?? [] })}\n`,
    );
  }
  if (verdict === 'violation') return exitCode.violation;
  return verdict === 'pass' ? exitCode.expected : exitCode.error;
}

function read(path: string): readonly HistoryRecord[] {
  if (path !== '-' && !existsSync(path)) throw new SeedstormError('E_NOT_FOUND', `There is no file ${path}.`);
  return readHistory(readFileSync(path === '-' ? 0 : path, 'utf8'), { file: path === '-' ? 'standard input' : path });
}

function verdictOf(finding: Finding, premises: number): Verdict {
  if (finding !== undefined) return 'violation' in finding ? 'violation' : 'unknown';
  return premises === 0 ? 'vacuous' : 'pass';
}

function sentence(
  verdict: Verdict,
  finding: Finding,
  { model, premises, path }: { readonly model: string; readonly premises: number; readonly path: string },
): string {
  switch (verdict) {
    case 'violation':
      return `Violation: ${finding !== undefined && 'violation' in finding ? finding.violation.message : ''}`;
    case 'unknown':
      return `Unknown: ${finding !== undefined && 'unknown' in finding ? finding.unknown : ''}. Give more steps with --budget.`;
    case 'vacuous':
      return `Vacuous: ${path} has no completed operation that a ${model} knows. See --operations, and the words of the model in docs/invariants.md.`;
    default:
      return `Pass: ${premises} operations are linearizable as ${model}.`;
  }
}
