/**
 * The error a statement ends with: the fields of ErrorResponse by name, and every error text of the engine with its SQLSTATE as PostgreSQL 15
 * says it. Texts of types and functions sit in types/errors.ts. A function here makes an error and never throws it.
 */

export interface PgErrorFields {
  readonly severity: string;
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based index in characters of the statement's text. */
  readonly position?: number | undefined;
  readonly where?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly dataType?: string | undefined;
  readonly constraint?: string | undefined;
}

/** Thrown by everything that runs for a client; `severity` is ERROR unless given. */
export class PgError extends Error {
  readonly fields: PgErrorFields;

  constructor(fields: Omit<PgErrorFields, 'severity'> & { readonly severity?: string }) {
    super(fields.message);
    this.name = 'PgError';
    this.fields = { severity: 'ERROR', ...fields };
  }

  /** The same error with more fields; fields it has already stay. */
  with(fields: Partial<PgErrorFields>): PgError {
    return new PgError({ ...fields, ...definedOf(this.fields) });
  }
}

function definedOf(fields: PgErrorFields): PgErrorFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as PgErrorFields;
}

type Extra = Omit<Partial<PgErrorFields>, 'code' | 'message'>;

/** Any error by SQLSTATE and message; for texts used in one place only. */
export function failure(code: string, message: string, extra: Extra = {}): PgError {
  return new PgError({ code, message, ...extra });
}

/** For what the real server has and this one has not. */
export const unsupported = (what: string, position?: number): PgError =>
  failure('0A000', `${what} is not simulated`, {
    hint: 'See docs/limits.md for what the simulated server has.',
    position,
  });

// Sessions and protocol.
export const fatal = (code: string, message: string, extra: Extra = {}): PgError =>
  failure(code, message, { severity: 'FATAL', ...extra });
export const protocolViolation = (message: string): PgError => failure('08P01', message);
export const tooManyConnections = (): PgError => fatal('53300', 'sorry, too many clients already');
export const passwordFailed = (user: string): PgError =>
  fatal('28P01', `password authentication failed for user "${user}"`);
export const roleMissingAtLogin = (user: string): PgError => fatal('28000', `role "${user}" does not exist`);
export const databaseMissing = (name: string): PgError => fatal('3D000', `database "${name}" does not exist`);
export const noUserName = (): PgError => fatal('28000', 'no PostgreSQL user name specified in startup packet');
export const protocolUnsupported = (major: number, minor: number): PgError =>
  fatal('0A000', `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.0`);
export const adminShutdown = (): PgError => fatal('57P01', 'terminating connection due to administrator command');
export const queryCanceled = (): PgError => failure('57014', 'canceling statement due to user request');
export const statementTimeout = (): PgError => failure('57014', 'canceling statement due to statement timeout');
export const tooManyRows = (max: number): PgError =>
  failure('54000', `the statement looked at more than ${max} rows`, {
    hint: 'The simulated server refuses statements of this size. See docs/limits.md.',
  });
export const lockTimeout = (): PgError => failure('55P03', 'canceling statement due to lock timeout');
export const idleInTransactionTimeout = (): PgError =>
  fatal('25P03', 'terminating connection due to idle-in-transaction timeout');
