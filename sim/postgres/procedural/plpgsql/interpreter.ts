/**
 * Runs a PL/pgSQL program: one generator for each call, so that any statement in it may wait. Long because it is one table of statements.
 * Source: PostgreSQL's pl_exec.c. Invariant: a block with an EXCEPTION part is a subtransaction; when it fails its writes, locks and snapshots
 * are gone before a handler runs.
 * Left out, and refused by name: cursors, transaction control, CALL.
 */
import type { Backend } from '../../backend.ts';
import { failure, PgError, unsupported } from '../../errors.ts';
import type { Row } from '../../sql/execute/frame.ts';
import type { OutputColumn } from '../../sql/query.ts';
import type { Snapshot } from '../../transaction-status.ts';
import type { Datum, PgArray, PgRecord, RecordField } from '../../types/datum.ts';
import { Oid } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import { catches } from '../conditions.ts';
import type { TypeWithModifier } from '../conversion.ts';
import { type Outcome, runText, type Sight } from '../sql-text.ts';
import { formatted, raised, stacked } from './diagnostics.ts';
import type { BoundText, Program } from './program.ts';
import type { BlockNode, ExprNode, RaiseNode, StatementKinds, StatementNode, TargetNode } from './tree.ts';

/** How a statement ended: null = the next one follows. */
type Completion =
  | null
  | { readonly kind: 'return' }
  | { readonly kind: 'exit' | 'continue'; readonly label: string | null };

/** A value with its type. */
interface Typed {
  readonly value: Datum;
  readonly type: number;
}

/** What a call is to give. */
export interface ReturnShape {
  readonly kind: 'void' | 'trigger' | 'value' | 'set';
  readonly type: TypeWithModifier;
  /** Columns of a row result; null when it is one value. */
  readonly fields: readonly RecordField[] | null;
  /** Whether RETURN takes no expression, since OUT parameters hold the result. */
  readonly hasOutputs: boolean;
}

const RETURN: Completion = { kind: 'return' };
/** Turns of one loop. The real server has no such limit; a loop that does nothing else would never end in virtual time. */
const TURNS_MAX = 10_000_000;
const ROWS_RETURNED_MAX = 1_000_000;

export class Activation {
  readonly backend: Backend;
  readonly program: Program;
  readonly values: Datum[];
  readonly sight: Sight;
  readonly shape: ReturnShape;
  /** Result of RETURN. */
  result: Datum = null;
  hasReturned = false;
  readonly rows: Datum[] = [];
  #rowCount = 0n;
  #errors: PgError[] = [];

  constructor(backend: Backend, program: Program, sight: Sight, shape: ReturnShape) {
    this.backend = backend;
    this.program = program;
    this.values = new Array<Datum>(program.slots.length).fill(null);
    this.sight = sight;
    this.shape = shape;
    if (program.found >= 0) this.values[program.found] = false;
  }

  *run(): Waiting<void> {
    const completion = yield* this.#block(this.program.tree.action.PLpgSQL_stmt_block);
    if (completion?.kind === 'exit' || completion?.kind === 'continue')
      throw failure('42601', `${completion.kind.toUpperCase()} cannot be used outside a loop`);
  }

