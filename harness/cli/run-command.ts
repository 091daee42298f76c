/** The command that finds a violation again while the code is unchanged. */
import { relative } from 'node:path';
import type { ScenarioDescription } from '../explore/protocol.ts';

export function runCommand(scenario: ScenarioDescription, subject: string, seed: number, profile: string): string {
  const what = scenario.isBuiltin ? scenario.name : `./${relative(process.cwd(), scenario.file)}`;
  return [
    `npx seedstorm run ${what}`,
    ...(subject === 'program' ? [] : [`--subject ${subject}`]),
    `--seed ${seed}`,
    ...(profile === 'full' ? [] : [`--profile ${profile}`]),
  ].join(' ');
}
