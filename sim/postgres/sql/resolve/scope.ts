/**
 * Names of one query level: its tables, what each may be called, and how a column reference is found.
 * Source: PostgreSQL's parse_relation.c, for the search order, the ambiguity rules and the hints of its errors.
 */
import type { Backend } from '../../backend.ts';
import { columnAmbiguous, columnMissing, fromInvalid, fromMissing, type PgError } from '../../errors.ts';
import {
  type AggregateCall,
  type Expr,
  SYSTEM_CMAX,
  SYSTEM_CMIN,
  SYSTEM_CTID,
  SYSTEM_TABLEOID,
  SYSTEM_XMAX,
  SYSTEM_XMIN,
  WHOLE_ROW,
} from '../expression.ts';
import { positionOf } from '../parse.ts';
import type { CommonTable, OutputColumn, SetCall, TableEntry, WindowCall, WindowDefinition } from '../query.ts';

/** What is common to all levels of one statement. */
export class StatementScope {
  readonly backend: Backend;
  readonly text: string;
  /** By number - 1; 0 when not known yet. */
  readonly parameterTypes: number[];
  /** True when the client left parameter types open, so that they may be inferred. */
  readonly infersParameters: boolean;
  /** Named values in place of columns nobody has: arguments of functions. */
  variable: ((names: readonly string[], at: number) => Expr | null) | null = null;
  /** What a name means that is both such a value and a column. */
  variableConflict: 'column' | 'variable' | 'error' = 'column';

  constructor(backend: Backend, text: string, parameterTypes: number[], infersParameters: boolean) {
    this.backend = backend;
    this.text = text;
    this.parameterTypes = parameterTypes;
    this.infersParameters = infersParameters;
  }

  position(at: number | undefined): number | undefined {
    return positionOf(this.text, at);
  }
}

/** One name in FROM. */
export interface NameItem {
  /** Index into the tables of the scope. */
  readonly table: number;
  readonly name: string;
  /** Schema of the table when it was given without an alias. */
  readonly schema: string | null;
  readonly columns: readonly OutputColumn[];
  /** What each column stands for; a join's columns are those of its sides. */
  readonly exprs: readonly Expr[];
  /** Whether columns may be named without the table's name. */
  columnsVisible: boolean;
  /** Whether the name may be used as a qualifier. */
  nameVisible: boolean;
  /** Only for LATERAL items to its right, for now. */
  lateralOnly: boolean;
  lateralOk: boolean;
}

/** Where an expression stands: it decides what may be in it, and is named in errors. */
export type ClauseKind =
  | 'select'
  | 'from'
  | 'join'
  | 'where'
  | 'having'
  | 'group by'
  | 'order by'
  | 'limit'
  | 'offset'
  | 'values'
  | 'insert'
  | 'update'
  | 'returning'
  | 'window'
  | 'filter'
  | 'default'
  | 'check'
  | 'index'
  | 'policy'
  | 'call';

export class Scope {
  readonly statement: StatementScope;
  readonly parent: Scope | null;
  readonly tables: TableEntry[] = [];
  names: NameItem[] = [];
  readonly ctes = new Map<string, CommonTable>();
  readonly aggregates: AggregateCall[] = [];
  readonly windows: WindowDefinition[] = [];
  readonly windowCalls: WindowCall[] = [];
  readonly sets: SetCall[] = [];
  clause: ClauseKind = 'select';
  /** Set while the arguments of an aggregate are resolved. */
  isInAggregate = false;
  /** False where somebody outside decides the type of untyped literals in the select list. */
  settlesUnknown = true;
  isInWindow = false;
  /** True when an enclosing FROM may be used: LATERAL. */
  isLateral = false;
  modifies = false;
  /** Greatest level that a column reference of this query reached. */
  outerReach = 0;

  constructor(statement: StatementScope, parent: Scope | null) {
    this.statement = statement;
    this.parent = parent;
  }

  fail(at: number | undefined, make: (position: number | undefined) => PgError): PgError {
    return make(this.statement.position(at));
  }

  /** Adds a table and gives its index. */
  addTable(entry: TableEntry): number {
    this.tables.push(entry);
    return this.tables.length - 1;
  }
}

