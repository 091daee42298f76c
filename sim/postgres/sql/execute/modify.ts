/**
 * INSERT, UPDATE and DELETE, row by row. What may wait inside a row (a lock, a unique check) is a generator kept in the cursor,
 * which is one state machine over the rows of its source.
 * Source: PostgreSQL's nodeModifyTable.c, for the order of checks, locks and re-checks, and for ON CONFLICT.
 */
import type { Backend } from '../../backend.ts';
import type { Relation, TableShape, TriggerEvent } from '../../catalog/objects.ts';
import { concurrentDelete, concurrentUpdate, conflictTwice, failure } from '../../errors.ts';
import { fireBefore, fireStatement, queueAfter, queueStatement } from '../../procedural/trigger.ts';
import { isVisible, NO_KEY_UPDATE, type RowLockMode, type Tuple, UPDATE } from '../../storage/tuple.ts';
import type { Datum } from '../../types/datum.ts';
import { Suspended, stepOf, type Waiting } from '../../wait.ts';
import type { OutputColumn } from '../query.ts';
import { leafOf } from '../table/partition.ts';
import { lockRow } from '../table/row-lock.ts';
import { applyRules, type IndexRules, rowFrame, type TableRules, tableRules } from '../table/rules.ts';
import { deleteRow, findConflict, insertRow, replaceRow, sameDatum } from '../table/write.ts';
import { type Cursor, type Evaluate, type Execution, Frame, type PlanNode, type Row } from './frame.ts';
import { isStillWanted, lockNewest } from './lock-rows.ts';
import type { QueryPlan, RowCursor } from './query-plan.ts';
import { widened } from './scan.ts';

interface AssignmentStep {
  readonly column: number;
  readonly value: Evaluate;
}

interface CommonParts {
  readonly columns: readonly OutputColumn[];
  readonly tableCount: number;
  readonly target: number;
  readonly shape: TableShape;
  readonly returning: readonly Evaluate[];
  readonly finish: ((frame: Frame) => void) | null;
}

/** A cursor that also counts the rows it changed. */
export interface ChangeCursor extends RowCursor {
  readonly changed: number;
}

export function isChangeCursor(cursor: RowCursor): cursor is ChangeCursor {
  return 'changed' in cursor;
}

/** Runs one generator for each source row; the row's result, if any, is given out. */
abstract class ModifyCursor implements ChangeCursor {
  changed = 0;
  readonly frame: Frame;
  /** Of the table that was named; those of the row's own partition come from `rulesFor`. */
  readonly rules: TableRules;
  readonly parts: CommonParts;
  #work: Waiting<boolean> | null = null;
  #state: 'new' | 'running' | 'ending' = 'new';
  #isFinished = false;
  #isReturning = false;

  constructor(parts: CommonParts, execution: Execution, outer: Frame | null) {
    this.parts = parts;
    this.frame = new Frame(execution, outer, parts.tableCount);
    this.rules = tableRules(execution.backend, parts.shape);
  }

  rulesFor(row: Row): TableRules {
    const { shape } = this.parts;
    return shape.relation.partitioning === null
      ? this.rules
      : tableRules(this.backend, leafOf(this.backend, shape, row));
  }

  /** Puts the next source row into the frame; false at the end. */
  abstract advance(): boolean;
  /** Changes the table for the row in the frame; true when something was changed. */
  abstract change(): Waiting<boolean>;

  /** What statement triggers are to be told. */
  abstract events(): readonly { readonly event: TriggerEvent; readonly columns: readonly number[] }[];