  /** A snapshot for conversions, which read no tables. */
  get #snapshot(): Snapshot {
    return this.sight ?? this.backend.activeSnapshot();
  }

  // Blocks.

  *#block(block: BlockNode): Waiting<Completion> {
    for (const slot of this.program.declared.get(block) ?? []) yield* this.#initialize(slot);
    const handlers = block.exceptions?.PLpgSQL_exception_block.exc_list;
    let completion: Completion;
    if (handlers === undefined) completion = yield* this.#statements(block.body);
    else completion = yield* this.#guarded(block, handlers);
    if (completion?.kind === 'exit' && completion.label !== null && completion.label === block.label) return null;
    return completion;
  }

  *#initialize(index: number): Waiting<void> {
    const slot = this.program.slots[index]!;
    if (slot.kind !== 'variable' && slot.kind !== 'record') return;
    this.values[index] = null;
    if (slot.initial !== null) this.#assign(index, yield* this.#expression(slot.initial));
    else if (slot.kind === 'variable' && slot.isNotNull)
      throw failure('22004', `null value cannot be assigned to variable "${slot.name}" declared NOT NULL`);
    else if (slot.kind === 'variable' && this.backend.engine.types.find(slot.type.type)?.kind === 'domain')
      this.#assign(index, { value: null, type: slot.type.type });
  }

  *#guarded(
    block: BlockNode,
    handlers: NonNullable<BlockNode['exceptions']>['PLpgSQL_exception_block']['exc_list'],
  ): Waiting<Completion> {
    const { backend } = this;
    const transaction = backend.current();
    transaction.begin(null);
    const sub = transaction.current;
    const depth = backend.depth;
    const snapshots = backend.snapshotCount;
    try {
      const completion = yield* this.#statements(block.body);
      transaction.endCommand();
      transaction.release();
      return completion;
    } catch (error) {
      if (!(error instanceof PgError) || error.fields.severity !== 'ERROR') throw error;
      if (backend.transaction !== transaction) throw error;
      while (transaction.current !== sub) transaction.rollback();
      transaction.rollback();
      transaction.endCommand();
      backend.depth = depth;
      backend.dropSnapshotsAfter(snapshots);
      const handler = handlers?.find((one) =>
        (one.PLpgSQL_exception.conditions ?? []).some((condition) =>
          catches(condition.PLpgSQL_condition.condname, error.fields.code),
        ),
      );
      if (handler === undefined) throw error;
      return yield* this.#handle(error, handler.PLpgSQL_exception.action);
    }
  }

  *#handle(error: PgError, action: readonly StatementNode[] | undefined): Waiting<Completion> {
    this.program.slots.forEach((slot, index) => {
      if (slot.kind !== 'variable') return;
      if (slot.name === 'sqlstate') this.values[index] = error.fields.code;
      else if (slot.name === 'sqlerrm') this.values[index] = error.fields.message;
    });
    this.#errors.push(error);
    try {
      return yield* this.#statements(action);
    } finally {
      this.#errors.pop();
    }
  }

  *#statements(list: readonly StatementNode[] | undefined): Waiting<Completion> {
    for (const node of list ?? []) {
      const completion = yield* this.#statement(node);
      if (completion !== null) return completion;
    }
    return null;
  }

  *#statement(node: StatementNode): Waiting<Completion> {
    this.backend.checkInterrupts();
    if ('PLpgSQL_stmt_block' in node) return yield* this.#block(node.PLpgSQL_stmt_block);
    if ('PLpgSQL_stmt_assign' in node) return yield* this.#assignment(node.PLpgSQL_stmt_assign);
    if ('PLpgSQL_stmt_if' in node) return yield* this.#if(node.PLpgSQL_stmt_if);
    if ('PLpgSQL_stmt_case' in node) return yield* this.#case(node.PLpgSQL_stmt_case);
    if ('PLpgSQL_stmt_loop' in node) return yield* this.#loop(node.PLpgSQL_stmt_loop, null);
    if ('PLpgSQL_stmt_while' in node) return yield* this.#loop(node.PLpgSQL_stmt_while, node.PLpgSQL_stmt_while.cond);
    if ('PLpgSQL_stmt_fori' in node) return yield* this.#integers(node.PLpgSQL_stmt_fori);
    if ('PLpgSQL_stmt_fors' in node) {
      const loop = node.PLpgSQL_stmt_fors;
      return yield* this.#rowsLoop(loop, loop.var, yield* this.#query(this.program.text(loop.query, 'statement'), 0));
    }
    if ('PLpgSQL_stmt_dynfors' in node) {
      const loop = node.PLpgSQL_stmt_dynfors;
      return yield* this.#rowsLoop(loop, loop.var, yield* this.#dynamic(loop.query, loop.params, 0));
    }
    if ('PLpgSQL_stmt_foreach_a' in node) return yield* this.#elements(node.PLpgSQL_stmt_foreach_a);
    if ('PLpgSQL_stmt_exit' in node) {
      const { cond, is_exit: isExit, label } = node.PLpgSQL_stmt_exit;
      if (cond !== undefined && !(yield* this.#condition(cond))) return null;
      return { kind: isExit === true ? 'exit' : 'continue', label: label ?? null };
    }
    if ('PLpgSQL_stmt_return' in node) return yield* this.#return(node.PLpgSQL_stmt_return);
    if ('PLpgSQL_stmt_return_next' in node) return yield* this.#returnNext(node.PLpgSQL_stmt_return_next);
    if ('PLpgSQL_stmt_return_query' in node) return yield* this.#returnQuery(node.PLpgSQL_stmt_return_query);
    if ('PLpgSQL_stmt_raise' in node) return yield* this.#raise(node.PLpgSQL_stmt_raise);
    if ('PLpgSQL_stmt_assert' in node) return yield* this.#assertion(node.PLpgSQL_stmt_assert);
    if ('PLpgSQL_stmt_execsql' in node) return yield* this.#execute(node.PLpgSQL_stmt_execsql);
    if ('PLpgSQL_stmt_dynexecute' in node) return yield* this.#executeDynamic(node.PLpgSQL_stmt_dynexecute);
    if ('PLpgSQL_stmt_perform' in node) {
      const outcome = yield* this.#query(this.program.text(node.PLpgSQL_stmt_perform.expr, 'statement'), 0);
      this.#rowCount = BigInt(outcome.processed);
      this.#setFound(outcome.processed > 0);
      return null;
    }
    if ('PLpgSQL_stmt_getdiag' in node) return this.#diagnostics(node.PLpgSQL_stmt_getdiag);
    throw unsupported(`the PL/pgSQL statement ${Object.keys(node)[0]?.replace('PLpgSQL_stmt_', '').toUpperCase()}`);
  }

  // Expressions and queries.

  *#query(text: BoundText, rowsMax: number): Waiting<Outcome> {
    const { program, values } = this;
    return yield* text.sql.run(this.backend, program.variables(text, values), values, this.sight, rowsMax);
  }

  *#expression(node: ExprNode): Waiting<Typed> {
    return yield* this.#only(this.program.text(node, 'expression'));
  }

  *#only(text: BoundText): Waiting<Typed> {
    const outcome = yield* this.#query(text, 2);
    const column = outcome.columns[0];
    if (column === undefined) throw failure('42601', 'query did not return data');
    if (outcome.columns.length > 1) throw failure('42601', `query returned ${outcome.columns.length} columns`);
    if (outcome.rows.length > 1) throw failure('21000', 'query returned more than one row');
    return { value: outcome.rows[0]?.[0] ?? null, type: column.type };
  }

  *#condition(node: ExprNode): Waiting<boolean> {
    const given = yield* this.#expression(node);
    return this.#convert(given, { type: Oid.bool, typmod: -1 }) === true;
  }

  #convert(given: Typed, to: TypeWithModifier): Datum {
    return this.program.conversions.convert(this.backend, given.value, given.type, to, this.#snapshot);
  }

  *#dynamic(node: ExprNode, params: readonly ExprNode[] | undefined, rowsMax: number): Waiting<Outcome> {
    const text = yield* this.#expression(node);
    if (text.value === null) throw failure('22004', 'query string argument of EXECUTE is null');
    const values: Datum[] = [];
    const types: number[] = [];
    for (const param of params ?? []) {
      const given = yield* this.#expression(param);
      values.push(given.value);
      types.push(given.type);
    }
    const query = this.#convert(text, { type: Oid.text, typmod: -1 }) as string;
    return yield* runText(this.backend, query, values, types, this.sight, rowsMax);
  }

  // Assignment.

  *#assignment(node: StatementKinds['PLpgSQL_stmt_assign']): Waiting<Completion> {
    const { query } = node.expr.PLpgSQL_expr;
    const at = assignmentSign(query);
    const target = query.slice(0, at.start);
    const given = yield* this.#only(this.program.part(node.expr, 'value', query.slice(at.end)));
    const bracket = target.indexOf('[');
    if (bracket < 0) this.#assign(node.varno ?? 0, given);
    else yield* this.#assignElement(node, target.slice(bracket), given);
    return null;
  }

  /** `name[index] := value` of a one-dimensional array. */
  *#assignElement(node: StatementKinds['PLpgSQL_stmt_assign'], subscript: string, given: Typed): Waiting<void> {
    const trimmed = subscript.trim();
    const inside = trimmed.slice(1, -1);
    if (!trimmed.endsWith(']') || /\]\s*\[|:/.test(inside)) throw unsupported('this assignment to a part of an array');
    const slot = this.program.slots[node.varno ?? 0]!;
    if (slot.kind !== 'variable') throw unsupported('assignment to an element of a field');
    const elementType = this.backend.engine.types.elementOf(this.backend.engine.types.baseOf(slot.type.type));
    if (elementType === 0) throw unsupported('assignment to a part of what is no array');
    const index = this.#convert(yield* this.#only(this.program.part(node.expr, 'index', inside)), {
      type: Oid.int4,
      typmod: -1,
    });
    if (index === null) throw failure('22004', 'array subscript in assignment must not be null');
    const value = this.#convert(given, { type: elementType, typmod: slot.type.typmod });
    const old = this.values[node.varno ?? 0] as PgArray | null;
    this.values[node.varno ?? 0] = withElement(old, elementType, index as number, value);
  }

  #assign(index: number, given: Typed): void {
    const slot = this.program.slots[index]!;
    switch (slot.kind) {
      case 'variable': {
        if (slot.isConstant && this.values[index] !== null)
          throw failure('22005', `variable "${slot.name}" is declared CONSTANT`);
        const value = this.#convert(given, slot.type);
        if (value === null && slot.isNotNull)
          throw failure('22004', `null value cannot be assigned to variable "${slot.name}" declared NOT NULL`);
        this.values[index] = value;
        return;
      }
      case 'record': {
        if (given.value === null) {
          this.values[index] = null;
          return;
        }
        const fields = this.backend.engine.types.compositeFields(given.type);
        const record = given.value as PgRecord;
        if (fields.length === 0 && record.fields === undefined)
          throw failure('42804', 'cannot assign non-composite value to a record variable');
        this.#assignRow(index, this.backend.engine.types.fieldsOf(record), record.values);
        return;
      }
      case 'field':
        this.#assignField(slot.record, slot.field, given);
        return;
      case 'row':
        throw unsupported('assignment to a list of variables');
    }
  }

  #assignField(index: number, name: string, given: Typed): void {
    const slot = this.program.slots[index]!;
    const label = slot.kind === 'record' ? slot.name : '';
    const fields = this.program.recordFields(index, this.values);
    const old = this.values[index] as PgRecord | null;
    if (fields.length === 0 && old === null)
      throw failure('55000', `record "${label}" is not assigned yet`, {
        detail: 'The tuple structure of a not-yet-assigned record is indeterminate.',
      });
    const at = fields.findIndex((field) => field.name === name);
    if (at < 0) throw failure('42703', `record "${label}" has no field "${name}"`);
    const values = old === null ? fields.map(() => null as Datum) : [...old.values];
    values[at] = this.#convert(given, fields[at]!);
    const type = old?.type ?? (slot.kind === 'record' ? slot.type.type : Oid.record);
    this.values[index] = type === Oid.record ? { type, values, fields } : { type, values };
  }

  /** Puts a row into a record variable; null empties it. */
  #assignRow(index: number, fields: readonly RecordField[], values: Row | null): void {
    const slot = this.program.slots[index]!;
    if (slot.kind !== 'record') throw unsupported('a row in a variable that is no record');
    if (slot.type.type === Oid.record) {
      this.values[index] = { type: Oid.record, values: values ?? fields.map(() => null), fields };
      return;
    }
    if (values === null) {
      this.values[index] = null;
      return;
    }
    const wanted = this.backend.engine.types.compositeFields(slot.type.type);
    this.values[index] = {
      type: slot.type.type,
      values: wanted.map((field, position) => {
        const given = fields[position];
        return given === undefined ? null : this.#convert({ value: values[position] ?? null, type: given.type }, field);
      }),
    };
  }

  /** Puts the columns of a row into the target of INTO or FOR; null for no row. */
  #assignTarget(target: TargetNode, columns: readonly OutputColumn[], row: Row | null): void {
    if ('PLpgSQL_row' in target) {
      (target.PLpgSQL_row.fields ?? []).forEach((field, position) => {
        const column = columns[position];
        this.#assign(field.varno ?? 0, {
          value: row?.[position] ?? null,
          type: column?.type ?? Oid.text,
        });
      });
      return;
    }
    const index = ('PLpgSQL_rec' in target ? target.PLpgSQL_rec : target.PLpgSQL_var).dno ?? 0;
    const slot = this.program.slots[index]!;
    if (slot.kind === 'variable') {
      this.#assign(index, { value: row?.[0] ?? null, type: columns[0]?.type ?? Oid.text });
      return;
    }
    const only = columns[0];
    // One column that is a row itself is that row.
    if (columns.length === 1 && only !== undefined && row !== null && slot.kind === 'record') {
      const fields = this.backend.engine.types.compositeFields(only.type);
      if (fields.length > 0 && only.type === slot.type.type) {
        this.#assign(index, { value: row[0] ?? null, type: only.type });
        return;
      }
    }
    this.#assignRow(index, fieldsOf(columns), row);
  }

  #setFound(isFound: boolean): void {
    if (this.program.found >= 0) this.values[this.program.found] = isFound;
  }

  // Control flow.

  *#if(node: StatementKinds['PLpgSQL_stmt_if']): Waiting<Completion> {
    if (yield* this.#condition(node.cond)) return yield* this.#statements(node.then_body);
    for (const part of node.elsif_list ?? [])
      if (yield* this.#condition(part.PLpgSQL_if_elsif.cond))
        return yield* this.#statements(part.PLpgSQL_if_elsif.stmts);
    return yield* this.#statements(node.else_body);
  }

  *#case(node: StatementKinds['PLpgSQL_stmt_case']): Waiting<Completion> {
    if (node.t_expr !== undefined) {
      const given = yield* this.#expression(node.t_expr);
      this.program.retype(node.t_varno ?? 0, { type: given.type, typmod: -1 });
      this.values[node.t_varno ?? 0] = given.value;
    }
    for (const part of node.case_when_list ?? [])
      if (yield* this.#condition(part.PLpgSQL_case_when.expr))
        return yield* this.#statements(part.PLpgSQL_case_when.stmts);
    if (node.have_else !== true)
      throw failure('20000', 'case not found', { hint: 'CASE statement is missing ELSE part.' });
    return yield* this.#statements(node.else_stmts);
  }

  /** What a loop does with the end of its body: go on, leave, or hand it on. */
  #afterBody(completion: Completion, label: string | undefined): 'next' | 'leave' | 'pass' {
    if (completion === null) return 'next';
    if (completion.kind === 'return') return 'pass';
    if (completion.label !== null && completion.label !== label) return 'pass';
    return completion.kind === 'exit' ? 'leave' : 'next';
  }

  *#loop(
    node: { readonly label?: string; readonly body?: readonly StatementNode[] },
    condition: ExprNode | null,
  ): Waiting<Completion> {
    for (let turn = 0; ; turn++) {
      if (turn > TURNS_MAX) throw failure('54000', `a loop of PL/pgSQL made more than ${TURNS_MAX} turns`);
      if (condition !== null && !(yield* this.#condition(condition))) return null;
      const completion = yield* this.#statements(node.body);
      const next = this.#afterBody(completion, node.label);
      if (next === 'leave') return null;
      if (next === 'pass') return completion;
    }
  }

  *#integers(node: StatementKinds['PLpgSQL_stmt_fori']): Waiting<Completion> {
    const int4: TypeWithModifier = { type: Oid.int4, typmod: -1 };
    const bound = (value: Datum, name: string): number => {
      if (value === null) throw failure('22004', `${name} of FOR loop cannot be null`);
      return value as number;
    };
    const lower = bound(this.#convert(yield* this.#expression(node.lower), int4), 'lower bound');
    const upper = bound(this.#convert(yield* this.#expression(node.upper), int4), 'upper bound');
    const step =
      node.step === undefined ? 1 : bound(this.#convert(yield* this.#expression(node.step), int4), 'BY value');
    if (step <= 0) throw failure('22023', 'BY value of FOR loop must be greater than zero');
    const counter = this.program.counters.get(node)!;
    const isReverse = node.reverse === true;
    let isFound = false;
    for (let value = lower; isReverse ? value >= upper : value <= upper; value += isReverse ? -step : step) {
      isFound = true;
      this.values[counter] = value;
      const completion = yield* this.#statements(node.body);
      const next = this.#afterBody(completion, node.label);
      if (next === 'leave') break;
      if (next === 'pass') {
        this.#setFound(true);
        return completion;
      }
    }
    this.#setFound(isFound);
    return null;
  }

  *#rowsLoop(
    node: { readonly label?: string; readonly body?: readonly StatementNode[] },
    target: TargetNode,
    outcome: Outcome,
  ): Waiting<Completion> {
    if (!outcome.givesRows) throw failure('42601', 'cannot open multi-query plan as cursor');
    if (outcome.rows.length === 0) this.#assignTarget(target, outcome.columns, null);
    for (const row of outcome.rows) {
      this.#assignTarget(target, outcome.columns, row);
      const completion = yield* this.#statements(node.body);
      const next = this.#afterBody(completion, node.label);
      if (next === 'leave') break;
      if (next === 'pass') {
        this.#setFound(true);
        return completion;
      }
    }
    this.#setFound(outcome.rows.length > 0);
    return null;
  }

  *#elements(node: StatementKinds['PLpgSQL_stmt_foreach_a']): Waiting<Completion> {
    if ((node.slice ?? 0) > 0) throw unsupported('FOREACH ... SLICE');
    const given = yield* this.#expression(node.expr);
    if (given.value === null) throw failure('22004', 'FOREACH expression must not be null');
    const { types } = this.backend.engine;
    const type = types.elementOf(types.baseOf(given.type));
    if (type === 0)
      throw failure('42804', `FOREACH expression must yield an array, not type ${types.formatType(given.type)}`);
    const { items } = given.value as PgArray;
    for (const item of items) {
      this.#assign(node.varno ?? 0, { value: item, type });
      const completion = yield* this.#statements(node.body);
      const next = this.#afterBody(completion, node.label);
      if (next === 'leave') break;
      if (next === 'pass') {
        this.#setFound(true);
        return completion;
      }
    }
    this.#setFound(items.length > 0);
    return null;
  }

  // Results.

  *#return(node: StatementKinds['PLpgSQL_stmt_return']): Waiting<Completion> {
    const { shape } = this;
    if (shape.kind === 'void' || shape.kind === 'set') return RETURN;
    if (shape.hasOutputs) return RETURN;
    const given = yield* this.#returned(node);
    // Without a value it is the one that the parser puts at the end of every function.
    if (given === null) return RETURN;
    this.hasReturned = true;
    this.result = this.#fitted(given);
    return RETURN;
  }

  /** The value of RETURN or RETURN NEXT; null when there is none. */
  *#returned(node: { readonly expr?: ExprNode; readonly retvarno?: number }): Waiting<Typed | null> {
    if (node.expr !== undefined) return yield* this.#expression(node.expr);
    if (node.retvarno === undefined) return null;
    return this.#slotValue(node.retvarno);
  }

  #slotValue(index: number): Typed {
    const slot = this.program.slots[index]!;
    if (slot.kind === 'variable') return { value: this.values[index]!, type: slot.type.type };
    if (slot.kind === 'record') {
      const value = this.values[index] as PgRecord | null;
      return { value, type: value?.type ?? slot.type.type };
    }
    if (slot.kind === 'field') {
      const fields = this.program.recordFields(slot.record, this.values);
      const at = fields.findIndex((field) => field.name === slot.field);
      return {
        value: (this.values[slot.record] as PgRecord | null)?.values[at] ?? null,
        type: fields[at]?.type ?? Oid.text,
      };
    }
    const parts = slot.variables.map((variable) => this.#slotValue(variable));
    return {
      value: {
        type: Oid.record,
        values: parts.map((part) => part.value),
        fields: parts.map((part, position) => ({ name: `f${position + 1}`, type: part.type, typmod: -1 })),
      },
      type: Oid.record,
    };
  }

  /** A value brought to the type of the result. */
  #fitted(given: Typed): Datum {
    const { shape } = this;
    if (given.value === null) return null;
    if (shape.kind === 'trigger') return given.value;
    if (shape.fields === null) return this.#convert(given, shape.type);
    const record = given.value as PgRecord;
    const isRow = given.type === Oid.record || this.backend.engine.types.compositeFields(given.type).length > 0;
    if (!isRow) throw failure('42804', 'cannot return non-composite value from function returning composite type');
    return this.#row(this.backend.engine.types.fieldsOf(record), record.values);
  }

  /** A row of the result from a row of those fields. */
  #row(fields: readonly RecordField[], values: Row): Datum {
    const { shape } = this;
    const wanted = shape.fields!;
    if (shape.type.type === Oid.record && wanted.length === 0) return { type: Oid.record, values, fields };
    if (fields.length !== wanted.length)
      throw failure('42804', 'returned record type does not match expected record type', {
        detail: `Number of returned columns (${fields.length}) does not match expected column count (${wanted.length}).`,
      });
    const converted = wanted.map((field, position) =>
      this.#convert({ value: values[position] ?? null, type: fields[position]!.type }, field),
    );
    return shape.type.type === Oid.record
      ? { type: Oid.record, values: converted, fields: wanted }
      : { type: shape.type.type, values: converted };
  }

  #give(value: Datum): void {
    this.rows.push(value);
    if (this.rows.length > ROWS_RETURNED_MAX)
      throw failure('53200', 'out of memory', { detail: 'A function returned too many rows.' });
  }

  *#returnNext(node: StatementKinds['PLpgSQL_stmt_return_next']): Waiting<Completion> {
    if (this.shape.hasOutputs) this.#give(this.outputs());
    else {
      const given = yield* this.#returned(node);
      if (given !== null) this.#give(this.#fitted(given));
    }
    return null;
  }

  *#returnQuery(node: StatementKinds['PLpgSQL_stmt_return_query']): Waiting<Completion> {
    const outcome =
      node.query !== undefined
        ? yield* this.#query(this.program.text(node.query, 'statement'), 0)
        : yield* this.#dynamic(node.dynquery!, node.params, 0);
    const { fields, type } = this.shape;
    const given = fieldsOf(outcome.columns);
    const { types } = this.backend.engine;
    const expected = fields ?? [{ name: '', ...type }];
    if (expected.length > 0) {
      if (given.length !== expected.length)
        throw failure('42804', 'structure of query does not match function result type', {
          detail: `Number of returned columns (${given.length}) does not match expected column count (${expected.length}).`,
        });
      expected.forEach((field, position) => {
        const column = given[position]!;
        if (column.type !== field.type && types.baseOf(column.type) !== types.baseOf(field.type))
          throw failure('42804', 'structure of query does not match function result type', {
            detail: `Returned type ${types.formatType(column.type, column.typmod)} does not match expected type ${types.formatType(field.type, field.typmod)} in column ${position + 1}.`,
          });
      });
    }
    for (const row of outcome.rows)
      this.#give(
        fields === null ? this.#convert({ value: row[0] ?? null, type: given[0]!.type }, type) : this.#row(given, row),
      );
    this.#rowCount = BigInt(outcome.rows.length);
    this.#setFound(outcome.rows.length > 0);
    return null;
  }

  /** The result that OUT parameters hold. */
  outputs(): Datum {
    const given = this.#slotValue(this.program.tree.out_param_varno ?? 0);
    const { fields, type } = this.shape;
    if (fields === null) return this.#convert(given, type);
    const record = given.value as PgRecord;
    return this.#row(this.backend.engine.types.fieldsOf(record), record.values);
  }

  // Statements of SQL.

  *#execute(node: StatementKinds['PLpgSQL_stmt_execsql']): Waiting<Completion> {
    const isStrict = node.strict === true;
    const outcome = yield* this.#query(this.program.text(node.sqlstmt, 'statement'), node.into === true ? 2 : 0);
    const isChange = outcome.command !== 'select' && outcome.command !== 'utility';
    const isTooMany = outcome.rows.length > 1 && (isStrict || isChange);
    const rows = node.into === true && !isChange ? Math.min(outcome.rows.length, 1) : outcome.processed;
    this.#rowCount = BigInt(rows);
    if (outcome.command !== 'utility') this.#setFound(rows > 0);
    if (node.into !== true) {
      if (outcome.command === 'select')
        throw failure('42601', 'query has no destination for result data', {
          hint: 'If you want to discard the results of a SELECT, use PERFORM instead.',
        });
      return null;
    }
    this.#into(node.target!, outcome, isStrict, isTooMany);
    return null;
  }

  #into(target: TargetNode, outcome: Outcome, isStrict: boolean, isTooMany: boolean): void {
    if (!outcome.givesRows) throw failure('42601', 'INTO used with a command that cannot return data');
    if (isStrict && outcome.rows.length === 0) throw failure('P0002', 'query returned no rows');
    if (isTooMany)
      throw failure('P0003', 'query returned more than one row', {
        hint: 'Make sure the query returns a single row, or use LIMIT 1.',
      });
    this.#assignTarget(target, outcome.columns, outcome.rows[0] ?? null);
  }

  *#executeDynamic(node: StatementKinds['PLpgSQL_stmt_dynexecute']): Waiting<Completion> {
    const outcome = yield* this.#dynamic(node.query, node.params, node.into === true ? 2 : 0);
    const isStrict = node.strict === true;
    this.#rowCount = BigInt(node.into === true ? Math.min(outcome.processed, 1) : outcome.processed);
    if (node.into === true) this.#into(node.target!, outcome, isStrict, isStrict && outcome.rows.length > 1);
    return null;
  }

  // Diagnostics.

  *#raise(node: RaiseNode): Waiting<Completion> {
    if (node.message === undefined && node.condname === undefined && (node.options ?? []).length === 0) {
      const current = this.#errors.at(-1);
      if (current === undefined)
        throw failure('0Z002', 'RAISE without parameters cannot be used outside an exception handler');
      throw current;
    }
    let message: string | null = null;
    if (node.message !== undefined) {
      const values: string[] = [];
      for (const param of node.params ?? []) values.push((yield* this.#shown(param)) ?? '<NULL>');
      message = formatted(node.message, values);
    }
    const options: { type: number; value: string | null }[] = [];
    for (const option of node.options ?? []) {
      const { opt_type: type = 0, expr } = option.PLpgSQL_raise_option;
      options.push({ type, value: yield* this.#shown(expr) });
    }
    const error = raised(node.elog_level ?? 21, node.condname, message, options);
    if (error.fields.severity === 'ERROR') throw error;
    this.backend.client.notice(error);
    return null;
  }

  *#shown(node: ExprNode): Waiting<string | null> {
    const { value, type } = yield* this.#expression(node);
    return value === null ? null : this.backend.engine.types.byOid(type).output(value, this.backend.callContext);
  }

  *#assertion(node: StatementKinds['PLpgSQL_stmt_assert']): Waiting<Completion> {
    if (yield* this.#condition(node.cond)) return null;
    const message = node.message === undefined ? null : yield* this.#shown(node.message);
    throw failure('P0004', message ?? 'assertion failed');
  }

  #diagnostics(node: StatementKinds['PLpgSQL_stmt_getdiag']): Completion {
    for (const item of node.diag_items ?? []) {
      const { kind, target = 0 } = item.PLpgSQL_diag_item;
      if (node.is_stacked === true) {
        const error = this.#errors.at(-1);
        if (error === undefined)
          throw failure('0Z002', 'GET STACKED DIAGNOSTICS cannot be used outside an exception handler');
        this.#assign(target, { value: stacked(error, kind), type: Oid.text });
      } else if (kind === 'ROW_COUNT') this.#assign(target, { value: this.#rowCount, type: Oid.int8 });
      else throw unsupported(`GET DIAGNOSTICS ${kind}`);
    }
    return null;
  }
}