/** The item for a table's own columns. */
export function tableItem(table: number, entry: TableEntry, schema: string | null): NameItem {
  return {
    table,
    name: entry.name,
    schema,
    columns: entry.columns,
    exprs: entry.columns.map((column, index) => ({
      kind: 'var',
      level: 0,
      table,
      column: index,
      type: column.type,
      typmod: column.typmod,
      at: -1,
    })),
    columnsVisible: true,
    nameVisible: true,
    lateralOnly: false,
    lateralOk: true,
  };
}

const SYSTEM_COLUMNS: ReadonlyMap<string, { readonly column: number; readonly type: number }> = new Map([
  ['ctid', { column: SYSTEM_CTID, type: 27 }],
  ['xmin', { column: SYSTEM_XMIN, type: 28 }],
  ['cmin', { column: SYSTEM_CMIN, type: 29 }],
  ['xmax', { column: SYSTEM_XMAX, type: 28 }],
  ['cmax', { column: SYSTEM_CMAX, type: 29 }],
  ['tableoid', { column: SYSTEM_TABLEOID, type: 26 }],
]);

/** Raises references by levels: an expression of an outer query, used `levels` further in. */
export function raised(expr: Expr, levels: number, at: number): Expr {
  if (levels === 0) return at === expr.at ? expr : { ...expr, at };
  switch (expr.kind) {
    case 'var':
    case 'aggregate':
    case 'group':
      return { ...expr, level: expr.level + levels, at };
    case 'coalesce':
      return { ...expr, args: expr.args.map((arg) => raised(arg, levels, at)) };
    case 'relabel':
    case 'fit':
    case 'via text':
      return { ...expr, arg: raised(expr.arg, levels, at) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => raised(arg, levels, at)) };
    default:
      return expr;
  }
}

/** A column without a qualifier; null when there is none of that name at any level. */
export function findColumn(scope: Scope, name: string, at: number): Expr | null {
  let levels = 0;
  for (let level: Scope | null = scope; level !== null; level = level.parent, levels += 1) {
    let found: Expr | null = null;
    for (const item of level.names) {
      if (!item.columnsVisible) continue;
      const index = columnIndex(scope, item, name, at);
      if (index < 0) continue;
      if (found !== null) throw columnAmbiguous(name, scope.statement.position(at));
      if (item.lateralOnly && !item.lateralOk) throw lateralError(scope, item, at);
      found = raised(item.exprs[index]!, levels, at);
    }
    if (found === null) found = systemColumn(level, name, levels, at);
    if (found !== null) {
      noteReach(scope, levels);
      return found;
    }
  }
  return null;
}

function columnIndex(scope: Scope, item: NameItem, name: string, at: number): number {
  let found = -1;
  for (let index = 0; index < item.columns.length; index++) {
    if (item.columns[index]!.name !== name) continue;
    if (found >= 0) throw columnAmbiguous(name, scope.statement.position(at));
    found = index;
  }
  return found;
}

/** A system column is found only when no table has a column of that name. */
function systemColumn(level: Scope, name: string, levels: number, at: number): Expr | null {
  const system = SYSTEM_COLUMNS.get(name);
  if (system === undefined) return null;
  const items = level.names.filter((item) => item.columnsVisible && isStored(level, item));
  if (items.length === 0) return null;
  if (items.length > 1) throw columnAmbiguous(name, level.statement.position(at));
  return {
    kind: 'var',
    level: levels,
    table: items[0]!.table,
    column: system.column,
    type: system.type,
    typmod: -1,
    at,
  };
}

function isStored(level: Scope, item: NameItem): boolean {
  return level.tables[item.table]?.kind === 'relation';
}

export interface FoundTable {
  readonly item: NameItem;
  readonly levels: number;
  readonly scope: Scope;
}

