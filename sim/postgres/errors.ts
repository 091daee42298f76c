/**
 * The error a statement ends with: the fields of ErrorResponse by name. Texts of types and functions sit in types/errors.ts.
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
}
