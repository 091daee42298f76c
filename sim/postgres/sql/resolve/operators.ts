/** Operators, IN lists, row comparisons. Source: PostgreSQL's parse_oper.c and transformAExprIn. */
import { failure } from '../../errors.ts';
import { callableByOid } from '../../functions-port.ts';
import { commonType, Oid, resolveArrayOperator, resolveOperator } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import { coerce, coerceToCommon, placed, registryOf } from './coerce.ts';
import type { Scope } from './scope.ts';

/** `left` is null for a prefix operator. */
export function operator(scope: Scope, name: string, left: Expr | null, right: Expr, at: number): Expr {
  const types = registryOf(scope);
  const found = placed(scope, at, () => resolveOperator(types, name, left === null ? 0 : left.type, right.type));
  const args =
    left === null
      ? [coerce(scope, right, found.right, -1, 'i')]
      : [coerce(scope, left, found.left, -1, 'i'), coerce(scope, right, found.right, -1, 'i')];
  return {
    kind: 'call',
    callable: placed(scope, at, () => callableByOid(found.row.procedure)),
    args,
    site: { argTypes: args.map((arg) => arg.type), resultType: found.resultType, isVariadic: false },
    operatorOid: found.row.oid,
    written: 'operator',
    type: found.resultType,
    typmod: -1,
    at,
  };
}

export function notExpr(arg: Expr, at: number): Expr {
  return { kind: 'not', arg, type: Oid.bool, typmod: -1, at };
}

export function anyArray(scope: Scope, name: string, left: Expr, array: Expr, isAll: boolean, at: number): Expr {
  const types = registryOf(scope);
  const found = placed(scope, at, () => resolveArrayOperator(types, name, left.type, array.type));
  const element = types.elementOf(found.right);
  return {
    kind: 'any array',
    left: coerce(scope, left, found.left, -1, 'i'),
    array: coerce(scope, array, found.right, -1, 'i'),
    callable: placed(scope, at, () => callableByOid(found.row.procedure)),
    site: { argTypes: [found.left, element], resultType: Oid.bool, isVariadic: false },
    operatorOid: found.row.oid,
    isAll,
    type: Oid.bool,
    typmod: -1,
    at,
  };
}

/** IN and NOT IN: one array test when the items have a common type, otherwise one comparison each. */
export function inList(scope: Scope, name: string, left: Expr, items: readonly Expr[], at: number): Expr {
  const types = registryOf(scope);
  const isNot = name === '<>';
  const constants = items.filter((item) => !hasVar(item));
  const others = items.filter((item) => hasVar(item));
  const tests: Expr[] = [];
  const element =
    constants.length > 1 ? commonType(types, [left.type, ...constants.map((item) => item.type)], null) : 0;
  const arrayType = element === 0 || element === Oid.record ? 0 : types.arrayOf(element);
  if (arrayType !== 0 && constants.every((item) => types.elementOf(item.type) === 0)) {
    const exprs = constants.map((item) => coerce(scope, item, element, -1, 'i'));
    const array: Expr = {
      kind: 'array',
      elementType: element,
      items: exprs,
      isNested: false,
      type: arrayType,
      typmod: -1,
      at,
    };
    tests.push(anyArray(scope, name, left, array, isNot, at));
  } else others.unshift(...constants);
  for (const item of others) tests.push(operator(scope, name, left, item, at));
  if (tests.length === 1) return tests[0]!;
  return { kind: isNot ? 'and' : 'or', args: tests, type: Oid.bool, typmod: -1, at };
}

function hasVar(expr: Expr): boolean {
  return expr.kind === 'var' || (expr.kind !== 'const' && expr.kind !== 'unknown' && expr.kind !== 'param');
}

/** `(a, b) = (c, d)` and the ordered comparisons of rows. */
export function rowComparison(
  scope: Scope,
  name: string,
  lefts: readonly Expr[],
  rights: readonly Expr[],
  at: number,
): Expr {
  if (lefts.length !== rights.length)
    throw failure('42601', 'unequal number of entries in row expressions', { position: scope.statement.position(at) });
  if (lefts.length === 0)
    throw failure('0A000', 'cannot compare rows of zero length', { position: scope.statement.position(at) });
  if (name === '=' || name === '<>') {
    const tests = lefts.map((left, index) => operator(scope, name, left, rights[index]!, at));
    return tests.length === 1
      ? tests[0]!
      : { kind: name === '=' ? 'and' : 'or', args: tests, type: Oid.bool, typmod: -1, at };
  }
  if (name !== '<' && name !== '<=' && name !== '>' && name !== '>=')
    throw failure('0A000', `could not determine interpretation of row comparison operator ${name}`, {
      hint: 'Row comparison operators must be associated with btree operator families.',
      position: scope.statement.position(at),
    });
  const pairs = lefts.map((left, index) => coerceToCommon(scope, [left, rights[index]!], 'row comparison'));
  return {
    kind: 'row compare',
    operator: name,
    lefts: pairs.map((pair) => pair.exprs[0]!),
    rights: pairs.map((pair) => pair.exprs[1]!),
    types: pairs.map((pair) => pair.type),
    type: Oid.bool,
    typmod: -1,
    at,
  };
}