/** The table that a qualifier names; null when there is none. */
export function findTable(scope: Scope, schema: string | null, name: string, at: number): FoundTable | null {
  let levels = 0;
  for (let level: Scope | null = scope; level !== null; level = level.parent, levels += 1) {
    let found: NameItem | null = null;
    for (const item of level.names) {
      if (!item.nameVisible || item.name !== name) continue;
      if (schema !== null && item.schema !== schema) continue;
      if (found !== null) throw scope.fail(at, (position) => columnAmbiguousTable(name, position));
      if (item.lateralOnly && !item.lateralOk) throw lateralError(scope, item, at);
      found = item;
    }
    if (found !== null) {
      noteReach(scope, levels);
      return { item: found, levels, scope: level };
    }
  }
  return null;
}

function columnAmbiguousTable(name: string, position: number | undefined): PgError {
  return columnAmbiguous(name, position).with({ position });
}

/** `table.column`. */
export function findQualified(scope: Scope, found: FoundTable, column: string, at: number): Expr | null {
  const index = columnIndex(scope, found.item, column, at);
  if (index >= 0) return raised(found.item.exprs[index]!, found.levels, at);
  const system = SYSTEM_COLUMNS.get(column);
  if (system === undefined || !isStored(found.scope, found.item)) return null;
  return {
    kind: 'var',
    level: found.levels,
    table: found.item.table,
    column: system.column,
    type: system.type,
    typmod: -1,
    at,
  };
}

export function wholeRow(found: FoundTable, at: number): Expr {
  const entry = found.scope.tables[found.item.table]!;
  const type = entry.kind === 'relation' ? entry.shape.relation.typeOid : 2249;
  return { kind: 'var', level: found.levels, table: found.item.table, column: WHOLE_ROW, type, typmod: -1, at };
}

/** Marks every level between as depending on what lies outside. */
export function noteReach(scope: Scope, levels: number): void {
  let reach = levels;
  for (let level: Scope | null = scope; level !== null && reach > 0; level = level.parent, reach -= 1) {
    if (reach > level.outerReach) level.outerReach = reach;
  }
}

function lateralError(scope: Scope, item: NameItem, at: number): PgError {
  return fromInvalid(item.name, scope.statement.position(at), {
    detail: `There is an entry for table "${item.name}", but it cannot be referenced from this part of the query.`,
  });
}

export function missingColumn(scope: Scope, name: string, at: number): PgError {
  return columnMissing(`"${name}"`, scope.statement.position(at), similarColumn(scope, null, name));
}

export function missingQualified(scope: Scope, table: string, name: string, at: number): PgError {
  return columnMissing(`${table}.${name}`, scope.statement.position(at), similarColumn(scope, table, name));
}

export function missingTable(scope: Scope, name: string, at: number): PgError {
  const position = scope.statement.position(at);
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    for (const entry of level.tables) {
      if (entry.kind !== 'relation' || entry.name === name || entry.shape.relation.name !== name) continue;
      return fromInvalid(name, position, { hint: `Perhaps you meant to reference the table alias "${entry.name}".` });
    }
    for (const entry of level.tables) {
      if (entry.name !== name) continue;
      return fromInvalid(name, position, {
        hint: undefined,
        detail: `There is an entry for table "${name}", but it cannot be referenced from this part of the query.`,
      });
    }
  }
  return fromMissing(name, position);
}

/** The hint "Perhaps you meant": within half the name's length by edit distance, and the only one or one of two that are nearest. */
function similarColumn(scope: Scope, table: string | null, name: string): string | undefined {
  let best = 4;
  let matches: string[] = [];
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    for (const item of level.names) {
      if (level.tables[item.table]?.kind === 'join') continue;
      const aliasDistance = table === null || item.name === '' ? 0 : editDistance(table, item.name);
      for (const column of item.columns) {
        if (column.name === '') continue;
        const distance = editDistance(name, column.name);
        if (distance > name.length / 2) continue;
        const total = distance + aliasDistance;
        if (total < best) {
          best = total;
          matches = [];
        }
        if (total === best && total < 4) matches.push(`"${item.name}.${column.name}"`);
      }
    }
  }
  if (matches.length === 1) return `Perhaps you meant to reference the column ${matches[0]}.`;
  if (matches.length === 2)
    return `Perhaps you meant to reference the column ${matches[0]} or the column ${matches[1]}.`;
  return undefined;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[right.length]!;
}
