/** ARRAY[...], ROW(...), and what follows a value in brackets or after a dot. Source: PostgreSQL's parse_expr.c and parse_node.c. */
import type { A_Indirection, Node, RowExpr } from 'libpg-query';
import { failure, unsupported } from '../../errors.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import { coerce, coerceToCommon, registryOf, settled } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import type { Scope } from './scope.ts';

/** ARRAY[...]; `element` is the wanted element type of a cast around it, or 0. */
export function arrayExpr(
  scope: Scope,
  nodes: readonly Node[] | undefined,
  at: number,
  element: number,
  typmod: number,
): Expr {
  const types = registryOf(scope);
  const items = (nodes ?? []).map((node) =>
    'A_ArrayExpr' in node
      ? arrayExpr(scope, node.A_ArrayExpr.elements, node.A_ArrayExpr.location ?? 0, element, typmod)
      : resolveExpr(scope, node),
  );
  const isNested = items.some((item) => types.elementOf(item.type) !== 0 && item.kind === 'array');
  if (items.length === 0) {
    if (element === 0) {
      throw failure('42P18', 'cannot determine type of empty array', {
        hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
        position: scope.statement.position(at),
      });
    }
    return {
      kind: 'array',
      elementType: element,
      items,
      isNested: false,
      type: types.arrayOf(element),
      typmod: -1,
      at,
    };
  }
  if (element !== 0 && !isNested) {
    const exprs = items.map((item) => coerce(scope, item, element, typmod, 'e'));
    return {
      kind: 'array',
      elementType: element,
      items: exprs,
      isNested: false,
      type: types.arrayOf(element),
      typmod,
      at,
    };
  }
  const { type, exprs } = coerceToCommon(scope, items, 'ARRAY');
  const nestedElement = types.elementOf(type);
  if (nestedElement !== 0)
    return { kind: 'array', elementType: nestedElement, items: exprs, isNested: true, type, typmod: -1, at };
  const array = types.arrayOf(type);
  if (array === 0)
    throw failure('42704', `could not find array type for data type ${types.formatType(type)}`, {
      position: scope.statement.position(at),
    });
  return { kind: 'array', elementType: type, items: exprs, isNested: false, type: array, typmod: -1, at };
}

export function rowExpr(scope: Scope, node: RowExpr): Expr {
  const items = (node.args ?? []).map((item) => settled(scope, resolveExpr(scope, item)));
  return {
    kind: 'row',
    items,
    names: items.map((_, index) => `f${index + 1}`),
    type: Oid.record,
    typmod: -1,
    at: node.location ?? 0,
  };
}

export function indirection(scope: Scope, node: A_Indirection): Expr {
  const types = registryOf(scope);
  let expr = resolveExpr(scope, node.arg!);
  const subscripts: { lower: Expr | null; upper: Expr | null; isSlice: boolean }[] = [];
  const at = expr.at;
  const flush = (): void => {
    if (subscripts.length === 0) return;
    expr = subscripted(scope, expr, subscripts.splice(0), at);
  };
  for (const step of node.indirection ?? []) {
    if ('A_Indices' in step) {
      const { is_slice: isSlice = false, lidx, uidx } = step.A_Indices;
      subscripts.push({
        isSlice,
        lower: lidx === undefined ? null : resolveExpr(scope, lidx),
        upper: uidx === undefined ? null : resolveExpr(scope, uidx),
      });
    } else if ('String' in step) {
      flush();
      const name = step.String.sval ?? '';
      const fields = types.compositeFields(expr.type);
      const index = fields.findIndex((field) => field.name === name);
      if (index >= 0) {
        expr = { kind: 'field', arg: expr, index, type: fields[index]!.type, typmod: fields[index]!.typmod, at };
        continue;
      }
      if (expr.kind === 'row') {
        const position = expr.names.indexOf(name);
        if (position >= 0) {
          expr = expr.items[position]!;
          continue;
        }
      }
      throw expr.type === Oid.record
        ? failure('42703', `could not identify column "${name}" in record data type`, {
            position: scope.statement.position(at),
          })
        : failure('42703', `column "${name}" not found in data type ${types.formatType(expr.type)}`, {
            position: scope.statement.position(at),
          });
    } else throw unsupported('row expansion via "*" here', scope.statement.position(at));
  }
  flush();
  return expr;
}

function subscripted(
  scope: Scope,
  arg: Expr,
  steps: readonly { lower: Expr | null; upper: Expr | null; isSlice: boolean }[],
  at: number,
): Expr {
  const types = registryOf(scope);
  const base = types.baseOf(arg.type);
  if (base === Oid.jsonb) {
    const uppers = steps.map((step) =>
      step.upper!.type === Oid.int4 ? step.upper! : coerce(scope, step.upper!, Oid.text, -1, 'a'),
    );
    return {
      kind: 'subscript',
      arg,
      isSlice: false,
      uppers,
      lowers: [],
      isJson: true,
      type: Oid.jsonb,
      typmod: -1,
      at,
    };
  }
  const element = types.elementOf(base) || (base === Oid.int2vector ? Oid.int2 : base === Oid.oidvector ? Oid.oid : 0);
  if (element === 0)
    throw failure(
      '42804',
      `cannot subscript type ${types.formatType(arg.type)} because it does not support subscripting`,
      { position: scope.statement.position(at) },
    );
  const isSlice = steps.some((step) => step.isSlice);
  const index = (expr: Expr | null): Expr | null => (expr === null ? null : coerce(scope, expr, Oid.int4, -1, 'a'));
  return {
    kind: 'subscript',
    arg,
    isSlice,
    uppers: steps.map((step) => index(step.upper)),
    lowers: isSlice
      ? steps.map((step) =>
          step.isSlice ? index(step.lower) : ({ kind: 'const', value: 1, type: Oid.int4, typmod: -1, at } as const),
        )
      : [],
    isJson: false,
    type: isSlice ? base : element,
    typmod: arg.typmod,
    at,
  };
}
