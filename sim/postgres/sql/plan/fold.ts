/**
 * Constants are computed once, when a plan is made. So an error such as division by zero comes before the first row, as from the real server.
 * Source: PostgreSQL's eval_const_expressions: only immutable functions; branches that cannot be reached are not looked at.
 */
import type { Datum } from '../../types/datum.ts';
import type { Compiler } from '../compile.ts';
import type { ConstExpr, Expr } from '../expression.ts';
import { mapParts } from '../resolve/same.ts';

export function folded(compiler: Compiler, expr: Expr): Expr {
  switch (expr.kind) {
    case 'const':
    case 'var':
    case 'param':
      return expr;
    case 'and':
    case 'or':
      return foldedLogic(compiler, expr);
    case 'case':
      return foldedCase(compiler, expr);
    case 'coalesce':
      return foldedCoalesce(compiler, expr);
    case 'subquery':
      return expr;
    case 'call': {
      const call = mapParts(expr, (part) => folded(compiler, part)) as typeof expr;
      const { callable } = call;
      // A strict function of a null is null, whatever else it is given.
      if (callable.isStrict && !callable.returnsSet && call.args.some((arg) => isConst(arg) && arg.value === null))
        return constant(call, null);
      if (callable.volatility !== 'i' || callable.call === null || !call.args.every(isConst)) return call;
      const values = call.args.map((arg) => (arg as ConstExpr).value);
      return constant(call, callable.call(values, { ...call.site, context: compiler.backend.callContext }));
    }
    default:
      return mapParts(expr, (part) => folded(compiler, part));
  }
}

function isConst(expr: Expr): expr is ConstExpr {
  return expr.kind === 'const';
}

function constant(expr: Expr, value: Datum): Expr {
  return { kind: 'const', value, type: expr.type, typmod: expr.typmod, at: expr.at };
}

function foldedLogic(compiler: Compiler, expr: Extract<Expr, { kind: 'and' | 'or' }>): Expr {
  const decisive = expr.kind === 'or';
  const args: Expr[] = [];
  for (const arg of expr.args) {
    const part = folded(compiler, arg);
    if (isConst(part) && part.value === decisive) return constant(expr, decisive);
    if (!isConst(part) || part.value === null) args.push(part);
  }
  if (args.length === 0) return constant(expr, !decisive);
  return args.length === 1 ? args[0]! : { ...expr, args };
}

function foldedCase(compiler: Compiler, expr: Extract<Expr, { kind: 'case' }>): Expr {
  const arg = expr.arg === null ? null : folded(compiler, expr.arg);
  // With a test value the conditions read it, so they are not constants by themselves.
  if (arg !== null) return { ...expr, arg };
  const whens: { readonly when: Expr; readonly result: Expr }[] = [];
  for (const branch of expr.whens) {
    const when = folded(compiler, branch.when);
    if (isConst(when) && when.value !== true) continue;
    const result = folded(compiler, branch.result);
    if (isConst(when)) return whens.length === 0 ? result : { ...expr, whens, otherwise: result };
    whens.push({ when, result });
  }
  const otherwise = folded(compiler, expr.otherwise);
  return whens.length === 0 ? otherwise : { ...expr, whens, otherwise };
}

function foldedCoalesce(compiler: Compiler, expr: Extract<Expr, { kind: 'coalesce' }>): Expr {
  const args: Expr[] = [];
  for (const arg of expr.args) {
    const part = folded(compiler, arg);
    if (isConst(part) && part.value === null) continue;
    args.push(part);
    if (isConst(part)) break;
  }
  if (args.length === 0) return constant(expr, null);
  return args.length === 1 ? args[0]! : { ...expr, args };
}
