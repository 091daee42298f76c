/** Subqueries in expressions. Source: PostgreSQL's transformSubLink. */
import type { Node, SubLink } from 'libpg-query';
import { failure, unsupported } from '../../errors.ts';
import { Oid } from '../../types/index.ts';
import type { Expr, SubqueryExpr } from '../expression.ts';
import type { Query } from '../query.ts';
import { placed, registryOf } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { operator } from './operators.ts';
import { Scope } from './scope.ts';
import { resolveSelectNode } from './select.ts';
import { namesOf } from './type-name.ts';

const bool = { type: Oid.bool, typmod: -1 } as const;

export function subqueryExpr(scope: Scope, node: SubLink): Expr {
  const at = node.location ?? 0;
  const inner = new Scope(scope.statement, scope);
  const query = resolveSelectNode(inner, node.subselect!);
  if (inner.modifies) scope.modifies = true;
  const isCorrelated = inner.outerReach > 0;
  const shown = query.targets.filter((target) => !target.isHidden);
  const base = { kind: 'subquery', query, isCorrelated, tests: [], operator: '', at } as const;
  switch (node.subLinkType) {
    case 'EXISTS_SUBLINK':
      return { ...base, form: 'exists', ...bool };
    case 'EXPR_SUBLINK': {
      if (shown.length !== 1)
        throw failure('42601', 'subquery must return only one column', { position: scope.statement.position(at) });
      return { ...base, form: 'value', type: shown[0]!.expr.type, typmod: shown[0]!.expr.typmod };
    }
    case 'ARRAY_SUBLINK': {
      if (shown.length !== 1)
        throw failure('42601', 'subquery must return only one column', { position: scope.statement.position(at) });
      const types = registryOf(scope);
      const element = shown[0]!.expr.type;
      const type = types.elementOf(element) !== 0 ? element : types.arrayOf(element);
      if (type === 0)
        throw failure('42704', `could not find array type for data type ${types.formatType(element)}`, {
          position: scope.statement.position(at),
        });
      return { ...base, form: 'array', type, typmod: -1 };
    }
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK':
    case 'ROWCOMPARE_SUBLINK':
      return tested(scope, node, base, query);
    default:
      throw unsupported(`the subquery form ${node.subLinkType}`, scope.statement.position(at));
  }
}

function tested(scope: Scope, node: SubLink, base: Omit<SubqueryExpr, 'form' | 'type' | 'typmod'>, query: Query): Expr {
  const at = base.at;
  const name = node.operName === undefined || node.operName.length === 0 ? '=' : (namesOf(node.operName).at(-1) ?? '=');
  const lefts = leftSides(node.testexpr!).map((left) => resolveExpr(scope, left));
  const columns = query.targets.filter((target) => !target.isHidden);
  if (lefts.length < columns.length)
    throw failure('42601', 'subquery has too many columns', { position: scope.statement.position(at) });
  if (lefts.length > columns.length)
    throw failure('42601', 'subquery has too few columns', { position: scope.statement.position(at) });
  const tests = lefts.map((left, index) => {
    const column = columns[index]!.expr;
    const test = operator(
      scope,
      name,
      left,
      { kind: 'subquery column', index, type: column.type, typmod: column.typmod, at },
      at,
    );
    if (test.type !== Oid.bool)
      placed(scope, at, () => {
        throw failure(
          '42804',
          `row comparison operator must yield type boolean, not type ${registryOf(scope).formatType(test.type)}`,
        );
      });
    return test;
  });
  if (tests.length > 1 && name !== '=' && name !== '<>')
    throw unsupported('an ordered comparison of rows with a subquery', scope.statement.position(at));
  const form = node.subLinkType === 'ANY_SUBLINK' ? 'any' : node.subLinkType === 'ALL_SUBLINK' ? 'all' : 'row';
  return { ...base, form, tests, operator: name, ...bool };
}

function leftSides(node: Node): readonly Node[] {
  return 'RowExpr' in node ? (node.RowExpr.args ?? []) : [node];
}
