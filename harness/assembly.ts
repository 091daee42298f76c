/** What both worlds make of a scenario: names, files and policies, in plain values. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { Checker } from './checkers/checker.ts';
import { builtinService } from './load.ts';
import { instanceNames } from './plan/surroundings.ts';
import { type Durations, milliseconds, type ProcessDefinition, type Scenario } from './scenario.ts';

/** One instance of a process of the scenario. */
export interface Instance {
  readonly definition: ProcessDefinition;
  /** Name of the process in the scenario. */
  readonly key: string;
  readonly name: string;
  /** From 1. */
  readonly instance: number;
}

export interface RestartRule {
  readonly when: 'never' | 'on-failure' | 'always';
  readonly delayMs: number;
}

export function instancesOf({ definition }: Scenario): readonly Instance[] {
  return Object.entries(definition.processes).flatMap(([key, process]) =>
    instanceNames(key, process.count).map((name, index) => ({ definition: process, key, name, instance: index + 1 })),
  );
}

export function checkersOf({ definition }: Scenario, durations: Durations): readonly Checker[] {
  const { invariants } = definition;
  return typeof invariants === 'function' ? invariants(durations) : invariants;
}

export const neverRestarted: RestartRule = { when: 'never', delayMs: 0 };
export const serviceRestart: RestartRule = { when: 'on-failure', delayMs: 1000 };

export function restartOf({ restart = 'on-failure' }: ProcessDefinition): RestartRule {
  return typeof restart === 'string'
    ? { when: restart, delayMs: 1000 }
    : { when: restart.when, delayMs: milliseconds(restart.delay) };
}

/** Name of the host on which the setup program of that index runs. */
export function setupName(index: number): string {
  return `setup-${index + 1}`;
}

/** The file of a service: one of ours, or the author's. */
export function serviceFile(folder: string, program: string): string {
  return program.startsWith('builtin:') ? builtinService(program.slice('builtin:'.length)) : resolve(folder, program);
}

/** @throws SeedstormError `E_NOT_FOUND` for a file that is not there */
export function schemaText(folder: string, schema: string | undefined): string {
  if (schema === undefined) return '';
  if (!schema.endsWith('.sql')) return schema;
  const path = resolve(folder, schema);
  if (!existsSync(path)) throw new SeedstormError('E_NOT_FOUND', `The schema file ${path} does not exist.`);
  return readFileSync(path, 'utf8');
}
