/** Asks a child what a scenario is; the command line itself loads no user code. */
import { expectAnswer, type Pool } from '../explore/pool.ts';
import type { ScenarioDescription } from '../explore/protocol.ts';
import type { Profile } from '../plan/format.ts';

/** @throws SeedstormError with the child's code: `E_NOT_FOUND`, `E_PARSE`, `E_INPUT` */
export async function describeScenario(
  pool: Pool,
  scenario: string,
  profile: Profile,
  cwd = process.cwd(),
): Promise<ScenarioDescription> {
  return (await expectAnswer(pool, { type: 'describe', target: { scenario, profile, cwd } }, 'described')).description;
}
