/**
 * Expressions as parsed to expressions as resolved; one flat switch over the parser's nodes. Calls are in calls.ts, subqueries in
 * subqueries.ts. Source: PostgreSQL's parse_expr.c.
 */
import type { A_Const, A_Expr, BoolExpr, CaseExpr, ColumnRef, Node, SQLValueFunction, TypeCast } from 'libpg-query';
import { failure, PgError, unsupported } from '../../errors.ts';
import { callableByOid } from '../../functions-port.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import { callExpr } from './calls.ts';
import { coerce, coerceBoolean, coerceToCommon, placed, registryOf, settled } from './coerce.ts';
import { arrayExpr, indirection, rowExpr } from './constructors.ts';
import { anyArray, inList, notExpr, operator, rowComparison } from './operators.ts';
import {
  findColumn,
  findQualified,
  findTable,
  missingColumn,
  missingQualified,
  missingTable,
  type Scope,
  wholeRow,
} from './scope.ts';
import { subqueryExpr } from './subqueries.ts';
import { namesOf, resolveTypeName } from './type-name.ts';

const INT4_MAX = 2147483647n;
const INT8_MAX = 9223372036854775807n;

export function resolveExpr(scope: Scope, node: Node): Expr {
  if ('ColumnRef' in node) return columnRef(scope, node.ColumnRef);
  if ('A_Const' in node) return constant(scope, node.A_Const);
  if ('ParamRef' in node) return paramRef(scope, node.ParamRef.number ?? 0, node.ParamRef.location ?? 0);
  if ('A_Expr' in node) return aExpr(scope, node.A_Expr);
  if ('BoolExpr' in node) return boolExpr(scope, node.BoolExpr);
  if ('FuncCall' in node) return callExpr(scope, node.FuncCall);
  if ('TypeCast' in node) return typeCast(scope, node.TypeCast);
  if ('SubLink' in node) return subqueryExpr(scope, node.SubLink);
  if ('NullTest' in node) {
    const arg = settled(scope, resolveExpr(scope, node.NullTest.arg!));
    const isRow = arg.type === Oid.record || registryOf(scope).find(arg.type)?.kind === 'composite';
    return {
      kind: 'null test',
      arg,
      isNull: node.NullTest.nulltesttype !== 'IS_NOT_NULL',
      isRow,
      ...bool(node.NullTest.location),
    };
  }
  if ('BooleanTest' in node) {
    const { arg, booltesttype, location } = node.BooleanTest;
    const test = BOOLEAN_TESTS[booltesttype ?? 'IS_TRUE']!;
    return {
      kind: 'boolean test',
      arg: coerceBoolean(scope, resolveExpr(scope, arg!), `IS ${test.toUpperCase()}`),
      test,
      ...bool(location),
    };
  }
  if ('CaseExpr' in node) return caseExpr(scope, node.CaseExpr);
  if ('CoalesceExpr' in node) {
    const { exprs, type } = coerceToCommon(scope, list(scope, node.CoalesceExpr.args), 'COALESCE');
    return { kind: 'coalesce', args: exprs, type, typmod: sameTypmod(exprs), at: node.CoalesceExpr.location ?? 0 };
  }
  if ('MinMaxExpr' in node) {
    const isGreatest = node.MinMaxExpr.op !== 'IS_LEAST';
    const { exprs, type } = coerceToCommon(scope, list(scope, node.MinMaxExpr.args), isGreatest ? 'GREATEST' : 'LEAST');
    return {
      kind: isGreatest ? 'greatest' : 'least',
      args: exprs,
      type,
      typmod: sameTypmod(exprs),
      at: node.MinMaxExpr.location ?? 0,
    };
  }
  if ('A_ArrayExpr' in node) return arrayExpr(scope, node.A_ArrayExpr.elements, node.A_ArrayExpr.location ?? 0, 0, -1);
  if ('RowExpr' in node) return rowExpr(scope, node.RowExpr);
  if ('A_Indirection' in node) return indirection(scope, node.A_Indirection);
  if ('SQLValueFunction' in node) return sqlValue(scope, node.SQLValueFunction);
  if ('CollateClause' in node) return resolveExpr(scope, node.CollateClause.arg!);
  if ('SetToDefault' in node)
    return { kind: 'default', type: Oid.unknown, typmod: -1, at: node.SetToDefault.location ?? 0 };
  if ('GroupingFunc' in node)
    return {
      kind: 'grouping',
      args: list(scope, node.GroupingFunc.args),
      indexes: [],
      type: Oid.int4,
      typmod: -1,
      at: node.GroupingFunc.location ?? 0,
    };
  throw unsupported(`the expression ${Object.keys(node)[0]}`);
}

