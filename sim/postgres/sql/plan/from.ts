/**
 * Joins: inner ones are put in a greedy order (smallest first, then what an index or a hash reaches), outer ones stay where they were
 * written. A condition is tested at the first place where all its tables are known.
 */
import { failure } from '../../errors.ts';
import type { Compiler } from '../compile.ts';
import type { Evaluate, Frame, PlanNode } from '../execute/frame.ts';
import { Filter, type HashColumn, HashJoin, NestedLoop } from '../execute/join.ts';
import {
  CommonTableScan,
  FunctionScan,
  type FunctionSource,
  OneRow,
  SubqueryScan,
  setCaller,
  ValuesScan,
  VirtualScan,
} from '../execute/source.ts';
import type { Expr } from '../expression.ts';
import type { CommonTable, FromItem, Query, SortKey, TableEntry } from '../query.ts';
import { someExpr } from '../resolve/same.ts';
import { Append, leavesOf } from '../table/partition.ts';
import { type Access, chooseAccess, strategyOf } from './access.ts';
import { folded } from './fold.ts';
import { planQuery } from './planner.ts';
import { conjuncts, lateralTables, tablesUsed } from './tables-used.ts';

export interface FromPlan {
  readonly root: PlanNode;
  readonly isOrdered: boolean;
}

interface Unit {
  readonly item: FromItem;
  readonly tables: ReadonlySet<number>;
  readonly needs: ReadonlySet<number>;
}

type Condition = ((frame: Frame) => boolean) | null;

export class FromPlanner {
  readonly #compiler: Compiler;
  readonly #query: Query;
  readonly #planOf: (cte: CommonTable) => ReturnType<typeof planQuery>;
  /** Kept by a table while it is scanned in the wanted order. */
  #order: readonly SortKey[] | null = null;
  #hasLimit = false;
  #isOrdered = false;

  constructor(compiler: Compiler, query: Query, planOf: (cte: CommonTable) => ReturnType<typeof planQuery>) {
    this.#compiler = compiler;
    this.#query = query;
    this.#planOf = planOf;
  }

