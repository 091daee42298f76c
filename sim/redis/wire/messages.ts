/**
 * The messages of RESP, the Redis serialisation protocol (redis.io/docs/reference/protocol-spec), versions 2 and 3: their letters, limits and
 * the request type. The reply type is `../reply.ts`.
 */

/** One request, or the reason why the connection must be closed. */
export type Request =
  /** `args[0]` is the command's name; never empty. */
  | { readonly kind: 'command'; readonly args: string[] }
  /** The text after `-ERR `, as the real server words it. */
  | { readonly kind: 'violation'; readonly message: string };

/** The first byte of a message. */
export const LETTER = {
  status: 0x2b,
  error: 0x2d,
  int: 0x3a,
  bulk: 0x24,
  array: 0x2a,
  nil: 0x5f,
  double: 0x2c,
  bool: 0x23,
  blobError: 0x21,
  verbatim: 0x3d,
  bignum: 0x28,
  map: 0x25,
  set: 0x7e,
  attribute: 0x7c,
  push: 0x3e,
} as const;

/** Longest inline request, and longest count line of a multibulk request, in bytes. */
export const INLINE_BYTES_MAX = 64 * 1024;
/** Most arguments, and longest argument in bytes, that a client may send before it has authenticated. */
export const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
export const UNAUTHENTICATED_BULK_BYTES_MAX = 16_384;
/** Default of `proto-max-bulk-len`, in bytes. */
export const BULK_BYTES_MAX = 512 * 1024 * 1024;
/** Most arguments of one request. */
export const ARGUMENTS_MAX = 0x7fffffff;