const BOOLEAN_TESTS: Readonly<Record<string, 'true' | 'not true' | 'false' | 'not false' | 'unknown' | 'not unknown'>> =
  {
    IS_TRUE: 'true',
    IS_NOT_TRUE: 'not true',
    IS_FALSE: 'false',
    IS_NOT_FALSE: 'not false',
    IS_UNKNOWN: 'unknown',
    IS_NOT_UNKNOWN: 'not unknown',
  };

const bool = (at: number | undefined): { readonly type: number; readonly typmod: number; readonly at: number } => ({
  type: Oid.bool,
  typmod: -1,
  at: at ?? 0,
});

function list(scope: Scope, nodes: readonly Node[] | undefined): Expr[] {
  return (nodes ?? []).map((node) => resolveExpr(scope, node));
}

function sameTypmod(exprs: readonly Expr[]): number {
  const first = exprs[0]?.typmod ?? -1;
  return exprs.every((expr) => expr.typmod === first) ? first : -1;
}

function constant(scope: Scope, node: A_Const): Expr {
  const at = node.location ?? 0;
  if (node.isnull === true) return { kind: 'const', value: null, type: Oid.unknown, typmod: -1, at };
  if (node.ival !== undefined) return { kind: 'const', value: node.ival.ival ?? 0, type: Oid.int4, typmod: -1, at };
  if (node.boolval !== undefined)
    return { kind: 'const', value: node.boolval.boolval ?? false, type: Oid.bool, typmod: -1, at };
  if (node.sval !== undefined)
    return { kind: 'unknown', text: node.sval.sval ?? '', type: Oid.unknown, typmod: -1, at };
  const types = registryOf(scope);
  if (node.fval !== undefined) {
    const text = node.fval.fval ?? '0';
    if (/^\d+$/.test(text) && BigInt(text) <= INT8_MAX) {
      const value = BigInt(text);
      return value <= INT4_MAX
        ? { kind: 'const', value: Number(value), type: Oid.int4, typmod: -1, at }
        : { kind: 'const', value, type: Oid.int8, typmod: -1, at };
    }
    const value = placed(scope, at, () =>
      types.byOid(Oid.numeric).input(text, -1, scope.statement.backend.callContext),
    );
    return { kind: 'const', value, type: Oid.numeric, typmod: -1, at };
  }
  const text = node.bsval?.bsval ?? '';
  const value = placed(scope, at, () => types.byOid(Oid.bit).input(text, -1, scope.statement.backend.callContext));
  return { kind: 'const', value, type: Oid.bit, typmod: -1, at };
}

function paramRef(scope: Scope, number: number, at: number): Expr {
  const { parameterTypes, infersParameters } = scope.statement;
  if (number < 1 || number > 65535 || (!infersParameters && number > parameterTypes.length))
    throw failure('42P02', `there is no parameter $${number}`, { position: scope.statement.position(at) });
  while (parameterTypes.length < number) parameterTypes.push(0);
  const type = parameterTypes[number - 1]!;
  return { kind: 'param', number, type: type === 0 ? Oid.unknown : type, typmod: -1, at };
}

function columnRef(scope: Scope, node: ColumnRef): Expr {
  const at = node.location ?? 0;
  const fields = node.fields ?? [];
  const hasStar = fields.some((field) => 'A_Star' in field);
  const names = namesOf(fields);
  const variable = scope.statement.variable?.(names, at) ?? null;
  if (hasStar) {
    const found = findTable(scope, names.length > 1 ? names[names.length - 2]! : null, names[names.length - 1]!, at);
    if (found === null) throw missingTable(scope, names.join('.'), at);
    return wholeRow(found, at);
  }
  if (names.length === 1) {
    const name = names[0]!;
    const column = findColumn(scope, name, at);
    if (column !== null && (variable === null || scope.statement.variableConflict === 'column')) return column;
    if (column !== null && scope.statement.variableConflict === 'error')
      throw failure('42702', `column reference "${name}" is ambiguous`, {
        detail: 'It could refer to either a PL/pgSQL variable or a table column.',
        position: scope.statement.position(at),
      });
    if (variable !== null) return variable;
    const table = findTable(scope, null, name, at);
    if (table !== null) return wholeRow(table, at);
    throw missingColumn(scope, name, at);
  }
  const [schema, table, name] =
    names.length === 2
      ? [null, names[0]!, names[1]!]
      : [names[names.length - 3]!, names[names.length - 2]!, names[names.length - 1]!];
  const found = findTable(scope, schema, table, at);
  if (found === null) {
    if (variable !== null) return variable;
    throw missingTable(scope, table, at);
  }
  const column = findQualified(scope, found, name, at);
  if (column !== null) return column;
  throw missingQualified(scope, table, name, at);
}

