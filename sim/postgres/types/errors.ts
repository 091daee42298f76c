/**
 * Every error text of types, casts, operators and functions, with its SQLSTATE, as PostgreSQL 15 says it.
 * A function here makes an error and never throws it, so that the caller's control flow stays visible.
 */
import { PgError } from '../errors.ts';

export { PgError };

interface Extra {
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: number;
}

/** Any error by SQLSTATE and message; texts used in one place only are written there through this. */
export function pgError(code: string, message: string, extra?: Extra): PgError {
  return extra === undefined ? new PgError({ code, message }) : new PgError({ code, message, ...extra });
}

export const invalidInput = (type: string, text: string, detail?: string): PgError =>
  pgError('22P02', `invalid input syntax for type ${type}: "${text}"`, detail === undefined ? undefined : { detail });

export const valueOutOfRange = (text: string, type: string): PgError =>
  pgError('22003', `value "${text}" is out of range for type ${type}`);

/** `type` is smallint, integer, bigint, and so on. */
export const outOfRange = (type: string): PgError => pgError('22003', `${type} out of range`);

export const divisionByZero = (): PgError => pgError('22012', 'division by zero');

export const valueTooLong = (type: string): PgError => pgError('22001', `value too long for type ${type}`);

export const invalidParameter = (message: string, extra?: Extra): PgError => pgError('22023', message, extra);

export const datetimeFieldOverflow = (text: string, hint?: string): PgError =>
  pgError('22008', `date/time field value out of range: "${text}"`, hint === undefined ? undefined : { hint });

export const invalidDatetime = (type: string, text: string): PgError =>
  pgError('22007', `invalid input syntax for type ${type}: "${text}"`);

export const timestampOutOfRange = (): PgError => pgError('22008', 'timestamp out of range');

export const intervalOutOfRange = (): PgError => pgError('22008', 'interval out of range');

export const timeZoneUnknown = (name: string): PgError => invalidParameter(`time zone "${name}" not recognized`);

export const invalidBinary = (what: string): PgError => pgError('22P03', what);

export const insufficientData = (): PgError => pgError('08P01', 'insufficient data left in message');

export const malformedArray = (text: string, detail: string): PgError =>
  pgError('22P02', `malformed array literal: "${text}"`, { detail });

export const malformedRecord = (text: string, detail: string): PgError =>
  pgError('22P02', `malformed record literal: "${text}"`, { detail });

export const noOrdering = (type: string): PgError =>
  pgError('42883', `could not identify a comparison function for type ${type}`);

export const noHash = (type: string): PgError =>
  pgError('42883', `could not identify a hash function for type ${type}`);

export const cannotAccept = (type: string): PgError => pgError('0A000', `cannot accept a value of type ${type}`);

export const cannotDisplay = (type: string): PgError => pgError('0A000', `cannot display a value of type ${type}`);

/** For what the real server has and this one has not. */
export const notSimulated = (what: string): PgError =>
  pgError('0A000', `${what} is not simulated`, { hint: 'See docs/limits.md for what the simulated server has.' });
