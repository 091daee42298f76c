/**
 * A PL/pgSQL function made ready to run: its variables with their types, which of them each expression may name, and the texts of its
 * expressions as planned statements.
 * Source: PostgreSQL's pl_comp.c. The parser's tree does not say which block declares a variable; here a variable belongs to the first block, in
 * order of their BEGINs, whose BEGIN is not above its declaration.
 */
import { hasSqlDetails, parsePlPgSQLSync } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import { failure, syntaxError, unsupported } from '../../errors.ts';
import type { Expr } from '../../sql/expression.ts';
import { parseSql } from '../../sql/parse.ts';
import { Scope, StatementScope } from '../../sql/resolve/scope.ts';
import { resolveTypeName } from '../../sql/resolve/type-name.ts';
import type { Datum, PgRecord, RecordField } from '../../types/datum.ts';
import { Oid } from '../../types/index.ts';
import { Conversions, type TypeWithModifier } from '../conversion.ts';
import { SqlText, type Variables } from '../sql-text.ts';
import type { BlockNode, DatumNode, ExprNode, FunctionNode, IntegerLoopNode, VariableNode } from './tree.ts';

export type Slot =
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly type: TypeWithModifier;
      readonly isConstant: boolean;
      readonly isNotNull: boolean;
      readonly initial: ExprNode | null;
    }
  | {
      /** `type` is record, or a composite type. */
      readonly kind: 'record';
      readonly name: string;
      readonly type: TypeWithModifier;
      readonly initial: ExprNode | null;
    }
  | { readonly kind: 'field'; readonly record: number; readonly field: string }
  | { readonly kind: 'row'; readonly variables: readonly number[] };

/** Names visible at one place. */
class Names {
  readonly parent: Names | null;
  readonly label: string | null;
  readonly slots = new Map<string, number>();
  constructor(parent: Names | null, label: string | null) {
    this.parent = parent;
    this.label = label;
  }
}

/** A text of the function with what its names mean. */
export interface BoundText {
  readonly sql: SqlText;
  readonly names: Names;
  /** Record variables that its plan asked for. */
  readonly records: Set<number>;
}

/** Parses a whole CREATE FUNCTION or DO. */
export function parseProcedure(definition: string): FunctionNode {
  try {
    const parsed = parsePlPgSQLSync(definition.replaceAll(/%rowtype\b/gi, '')) as unknown as {
      readonly plpgsql_funcs: readonly { readonly PLpgSQL_function: FunctionNode }[];
    };
    return parsed.plpgsql_funcs[0]!.PLpgSQL_function;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = hasSqlDetails(error) ? (error.sqlDetails?.message ?? error.message) : error.message;
    // Differs: the parser tells no position inside the body. A client sees no position either.
    if (message.endsWith('is declared CONSTANT')) throw failure('22005', message);
    throw syntaxError(message, undefined);
  }
}

export class Program {
  readonly tree: FunctionNode;
  readonly slots: Slot[];
  readonly conversions = new Conversions();
  readonly found: number;
  /** Slots that each block sets up when it begins. */
  readonly declared = new Map<BlockNode, number[]>();
  /** The loop variable of each integer loop. */
  readonly counters = new Map<IntegerLoopNode, number>();
  readonly #backend: Backend;
  readonly #names = new Map<object, Names>();
  readonly #texts = new Map<object, BoundText>();
  readonly #parts = new Map<ExprNode, Map<string, BoundText>>();
  readonly #conflict: Variables['conflict'];
  readonly #parameterTypes: readonly number[];