function boolExpr(scope: Scope, node: BoolExpr): Expr {
  const at = node.location ?? 0;
  const clause = node.boolop === 'NOT_EXPR' ? 'NOT' : node.boolop === 'OR_EXPR' ? 'OR' : 'AND';
  const args = (node.args ?? []).map((arg) => coerceBoolean(scope, resolveExpr(scope, arg), clause));
  if (clause === 'NOT') return notExpr(args[0]!, at);
  return { kind: clause === 'AND' ? 'and' : 'or', args, ...bool(at) };
}

function aExpr(scope: Scope, node: A_Expr): Expr {
  const at = node.location ?? 0;
  const name = namesOf(node.name).at(-1) ?? '';
  switch (node.kind) {
    case 'AEXPR_OP': {
      const left = node.lexpr === undefined ? null : node.lexpr;
      if (left !== null && 'RowExpr' in left && node.rexpr !== undefined && 'RowExpr' in node.rexpr)
        return rowComparison(scope, name, list(scope, left.RowExpr.args), list(scope, node.rexpr.RowExpr.args), at);
      if (left !== null && node.rexpr !== undefined && 'RowExpr' in left && 'SubLink' in node.rexpr)
        return subqueryExpr(scope, {
          ...node.rexpr.SubLink,
          subLinkType: 'ROWCOMPARE_SUBLINK',
          testexpr: left,
          operName: node.name ?? [],
        });
      return operator(
        scope,
        name,
        left === null ? null : resolveExpr(scope, left),
        resolveExpr(scope, node.rexpr!),
        at,
      );
    }
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return anyArray(
        scope,
        name,
        resolveExpr(scope, node.lexpr!),
        resolveExpr(scope, node.rexpr!),
        node.kind === 'AEXPR_OP_ALL',
        at,
      );
    case 'AEXPR_IN': {
      const items = node.rexpr !== undefined && 'List' in node.rexpr ? (node.rexpr.List.items ?? []) : [];
      if ('RowExpr' in node.lexpr!) {
        const rows = items.map((item) =>
          rowComparison(scope, name, list(scope, rowArgs(node.lexpr!)), list(scope, rowArgs(item)), at),
        );
        return rows.length === 1 ? rows[0]! : { kind: name === '<>' ? 'and' : 'or', args: rows, ...bool(at) };
      }
      return inList(scope, name, resolveExpr(scope, node.lexpr!), list(scope, items), at);
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return operator(scope, name, resolveExpr(scope, node.lexpr!), resolveExpr(scope, node.rexpr!), at);
    case 'AEXPR_SIMILAR':
      return operator(scope, name, resolveExpr(scope, node.lexpr!), resolveExpr(scope, node.rexpr!), at);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return between(scope, node, at);
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const test = distinct(scope, resolveExpr(scope, node.lexpr!), resolveExpr(scope, node.rexpr!), at);
      return node.kind === 'AEXPR_DISTINCT' ? test : notExpr(test, at);
    }
    case 'AEXPR_NULLIF': {
      const left = resolveExpr(scope, node.lexpr!);
      const compared = operator(scope, '=', left, resolveExpr(scope, node.rexpr!), at);
      if (compared.kind !== 'call' || compared.type !== Oid.bool)
        throw failure('42804', 'NULLIF requires = operator to yield boolean', {
          position: scope.statement.position(at),
        });
      const [first, second] = compared.args as [Expr, Expr];
      return {
        kind: 'nullif',
        left: first,
        right: second,
        equal: compared.callable,
        site: compared.site,
        type: first.type,
        typmod: first.typmod,
        at,
      };
    }
    default:
      throw unsupported(`the operator form ${node.kind}`, scope.statement.position(at));
  }
}

function rowArgs(node: Node): readonly Node[] {
  return 'RowExpr' in node ? (node.RowExpr.args ?? []) : [node];
}

function between(scope: Scope, node: A_Expr, at: number): Expr {
  const bounds = node.rexpr !== undefined && 'List' in node.rexpr ? (node.rexpr.List.items ?? []) : [];
  const test = (name: string, bound: Node): Expr =>
    operator(scope, name, resolveExpr(scope, node.lexpr!), resolveExpr(scope, bound), at);
  const within = (low: Node, high: Node): Expr => ({
    kind: 'and',
    args: [test('>=', low), test('<=', high)],
    ...bool(at),
  });
  const outside = (low: Node, high: Node): Expr => ({
    kind: 'or',
    args: [test('<', low), test('>', high)],
    ...bool(at),
  });
  const [low, high] = bounds as [Node, Node];
  if (node.kind === 'AEXPR_BETWEEN') return within(low, high);
  if (node.kind === 'AEXPR_NOT_BETWEEN') return outside(low, high);
  if (node.kind === 'AEXPR_BETWEEN_SYM')
    return { kind: 'or', args: [within(low, high), within(high, low)], ...bool(at) };
  return { kind: 'and', args: [outside(low, high), outside(high, low)], ...bool(at) };
}

