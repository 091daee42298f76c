/**
 * Expressions back to SQL, as pg_get_expr, constraint and view definitions and EXPLAIN show them.
 * Source: PostgreSQL's ruleutils.c: every operator stands in parentheses unless printing is pretty, every literal but the plainest
 * carries its type, casts that nobody wrote are not shown.
 */
import type { Backend } from '../../backend.ts';
import { schemaName, searchSchemas } from '../../catalog/search-path.ts';
import { unsupported } from '../../errors.ts';
import { isReservedWord } from '../../functions/keywords.ts';
import { functionCandidates } from '../../functions-port.ts';
import type { Datum } from '../../types/datum.ts';
import { Oid, operatorByOid, quoteIdentifier as quotedName } from '../../types/index.ts';
import {
  type AggregateCall,
  type CallExpr,
  type Expr,
  SYSTEM_CMAX,
  SYSTEM_CMIN,
  SYSTEM_CTID,
  SYSTEM_TABLEOID,
  SYSTEM_XMAX,
  SYSTEM_XMIN,
} from '../expression.ts';
import type { Query, SortKey } from '../query.ts';

export interface Printing {
  readonly backend: Backend;
  /** Fewer parentheses, more line breaks. */
  readonly isPretty: boolean;
  /** Queries from the innermost outwards: what variables name. */
  readonly queries: readonly Query[];
  /** How a column of a table of `queries[level]` is written. */
  column(level: number, table: number, column: number): string;
  /** A subquery, without parentheses around it. */
  query(query: Query, printing: Printing): string;
  /** In place of the printed query: what EXPLAIN shows for it. */
  subplan?(expr: Extract<Expr, { kind: 'subquery' }>): string;
  /** What `test value` stands for. */
  readonly test?: string;
}

export const quoteIdentifier = (name: string): string => quotedName(name, isReservedWord);

export const quoteLiteral = (text: string): string =>
  text.includes('\\') ? `E'${text.replace(/['\\]/g, '$&$&')}'` : `'${text.replaceAll("'", "''")}'`;

const SYSTEM_NAMES: Readonly<Record<number, string>> = {
  [SYSTEM_CTID]: 'ctid',
  [SYSTEM_XMIN]: 'xmin',
  [SYSTEM_CMIN]: 'cmin',
  [SYSTEM_XMAX]: 'xmax',
  [SYSTEM_CMAX]: 'cmax',
  [SYSTEM_TABLEOID]: 'tableoid',
};

export const systemColumnName = (column: number): string => SYSTEM_NAMES[column] ?? '*';