export const idleSessionTimeout = (): PgError => fatal('57P05', 'terminating connection due to idle-session timeout');
export const statementMissing = (name: string): PgError =>
  failure(
    '26000',
    name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`,
  );
export const statementExists = (name: string): PgError =>
  failure('42P05', `prepared statement "${name}" already exists`);
export const portalMissing = (name: string): PgError => failure('34000', `portal "${name}" does not exist`);
export const portalExists = (name: string): PgError => failure('42P03', `cursor "${name}" already exists`);
export const portalCannotRun = (name: string): PgError => failure('55000', `portal "${name}" cannot be run`);
export const severalCommands = (): PgError =>
  failure('42601', 'cannot insert multiple commands into a prepared statement');
export const cachedPlanChanged = (): PgError => failure('0A000', 'cached plan must not change result type');

// Transactions.
export const transactionAborted = (): PgError =>
  failure('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
export const readOnlyTransaction = (command: string): PgError =>
  failure('25006', `cannot execute ${command} in a read-only transaction`);
export const noTransactionBlock = (command: string): PgError =>
  failure('25P01', `${command} can only be used in transaction blocks`);
export const inTransactionBlock = (command: string): PgError =>
  failure('25001', `${command} cannot run inside a transaction block`);
export const savepointMissing = (name: string): PgError => failure('3B001', `savepoint "${name}" does not exist`);
export const concurrentUpdate = (): PgError => failure('40001', 'could not serialize access due to concurrent update');
export const concurrentDelete = (): PgError => failure('40001', 'could not serialize access due to concurrent delete');
export const serializationFailure = (reason: string): PgError =>
  failure('40001', 'could not serialize access due to read/write dependencies among transactions', {
    detail: `Reason code: ${reason}.`,
    hint: 'The transaction might succeed if retried.',
  });
export const deadlock = (detail: string): PgError =>
  failure('40P01', 'deadlock detected', { detail, hint: 'See server log for query details.' });
export const rowLockNotAvailable = (relation: string): PgError =>
  failure('55P03', `could not obtain lock on row in relation "${relation}"`);
export const lockNotAvailable = (relation: string): PgError =>
  failure('55P03', `could not obtain lock on relation "${relation}"`);

// Settings.
export const settingUnknown = (name: string): PgError =>
  failure('42704', `unrecognized configuration parameter "${name}"`);
export const settingInvalid = (name: string, value: string, hint?: string): PgError =>
  failure('22023', `invalid value for parameter "${name}": "${value}"`, { hint });
export const settingOutOfRange = (name: string, value: number, min: number, max: number, unit?: string): PgError => {
  const tail = unit === undefined ? '' : ` ${unit}`;
  return failure(
    '22023',
    `${value}${tail} is outside the valid range for parameter "${name}" (${min}${tail} .. ${max}${tail})`,
  );
};
export const settingCannotChange = (name: string, context: 'internal' | 'server' | 'backend'): PgError =>
  failure(
    '55P02',
    context === 'internal'
      ? `parameter "${name}" cannot be changed`
      : `parameter "${name}" cannot be changed without restarting the server`,
  );

// Names.
export const relationMissing = (name: string, position?: number): PgError =>
  failure('42P01', `relation "${name}" does not exist`, { position });
export const tableMissing = (name: string): PgError => failure('42P01', `table "${name}" does not exist`);
export const schemaMissing = (name: string, position?: number): PgError =>
  failure('3F000', `schema "${name}" does not exist`, { position });
export const noSchemaSelected = (position?: number): PgError =>
  failure('3F000', 'no schema has been selected to create in', { position });
export const typeMissing = (name: string, position?: number): PgError =>
  failure('42704', `type "${name}" does not exist`, { position });
export const columnMissing = (name: string, position?: number, hint?: string): PgError =>
  failure('42703', `column ${name} does not exist`, { position, hint });
export const columnOfMissing = (column: string, relation: string, position?: number): PgError =>
  failure('42703', `column "${column}" of relation "${relation}" does not exist`, { position });
export const columnAmbiguous = (name: string, position?: number): PgError =>
  failure('42702', `column reference "${name}" is ambiguous`, { position });
export const fromMissing = (name: string, position?: number, extra: Extra = {}): PgError =>
  failure('42P01', `missing FROM-clause entry for table "${name}"`, { position, ...extra });
export const fromInvalid = (name: string, position?: number, extra: Extra = {}): PgError =>
  failure('42P01', `invalid reference to FROM-clause entry for table "${name}"`, { position, ...extra });
export const tableNameTwice = (name: string): PgError =>
  failure('42712', `table name "${name}" specified more than once`);
export const relationExists = (name: string): PgError => failure('42P07', `relation "${name}" already exists`);
export const schemaExists = (name: string): PgError => failure('42P06', `schema "${name}" already exists`);
export const objectExists = (kind: string, name: string): PgError =>
  failure('42710', `${kind} "${name}" already exists`);
export const constraintExists = (name: string, relation: string): PgError =>
  failure('42710', `constraint "${name}" for relation "${relation}" already exists`);
export const constraintOfMissing = (name: string, relation: string): PgError =>
  failure('42704', `constraint "${name}" of relation "${relation}" does not exist`);
export const columnExists = (column: string, relation: string): PgError =>
  failure('42701', `column "${column}" of relation "${relation}" already exists`);
export const columnTwice = (column: string, position?: number): PgError =>
  failure('42701', `column "${column}" specified more than once`, { position });
export const wrongObjectType = (name: string, isNot: string, hint?: string): PgError =>
  failure('42809', `"${name}" is not ${isNot}`, { hint });
export const objectMissing = (kind: string, name: string): PgError =>
  failure('42704', `${kind} "${name}" does not exist`);
export const dependentObjects = (what: string, detail: string): PgError =>
  failure('2BP01', `cannot drop ${what} because other objects depend on it`, {
    detail,
    hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
  });

// Constraints.
interface Place {
  readonly schema: string;
  readonly table: string;
}
export const uniqueViolation = (place: Place, constraint: string, key: string): PgError =>
  failure('23505', `duplicate key value violates unique constraint "${constraint}"`, {
    detail: `Key ${key} already exists.`,
    ...place,
    constraint,
  });
export const uniqueNotBuilt = (place: Place, constraint: string, key: string): PgError =>
  failure('23505', `could not create unique index "${constraint}"`, {
    detail: `Key ${key} is duplicated.`,
    ...place,
    constraint,
  });
export const notNullViolation = (place: Place, column: string, row: string): PgError =>
  failure('23502', `null value in column "${column}" of relation "${place.table}" violates not-null constraint`, {
    detail: `Failing row contains ${row}.`,
    ...place,
    column,
  });
export const checkViolation = (place: Place, constraint: string, row: string): PgError =>
  failure('23514', `new row for relation "${place.table}" violates check constraint "${constraint}"`, {
    detail: `Failing row contains ${row}.`,
    ...place,
    constraint,
  });
export const checkNotMet = (place: Place, constraint: string): PgError =>
  failure('23514', `check constraint "${constraint}" of relation "${place.table}" is violated by some row`, {
    ...place,
    constraint,
  });
export const nullsPresent = (place: Place, column: string): PgError =>
  failure('23502', `column "${column}" of relation "${place.table}" contains null values`, { ...place, column });
export const foreignKeyMissing = (place: Place, constraint: string, key: string, referenced: string): PgError =>
  failure('23503', `insert or update on table "${place.table}" violates foreign key constraint "${constraint}"`, {
    detail: `Key ${key} is not present in table "${referenced}".`,
    ...place,
    constraint,
  });
export const foreignKeyReferenced = (place: Place, referenced: string, constraint: string, key: string): PgError =>
  failure(
    '23503',
    `update or delete on table "${referenced}" violates foreign key constraint "${constraint}" on table "${place.table}"`,
    {
      detail: `Key ${key} is still referenced from table "${place.table}".`,
      ...place,
      constraint,
    },
  );
export const conflictTwice = (): PgError =>
  failure('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time', {
    hint: 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.',
  });
export const noConflictTarget = (): PgError =>
  failure('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification');
export const generatedAlways = (column: string): PgError =>
  failure('428C9', `cannot insert a non-DEFAULT value into column "${column}"`, {
    detail: `Column "${column}" is an identity column defined as GENERATED ALWAYS.`,
    hint: 'Use OVERRIDING SYSTEM VALUE to override.',
  });
export const generatedInsert = (column: string): PgError =>
  failure('428C9', `cannot insert a non-DEFAULT value into column "${column}"`, {
    detail: `Column "${column}" is a generated column.`,
  });
export const generatedUpdate = (column: string): PgError =>
  failure('428C9', `column "${column}" can only be updated to DEFAULT`, {
    detail: `Column "${column}" is a generated column.`,
  });
export const identityUpdate = (column: string): PgError =>
  failure('428C9', `column "${column}" can only be updated to DEFAULT`, {
    detail: `Column "${column}" is an identity column defined as GENERATED ALWAYS.`,
  });

// Sequences.
export const sequenceLimit = (name: string, limit: bigint, isMax: boolean): PgError =>
  failure('2200H', `nextval: reached ${isMax ? 'maximum' : 'minimum'} value of sequence "${name}" (${limit})`);
export const sequenceNotCalled = (name: string): PgError =>
  failure('55000', `currval of sequence "${name}" is not yet defined in this session`);
export const lastvalUndefined = (): PgError => failure('55000', 'lastval is not yet defined in this session');
export const sequenceBounds = (name: string, value: bigint, min: bigint, max: bigint): PgError =>
  failure('22003', `setval: value ${value} is out of bounds for sequence "${name}" (${min}..${max})`);

// Queries.
export const groupingError = (name: string, position?: number): PgError =>
  failure('42803', `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`, {
    position,
  });
export const severalRows = (): PgError =>
  failure('21000', 'more than one row returned by a subquery used as an expression');
export const syntaxError = (message: string, position?: number): PgError => failure('42601', message, { position });
export const noOrderingOperator = (type: string, position?: number): PgError =>
  failure('42883', `could not identify an ordering operator for type ${type}`, {
    hint: 'Use an explicit ordering operator or modify the query.',
    position,
  });