  *#begin(): Waiting<boolean> {
    for (const { event, columns } of this.events())
      yield* fireStatement(this.frame.execution, this.rules, event, columns);
    return false;
  }

  #end(): void {
    for (const { event, columns } of [...this.events()].reverse())
      queueStatement(this.frame.execution, this.rules, event, columns);
  }

  /** RETURNING of the row that was changed last; kept while it waits. */
  #returned(): Row {
    this.#isReturning = true;
    const row = this.parts.returning.map((value) => value(this.frame));
    this.#isReturning = false;
    return row;
  }

  next(): Row | null {
    if (this.#isReturning) return this.#returned();
    for (;;) {
      if (this.#work === null && this.#state === 'new') {
        this.#state = 'running';
        if (this.rules.triggers.length > 0) this.#work = this.#begin();
      }
      if (this.#work === null) {
        if (this.#isFinished) return null;
        if (this.#state === 'ending' || !this.advance()) {
          if (this.#state === 'running' && this.rules.triggers.length > 0) this.#end();
          this.#state = 'ending';
          this.parts.finish?.(this.frame);
          this.#isFinished = true;
          return null;
        }
        this.#work = this.change();
      }
      let hasChanged: boolean;
      try {
        hasChanged = stepOf(this.#work);
      } catch (thrown) {
        if (!(thrown instanceof Suspended)) this.#work = null;
        throw thrown;
      }
      this.#work = null;
      if (!hasChanged) continue;
      this.changed += 1;
      if (this.parts.returning.length > 0) return this.#returned();
    }
  }

  get backend(): Backend {
    return this.frame.execution.backend;
  }
}

export interface ConflictParts {
  readonly action: 'nothing' | 'update';
  readonly arbiters: readonly Relation[];
  readonly assignments: readonly AssignmentStep[];
  readonly where: ((frame: Frame) => boolean) | null;
  readonly excluded: number;
}

interface InsertParts extends CommonParts {
  /** Null for DEFAULT VALUES. */
  readonly source: QueryPlan | null;
  readonly sourceColumns: readonly number[];
  readonly defaults: readonly AssignmentStep[];
  readonly conflict: ConflictParts | null;
}

export class InsertPlan implements QueryPlan {
  readonly columns: readonly OutputColumn[];
  readonly #parts: InsertParts;
  constructor(parts: InsertParts) {
    this.columns = parts.columns;
    this.#parts = parts;
  }

  open(execution: Execution, outer: Frame | null): RowCursor {
    return new InsertCursor(this.#parts, execution, outer);
  }
}

class InsertCursor extends ModifyCursor {
  readonly #insert: InsertParts;
  readonly #source: RowCursor | null;
  #isDefaultDone = false;
  #row: Datum[] = [];

  constructor(parts: InsertParts, execution: Execution, outer: Frame | null) {
    super(parts, execution, outer);
    this.#insert = parts;
    this.#source = parts.source === null ? null : parts.source.open(execution, this.frame);
  }

  override advance(): boolean {
    let given: Row = [];
    if (this.#source !== null) {
      const next = this.#source.next();
      if (next === null) return false;
      given = next;
    } else if (this.#isDefaultDone) return false;
    this.#isDefaultDone = true;
    const row = new Array<Datum>(this.#insert.shape.relation.columns.length).fill(null);
    this.#insert.sourceColumns.forEach((column, index) => {
      row[column] = given[index] ?? null;
    });
    this.#row = row;
    return true;
  }

  override *change(): Waiting<boolean> {
    const { execution } = this.frame;
    const { target, conflict } = this.#insert;
    let row = this.#row;
    yield* assign(this.frame, this.#insert.defaults, row);
    if (this.rules.triggers.length > 0) {
      const made = yield* fireBefore(execution, this.rules, { event: 'insert', old: null, new: row, columns: [] });
      if (made === null) return false;
      row = made;
    }
    const rules = this.rulesFor(row);
    applyRules(execution, rules, row);
    if (conflict === null) {
      const tuple = yield* insertRow(execution, rules, row);
      if (this.rules.triggers.length > 0)
        queueAfter(execution, this.rules, { event: 'insert', old: null, new: row, columns: [] });
      this.frame.rows[target] = row;
      this.frame.tuples[target] = tuple;
      return true;
    }
    for (;;) {
      const found = yield* this.#conflicting(rules, row, conflict);
      if (found === null) {
        const arbiters = this.#arbiters(rules, conflict).map((index) => index.index);
        const tuple = yield* insertRow(execution, rules, row, arbiters);
        if (this.rules.triggers.length > 0)
          queueAfter(execution, this.rules, { event: 'insert', old: null, new: row, columns: [] });
        this.frame.rows[target] = row;
        this.frame.tuples[target] = tuple;
        return true;
      }
      if (conflict.action === 'nothing') {
        this.#requireVisible(found);
        return false;
      }
      const done = yield* this.#updateConflicting(rules, found, row, conflict);
      if (done !== 'again') return done;
    }
  }

  override events(): ReturnType<ModifyCursor['events']> {
    const { conflict } = this.#insert;
    const columns = conflict?.assignments.map(({ column }) => column) ?? [];
    return conflict?.action === 'update'
      ? [
          { event: 'insert', columns: [] },
          { event: 'update', columns },
        ]
      : [{ event: 'insert', columns: [] }];
  }

  #arbiters(rules: TableRules, conflict: ConflictParts): TableRules['indexes'] {
    const isSame = (index: IndexRules, arbiter: Relation): boolean =>
      index.index.oid === arbiter.oid ||
      (rules !== this.rules && index.index.index!.isUnique && index.keyNames.join() === keyNamesOf(arbiter));
    if (conflict.arbiters.length > 0)
      return rules.indexes.filter((index) => conflict.arbiters.some((arbiter) => isSame(index, arbiter)));
    return rules.indexes.filter((index) => index.index.index!.isUnique && index.index.index!.isImmediate);
  }

  /** The live version that the row would duplicate; waits for whoever may be about to make one. */
  *#conflicting(rules: TableRules, row: Datum[], conflict: ConflictParts): Waiting<Tuple | null> {
    const { execution } = this.frame;
    const frame = rowFrame(execution, row);
    again: for (;;) {
      for (const index of this.#arbiters(rules, conflict)) {
        if (index.predicate !== null && !index.predicate(frame)) continue;
        const found = findConflict(
          execution,
          rules,
          index,
          index.keys.map((key) => key(frame)),
          null,
        );
        if (found === null) continue;
        if (found.xid === 0) return found.tuple;
        yield* this.backend.awaitXid(found.xid);
        continue again;
      }
      return null;
    }
  }

  /** Above READ COMMITTED a row that the snapshot does not see must not decide quietly. */
  #requireVisible(tuple: Tuple): void {
    const { backend } = this;
    if (backend.current().isolation === 'read committed') return;
    if (backend.status.ownerOf(tuple.xmin) === backend) return;
    if (!isVisible(tuple, this.frame.execution.snapshot, backend.status)) throw concurrentUpdate();
  }

  *#updateConflicting(
    rules: TableRules,
    tuple: Tuple,
    row: Datum[],
    conflict: ConflictParts,
  ): Waiting<boolean | 'again'> {
    const { frame } = this;
    const { execution } = frame;
    const { relation } = rules.shape;
    const columns = conflict.assignments.map(({ column }) => column);
    const mode: RowLockMode = columns.some((column) => rules.keyColumns.includes(column)) ? UPDATE : NO_KEY_UPDATE;
    const transaction = this.backend.current();
    if (
      this.backend.status.ownerOf(tuple.xmin) === this.backend &&
      tuple.cmin >= execution.snapshot.command &&
      this.backend.status.isInProgress(tuple.xmin)
    )
      throw conflictTwice();
    const result = yield* lockRow(this.backend, relation, tuple, mode, 'block', true);
    if (result.kind === 'updated' || result.kind === 'deleted') {
      if (transaction.isolation !== 'read committed')
        throw result.kind === 'updated' ? concurrentUpdate() : concurrentDelete();
      return 'again';
    }
    if (result.kind === 'self') {
      if (result.command >= execution.snapshot.command) throw conflictTwice();
      return 'again';
    }
    this.#requireVisible(tuple);
    const old = widened(tuple, relation);
    frame.rows[this.#insert.target] = old;
    frame.tuples[this.#insert.target] = tuple;
    frame.rows[conflict.excluded] = row;
    if (conflict.where !== null && !conflict.where(frame)) return false;
    let next = [...old];
    yield* assign(frame, conflict.assignments, next);
    if (rules.triggers.length > 0) {
      const made = yield* fireBefore(execution, rules, { event: 'update', old, new: next, columns });
      if (made === null) return false;
      next = made;
    }
    applyRules(execution, rules, next);
    const replaced = yield* replaceRow(execution, rules, tuple, next, changedMode(execution, rules, old, next));
    if (rules.triggers.length > 0) queueAfter(execution, rules, { event: 'update', old, new: next, columns });
    frame.rows[this.#insert.target] = next;
    frame.tuples[this.#insert.target] = replaced;
    return true;
  }
}

/** The lock that an update takes: the strongest only when a key column changes its value. */
function changedMode(execution: Execution, rules: TableRules, old: Row, next: Row): RowLockMode {
  const { relation } = rules.shape;
  return rules.keyColumns.some((column) => !sameDatum(execution, relation, column, old[column]!, next[column]!))
    ? UPDATE
    : NO_KEY_UPDATE;
}

interface UpdateParts extends CommonParts {
  readonly source: PlanNode;
  readonly assignments: readonly AssignmentStep[];
}

export class UpdatePlan implements QueryPlan {
  readonly columns: readonly OutputColumn[];
  readonly #parts: UpdateParts;
  constructor(parts: UpdateParts) {
    this.columns = parts.columns;
    this.#parts = parts;
  }

  open(execution: Execution, outer: Frame | null): RowCursor {
    return new UpdateCursor(this.#parts, execution, outer);
  }
}

function keyNamesOf(index: Relation): string {
  return index.columns.map((column) => column.name).join();
}

/** Computes values into a row; a value that has to wait is taken up where it was left, those before it are not computed again. */
function* assign(frame: Frame, steps: readonly AssignmentStep[], row: Datum[]): Waiting<void> {
  for (let at = 0; at < steps.length; ) {
    const { column, value } = steps[at]!;
    try {
      row[column] = value(frame);
      at += 1;
    } catch (thrown) {
      if (!(thrown instanceof Suspended)) throw thrown;
      yield thrown.wait;
    }
  }
}

/** A BEFORE trigger must not have changed the row itself. */
function requireUntouched(backend: Backend, tuple: Tuple): void {
  if (tuple.xmax !== 0 && backend.status.ownerOf(tuple.xmax) === backend && !backend.status.isAborted(tuple.xmax))
    throw failure(
      '27000',
      'tuple to be updated was already modified by an operation triggered by the current command',
      {
        hint: 'Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.',
      },
    );
}

/** What became of the attempt to lock the row for a change. */
type Locked = 'locked' | 'again' | 'gone';

abstract class SourceCursor extends ModifyCursor {
  readonly #plan: PlanNode;
  readonly #source: Cursor;

  constructor(parts: CommonParts & { readonly source: PlanNode }, execution: Execution, outer: Frame | null) {
    super(parts, execution, outer);
    this.#plan = parts.source;
    this.#source = parts.source.open(this.frame);
  }

  override advance(): boolean {
    return this.#source.next();
  }

  /** Locks the row in the frame; `again` when a newer version took its place there and matches still. */
  protected *lockTarget(mode: RowLockMode): Waiting<Locked> {
    const { frame, backend } = this;
    const { target } = this.parts;
    const { relation } = this.rulesFor(frame.tuples[target]!.values).shape;
    const result = yield* lockRow(backend, relation, frame.tuples[target]!, mode, 'block', false);
    switch (result.kind) {
      case 'locked':
        return 'locked';
      case 'busy':
      case 'self':
        // Changed already by this command, through another row of the join: not a second time.
        return 'gone';
      case 'deleted':
        if (backend.current().isolation !== 'read committed') throw concurrentDelete();
        return 'gone';
      case 'updated': {
        if (backend.current().isolation !== 'read committed') throw concurrentUpdate();
        const newest = yield* lockNewest(frame, relation, result.newer, mode, 'block');
        if (newest === null) return 'gone';
        frame.tuples[target] = newest;
        frame.rows[target] = widened(newest, relation);
        return isStillWanted(frame, this.#plan) ? 'again' : 'gone';
      }
    }
  }
}

class UpdateCursor extends SourceCursor {
  readonly #assignments: readonly AssignmentStep[];

  constructor(parts: UpdateParts, execution: Execution, outer: Frame | null) {
    super(parts, execution, outer);
    this.#assignments = parts.assignments;
  }

  override events(): ReturnType<ModifyCursor['events']> {
    return [{ event: 'update', columns: this.#assignments.map(({ column }) => column) }];
  }

  override *change(): Waiting<boolean> {
    const { frame } = this;
    const { execution } = frame;
    const { target } = this.parts;
    for (;;) {
      const old = frame.rows[target]!;
      const rules = this.rulesFor(old);
      let next = [...old];
      yield* assign(frame, this.#assignments, next);
      const hasTriggers = rules.triggers.length > 0;
      const isMoved = this.rulesFor(next) !== rules;
      if (!hasTriggers && !isMoved) applyRules(execution, rules, next);
      const mode = changedMode(execution, rules, old, next);
      const locked = yield* this.lockTarget(mode);
      if (locked === 'gone') return false;
      if (locked === 'again') continue;
      const columns = this.#assignments.map(({ column }) => column);
      if (hasTriggers) {
        const made = yield* fireBefore(execution, rules, { event: 'update', old, new: next, columns });
        if (made === null) return false;
        next = made;
        applyRules(execution, rules, next);
        requireUntouched(this.backend, frame.tuples[target]!);
      }
      if (isMoved) {
        // Into another partition: a delete here and an insert there.
        const goal = this.rulesFor(next);
        applyRules(execution, goal, next);
        frame.tuples[target]!.movedAway = true;
        deleteRow(execution, rules, frame.tuples[target]!, UPDATE);
        frame.tuples[target] = yield* insertRow(execution, goal, next);
        frame.rows[target] = next;
        return true;
      }
      const tuple = yield* replaceRow(execution, rules, frame.tuples[target]!, next, mode);
      if (hasTriggers) queueAfter(execution, rules, { event: 'update', old, new: next, columns });
      frame.rows[target] = next;
      frame.tuples[target] = tuple;
      return true;
    }
  }
}

interface DeleteParts extends CommonParts {
  readonly source: PlanNode;
}

export class DeletePlan implements QueryPlan {
  readonly columns: readonly OutputColumn[];
  readonly #parts: DeleteParts;
  constructor(parts: DeleteParts) {
    this.columns = parts.columns;
    this.#parts = parts;
  }

  open(execution: Execution, outer: Frame | null): RowCursor {
    return new DeleteCursor(this.#parts, execution, outer);
  }
}

class DeleteCursor extends SourceCursor {
  override events(): ReturnType<ModifyCursor['events']> {
    return [{ event: 'delete', columns: [] }];
  }

  override *change(): Waiting<boolean> {
    for (;;) {
      const locked = yield* this.lockTarget(UPDATE);
      if (locked === 'gone') return false;
      if (locked === 'again') continue;
      const { execution } = this.frame;
      const { target } = this.parts;
      const old = this.frame.rows[target]!;
      const hasTriggers = this.rules.triggers.length > 0;
      if (hasTriggers) {
        const made = yield* fireBefore(execution, this.rules, { event: 'delete', old, new: null, columns: [] });
        if (made === null) return false;
        requireUntouched(this.backend, this.frame.tuples[target]!);
      }
      deleteRow(execution, this.rulesFor(old), this.frame.tuples[target]!, UPDATE);
      if (hasTriggers) queueAfter(execution, this.rules, { event: 'delete', old, new: null, columns: [] });
      return true;
    }
  }
}