function distinct(scope: Scope, left: Expr, right: Expr, at: number): Expr {
  const compared = operator(scope, '=', left, right, at);
  if (compared.kind !== 'call') return compared;
  const [first, second] = compared.args as [Expr, Expr];
  return { kind: 'distinct', left: first, right: second, equal: compared.callable, site: compared.site, ...bool(at) };
}

function typeCast(scope: Scope, node: TypeCast): Expr {
  const { type, typmod } = resolveTypeName(scope, node.typeName!);
  const at = node.location === undefined || node.location < 0 ? (node.typeName?.location ?? 0) : node.location;
  const types = registryOf(scope);
  const element = types.elementOf(types.baseOf(type));
  const arg = node.arg!;
  if ('A_ArrayExpr' in arg && element !== 0) {
    const array = arrayExpr(scope, arg.A_ArrayExpr.elements, arg.A_ArrayExpr.location ?? 0, element, typmod);
    return { ...coerceExplicit(scope, array, type, typmod, at) };
  }
  return coerceExplicit(scope, resolveExpr(scope, arg), type, typmod, at);
}

function coerceExplicit(scope: Scope, arg: Expr, type: number, typmod: number, at: number): Expr {
  try {
    return coerce(scope, arg, type, typmod, 'e');
  } catch (error) {
    // The error of a missing cast points at the cast, not at its argument.
    if (error instanceof PgError && error.fields.code === '42846')
      throw new PgError({ ...error.fields, position: scope.statement.position(at) });
    throw error;
  }
}

function caseExpr(scope: Scope, node: CaseExpr): Expr {
  const at = node.location ?? 0;
  const arg = node.arg === undefined ? null : settled(scope, resolveExpr(scope, node.arg));
  const test: Expr | null = arg === null ? null : { kind: 'test value', type: arg.type, typmod: arg.typmod, at };
  const whens: Expr[] = [];
  const thens: Expr[] = [];
  for (const item of node.args ?? []) {
    if (!('CaseWhen' in item)) continue;
    const condition = resolveExpr(scope, item.CaseWhen.expr!);
    const when = test === null ? condition : operator(scope, '=', test, condition, item.CaseWhen.location ?? at);
    whens.push(coerceBoolean(scope, when, 'CASE/WHEN'));
    thens.push(resolveExpr(scope, item.CaseWhen.result!));
  }
  const otherwise: Expr =
    node.defresult === undefined
      ? { kind: 'const', value: null, type: Oid.unknown, typmod: -1, at }
      : resolveExpr(scope, node.defresult);
  // The ELSE branch counts first when the common type is chosen.
  const { type, exprs } = coerceToCommon(scope, [otherwise, ...thens], 'CASE');
  return {
    kind: 'case',
    arg,
    whens: whens.map((when, index) => ({ when, result: exprs[index + 1]! })),
    otherwise: exprs[0]!,
    type,
    typmod: sameTypmod(exprs),
    at,
  };
}

const TIME_FUNCTIONS: Readonly<Record<string, { readonly type: number; readonly oid: number }>> = {
  SVFOP_CURRENT_TIMESTAMP: { type: Oid.timestamptz, oid: 1299 },
  SVFOP_CURRENT_TIMESTAMP_N: { type: Oid.timestamptz, oid: 1299 },
  SVFOP_CURRENT_DATE: { type: Oid.date, oid: 1299 },
  SVFOP_CURRENT_TIME: { type: Oid.timetz, oid: 1299 },
  SVFOP_CURRENT_TIME_N: { type: Oid.timetz, oid: 1299 },
  SVFOP_LOCALTIMESTAMP: { type: Oid.timestamp, oid: 1299 },
  SVFOP_LOCALTIMESTAMP_N: { type: Oid.timestamp, oid: 1299 },
  SVFOP_LOCALTIME: { type: Oid.time, oid: 1299 },
  SVFOP_LOCALTIME_N: { type: Oid.time, oid: 1299 },
};

function sqlValue(scope: Scope, node: SQLValueFunction): Expr {
  const at = node.location ?? 0;
  const time = TIME_FUNCTIONS[node.op ?? ''];
  if (time === undefined) {
    const name = (node.op ?? '').replace('SVFOP_', '').toLowerCase();
    return { kind: 'session value', name, type: Oid.name, typmod: -1, at };
  }
  const now: Expr = {
    kind: 'call',
    callable: callableByOid(time.oid),
    args: [],
    site: { argTypes: [], resultType: Oid.timestamptz, isVariadic: false },
    written: 'syntax',
    type: Oid.timestamptz,
    typmod: -1,
    at,
  };
  const typmod = (node.op ?? '').endsWith('_N') ? (node.typmod ?? 0) : -1;
  return coerce(scope, now, time.type, typmod, 'e');
}
