/** A resolved query to a plan: from, where, grouping, windows, order, row locks, select list, in this order from the inside out. */
import { unsupported } from '../../errors.ts';
import { functionByOid } from '../../functions/function-row.ts';
import { windowImplementation } from '../../functions/index.ts';
import type { Compiler } from '../compile.ts';
import { Aggregate, type AggregateStep } from '../execute/aggregate.ts';
import type { Frame, PlanNode } from '../execute/frame.ts';
import { LockRows } from '../execute/lock-rows.ts';
import { type QueryPlan, type SelectParts, SelectPlan } from '../execute/query-plan.ts';
import { RecursiveUnionScan, SetOperationScan } from '../execute/set-operation.ts';
import { Sort, type SortColumn } from '../execute/sort.ts';
import { commonTableState, setCaller } from '../execute/source.ts';
import { WindowAggregate, type WindowStep } from '../execute/window.ts';
import type { AggregateCall } from '../expression.ts';
import type { CommonTable, OutputColumn, Query, SortKey, Target } from '../query.ts';
import { someExpr } from '../resolve/same.ts';
import { FromPlanner } from './from.ts';
import { planModification } from './modification.ts';

export function planQuery(outer: Compiler, query: Query): QueryPlan {
  const compiler = outer.inner(query.tables);
  for (const cte of query.ctes) registerCommonTable(compiler, cte);
  if (query.command !== 'select') return planModification(compiler, query);
  return planSelect(compiler, query);
}

/** A CTE is planned at its owner's level, when somebody first reads it. */
function registerCommonTable(compiler: Compiler, cte: CommonTable): void {
  let plan: QueryPlan | null = null;
  compiler.shared.set(cte, () => {
    plan ??= planQuery(compiler, cte.query);
    return plan;
  });
}

export function planOfCommonTable(compiler: Compiler, cte: CommonTable): QueryPlan {
  const make = compiler.shared.get(cte) as (() => QueryPlan) | undefined;
  if (make === undefined) throw unsupported(`reading WITH query "${cte.name}" here`);
  return make();
}

/** After the last row, brings what changes data to its end. */
export function finisher(compiler: Compiler, query: Query): ((frame: Frame) => void) | null {
  const changing = query.ctes.filter((cte) => cte.query.command !== 'select');
  if (changing.length === 0) return null;
  return (frame) => {
    for (const cte of changing) commonTableState(frame, cte, (wanted) => planOfCommonTable(compiler, wanted)).finish();
  };
}

export function outputOf(targets: readonly Target[]): OutputColumn[] {
  return targets
    .filter((target) => !target.isHidden)
    .map((target) => ({
      name: target.name,
      type: target.expr.type,
      typmod: target.expr.typmod,
      tableOid: target.tableOid,
      columnNumber: target.columnNumber,
    }));
}

function planSelect(compiler: Compiler, query: Query): QueryPlan {
  const isPlain =
    !query.isGrouped &&
    query.windowCalls.length === 0 &&
    query.distinct === 'none' &&
    query.setOperation === null &&
    query.sets.length === 0;
  let isOrdered = false;
  let root: PlanNode;
  if (query.setOperation !== null) root = setOperation(compiler, query);
  else {
    const from = new FromPlanner(compiler, query, (cte) => planOfCommonTable(compiler, cte));
    const planned = from.plan(isPlain && query.order.length > 0 ? query.order : null, query.limit !== null);
    root = planned.root;
    isOrdered = planned.isOrdered;
  }
  if (query.isGrouped) root = aggregate(compiler, query, root);
  if (query.windowCalls.length > 0)
    root = new WindowAggregate(root, windowSteps(compiler, query), query.windowCalls.length);
  const order = sortColumns(compiler, query.order);
  const needsSets = query.order.some((key) => someExpr(key.expr, (part) => part.kind === 'set'));
  if (order.length > 0 && !isOrdered && !needsSets) root = new Sort(root, order);
  if (query.rowMarks.length > 0) root = new LockRows(root, query);
  const shown = query.targets.filter((target) => !target.isHidden);
  return new SelectPlan({
    columns: outputOf(query.targets),
    tableCount: query.tables.length,
    root,
    targets: shown.map((target) => compiler.expression(target.expr)),
    distinct: distinct(compiler, query),
    sets: query.sets.map((set) =>
      setCaller(
        set.callable,
        set.args.map((arg) => (set.callable.waitSet === undefined ? compiler.expression(arg) : compiler.part(arg))),
        set.site,
      ),
    ),
    outputSort: needsSets ? order : null,
    limit: query.limit === null ? null : compiler.expression(query.limit),
    offset: query.offset === null ? null : compiler.expression(query.offset),
    ties: query.withTies ? order : null,
    finish: finisher(compiler, query),
  });
}

