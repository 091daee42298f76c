/** Whether two expressions are the same but for where they were written; and walks over expressions. */
import type { Expr } from '../expression.ts';

/** Where an expression stands, and how it was written: a cast that was written is the one that was not. */
const SKIPPED = new Set(['at', 'isWritten', 'written']);

export function sameExpr(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object')
    return Object.is(left, right);
  if (Buffer.isBuffer(left) || Buffer.isBuffer(right))
    return Buffer.isBuffer(left) && Buffer.isBuffer(right) && left.equals(right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const a = left as Record<string, unknown>;
  const b = right as Record<string, unknown>;
  // Queries, callables and catalog objects are compared by identity.
  if (isOpaque(a) || isOpaque(b)) return false;
  const keys = Object.keys(a).filter((key) => !SKIPPED.has(key));
  if (keys.length !== Object.keys(b).filter((key) => !SKIPPED.has(key)).length) return false;
  return keys.every((key) => sameExpr(a[key], b[key]));
}

function isOpaque(value: Record<string, unknown>): boolean {
  return 'command' in value || 'oid' in value;
}

/** Calls `visit` for each direct part of an expression. Subqueries are not entered. */
export function eachPart(expr: Expr, visit: (part: Expr) => void): void {
  mapParts(expr, (part) => {
    visit(part);
    return part;
  });
}

/** The expression with each direct part replaced; the same object when nothing changed. */
export function mapParts(expr: Expr, map: (part: Expr) => Expr): Expr {
  const list = (parts: readonly Expr[]): readonly Expr[] => {
    let changed: Expr[] | null = null;
    parts.forEach((part, index) => {
      const next = map(part);
      if (next === part) return;
      changed ??= [...parts];
      changed[index] = next;
    });
    return changed ?? parts;
  };
  switch (expr.kind) {
    case 'call':
    case 'and':
    case 'or':
    case 'coalesce':
    case 'greatest':
    case 'least': {
      const args = list(expr.args);
      return args === expr.args ? expr : ({ ...expr, args } as Expr);
    }
    case 'via text':
    case 'relabel':
    case 'fit':
    case 'domain':
    case 'not':
    case 'null test':
    case 'boolean test':
    case 'field': {
      const arg = map(expr.arg);
      return arg === expr.arg ? expr : ({ ...expr, arg } as Expr);
    }
    case 'array map': {
      const arg = map(expr.arg);
      return arg === expr.arg ? expr : { ...expr, arg };
    }
    case 'row map': {
      const arg = map(expr.arg);
      return arg === expr.arg ? expr : { ...expr, arg };
    }
    case 'case': {
      const arg = expr.arg === null ? null : map(expr.arg);
      const whens = expr.whens.map(({ when, result }) => ({ when: map(when), result: map(result) }));
      return { ...expr, arg, whens, otherwise: map(expr.otherwise) };
    }
    case 'nullif':
    case 'distinct':
      return { ...expr, left: map(expr.left), right: map(expr.right) };
    case 'any array':
      return { ...expr, left: map(expr.left), array: map(expr.array) };
    case 'array':
    case 'row': {
      const items = list(expr.items);
      return items === expr.items ? expr : ({ ...expr, items } as Expr);
    }
    case 'subscript': {
      const bounds = (parts: readonly (Expr | null)[]): (Expr | null)[] =>
        parts.map((part) => (part === null ? null : map(part)));
      return { ...expr, arg: map(expr.arg), uppers: bounds(expr.uppers), lowers: bounds(expr.lowers) };
    }
    case 'row compare':
      return { ...expr, lefts: list(expr.lefts), rights: list(expr.rights) };
    case 'subquery':
      return expr.tests.length === 0 ? expr : { ...expr, tests: list(expr.tests) };
    default:
      return expr;
  }
}

/** True when `test` holds for the expression or a part of it. */
export function someExpr(expr: Expr, test: (part: Expr) => boolean): boolean {
  if (test(expr)) return true;
  let found = false;
  eachPart(expr, (part) => {
    if (!found && someExpr(part, test)) found = true;
  });
  return found;
}