/** `showsImplicit`: casts that nobody wrote are shown too, as within operators and calls. */
export function printExpr(expr: Expr, printing: Printing, showsImplicit = false): string {
  const { backend, isPretty } = printing;
  const print = (part: Expr): string => printExpr(part, printing, true);
  /** Inside another expression: pretty printing leaves parentheses to the part that needs them. */
  const inner = (part: Expr, shows = true): string => {
    const text = printExpr(part, printing, shows);
    return isPretty && !isSimple(part, expr) ? `(${text})` : text;
  };
  const around = (text: string): string => (isPretty ? text : `(${text})`);
  const list = (parts: readonly Expr[]): string => parts.map(print).join(', ');
  const typeName = (type: number, typmod: number): string => backend.engine.types.formatType(type, typmod);
  const cast = (arg: Expr): string => {
    if (expr.isWritten !== true && !showsImplicit) return printExpr(arg, printing, showsImplicit);
    if (arg.kind === 'call' && arg.written === 'syntax' && arg.callable.name === 'now')
      return CURRENT_NAMES[expr.type] ?? print(arg);
    const shown = typeName(expr.type, expr.typmod);
    if (arg.kind === 'const' && arg.type === expr.type) return printExpr(arg, printing);
    const text = printExpr(arg, printing, false);
    return isPretty && isSimple(arg, expr) ? `${text}::${shown}` : `(${text})::${shown}`;
  };
  switch (expr.kind) {
    case 'const':
      return printConstant(backend, expr.value, expr.type, expr.typmod);
    case 'unknown':
      return quoteLiteral(expr.text);
    case 'param':
      return `$${expr.number}`;
    case 'var':
      return printing.column(expr.level, expr.table, expr.column);
    case 'call':
      if (expr.written === 'cast') return cast(expr.args[0]!);
      if (expr.written === 'operator') return around(printOperator(expr, inner));
      return printCall(expr, printing);
    case 'via text':
      return cast(expr.arg);
    case 'relabel':
    case 'array map':
    case 'row map':
    case 'domain':
      return cast(expr.arg);
    case 'fit':
      if (!expr.isExplicit && !showsImplicit) return printExpr(expr.arg, printing, showsImplicit);
      return `(${printExpr(withoutCast(expr.arg), printing)})::${typeName(expr.type, expr.typmod)}`;
    case 'test value':
      return printing.test ?? 'VALUE';
    case 'and':
    case 'or':
      return around(expr.args.map((part) => inner(part, false)).join(expr.kind === 'and' ? ' AND ' : ' OR '));
    case 'not':
      return around(`NOT ${inner(expr.arg, false)}`);
    case 'case':
      return printCase(expr, printing);
    case 'coalesce':
      return `COALESCE(${list(expr.args)})`;
    case 'greatest':
    case 'least':
      return `${expr.kind.toUpperCase()}(${list(expr.args)})`;
    case 'nullif':
      return `NULLIF(${print(expr.left)}, ${print(expr.right)})`;
    case 'distinct':
      return around(`${inner(expr.left)} IS DISTINCT FROM ${inner(expr.right)}`);
    case 'null test':
      return around(`${inner(expr.arg)} IS ${expr.isNull ? '' : 'NOT '}NULL`);
    case 'boolean test':
      return around(`${inner(expr.arg)} IS ${expr.test.toUpperCase()}`);
    case 'any array': {
      const name = operatorByOid(expr.operatorOid)?.name ?? '=';
      return around(`${inner(expr.left)} ${name} ${expr.isAll ? 'ALL' : 'ANY'} (${inner(expr.array)})`);
    }
    case 'array':
      return `ARRAY[${list(expr.items)}]${expr.items.length === 0 ? `::${typeName(expr.type, -1)}` : ''}`;
    case 'row':
      return `ROW(${list(expr.items)})`;
    case 'field': {
      const field = backend.engine.types.compositeFields(expr.arg.type)[expr.index];
      return `(${print(expr.arg)}).${quoteIdentifier(field?.name ?? `f${expr.index + 1}`)}`;
    }
    case 'subscript': {
      const parts = expr.uppers.map((upper, index) => {
        const lower = expr.lowers[index] ?? null;
        const high = upper === null ? '' : print(upper);
        return expr.isSlice ? `[${lower === null ? '' : print(lower)}:${high}]` : `[${high}]`;
      });
      const needsParens = expr.arg.kind !== 'var' && expr.arg.kind !== 'param';
      return `${needsParens ? `(${print(expr.arg)})` : print(expr.arg)}${parts.join('')}`;
    }
    case 'row compare':
      return around(`ROW(${list(expr.lefts)}) ${expr.operator} ROW(${list(expr.rights)})`);
    case 'subquery':
      return printSubquery(expr, printing);
    case 'aggregate':
      return printAggregate(printing.queries[expr.level]!.aggregates[expr.index]!, printing);
    case 'group':
      return print(printing.queries[expr.level]!.groupBy[expr.index]!);
    case 'grouping': {
      return `GROUPING(${list(expr.args)})`;
    }
    case 'window':
      return printWindow(expr.index, printing);
    case 'set': {
      const set = printing.queries[0]!.sets[expr.index]!;
      return `${functionName(backend, set.callable.oid, set.callable.name)}(${list(set.args)})`;
    }
    case 'session value':
      return expr.name.toUpperCase();
    case 'next value':
      return `nextval('${relationName(backend, expr.sequenceOid)}'::regclass)`;
    case 'default':
      return 'DEFAULT';
    case 'subquery column':
      throw unsupported('printing a comparison with a subquery');
  }
}

const CURRENT_NAMES: Readonly<Record<number, string>> = {
  [Oid.date]: 'CURRENT_DATE',
  [Oid.timetz]: 'CURRENT_TIME',
  [Oid.timestamp]: 'LOCALTIMESTAMP',
  [Oid.time]: 'LOCALTIME',
};

/** The cast under a length coercion is the same written cast. */
function withoutCast(expr: Expr): Expr {
  return expr.isWritten === true && (expr.kind === 'relabel' || expr.kind === 'via text')
    ? expr.arg
    : expr.isWritten === true && expr.kind === 'call' && expr.written === 'cast'
      ? expr.args[0]!
      : expr;
}

