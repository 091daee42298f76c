/**
 * The messages of protocol 3.0, by the names of the PostgreSQL 15 manual, chapter 55.7.
 * Invariant: one message here is one message on the wire; nothing is merged or left out. Copy and function-call messages are decoded too, so
 * that a session can refuse them by name.
 */

/** Codes in the place of a protocol version, in a startup packet. */
export const SSL_REQUEST_CODE = 80877103;
export const GSSENC_REQUEST_CODE = 80877104;
export const CANCEL_REQUEST_CODE = 80877102;
export const PROTOCOL_3_0 = 196608;

/** Bytes of a startup packet at most, its length included. */
export const STARTUP_BYTES_MAX = 10000;
/** Bytes of any other message at most, its length included. */
export const MESSAGE_BYTES_MAX = 0x3fffffff;

export type FrontendMessage =
  | { readonly kind: 'SSLRequest' }
  | { readonly kind: 'GSSENCRequest' }
  | { readonly kind: 'CancelRequest'; readonly processId: number; readonly secretKey: number }
  | { readonly kind: 'StartupMessage'; readonly version: number; readonly parameters: ReadonlyMap<string, string> }
  /** PasswordMessage, SASLInitialResponse or SASLResponse: one letter, told apart by the state of the authentication. */
  | { readonly kind: 'Password'; readonly bytes: Buffer }
  | { readonly kind: 'Query'; readonly text: string }
  | {
      readonly kind: 'Parse';
      readonly statement: string;
      readonly text: string;
      readonly parameterTypes: readonly number[];
    }
  | {
      readonly kind: 'Bind';
      readonly portal: string;
      readonly statement: string;
      readonly parameterFormats: readonly number[];
      readonly parameters: readonly (Buffer | null)[];
      readonly resultFormats: readonly number[];
    }
  | { readonly kind: 'Describe'; readonly what: 'S' | 'P'; readonly name: string }
  | { readonly kind: 'Execute'; readonly portal: string; readonly rowsMax: number }
  | { readonly kind: 'Close'; readonly what: 'S' | 'P'; readonly name: string }
  | { readonly kind: 'Sync' }
  | { readonly kind: 'Flush' }
  | { readonly kind: 'Terminate' }
  | { readonly kind: 'CopyData'; readonly bytes: Buffer }
  | { readonly kind: 'CopyDone' }
  | { readonly kind: 'CopyFail'; readonly message: string }
  | { readonly kind: 'FunctionCall'; readonly functionOid: number }
  /** The bytes broke the protocol; nothing after them can be read. */
  | { readonly kind: 'Invalid'; readonly reason: string };

export interface FieldDescription {
  readonly name: string;
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  readonly format: number;
}

export type TransactionStatus = 'I' | 'T' | 'E';

export type BackendMessage =
  /** `code` 0 Ok, 3 cleartext, 5 md5 (`bytes` = salt), 10 SASL (mechanisms), 11 SASLContinue, 12 SASLFinal. */
  | { readonly kind: 'Authentication'; readonly code: number; readonly bytes: Buffer }
  | { readonly kind: 'BackendKeyData'; readonly processId: number; readonly secretKey: number }
  | { readonly kind: 'ParameterStatus'; readonly name: string; readonly value: string }
  | { readonly kind: 'ReadyForQuery'; readonly status: TransactionStatus }
  | { readonly kind: 'RowDescription'; readonly fields: readonly FieldDescription[] }
  | { readonly kind: 'DataRow'; readonly values: readonly (Buffer | null)[] }
  | { readonly kind: 'CommandComplete'; readonly tag: string }
  | { readonly kind: 'EmptyQueryResponse' }
  | { readonly kind: 'ErrorResponse'; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: 'NoticeResponse'; readonly fields: ReadonlyMap<string, string> }
  | {
      readonly kind: 'NotificationResponse';
      readonly processId: number;
      readonly channel: string;
      readonly payload: string;
    }
  | { readonly kind: 'ParseComplete' }
  | { readonly kind: 'BindComplete' }
  | { readonly kind: 'CloseComplete' }
  | { readonly kind: 'NoData' }
  | { readonly kind: 'PortalSuspended' }
  | { readonly kind: 'ParameterDescription'; readonly types: readonly number[] }
  | { readonly kind: 'CopyInResponse'; readonly format: number; readonly columnFormats: readonly number[] }
  | { readonly kind: 'CopyOutResponse'; readonly format: number; readonly columnFormats: readonly number[] }
  | { readonly kind: 'CopyData'; readonly bytes: Buffer }
  | { readonly kind: 'CopyDone' }
  | { readonly kind: 'Invalid'; readonly reason: string };
