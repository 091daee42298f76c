/**
 * Queries back to SQL, as pg_get_viewdef shows a view. Source: PostgreSQL's get_query_def with its line breaks and indents.
 * Left out: statements that change data and WITH; they are refused by name.
 */
import type { Backend } from '../../backend.ts';
import { schemaName } from '../../catalog/search-path.ts';
import { unsupported } from '../../errors.ts';
import { type Expr, WHOLE_ROW } from '../expression.ts';
import type { FromItem, Query, TableEntry } from '../query.ts';
import { isSearched, type Printing, printExpr, printSort, quoteIdentifier, systemColumnName } from './expression.ts';

/** Printing of expressions inside `queries`, innermost first; `isQualified` puts the table's name before each column. */
export function queryPrinting(
  backend: Backend,
  queries: readonly Query[],
  options: { readonly isPretty: boolean; readonly isQualified: boolean },
): Printing {
  return {
    backend,
    isPretty: options.isPretty,
    queries,
    column: (level, table, column) => {
      const entry = queries[level]!.tables[table]!;
      if (column === WHOLE_ROW) return `${quoteIdentifier(entry.name)}.*`;
      const name = column < 0 ? systemColumnName(column) : quoteIdentifier(entry.columns[column]!.name);
      return options.isQualified || queries.length > 1 ? `${quoteIdentifier(entry.name)}.${name}` : name;
    },
    query: (query) => printQuery(backend, [query, ...queries], options.isPretty, 0),
  };
}

/** A whole SELECT; `indent` is the column at which it starts. */
export function printQuery(backend: Backend, queries: readonly Query[], isPretty: boolean, indent: number): string {
  const query = queries[0]!;
  if (query.command !== 'select' || query.ctes.length > 0) throw unsupported('printing this query');
  const pad = ' '.repeat(indent);
  const printing = queryPrinting(backend, queries, { isPretty, isQualified: true });
  const print = (expr: Expr): string => printExpr(expr, printing);
  const tail = [
    query.order.length === 0 ? '' : `\n${pad}  ORDER BY ${printSort(query.order, printing)}`,
    query.offset === null ? '' : `\n${pad} OFFSET ${print(query.offset)}`,
    query.limit === null ? '' : `\n${pad} LIMIT ${print(query.limit)}`,
  ].join('');
  if (query.setOperation !== null) {
    const { operation, isAll, left, right } = query.setOperation;
    const side = (part: Query): string => printQuery(backend, [part, ...queries.slice(1)], isPretty, indent);
    return `${side(left)}\n${pad}${operation.toUpperCase()}${isAll ? ' ALL' : ''}\n${pad}${side(right)}${tail}`;
  }
  const targets = query.targets
    .filter((target) => !target.isHidden)
    .map(({ expr, name }) => {
      const text = print(expr);
      const isOwnName = (expr.kind === 'var' || expr.kind === 'group') && text.endsWith(`.${quoteIdentifier(name)}`);
      return isOwnName || name === '?column?' ? text : `${text} AS ${quoteIdentifier(name)}`;
    });
  const distinct =
    query.distinct === 'none'
      ? ''
      : query.distinct === 'all'
        ? 'DISTINCT '
        : `DISTINCT ON (${query.distinct.map(print).join(', ')}) `;
  const from = query.from.map((item) => printFrom(item, printing, indent));
  return [
    ` SELECT ${distinct}${targets.join(`,\n${pad}    `)}`,
    from.length === 0 ? '' : `\n${pad}   FROM ${from.join(`,\n${pad}    `)}`,
    query.where === null ? '' : `\n${pad}  WHERE ${print(query.where)}`,
    query.groupBy.length === 0 ? '' : `\n${pad}  GROUP BY ${query.groupBy.map(print).join(', ')}`,
    query.having === null ? '' : `\n${pad} HAVING ${print(query.having)}`,
    tail,
  ].join('');
}

const JOINS: Readonly<Record<string, string>> = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
};

function printFrom(item: FromItem, printing: Printing, indent: number): string {
  const query = printing.queries[0]!;
  if (item.kind === 'table') return printTable(query.tables[item.table]!, printing, indent);
  const pad = ' '.repeat(indent + 5);
  const left = printFrom(item.left, printing, indent);
  const right = printFrom(item.right, printing, indent);
  const isCross = item.on === null && item.join === 'inner';
  const on =
    item.on === null
      ? ''
      : ` ON ${printing.isPretty ? printExpr(item.on, printing) : `(${printExpr(item.on, printing)})`}`;
  const text = `${left}\n${pad}${isCross ? 'CROSS JOIN' : (JOINS[item.join] ?? 'JOIN')} ${right}${on}`;
  return printing.isPretty ? text : `(${text})`;
}

function printTable(entry: TableEntry, printing: Printing, indent: number): string {
  const { backend } = printing;
  const lateral = entry.isLateral ? 'LATERAL ' : '';
  switch (entry.kind) {
    case 'relation':
    case 'subquery': {
      const relation = entry.kind === 'relation' ? entry.shape.relation : entry.view;
      if (relation === null) {
        const text = printQuery(
          backend,
          [(entry as { query: Query }).query, ...printing.queries],
          printing.isPretty,
          indent + 8,
        );
        return `${lateral}(${text}) ${quoteIdentifier(entry.name)}`;
      }
      const schema = isSearched(backend, relation.schema)
        ? ''
        : `${quoteIdentifier(schemaName(backend, relation.schema))}.`;
      const alias = entry.name === relation.name ? '' : ` ${quoteIdentifier(entry.name)}`;
      return `${schema}${quoteIdentifier(relation.name)}${alias}`;
    }
    case 'function': {
      const calls = entry.functions.map((item) => printExpr(item.expr, printing)).join(', ');
      const ordinality = entry.withOrdinality ? ' WITH ORDINALITY' : '';
      const columns = entry.columns.map((column) => quoteIdentifier(column.name)).join(', ');
      return `${lateral}${calls}${ordinality} ${quoteIdentifier(entry.name)}(${columns})`;
    }
    case 'values': {
      const rows = entry.rows.map((row) => `(${row.map((expr) => printExpr(expr, printing)).join(',')})`).join(', ');
      const columns = entry.columns.map((column) => quoteIdentifier(column.name)).join(', ');
      return `( VALUES ${rows}) ${quoteIdentifier(entry.name)}(${columns})`;
    }
    case 'cte':
    case 'join':
      throw unsupported('printing this query');
  }
}
