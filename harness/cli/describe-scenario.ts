/** Asks a child what a scenario is; the command line itself loads no user code. */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { Pool } from '../explore/pool.ts';
import type { ScenarioDescription } from '../explore/protocol.ts';
import type { Profile } from '../plan/format.ts';

/** @throws SeedstormError with the child's code: `E_NOT_FOUND`, `E_PARSE`, `E_INPUT` */
export async function describeScenario(
  pool: Pool,
  scenario: string,
  profile: Profile,
  cwd = process.cwd(),
): Promise<ScenarioDescription> {
  const answer = await pool.serve({ type: 'describe', target: { scenario, profile, cwd } });
  if (answer.type === 'described') return answer.description;
  throw new SeedstormError(
    answer.type === 'refused' ? (answer.code as 'E_INPUT') : 'E_CHILD',
    'message' in answer ? answer.message : 'The child gave another answer than was asked for.',
  );
}
