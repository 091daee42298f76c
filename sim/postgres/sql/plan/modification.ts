/** INSERT, UPDATE and DELETE to plans. */
import type { Compiler } from '../compile.ts';
import { DeletePlan, InsertPlan, UpdatePlan } from '../execute/modify.ts';
import type { QueryPlan } from '../execute/query-plan.ts';
import type { Query } from '../query.ts';
import { FromPlanner } from './from.ts';
import { finisher, outputOf, planOfCommonTable, planQuery } from './planner.ts';

export function planModification(compiler: Compiler, query: Query): QueryPlan {
  const entry = query.tables[query.target]!;
  if (entry.kind !== 'relation') throw new Error('a changed table is no relation');
  const common = {
    columns: outputOf(query.returning),
    tableCount: query.tables.length,
    target: query.target,
    shape: entry.shape,
    returning: query.returning.map((target) => compiler.expression(target.expr)),
    finish: finisher(compiler, query),
  };
  const assignments = query.assignments.map(({ column, expr }) => ({ column, value: compiler.expression(expr) }));
  if (query.command === 'insert') {
    const conflict = query.onConflict;
    return new InsertPlan({
      ...common,
      source: query.insertSource === null ? null : planQuery(compiler, query.insertSource),
      sourceColumns: query.insertColumns,
      defaults: assignments,
      conflict:
        conflict === null
          ? null
          : {
              action: conflict.action,
              arbiters: conflict.arbiters,
              assignments: conflict.assignments.map(({ column, expr }) => ({
                column,
                value: compiler.expression(expr),
              })),
              where: compiler.condition(conflict.where),
              excluded: conflict.excluded,
            },
    });
  }
  const from = new FromPlanner(compiler, query, (cte) => planOfCommonTable(compiler, cte)).plan(null, false);
  if (query.command === 'update') return new UpdatePlan({ ...common, source: from.root, assignments });
  return new DeletePlan({ ...common, source: from.root });
}