export function printConstant(backend: Backend, value: Datum, type: number, typmod: number): string {
  const { types } = backend.engine;
  const shown = types.formatType(type === Oid.unknown ? Oid.text : type, type === Oid.interval ? typmod : -1);
  if (value === null) return type === Oid.unknown ? 'NULL' : `NULL::${shown}`;
  if (type === Oid.bool) return value === true ? 'true' : 'false';
  const text = types.byOid(type).output(value, backend.callContext);
  if (type === Oid.int4 && !text.startsWith('-')) return text;
  if (type === Oid.numeric && /^\d/.test(text) && /[eE.]/.test(text)) return text;
  return `${quoteLiteral(text)}::${shown}`;
}

const ARITHMETIC = ['*', '/', '%'];

/** Whether the part needs no parentheses within `parent` when printing is pretty. */
function isSimple(part: Expr, parent: Expr): boolean {
  switch (part.kind) {
    case 'call': {
      if (part.written !== 'operator') return true;
      if (parent.kind !== 'call' || parent.written !== 'operator') return parent.kind === 'and' || parent.kind === 'or';
      const outer = operatorByOid(parent.operatorOid ?? 0)?.name ?? '';
      const own = operatorByOid(part.operatorOid ?? 0)?.name ?? '';
      const isHigh = ARITHMETIC.includes(own);
      const isLow = own === '+' || own === '-';
      if (part.args.length !== 2 || parent.args.length !== 2 || (!isHigh && !isLow)) return false;
      if (isHigh && (outer === '+' || outer === '-')) return true;
      const isSame = (isHigh && ARITHMETIC.includes(outer)) || (isLow && (outer === '+' || outer === '-'));
      return isSame && parent.args[0] === part;
    }
    case 'relabel':
    case 'via text':
    case 'array map':
    case 'domain':
      return true;
    case 'and':
    case 'or':
      return part.kind === 'and' && parent.kind === 'or';
    case 'not':
    case 'null test':
    case 'boolean test':
    case 'distinct':
    case 'any array':
    case 'row compare':
      return parent.kind === 'and' || parent.kind === 'or' || parent.kind === 'case';
    default:
      return true;
  }
}

function printOperator(expr: CallExpr, inner: (part: Expr) => string): string {
  const row = operatorByOid(expr.operatorOid ?? 0);
  const name = row?.name ?? expr.callable.name;
  if (expr.args.length === 1) return `${name} ${inner(expr.args[0]!)}`;
  return `${inner(expr.args[0]!)} ${name} ${inner(expr.args[1]!)}`;
}

/** The name, with its schema when another function would be found without. */
export function functionName(backend: Backend, oid: number, name: string): string {
  const object = backend.engine.catalog.functions.get(backend, oid);
  if (object === null) return quoteIdentifier(name);
  const isFound = functionCandidates(backend, undefined, object.name).some((row) => row.oid === oid);
  return isFound
    ? quoteIdentifier(object.name)
    : `${quoteIdentifier(schemaName(backend, object.schema))}.${quoteIdentifier(object.name)}`;
}

/** A relation as regclass prints it. */
export function relationName(backend: Backend, oid: number): string {
  return backend.callContext.catalogNames?.nameOf('regclass', oid) ?? String(oid);
}

function printCall(expr: CallExpr, printing: Printing): string {
  const { backend, isPretty } = printing;
  const print = (part: Expr): string => printExpr(part, printing, true);
  const { args } = expr;
  if (expr.written === 'syntax') {
    const paren = (text: string): string => (isPretty ? text : `(${text})`);
    switch (expr.callable.name) {
      case 'extract':
        return `EXTRACT(${fieldName(args[0]!)} FROM ${print(args[1]!)})`;
      case 'timezone':
        return paren(`${print(args[1]!)} AT TIME ZONE ${print(args[0]!)}`);
      case 'position':
        return `POSITION((${print(args[1]!)}) IN (${print(args[0]!)}))`;
      case 'substring':
        return `SUBSTRING(${print(args[0]!)} FROM ${print(args[1]!)}${args.length > 2 ? ` FOR ${print(args[2]!)}` : ''})`;
      case 'btrim':
      case 'ltrim':
      case 'rtrim': {
        const side = { btrim: 'BOTH', ltrim: 'LEADING', rtrim: 'TRAILING' }[expr.callable.name];
        return `TRIM(${side}${args.length > 1 ? ` ${print(args[1]!)}` : ''} FROM ${print(args[0]!)})`;
      }
      case 'now':
        return 'CURRENT_TIMESTAMP';
    }
  }
  const isVariadic = expr.site.isVariadic === true;
  const last = args.at(-1);
  // Arguments that were gathered into an array are shown as they were written.
  const shown = args.map(print);
  if (isVariadic && last !== undefined) shown[shown.length - 1] = `VARIADIC ${shown.at(-1)}`;
  return `${functionName(backend, expr.callable.oid, expr.callable.name)}(${shown.join(', ')})`;
}

