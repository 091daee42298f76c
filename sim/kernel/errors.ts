/**
 * The error that users see. A stable `code` lets scripts and docs speak of it; the message says what happened, where, and what to do.
 */
export type ErrorCode =
  | 'E_USAGE'
  | 'E_INPUT'
  | 'E_NOT_FOUND'
  | 'E_PARSE'
  | 'E_VERSION'
  | 'E_REFUSED'
  | 'E_UNSUPPORTED'
  | 'E_LIMIT'
  | 'E_SPIN'
  | 'E_PROGRAM'
  | 'E_INTRINSICS'
  | 'E_CHILD'
  | 'E_ASSERT';

export class SeedstormError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SeedstormError';
    this.code = code;
  }
}