  plan(order: readonly SortKey[] | null, hasLimit: boolean): FromPlan {
    const conditions = conjuncts(this.#query.where);
    const units: Unit[] = [];
    const quals = [...conditions];
    for (const item of this.#query.from) this.#flatten(item, units, quals);
    if (units.length === 0) return { root: new OneRow(this.#condition(quals)), isOrdered: false };
    if (units.length === 1 && units[0]!.item.kind === 'table') {
      this.#order = order;
      this.#hasLimit = hasLimit;
    }
    const root = this.#joinUnits(units, quals, new Set());
    return { root, isOrdered: this.#isOrdered };
  }

  #flatten(item: FromItem, units: Unit[], quals: Expr[]): void {
    if (item.kind === 'join' && item.join === 'inner') {
      this.#flatten(item.left, units, quals);
      this.#flatten(item.right, units, quals);
      quals.push(...conjuncts(item.on));
      return;
    }
    const tables = new Set<number>();
    const needs = new Set<number>();
    this.#collect(item, tables, needs);
    for (const table of tables) needs.delete(table);
    units.push({ item, tables, needs });
  }

  #collect(item: FromItem, tables: Set<number>, needs: Set<number>): void {
    if (item.kind === 'table') {
      tables.add(item.table);
      for (const table of lateralTables(this.#query.tables[item.table]!)) needs.add(table);
      return;
    }
    this.#collect(item.left, tables, needs);
    this.#collect(item.right, tables, needs);
    if (item.on !== null) for (const table of tablesUsed(item.on)) needs.add(table);
  }

  /** Joins units one after the other; `outside` are tables that are there already. */
  #joinUnits(units: readonly Unit[], quals: readonly Expr[], outside: ReadonlySet<number>): PlanNode {
    const left = [...units];
    const open = new Set(quals);
    const bound = new Set(outside);
    const inside = new Set<number>();
    let root: PlanNode | null = null;
    while (left.length > 0) {
      const at = this.#cheapest(left, open, bound, root === null);
      const unit = left.splice(at, 1)[0]!;
      const here = new Set([...bound, ...unit.tables]);
      const ready = [...open].filter((qual) => [...tablesUsed(qual)].every((table) => here.has(table)));
      for (const qual of ready) open.delete(qual);
      root = root === null ? this.#unit(unit, ready, bound) : this.#join(root, unit, ready, bound, inside);
      for (const table of unit.tables) {
        bound.add(table);
        inside.add(table);
      }
    }
    if (open.size === 0) return root!;
    return new Filter(root!, this.#condition([...open])!);
  }

  #cheapest(units: readonly Unit[], open: ReadonlySet<Expr>, bound: ReadonlySet<number>, isFirst: boolean): number {
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    units.forEach((unit, index) => {
      for (const table of unit.needs) if (!bound.has(table)) return;
      const cost = this.#cost(unit, open, bound, isFirst);
      if (cost < bestCost) {
        best = index;
        bestCost = cost;
      }
    });
    if (best < 0) throw failure('0A000', 'FROM items refer to each other in a circle', {});
    return best;
  }

  #cost(unit: Unit, open: ReadonlySet<Expr>, bound: ReadonlySet<number>, isFirst: boolean): number {
    if (unit.item.kind !== 'table') return 1e6;
    const { table } = unit.item;
    const entry = this.#query.tables[table]!;
    const here = new Set([...bound, table]);
    const ready = [...open].filter((qual) => [...tablesUsed(qual)].every((used) => here.has(used)));
    if (entry.kind !== 'relation' || entry.shape.relation.rows !== null) {
      const size = entry.kind === 'values' ? entry.rows.length : 50;
      return isFirst || ready.length > 0 ? size : size * 1000;
    }
    const access = chooseAccess(this.#compiler, table, entry.shape, ready, bound, null, false);
    const isLinked = ready.some((qual) => [...tablesUsed(qual)].some((used) => used !== table && bound.has(used)));
    return isFirst || isLinked ? access.cost : access.cost * 1000;
  }

  /** The first unit, or one whose conditions need nothing else. */
  #unit(unit: Unit, quals: readonly Expr[], bound: ReadonlySet<number>): PlanNode {
    if (unit.item.kind === 'table') return this.#scan(unit.item.table, quals, bound);
    return this.#outerJoin(unit.item, quals, bound);
  }

  #join(
    root: PlanNode,
    unit: Unit,
    quals: readonly Expr[],
    bound: ReadonlySet<number>,
    inside: ReadonlySet<number>,
  ): PlanNode {
    const crossing = quals.filter((qual) => [...tablesUsed(qual)].some((table) => inside.has(table)));
    const own = quals.filter((qual) => !crossing.includes(qual));
    const innerTables = [...unit.tables];
    const isLateral = unit.needs.size > 0;
    const columns = isLateral ? [] : this.#hashColumns(crossing, unit.tables);
    if (unit.item.kind === 'table' && this.#usesIndex(unit.item.table, quals, bound, columns.length > 0)) {
      return new NestedLoop('inner', root, this.#scan(unit.item.table, quals, bound), null, innerTables, null);
    }
    if (columns.length > 0) {
      const inner = this.#unit(unit, own, new Set());
      return new HashJoin('inner', root, inner, columns, this.#condition(crossing), [...inside], innerTables, null);
    }
    if (unit.item.kind === 'table')
      return new NestedLoop('inner', root, this.#scan(unit.item.table, quals, bound), null, innerTables, null);
    return new NestedLoop('inner', root, this.#unit(unit, own, bound), this.#condition(crossing), innerTables, null);
  }

  /** Whether a look-up for each outer row is better than one hash table. */
  #usesIndex(table: number, quals: readonly Expr[], bound: ReadonlySet<number>, canHash: boolean): boolean {
    const entry = this.#query.tables[table]!;
    if (entry.kind !== 'relation' || entry.shape.relation.rows !== null) return !canHash;
    const access: Access = chooseAccess(this.#compiler, table, entry.shape, quals, bound, null, false);
    const size = entry.shape.relation.heap?.length ?? 0;
    return !canHash || access.cost < size / 20 || size > 2000 ? access.cost < size : false;
  }

  /** Equalities between the unit and what is there before it, for hashing. */
  #hashColumns(quals: readonly Expr[], unit: ReadonlySet<number>): HashColumn[] {
    const columns: HashColumn[] = [];
    for (const qual of quals) {
      if (
        qual.kind !== 'call' ||
        qual.operatorOid === undefined ||
        qual.args.length !== 2 ||
        strategyOf(qual.operatorOid) !== 3
      )
        continue;
      const [left, right] = qual.args as [Expr, Expr];
      if (left.type !== right.type || !this.#compiler.types.byOid(left.type).isHashable) continue;
      if (someExpr(qual, (part) => part.kind === 'subquery')) continue;
      const leftTables = [...tablesUsed(left)];
      const rightTables = [...tablesUsed(right)];
      if (leftTables.length === 0 || rightTables.length === 0) continue;
      const type = this.#compiler.types.byOid(left.type);
      const column = (outer: Expr, inner: Expr): void => {
        columns.push({
          outer: this.#compiler.expression(outer),
          inner: this.#compiler.expression(inner),
          hash: (value) => type.hashKey(value),
        });
      };
      if (leftTables.every((table) => unit.has(table)) && rightTables.every((table) => !unit.has(table)))
        column(right, left);
      else if (rightTables.every((table) => unit.has(table)) && leftTables.every((table) => !unit.has(table)))
        column(left, right);
    }
    return columns;
  }

  #outerJoin(item: Extract<FromItem, { kind: 'join' }>, quals: readonly Expr[], bound: ReadonlySet<number>): PlanNode {
    const isRight = item.join === 'right';
    const outer = isRight ? item.right : item.left;
    const inner = isRight ? item.left : item.right;
    const outerUnits: Unit[] = [];
    const outerQuals: Expr[] = [];
    this.#flatten(outer, outerUnits, outerQuals);
    const outerTables = new Set(outerUnits.flatMap((unit) => [...unit.tables]));
    const innerUnits: Unit[] = [];
    const innerQuals: Expr[] = [];
    this.#flatten(inner, innerUnits, innerQuals);
    const innerTables = new Set(innerUnits.flatMap((unit) => [...unit.tables]));
    const reaches = (qual: Expr, tables: ReadonlySet<number>): boolean =>
      [...tablesUsed(qual)].every((table) => tables.has(table) || bound.has(table));
    const on = conjuncts(item.on);
    if (item.join === 'full')
      return this.#fullJoin(on, quals, outerUnits, outerQuals, outerTables, innerUnits, innerQuals, innerTables, bound);
    const pushed = quals.filter((qual) => reaches(qual, outerTables));
    const above = quals.filter((qual) => !pushed.includes(qual));
    const outerPlan = this.#joinUnits(outerUnits, [...outerQuals, ...pushed], bound);
    const innerOnly = on.filter((qual) => reaches(qual, innerTables));
    const crossing = on.filter((qual) => !innerOnly.includes(qual));
    const filter = this.#condition(above);
    const isLateral = innerUnits.some((unit) => unit.needs.size > 0);
    const columns = isLateral ? [] : this.#hashColumns(crossing, innerTables);
    const single = innerUnits.length === 1 && innerUnits[0]!.item.kind === 'table' ? innerUnits[0]!.item.table : -1;
    const known = new Set([...bound, ...outerTables]);
    if (single >= 0 && this.#usesIndex(single, on, known, columns.length > 0)) {
      return new NestedLoop(
        'left',
        outerPlan,
        this.#scan(single, [...innerQuals, ...on], known),
        null,
        [...innerTables],
        filter,
      );
    }
    if (columns.length > 0) {
      const innerPlan = this.#joinUnits(innerUnits, [...innerQuals, ...innerOnly], bound);
      return new HashJoin(
        'left',
        outerPlan,
        innerPlan,
        columns,
        this.#condition(crossing),
        [...outerTables],
        [...innerTables],
        filter,
      );
    }
    const innerPlan = this.#joinUnits(innerUnits, [...innerQuals, ...innerOnly], known);
    return new NestedLoop('left', outerPlan, innerPlan, this.#condition(crossing), [...innerTables], filter);
  }

  #fullJoin(
    on: readonly Expr[],
    quals: readonly Expr[],
    outerUnits: readonly Unit[],
    outerQuals: readonly Expr[],
    outerTables: ReadonlySet<number>,
    innerUnits: readonly Unit[],
    innerQuals: readonly Expr[],
    innerTables: ReadonlySet<number>,
    bound: ReadonlySet<number>,
  ): PlanNode {
    const columns = this.#hashColumns(on, innerTables);
    if (columns.length === 0)
      throw failure('0A000', 'FULL JOIN is only supported with merge-joinable or hash-joinable join conditions', {});
    const outer = this.#joinUnits(outerUnits, outerQuals, bound);
    const inner = this.#joinUnits(innerUnits, innerQuals, bound);
    return new HashJoin(
      'full',
      outer,
      inner,
      columns,
      this.#condition(on),
      [...outerTables],
      [...innerTables],
      this.#condition(quals),
    );
  }

  #scan(table: number, quals: readonly Expr[], bound: ReadonlySet<number>): PlanNode {
    const entry = this.#query.tables[table]!;
    const filter = this.#condition(quals);
    if (entry.kind === 'relation' && entry.shape.relation.rows === null) {
      if (entry.shape.relation.partitioning !== null)
        return new Append(
          table,
          leavesOf(entry.shape).map((leaf) =>
            chooseAccess(this.#compiler, table, leaf, quals, bound, null, this.#hasLimit).build(filter),
          ),
          filter,
        );
      const access = chooseAccess(this.#compiler, table, entry.shape, quals, bound, this.#order, this.#hasLimit);
      if (this.#order !== null && access.isOrdered) this.#isOrdered = true;
      return access.build(filter);
    }
    return this.#source(table, entry, filter);
  }

  #source(table: number, entry: TableEntry, filter: Condition): PlanNode {
    const compiler = this.#compiler;
    switch (entry.kind) {
      case 'relation':
        return new VirtualScan(table, entry.shape.relation, filter);
      case 'values':
        return new ValuesScan(
          table,
          entry.rows.map((row) => row.map((expr) => compiler.expression(expr))),
          filter,
        );
      case 'subquery':
        return new SubqueryScan(table, planQuery(compiler, entry.query), filter);
      case 'cte':
        return new CommonTableScan(table, entry.cte, entry.level, this.#planOf, filter);
      case 'function':
        return new FunctionScan(
          table,
          entry.functions.map((source) => this.#functionSource(source, entry)),
          entry.withOrdinality,
          filter,
        );
      case 'join':
        throw failure('XX000', 'a join is scanned as a table', {});
    }
  }

  #functionSource(
    source: Extract<TableEntry, { kind: 'function' }>['functions'][number],
    entry: TableEntry,
  ): FunctionSource {
    const compiler = this.#compiler;
    const { expr, columnCount, isRow } = source;
    if (expr.kind === 'call' && expr.callable.returnsSet) {
      const isWaiting = expr.callable.waitSet !== undefined;
      const args: Evaluate[] = expr.args.map((arg) => (isWaiting ? compiler.part(arg) : compiler.expression(arg)));
      const columns = entry.columns
        .slice(0, columnCount)
        .map((column) => ({ name: column.name, type: column.type, typmod: column.typmod }));
      return {
        call: setCaller(expr.callable, args, { ...expr.site, columns }),
        scalar: null,
        columnCount,
        isRow,
      };
    }
    return { call: null, scalar: compiler.expression(expr), columnCount, isRow };
  }

  /** One condition of several, cheap ones first. */
  #condition(quals: readonly Expr[]): Condition {
    const parts = quals
      .map((qual) => folded(this.#compiler, qual))
      .filter((qual) => qual.kind !== 'const' || qual.value !== true);
    // One that is never true spares the others.
    if (parts.some((qual) => qual.kind === 'const')) return () => false;
    if (parts.length === 0) return null;
    const isDear = (expr: Expr): boolean => someExpr(expr, (part) => part.kind === 'subquery');
    const ordered = [...parts.filter((qual) => !isDear(qual)), ...parts.filter(isDear)];
    const tests = ordered.map((qual) => this.#compiler.condition(qual)!);
    if (tests.length === 1) return tests[0]!;
    if (tests.length === 2) {
      const [first, second] = tests as [NonNullable<Condition>, NonNullable<Condition>];
      return (frame) => first(frame) && second(frame);
    }
    return (frame) => {
      for (const test of tests) if (!test(frame)) return false;
      return true;
    };
  }
}