function fieldName(expr: Expr): string {
  return expr.kind === 'const' && typeof expr.value === 'string' ? expr.value : '?';
}

function printCase(expr: Extract<Expr, { kind: 'case' }>, printing: Printing): string {
  const print = (part: Expr): string => printExpr(part, printing);
  const subject = expr.arg === null ? '' : ` ${print(expr.arg)}`;
  const [before, end] = printing.isPretty ? ['\n    ', '\n'] : [' ', ' '];
  const whens = expr.whens.map(({ when, result }) => {
    // `CASE x WHEN y` is kept as x = y with x as the test value.
    const shown = expr.arg !== null && when.kind === 'call' && when.args.length === 2 ? when.args[1]! : when;
    return `${before}WHEN ${print(shown)} THEN ${print(result)}`;
  });
  return `CASE${subject}${whens.join('')}${before}ELSE ${print(expr.otherwise)}${end}END`;
}

function printSubquery(expr: Extract<Expr, { kind: 'subquery' }>, printing: Printing): string {
  if (printing.subplan !== undefined) return printing.subplan(expr);
  const text = printing.query(expr.query, printing);
  switch (expr.form) {
    case 'exists':
      return `(EXISTS (${text}))`;
    case 'value':
    case 'record':
      return `(${text})`;
    case 'array':
      return `ARRAY(${text})`;
    case 'any':
    case 'all':
    case 'row': {
      const lefts = expr.tests.map((test) => (test.kind === 'call' ? printExpr(test.args[0]!, printing) : '?'));
      const left = lefts.length === 1 ? lefts[0]! : `ROW(${lefts.join(', ')})`;
      const word =
        expr.form === 'row'
          ? expr.operator
          : expr.form === 'any' && expr.operator === '='
            ? 'IN'
            : `${expr.operator} ${expr.form.toUpperCase()}`;
      return `(${left} ${word} (${text}))`;
    }
  }
}

export function printAggregate(call: AggregateCall, printing: Printing): string {
  const print = (part: Expr): string => printExpr(part, printing, true);
  const distinct = call.isDistinct ? 'DISTINCT ' : '';
  const args = call.isStar ? '*' : call.args.map(print).join(', ');
  const order = call.order.length === 0 ? '' : ` ORDER BY ${printSort(call.order, printing)}`;
  const filter = call.filter === null ? '' : ` FILTER (WHERE ${print(call.filter)})`;
  return `${functionName(printing.backend, call.oid, call.name)}(${distinct}${args}${order})${filter}`;
}

/** Sort keys of ORDER BY with what differs from the default order. */
export function printSort(keys: readonly SortKey[], printing: Printing): string {
  return keys
    .map((key) => {
      const plain = printExpr(key.expr, printing);
      // get_rule_sortgroupclause: what is no column or constant stands in parentheses.
      const isBare =
        key.expr.kind === 'var' || key.expr.kind === 'group' || (plain.startsWith('(') && plain.endsWith(')'));
      const text = isBare ? plain : `(${plain})`;
      const nulls = key.nullsFirst === key.isDescending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
      return `${text}${key.isDescending ? ' DESC' : ''}${nulls}`;
    })
    .join(', ');
}

function printWindow(index: number, printing: Printing): string {
  const query = printing.queries[0]!;
  const call = query.windowCalls[index]!;
  const window = query.windows[call.window]!;
  const print = (part: Expr): string => printExpr(part, printing);
  const name = call.aggregate?.name ?? functionCallName(printing.backend, call.functionOid);
  const args = call.aggregate?.isStar === true ? '*' : call.args.map(print).join(', ');
  const parts: string[] = [];
  if (window.partition.length > 0) parts.push(`PARTITION BY ${window.partition.map(print).join(', ')}`);
  if (window.order.length > 0) parts.push(`ORDER BY ${printSort(window.order, printing)}`);
  return `${name}(${args}) OVER (${parts.join(' ')})`;
}

function functionCallName(backend: Backend, oid: number): string {
  return backend.callContext.catalogNames?.nameOf('regproc', oid) ?? String(oid);
}

/** True when the schema is searched without being named. */
export function isSearched(backend: Backend, schema: number): boolean {
  return searchSchemas(backend).includes(schema);
}
