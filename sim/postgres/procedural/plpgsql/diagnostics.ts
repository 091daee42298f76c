/** RAISE and GET DIAGNOSTICS. Source: PostgreSQL's exec_stmt_raise and exec_stmt_getdiag. */
import { failure, PgError, type PgErrorFields, unsupported } from '../../errors.ts';
import { codesOf } from '../conditions.ts';

/** elog.h. */
const ERROR_LEVEL = 21;
const LEVELS: ReadonlyMap<number, string> = new Map([
  [14, 'DEBUG1'],
  [15, 'LOG'],
  [17, 'INFO'],
  [18, 'NOTICE'],
  [19, 'WARNING'],
]);

/** PLpgSQL_raise_option.opt_type. */
const OPTIONS = ['code', 'message', 'detail', 'hint', 'column', 'constraint', 'dataType', 'table', 'schema'] as const;
const OPTION_NAMES = ['ERRCODE', 'MESSAGE', 'DETAIL', 'HINT', 'COLUMN', 'CONSTRAINT', 'DATATYPE', 'TABLE', 'SCHEMA'];

/** Puts values in place of each `%` of the format; `%%` is a percent sign. */
export function formatted(format: string, values: readonly string[]): string {
  let text = '';
  let next = 0;
  for (let index = 0; index < format.length; index++) {
    if (format[index] !== '%') text += format[index];
    else if (format[index + 1] === '%') {
      text += '%';
      index += 1;
    } else text += values[next++] ?? '';
  }
  return text;
}

/** The error or notice of a RAISE. `options` holds values by opt_type. */
export function raised(
  level: number,
  condition: string | undefined,
  message: string | null,
  options: readonly { readonly type: number; readonly value: string | null }[],
): PgError {
  const fields: Record<string, string> = {};
  if (condition !== undefined) {
    const code = codesOf(condition)[0];
    if (code === undefined) throw failure('42704', `unrecognized exception condition "${condition}"`);
    fields['code'] = code;
    if (message === null) fields['message'] = condition;
  }
  if (message !== null) fields['message'] = message;
  for (const { type, value } of options) {
    if (value === null) throw failure('22004', 'RAISE statement option cannot be null');
    const name = OPTIONS[type];
    if (name === undefined) throw unsupported(`RAISE option ${type}`);
    if (
      (type > 0 || condition !== undefined) &&
      fields[name] !== undefined &&
      !(type === 1 && condition !== undefined && message === null)
    )
      throw failure('42601', `RAISE option already specified: ${OPTION_NAMES[type]}`);
    if (type === 0) {
      const code = codesOf(value)[0];
      if (code === undefined) throw failure('42704', `unrecognized exception condition "${value}"`);
      fields['code'] = code;
    } else fields[name] = value;
  }
  const isError = level >= ERROR_LEVEL;
  const code = fields['code'] ?? (isError ? 'P0001' : level === 19 ? '01000' : '00000');
  return new PgError({
    ...fields,
    severity: isError ? 'ERROR' : (LEVELS.get(level) ?? 'DEBUG1'),
    code,
    message: fields['message'] ?? code,
  });
}

const STACKED: Readonly<Record<string, keyof PgErrorFields>> = {
  RETURNED_SQLSTATE: 'code',
  MESSAGE_TEXT: 'message',
  PG_EXCEPTION_DETAIL: 'detail',
  PG_EXCEPTION_HINT: 'hint',
  PG_EXCEPTION_CONTEXT: 'where',
  COLUMN_NAME: 'column',
  CONSTRAINT_NAME: 'constraint',
  PG_DATATYPE_NAME: 'dataType',
  TABLE_NAME: 'table',
  SCHEMA_NAME: 'schema',
};

/** One item of GET STACKED DIAGNOSTICS. */
export function stacked(error: PgError, item: string): string {
  const field = STACKED[item];
  if (field === undefined) throw unsupported(`GET STACKED DIAGNOSTICS ${item}`);
  return String(error.fields[field] ?? '');
}
