/** LOCK TABLE, and statements that the simulated server has nothing to do for. */
import type { LockStmt, VacuumStmt } from 'libpg-query';
import { relationByName } from '../../catalog/search-path.ts';
import { inTransactionBlock, lockNotAvailable, noTransactionBlock, wrongObjectType } from '../../errors.ts';
import type { LockMode } from '../../lock/lock-tag.ts';
import type { Waiting } from '../../wait.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

function* lockTable(context: UtilityContext, node: LockStmt): Waiting<UtilityResult> {
  const { backend } = context;
  if (backend.blockState !== 'block') throw noTransactionBlock('LOCK TABLE');
  for (const item of node.relations ?? []) {
    if (!('RangeVar' in item)) continue;
    const relation = relationByName(backend, item.RangeVar.schemaname, item.RangeVar.relname ?? '');
    if (relation.kind !== 'r' && relation.kind !== 'p' && relation.kind !== 'v')
      throw wrongObjectType(relation.name, 'a table or view');
    const taken = yield* backend.lockRelation(relation, (node.mode ?? 8) as LockMode, node.nowait !== true);
    if (!taken) throw lockNotAvailable(relation.name);
  }
  return { tag: 'LOCK TABLE' };
}

/** Differs: VACUUM and ANALYZE check their place and do nothing, since dead versions are removed when they are met. */
function vacuum(context: UtilityContext, node: VacuumStmt): UtilityResult {
  const isVacuum = node.is_vacuumcmd === true;
  if (isVacuum && context.backend.blockState === 'block') throw inTransactionBlock('VACUUM');
  return { tag: isVacuum ? 'VACUUM' : 'ANALYZE' };
}

function checkpoint(context: UtilityContext): UtilityResult {
  context.backend.engine.flush();
  return { tag: 'CHECKPOINT' };
}

export const lockHandlers: UtilityHandlers = { LockStmt: lockTable, VacuumStmt: vacuum, CheckPointStmt: checkpoint };