  /**
   * @param name the function's name, which qualifies its parameters; null for DO
   * @param overrides types of datums that the tree does not know: parameters, NEW and OLD
   */
  constructor(
    backend: Backend,
    tree: FunctionNode,
    body: string,
    name: string | null,
    parameters: readonly TypeWithModifier[],
    overrides: ReadonlyMap<string, TypeWithModifier>,
  ) {
    this.#backend = backend;
    this.tree = tree;
    // The first line may settle what a name means that is a variable and a column.
    const directive = /^\s*#variable_conflict\s+(error|use_variable|use_column)/m.exec(body)?.[1];
    this.#conflict = directive === 'use_column' ? 'column' : directive === 'use_variable' ? 'variable' : 'error';
    this.slots = (tree.datums ?? []).map((node, index) => this.#slot(node, parameters[index], overrides));
    this.#parameterTypes = parameters.map((parameter) => parameter.type);
    this.found = this.slots.findIndex((slot) => slot.kind === 'variable' && slot.name === 'found');
    this.#bind(name, parameters.length);
  }

  /** The variable of CASE takes the type of what it compares. */
  retype(index: number, type: TypeWithModifier): void {
    const slot = this.slots[index];
    if (slot?.kind === 'variable') this.slots[index] = { ...slot, type };
  }

  /** The text of an expression (as a query of one column) or of a statement. */
  text(node: ExprNode, form: 'expression' | 'statement'): BoundText {
    let known = this.#texts.get(node);
    if (known === undefined) {
      const { query } = node.PLpgSQL_expr;
      known = this.bound(node, form === 'expression' ? `SELECT ${query}` : query);
      this.#texts.set(node, known);
    }
    return known;
  }

  /** A part of an expression's text as an expression of its own, such as the right side of an assignment. */
  part(node: ExprNode, name: string, text: string): BoundText {
    let parts = this.#parts.get(node);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(node, parts);
    }
    let part = parts.get(name);
    if (part === undefined) {
      part = this.bound(node, `SELECT ${text}`);
      parts.set(name, part);
    }
    return part;
  }

  /** Any text with the names of an expression's place. */
  bound(at: ExprNode, text: string): BoundText {
    return { sql: new SqlText(text), names: this.#names.get(at)!, records: new Set() };
  }

  /** What a text's names stand for, given the present values of record variables. */
  variables(text: BoundText, values: readonly Datum[]): Variables {
    return {
      parameterTypes: this.#parameterTypes,
      conflict: this.#conflict,
      find: (names, at) => this.#find(text, values, names, at),
      signature: () =>
        [...text.records]
          .map((slot) =>
            this.recordFields(slot, values)
              .map((field) => `${field.name}:${field.type}`)
              .join(','),
          )
          .join(';'),
    };
  }

  recordFields(index: number, values: readonly Datum[]): readonly RecordField[] {
    const slot = this.slots[index]!;
    if (slot.kind !== 'record') return [];
    if (slot.type.type !== Oid.record) return this.#backend.engine.types.compositeFields(slot.type.type);
    const value = values[index] as PgRecord | null | undefined;
    return value === null || value === undefined ? [] : this.#backend.engine.types.fieldsOf(value);
  }

  #find(text: BoundText, values: readonly Datum[], names: readonly string[], at: number): Expr | null {
    const found = lookUp(text.names, names);
    if (found === null) return null;
    const slot = this.slots[found.slot]!;
    const number = found.slot + 1;
    if (slot.kind === 'variable') {
      const base: Expr = { kind: 'param', number, type: slot.type.type, typmod: slot.type.typmod, at };
      if (found.rest.length === 0) return base;
      return this.#field(base, this.#backend.engine.types.compositeFields(slot.type.type), slot.name, found.rest, at);
    }
    if (slot.kind !== 'record') return null;
    text.records.add(found.slot);
    const value = values[found.slot];
    if (slot.type.type === Oid.record && (value === null || value === undefined))
      throw failure('55000', `record "${slot.name}" is not assigned yet`, {
        detail: 'The tuple structure of a not-yet-assigned record is indeterminate.',
      });
    const type = slot.type.type === Oid.record ? (value as PgRecord).type : slot.type.type;
    const base: Expr = { kind: 'param', number, type, typmod: -1, at };
    if (found.rest.length === 0) return base;
    return this.#field(base, this.recordFields(found.slot, values), slot.name, found.rest, at);
  }

