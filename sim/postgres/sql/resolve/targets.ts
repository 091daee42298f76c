/** Select lists and RETURNING: stars, names of columns. Source: PostgreSQL's parse_target.c (FigureColname, ExpandColumnRefStar). */
import type { Node } from 'libpg-query';
import { failure } from '../../errors.ts';
import type { Expr } from '../expression.ts';
import type { Target } from '../query.ts';
import { registryOf } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { findTable, missingTable, type NameItem, raised, type Scope } from './scope.ts';
import { namesOf } from './type-name.ts';

export function resolveTargets(
  scope: Scope,
  nodes: readonly Node[] | undefined,
  clause: 'select' | 'returning',
): Target[] {
  const before = scope.clause;
  scope.clause = clause;
  const targets: Target[] = [];
  for (const node of nodes ?? []) {
    if (!('ResTarget' in node)) continue;
    const { name, val } = node.ResTarget;
    const star = starOf(val!);
    if (star !== null) targets.push(...expandStar(scope, star.names, star.at));
    else if ('A_Indirection' in val! && endsInStar(val.A_Indirection.indirection))
      targets.push(...expandRow(scope, val));
    else {
      const expr = resolveExpr(scope, val!);
      targets.push(targetOf(scope, expr, name ?? columnName(val!)));
    }
  }
  scope.clause = before;
  return targets;
}

export function targetOf(scope: Scope, expr: Expr, name: string): Target {
  const source = sourceColumn(scope, expr);
  return { name, expr, isHidden: false, tableOid: source?.tableOid ?? 0, columnNumber: source?.columnNumber ?? 0 };
}

function sourceColumn(
  scope: Scope,
  expr: Expr,
): { readonly tableOid: number; readonly columnNumber: number } | undefined {
  if (expr.kind !== 'var') return undefined;
  let level: Scope | null = scope;
  for (let steps = expr.level; steps > 0 && level !== null; steps--) level = level.parent;
  const entry = level?.tables[expr.table];
  if (entry === undefined) return undefined;
  if (expr.column >= 0) return entry.columns[expr.column];
  return entry.kind === 'relation' && expr.column > -7
    ? { tableOid: entry.shape.relation.oid, columnNumber: expr.column }
    : undefined;
}

function starOf(node: Node): { readonly names: string[]; readonly at: number } | null {
  if (!('ColumnRef' in node)) return null;
  const fields = node.ColumnRef.fields ?? [];
  const last = fields[fields.length - 1];
  if (last === undefined || !('A_Star' in last)) return null;
  return { names: namesOf(fields), at: node.ColumnRef.location ?? 0 };
}

function endsInStar(steps: readonly Node[] | undefined): boolean {
  const last = steps?.[steps.length - 1];
  return last !== undefined && 'A_Star' in last;
}

function expandStar(scope: Scope, names: readonly string[], at: number): Target[] {
  if (names.length === 0) {
    const items = scope.names.filter((item) => item.columnsVisible);
    if (items.length === 0)
      throw failure('42601', 'SELECT * with no tables specified is not valid', {
        position: scope.statement.position(at),
      });
    return items.flatMap((item) => itemTargets(scope, item, 0, at));
  }
  const found = findTable(scope, names.length > 1 ? names[names.length - 2]! : null, names[names.length - 1]!, at);
  if (found === null) throw missingTable(scope, names[names.length - 1]!, at);
  return itemTargets(scope, found.item, found.levels, at);
}

function itemTargets(scope: Scope, item: NameItem, levels: number, at: number): Target[] {
  const targets: Target[] = [];
  item.columns.forEach((column, index) => {
    if (column.name !== '') targets.push(targetOf(scope, raised(item.exprs[index]!, levels, at), column.name));
  });
  return targets;
}

/** `(row).*`. */
function expandRow(scope: Scope, node: Extract<Node, { A_Indirection: unknown }>): Target[] {
  const steps = node.A_Indirection.indirection!.slice(0, -1);
  const arg =
    steps.length === 0
      ? resolveExpr(scope, node.A_Indirection.arg!)
      : resolveExpr(scope, { A_Indirection: { ...node.A_Indirection, indirection: steps } });
  const fields = registryOf(scope).compositeFields(arg.type);
  if (fields.length === 0)
    throw failure('42809', `type ${registryOf(scope).formatType(arg.type)} is not composite`, {
      position: scope.statement.position(arg.at),
    });
  return fields.map((field, index) =>
    targetOf(scope, { kind: 'field', arg, index, type: field.type, typmod: field.typmod, at: arg.at }, field.name),
  );
}

/** FigureColname: the name of a column without AS. */
export function columnName(node: Node): string {
  return figured(node).name ?? '?column?';
}

/** `strength` 2 outranks the name that a cast would give, 1 does not. */
function figured(node: Node): { readonly name: string | null; readonly strength: 0 | 1 | 2 } {
  const named = (name: string | undefined, strength: 1 | 2 = 2) => ({ name: name ?? null, strength }) as const;
  const none = { name: null, strength: 0 } as const;
  if ('ColumnRef' in node) {
    const names = namesOf(node.ColumnRef.fields);
    return names.length > 0 ? named(names.at(-1)) : none;
  }
  if ('A_Indirection' in node) {
    const names = namesOf(node.A_Indirection.indirection);
    return names.length > 0 ? named(names.at(-1)) : figured(node.A_Indirection.arg!);
  }
  if ('FuncCall' in node) return named(namesOf(node.FuncCall.funcname).at(-1));
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? named('nullif') : none;
  if ('TypeCast' in node) {
    const inner = figured(node.TypeCast.arg!);
    if (inner.strength === 2) return inner;
    return named(namesOf(node.TypeCast.typeName?.names).at(-1), 1);
  }
  if ('CollateClause' in node) return figured(node.CollateClause.arg!);
  if ('GroupingFunc' in node) return named('grouping');
  if ('SubLink' in node) {
    if (node.SubLink.subLinkType === 'EXISTS_SUBLINK') return named('exists');
    if (node.SubLink.subLinkType === 'ARRAY_SUBLINK') return named('array');
    if (node.SubLink.subLinkType !== 'EXPR_SUBLINK') return none;
    return subselectName(node.SubLink.subselect);
  }
  if ('CaseExpr' in node) {
    const otherwise = node.CaseExpr.defresult === undefined ? none : figured(node.CaseExpr.defresult);
    return otherwise.strength > 1 ? otherwise : named('case', 1);
  }
  if ('A_ArrayExpr' in node) return named('array');
  if ('RowExpr' in node) return named('row');
  if ('CoalesceExpr' in node) return named('coalesce');
  if ('MinMaxExpr' in node) return named(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest');
  if ('SQLValueFunction' in node) {
    const name = (node.SQLValueFunction.op ?? '').replace('SVFOP_', '').replace(/_N$/, '').toLowerCase();
    return named(name);
  }
  return none;
}

/** A subquery's column takes its name from the first column of the select list inside. */
function subselectName(node: Node | undefined): { readonly name: string | null; readonly strength: 0 | 1 | 2 } {
  if (node === undefined || !('SelectStmt' in node)) return { name: null, strength: 0 };
  let select = node.SelectStmt;
  while (select.larg !== undefined) select = select.larg;
  const first = select.targetList?.[0];
  if (first === undefined || !('ResTarget' in first))
    return select.valuesLists === undefined ? { name: null, strength: 0 } : { name: 'column1', strength: 2 };
  if (first.ResTarget.name !== undefined) return { name: first.ResTarget.name, strength: 2 };
  return figured(first.ResTarget.val!);
}
