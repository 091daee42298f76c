/** Runs programs twice: a run that ends well and is the same both times, which is what every ordinary library must give. */
import { expect } from 'vitest';
import { type Ran, type RunProgramsOptions, runPrograms } from './programs.ts';

/** The first of two equal runs. */
export async function repeatRun(options: RunProgramsOptions): Promise<Ran> {
  const first = await runPrograms(options);
  const errors = first.records.filter((record) => record.kind === 'process' && record.error !== undefined);
  expect(errors).toEqual([]);
  expect(first.end.kind).toBe('quiescent');
  const second = await runPrograms(options);
  expect(second.hash).toBe(first.hash);
  expect(second.lines).toEqual(first.lines);
  return first;
}

/** What the programs of two equal runs logged, without the names of their hosts. */
export async function runTwice(options: RunProgramsOptions): Promise<readonly string[]> {
  const { lines } = await repeatRun(options);
  return lines.map((line) => line.replace(/^[^:]*: /, ''));
}