  #field(arg: Expr, fields: readonly RecordField[], name: string, rest: readonly string[], at: number): Expr {
    const index = fields.findIndex((field) => field.name === rest[0]);
    if (index < 0) throw failure('42703', `record "${name}" has no field "${rest[0]}"`);
    const field = fields[index]!;
    return { kind: 'field', arg, index, type: field.type, typmod: field.typmod, at };
  }

  #slot(
    node: DatumNode,
    parameter: TypeWithModifier | undefined,
    overrides: ReadonlyMap<string, TypeWithModifier>,
  ): Slot {
    if ('PLpgSQL_recfield' in node)
      return {
        kind: 'field',
        record: node.PLpgSQL_recfield.recparentno ?? 0,
        field: node.PLpgSQL_recfield.fieldname,
      };
    if ('PLpgSQL_row' in node)
      return { kind: 'row', variables: (node.PLpgSQL_row.fields ?? []).map((field) => field.varno ?? 0) };
    const variable = 'PLpgSQL_var' in node ? node.PLpgSQL_var : node.PLpgSQL_rec;
    if (variable.cursor_explicit_expr !== undefined) throw unsupported('a cursor variable of PL/pgSQL');
    const type = parameter ?? overrides.get(variable.refname) ?? this.#typeOf(variable);
    const initial = variable.default_val ?? null;
    if (type.type === Oid.record || this.#backend.engine.types.find(type.type)?.kind === 'composite')
      return { kind: 'record', name: variable.refname, type, initial };
    return {
      kind: 'variable',
      name: variable.refname,
      type,
      isConstant: variable.isconst === true,
      isNotNull: variable.notnull === true,
      initial,
    };
  }

  #typeOf(variable: VariableNode): TypeWithModifier {
    const name = variable.datatype?.PLpgSQL_type.typname ?? 'record';
    if (name.toLowerCase() === 'record') return { type: Oid.record, typmod: -1 };
    // A type as written, or `table.column%TYPE`, which only a parameter list may name.
    if (/%type$/i.test(name)) return this.#typeLike(name.slice(0, -5));
    const node = parseSql(`SELECT NULL::${name}`)[0]!.node;
    const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined;
    const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (value === undefined || !('TypeCast' in value)) throw unsupported(`the type ${name}`);
    return resolveTypeName(new Scope(new StatementScope(this.#backend, '', [], false), null), value.TypeCast.typeName!);
  }

  #typeLike(name: string): TypeWithModifier {
    const other = this.slots?.find((slot) => slot.kind === 'variable' && slot.name === name);
    if (other !== undefined && other.kind === 'variable') return other.type;
    const node = parseSql(`CREATE FUNCTION f(${name}%TYPE) RETURNS int LANGUAGE sql AS ''`)[0]!.node;
    const parameter = 'CreateFunctionStmt' in node ? node.CreateFunctionStmt.parameters?.[0] : undefined;
    if (parameter === undefined || !('FunctionParameter' in parameter)) throw unsupported(`the type ${name}%TYPE`);
    return resolveTypeName(
      new Scope(new StatementScope(this.#backend, '', [], false), null),
      parameter.FunctionParameter.argType!,
    );
  }

  /** Walks the tree: finds out which slots each block declares, and which names each expression may use. */
  #bind(name: string | null, parameterCount: number): void {
    const root = new Names(null, name);
    const datums = this.tree.datums ?? [];
    const variables = datums.map((node) =>
      'PLpgSQL_var' in node ? node.PLpgSQL_var : 'PLpgSQL_rec' in node ? node.PLpgSQL_rec : null,
    );
    const claimed = new Set<number>();
    const loops: IntegerLoopNode[] = [];
    const blocks: BlockNode[] = [];
    collect(this.tree.action, loops, blocks);
    // Loop variables come after declared ones of the same name and line, so they are claimed from the end.
    for (const loop of [...loops].reverse()) {
      const wanted = loop.var.PLpgSQL_var;
      for (let index = variables.length - 1; index >= 0; index--) {
        const variable = variables[index]!;
        if (variable === null || claimed.has(index)) continue;
        if (variable.refname !== wanted.refname || variable.lineno !== wanted.lineno) continue;
        claimed.add(index);
        this.counters.set(loop, index);
        break;
      }
    }
    variables.forEach((variable, index) => {
      if (variable === null || claimed.has(index)) return;
      const isOwn = index < parameterCount || variable.lineno === undefined;
      const isInner =
        variable.refname.startsWith('__Case__') || variable.refname === 'sqlstate' || variable.refname === 'sqlerrm';
      const block = isOwn || isInner ? undefined : blocks.find((one) => (one.lineno ?? 0) >= variable.lineno!);
      if (block === undefined) root.slots.set(variable.refname, index);
      else {
        const list = this.declared.get(block) ?? [];
        list.push(index);
        this.declared.set(block, list);
      }
    });
    this.#walk(this.tree.action, root, variables);
    for (const [index, slot] of this.slots.entries())
      if (
        (slot.kind === 'variable' || slot.kind === 'record') &&
        slot.initial !== null &&
        !this.#names.has(slot.initial)
      )
        this.#names.set(slot.initial, this.#blockNames(index) ?? root);
  }

  readonly #namesOfBlocks = new Map<BlockNode, Names>();

  #blockNames(slot: number): Names | null {
    for (const [block, slots] of this.declared) if (slots.includes(slot)) return this.#namesOfBlocks.get(block) ?? null;
    return null;
  }

  #walk(value: unknown, names: Names, variables: readonly (VariableNode | null)[]): void {
    if (value === null || typeof value !== 'object') return;
    if (Array.isArray(value)) {
      for (const item of value) this.#walk(item, names, variables);
      return;
    }
    const record = value as Readonly<Record<string, unknown>>;
    if ('PLpgSQL_expr' in record) {
      this.#names.set(record, names);
      return;
    }
    for (const [key, part] of Object.entries(record)) {
      if (key === 'PLpgSQL_stmt_block') {
        const block = part as BlockNode;
        const inner = new Names(names, block.label ?? null);
        for (const slot of this.declared.get(block) ?? []) inner.slots.set(variables[slot]!.refname, slot);
        this.#namesOfBlocks.set(block, inner);
        this.#walk(part, inner, variables);
      } else if (key === 'PLpgSQL_stmt_fori') {
        const loop = part as IntegerLoopNode;
        const inner = new Names(names, loop.label ?? null);
        inner.slots.set(loop.var.PLpgSQL_var.refname, this.counters.get(loop)!);
        for (const [member, child] of Object.entries(loop))
          this.#walk(child, member === 'body' ? inner : names, variables);
      } else this.#walk(part, names, variables);
    }
  }
}

/** Integer loops and blocks in the order of their text. */
function collect(value: unknown, loops: IntegerLoopNode[], blocks: BlockNode[]): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, loops, blocks);
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    if (key === 'PLpgSQL_stmt_block') blocks.push(part as BlockNode);
    if (key === 'PLpgSQL_stmt_fori') loops.push(part as IntegerLoopNode);
    collect(part, loops, blocks);
  }
}

/** The slot that names mean, with what is left of them: `x`, `x.field`, `label.x`, `label.x.field`. */
function lookUp(
  names: Names,
  wanted: readonly string[],
): { readonly slot: number; readonly rest: readonly string[] } | null {
  for (let level: Names | null = names; level !== null; level = level.parent) {
    const slot = level.slots.get(wanted[0]!);
    if (slot !== undefined) return { slot, rest: wanted.slice(1) };
    if (level.label !== null && level.label === wanted[0] && wanted.length > 1) {
      const inside = level.slots.get(wanted[1]!);
      if (inside !== undefined) return { slot: inside, rest: wanted.slice(2) };
    }
  }
  return null;
}