function fieldsOf(columns: readonly OutputColumn[]): RecordField[] {
  return columns.map((column) => ({ name: column.name, type: column.type, typmod: column.typmod }));
}

/** Where `:=` or `=` stands in an assignment, outside quotes and brackets. */
function assignmentSign(text: string): { readonly start: number; readonly end: number } {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '[' || character === '(') depth += 1;
    else if (character === ']' || character === ')') depth -= 1;
    else if (depth === 0 && character === ':' && text[index + 1] === '=') return { start: index, end: index + 2 };
    else if (depth === 0 && character === '=') return { start: index, end: index + 1 };
  }
  throw unsupported('this form of assignment');
}

/** An array with one element changed, grown at either end when the index lies outside. */
function withElement(old: PgArray | null, elementType: number, index: number, value: Datum): PgArray {
  if (old === null || old.items.length === 0) return { elementType, dims: [1], lower: [index], items: [value] };
  if (old.dims.length > 1) throw failure('2202E', 'wrong number of array subscripts');
  const lower = Math.min(old.lower[0]!, index);
  const upper = Math.max(old.lower[0]! + old.items.length - 1, index);
  const items: Datum[] = [];
  for (let position = lower; position <= upper; position++)
    items.push(position === index ? value : (old.items[position - old.lower[0]!] ?? null));
  return { elementType, dims: [items.length], lower: [lower], items };
}
