/**
 * Functions in SQL: the statements of the body one after the other, the last one giving the result.
 * Source: PostgreSQL's functions.c. Differs: nothing is inlined into the calling statement, and a set is computed whole before its first row;
 * only plans and service time could tell.
 */
import type { Backend } from '../backend.ts';
import type { FunctionObject } from '../catalog/objects.ts';
import { failure } from '../errors.ts';
import type { Expr } from '../sql/expression.ts';
import { parseSql } from '../sql/parse.ts';
import { isQuery } from '../sql/statement.ts';
import type { Datum, RecordField } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import type { Waiting } from '../wait.ts';
import { Conversions } from './conversion.ts';
import type { ReturnShape } from './plpgsql/interpreter.ts';
import { type Outcome, type Sight, SqlText, type Variables } from './sql-text.ts';

export class SqlBody {
  readonly #texts: readonly SqlText[];
  readonly #variables: Variables;
  readonly #conversions = new Conversions();

  /** @param argTypes concrete types of the arguments of this call */
  constructor(backend: Backend, object: FunctionObject, argTypes: readonly number[]) {
    this.#texts = parseSql(object.body).map((statement) => new SqlText(statement.text, statement));
    this.#variables = argumentNames(backend, object, argTypes);
  }

  /** Rows of the result; for a function that returns no set the first one counts. */
  *run(backend: Backend, args: readonly Datum[], sight: Sight, shape: ReturnShape): Waiting<readonly Datum[]> {
    let last: Outcome | null = null;
    for (const [index, text] of this.#texts.entries()) {
      const isLast = index === this.#texts.length - 1;
      const rowsMax = isLast && shape.kind !== 'set' && isQuery(text.statement.node) ? 1 : 0;
      last = yield* text.run(backend, this.#variables, args, sight, rowsMax);
    }
    if (shape.kind === 'void' || last === null) return [];
    if (!last.givesRows)
      throw failure(
        '42P13',
        `return type mismatch in function declared to return ${backend.engine.types.formatType(shape.type.type)}`,
        { detail: "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING." },
      );
    const { columns } = last;
    return last.rows.map((row) => this.#result(backend, columns, row, shape));
  }

  #result(backend: Backend, columns: Outcome['columns'], row: readonly Datum[], shape: ReturnShape): Datum {
    const snapshot = backend.activeSnapshot();
    const convert = (value: Datum, from: number, to: { readonly type: number; readonly typmod: number }): Datum =>
      this.#conversions.convert(backend, value, from, to, snapshot);
    const only = columns[0];
    if (shape.fields === null || (columns.length === 1 && only?.type === shape.type.type))
      return convert(row[0] ?? null, only?.type ?? Oid.text, shape.type);
    const wanted: readonly RecordField[] =
      shape.fields.length > 0
        ? shape.fields
        : columns.map((column) => ({ name: column.name, type: column.type, typmod: column.typmod }));
    if (wanted.length !== columns.length)
      throw failure(
        '42P13',
        `return type mismatch in function declared to return ${backend.engine.types.formatType(shape.type.type)}`,
        {
          detail:
            columns.length > wanted.length
              ? 'Final statement returns too many columns.'
              : 'Final statement returns too few columns.',
        },
      );
    const values = wanted.map((field, index) => convert(row[index] ?? null, columns[index]!.type, field));
    return shape.type.type === Oid.record
      ? { type: Oid.record, values, fields: wanted }
      : { type: shape.type.type, values };
  }
}

/** Arguments by name, by the function's name and theirs, and by number. */
function argumentNames(backend: Backend, object: FunctionObject, argTypes: readonly number[]): Variables {
  const { row } = object;
  const names = inputNames(object);
  return {
    parameterTypes: argTypes,
    conflict: 'column',
    find: (wanted, at) => {
      const isQualified = wanted.length > 1 && wanted[0] === row.name && names.includes(wanted[1]!);
      const [name, field] = isQualified ? [wanted[1]!, wanted[2]] : [wanted[0]!, wanted[1]];
      const index = names.indexOf(name);
      if (index < 0) return null;
      const base: Expr = { kind: 'param', number: index + 1, type: argTypes[index]!, typmod: -1, at };
      if (field === undefined) return base;
      const fields = backend.engine.types.compositeFields(argTypes[index]!);
      const position = fields.findIndex((candidate) => candidate.name === field);
      if (position < 0) return null;
      return { kind: 'field', arg: base, index: position, type: fields[position]!.type, typmod: -1, at };
    },
    signature: () => '',
  };
}

/** Names of the input parameters, '' where unnamed. */
function inputNames(object: FunctionObject): string[] {
  const { row } = object;
  if (row.argModes.length === 0) return row.argTypes.map((_, index) => row.argNames[index] ?? '');
  return row.argNames.filter((_, index) => 'ibv'.includes(row.argModes[index]!));
}
