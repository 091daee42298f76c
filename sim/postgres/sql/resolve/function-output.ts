/** Which columns a function in FROM gives. Source: PostgreSQL's addRangeTableEntryForFunction. */
import { failure } from '../../errors.ts';
import { functionRowByOid } from '../../functions-port.ts';
import { Oid } from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import type { OutputColumn } from '../query.ts';
import { registryOf } from './coerce.ts';
import type { Scope } from './scope.ts';

export interface FunctionOutput {
  readonly columns: OutputColumn[];
  /** Whether the function gives a row value that is to be spread over the columns. */
  readonly isRow: boolean;
}

/** `definitions` is the column list of `AS t(a int, ...)`, needed by a function that returns record. */
export function functionOutput(
  scope: Scope,
  expr: Expr,
  name: string,
  definitions: OutputColumn[] | null,
  alias: string | undefined,
): FunctionOutput {
  const types = registryOf(scope);
  const column = (columnName: string, type: number, typmod = -1): OutputColumn => ({
    name: columnName,
    type,
    typmod,
    tableOid: 0,
    columnNumber: 0,
  });
  if (definitions !== null) {
    if (expr.type !== Oid.record) {
      throw failure('42601', 'a column definition list is only allowed for functions returning "record"', {
        position: scope.statement.position(expr.at),
      });
    }
    return { columns: definitions, isRow: true };
  }
  const fields = types.compositeFields(expr.type);
  if (fields.length > 0)
    return { columns: fields.map((field) => column(field.name, field.type, field.typmod)), isRow: true };
  const row = expr.kind === 'call' ? functionRowByOid(scope.statement.backend, expr.callable.oid) : undefined;
  if (row !== undefined) {
    const outputs = row.argModes
      .map((mode, index) => ({ mode, index }))
      .filter(({ mode }) => mode === 'o' || mode === 'b' || mode === 't');
    if (outputs.length > 1 || (outputs.length === 1 && expr.type === Oid.record))
      return {
        columns: outputs.map(({ index }) =>
          column(row.argNames[index] || `column${index + 1}`, row.allArgTypes[index]!),
        ),
        isRow: true,
      };
    if (outputs.length === 1)
      return { columns: [column(row.argNames[outputs[0]!.index] || name, expr.type)], isRow: false };
  }
  if (expr.type === Oid.record)
    throw failure('42601', 'a column definition list is required for functions returning "record"', {
      position: scope.statement.position(expr.at),
    });
  if (expr.type === Oid.void) return { columns: [column(alias ?? name, expr.type)], isRow: false };
  return { columns: [column(alias ?? name, expr.type)], isRow: false };
}
