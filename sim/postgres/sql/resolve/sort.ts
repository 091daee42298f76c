/** ORDER BY items. Source: PostgreSQL's findTargetlistEntrySQL92: a bare name is an output column first, an integer its number. */
import type { Node } from 'libpg-query';
import { failure, noOrderingOperator, unsupported } from '../../errors.ts';
import type { Expr } from '../expression.ts';
import type { SortKey, Target } from '../query.ts';
import { registryOf, settled } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { sameExpr } from './same.ts';
import type { Scope } from './scope.ts';

/** `targets` is the select list, by which names and numbers are understood; null for ORDER BY inside a call. */
export function sortKeys(
  scope: Scope,
  nodes: readonly Node[] | undefined,
  targets: readonly Target[] | null,
): SortKey[] {
  const keys: SortKey[] = [];
  for (const node of nodes ?? []) {
    if (!('SortBy' in node)) continue;
    const { sortby_dir: direction, sortby_nulls: nulls, useOp } = node.SortBy;
    if (useOp !== undefined && useOp.length > 0) throw unsupported('ORDER BY USING');
    const expr = settled(
      scope,
      targets === null
        ? resolveExpr(scope, node.SortBy.node!)
        : outputExpr(scope, node.SortBy.node!, targets, 'ORDER BY'),
    );
    requireOrdering(scope, expr);
    const isDescending = direction === 'SORTBY_DESC';
    const nullsFirst = nulls === 'SORTBY_NULLS_FIRST' || (nulls !== 'SORTBY_NULLS_LAST' && isDescending);
    if (!keys.some((key) => sameExpr(key.expr, expr))) keys.push({ expr, isDescending, nullsFirst });
  }
  return keys;
}

export function requireOrdering(scope: Scope, expr: Expr): void {
  const types = registryOf(scope);
  if (!types.byOid(types.baseOf(expr.type)).isOrdered)
    throw noOrderingOperator(types.formatType(expr.type), scope.statement.position(expr.at));
}

/** The expression that an item of ORDER BY, GROUP BY or DISTINCT ON means. */
export function outputExpr(
  scope: Scope,
  node: Node,
  targets: readonly Target[],
  clause: 'ORDER BY' | 'GROUP BY' | 'DISTINCT ON',
): Expr {
  const name = bareName(node);
  if (name !== null) {
    // For GROUP BY, a column of the input goes before an output name.
    if (
      clause === 'GROUP BY' &&
      scope.names.some((item) => item.columnsVisible && item.columns.some((column) => column.name === name))
    )
      return resolveExpr(scope, node);
    const matches = targets.filter((target) => !target.isHidden && target.name === name);
    if (matches.length > 1 && !matches.every((match) => sameExpr(match.expr, matches[0]!.expr))) {
      const at = 'ColumnRef' in node ? node.ColumnRef.location : undefined;
      throw failure('42702', `${clause} "${name}" is ambiguous`, { position: scope.statement.position(at ?? 0) });
    }
    if (matches.length > 0) return matches[0]!.expr;
    return resolveExpr(scope, node);
  }
  if ('A_Const' in node) {
    const at = scope.statement.position(node.A_Const.location ?? 0);
    if (node.A_Const.ival === undefined) throw failure('42601', `non-integer constant in ${clause}`, { position: at });
    const number = node.A_Const.ival.ival ?? 0;
    const shown = targets.filter((target) => !target.isHidden);
    if (number < 1 || number > shown.length)
      throw failure('42P10', `${clause} position ${number} is not in select list`, { position: at });
    return shown[number - 1]!.expr;
  }
  return resolveExpr(scope, node);
}

function bareName(node: Node): string | null {
  if (!('ColumnRef' in node)) return null;
  const fields = node.ColumnRef.fields ?? [];
  const [field] = fields;
  return fields.length === 1 && field !== undefined && 'String' in field ? (field.String.sval ?? '') : null;
}
