/** `seedstorm list`: the built-in rows, or the scenarios given, with subjects, invariants and fault kinds. */
import { Pool } from '../explore/pool.ts';
import type { ScenarioDescription } from '../explore/protocol.ts';
import { builtinScenarios } from '../load.ts';
import { describeScenario } from './describe-scenario.ts';
import { exitCode } from './exit-codes.ts';

/** Runs the command; resolves to the exit code. */
export async function list(names: readonly string[], options: { readonly json?: boolean }): Promise<number> {
  const pool = new Pool({ workers: 1 });
  try {
    const scenarios: ScenarioDescription[] = [];
    for (const name of names.length > 0 ? names : builtinScenarios())
      scenarios.push(await describeScenario(pool, name, 'full'));
    if (options.json === true) {
      process.stdout.write(
        `${JSON.stringify({ format: 'seedstorm/list@1', scenarios: scenarios.map(({ name, about, file, subjects, claims, faultKinds }) => ({ name, about, file, subjects, claims, faultKinds })) })}\n`,
      );
    } else {
      for (const scenario of scenarios) process.stdout.write(`${text(scenario)}\n`);
    }
    return exitCode.expected;
  } finally {
    pool.close();
  }
}

function text({ name, about, subjects, claims, faultKinds }: ScenarioDescription): string {
  return [
    name,
    ...(about === '' ? [] : [`  ${about}`]),
    `  subjects:   ${subjects.join(', ')}`,
    `  faults:     ${faultKinds.join(', ') || 'none'}`,
    ...claims.map(({ claim }, index) => `${index === 0 ? '  invariants: ' : '              '}${claim}`),
    '',
  ].join('\n');
}