export function sortColumns(compiler: Compiler, keys: readonly SortKey[]): SortColumn[] {
  return keys.map((key) => ({
    value: compiler.expression(key.expr),
    type: compiler.types.byOid(key.expr.type),
    isDescending: key.isDescending,
    nullsFirst: key.nullsFirst,
  }));
}

function distinct(compiler: Compiler, query: Query): SelectParts['distinct'] {
  if (query.distinct === 'none') return { kind: 'none' };
  if (query.distinct === 'all')
    return {
      kind: 'all',
      types: query.targets.filter((target) => !target.isHidden).map((target) => compiler.types.byOid(target.expr.type)),
    };
  return {
    kind: 'on',
    values: query.distinct.map((expr) => compiler.expression(expr)),
    types: query.distinct.map((expr) => compiler.types.byOid(expr.type)),
  };
}

function setOperation(compiler: Compiler, query: Query): PlanNode {
  const operation = query.setOperation!;
  const left = planQuery(compiler, operation.left);
  const right = planQuery(compiler, operation.right);
  const types = operation.types.map((type) => compiler.types.byOid(type));
  if (query.recursive !== null)
    return new RecursiveUnionScan(query.setTable, query.recursive, operation.isAll, left, right, types);
  return new SetOperationScan(query.setTable, operation.operation, operation.isAll, left, right, types);
}

export function aggregateStep(compiler: Compiler, call: AggregateCall): AggregateStep {
  return {
    implementation: call.implementation,
    direct: call.direct.map((arg) => compiler.expression(arg)),
    site: call.site,
    isStrict: call.isStrict,
    args: call.args.map((arg) => compiler.expression(arg)),
    argTypes: call.args.map((arg) => compiler.types.byOid(arg.type)),
    isDistinct: call.isDistinct,
    order: sortColumns(compiler, call.order),
    filter: compiler.condition(call.filter),
  };
}

function aggregate(compiler: Compiler, query: Query, child: PlanNode): PlanNode {
  const all = query.groupBy.map((_, index) => index);
  return new Aggregate(
    child,
    query.groupBy.map((expr) => compiler.expression(expr)),
    query.groupBy.map((expr) => compiler.types.byOid(expr.type)),
    query.groupingSets ?? [all],
    query.aggregates.map((call) => aggregateStep(compiler, call)),
    compiler.condition(query.having),
  );
}

function windowSteps(compiler: Compiler, query: Query): WindowStep[] {
  const steps: WindowStep[] = [];
  query.windows.forEach((window, number) => {
    const calls = query.windowCalls.flatMap((call, index) => {
      if (call.window !== number) return [];
      const row = call.aggregate === null ? functionByOid(call.functionOid) : undefined;
      return [
        {
          index,
          function: row === undefined ? null : windowImplementation(row),
          aggregate: call.aggregate === null ? null : aggregateStep(compiler, call.aggregate),
          args: call.args.map((arg) => compiler.expression(arg)),
          site: { argTypes: call.args.map((arg) => arg.type), resultType: call.type },
        },
      ];
    });
    if (calls.length === 0) return;
    const { frame } = window;
    steps.push({
      partition: window.partition.map((expr) => ({
        value: compiler.expression(expr),
        type: compiler.types.byOid(expr.type),
      })),
      order: sortColumns(compiler, window.order),
      frame,
      startOffset: 'offset' in frame.start ? compiler.expression(frame.start.offset) : null,
      endOffset: 'offset' in frame.end ? compiler.expression(frame.end.offset) : null,
      calls,
    });
  });
  return steps;
}
