/** Which tables of a query level an expression, a table entry or a subquery reads. */
import type { Expr } from '../expression.ts';
import type { TableEntry } from '../query.ts';

/** Parts that hold no expressions of this statement. */
const OPAQUE: ReadonlySet<string> = new Set([
  'callable',
  'shape',
  'cte',
  'implementation',
  'site',
  'view',
  'equal',
  'columns',
  'arbiters',
  'recursive',
]);

/** Tables of level 0, as `part` sees levels. */
export function tablesUsed(part: Expr | readonly Expr[]): Set<number> {
  const used = new Set<number>();
  walk(part, 0, used);
  return used;
}

/** Tables of the same FROM that a LATERAL entry reads. */
export function lateralTables(entry: TableEntry): Set<number> {
  const used = new Set<number>();
  if (!entry.isLateral) return used;
  if (entry.kind === 'subquery') walk(entry.query, 0, used);
  else if (entry.kind === 'function') walk(entry.functions, 0, used);
  else if (entry.kind === 'values') walk(entry.rows, 0, used);
  return used;
}

function walk(value: unknown, depth: number, used: Set<number>): void {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(item, depth, used);
    return;
  }
  const record = value as Readonly<Record<string, unknown>>;
  if (record['kind'] === 'var') {
    if (record['level'] === depth) used.add(record['table'] as number);
    return;
  }
  const inner = 'command' in record && 'targets' in record ? depth + 1 : depth;
  for (const key of Object.keys(record)) if (!OPAQUE.has(key)) walk(record[key], inner, used);
}

/** The conjuncts of a condition. */
export function conjuncts(expr: Expr | null): readonly Expr[] {
  if (expr === null) return [];
  return expr.kind === 'and' ? expr.args.flatMap(conjuncts) : [expr];
}
