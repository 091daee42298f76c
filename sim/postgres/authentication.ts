/**
 * Password checks of a server: cleartext, md5 and SCRAM-SHA-256.
 * Source: PostgreSQL 15 manual 55.2 and 55.3, RFC 5802 and RFC 7677. Channel binding needs TLS and is not offered.
 * Invariant: a password is never kept by the exchange; all secrets are derived from the role's password and a salt of the server.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

const SCRAM_ITERATIONS = 4096;
export const SCRAM_MECHANISM = 'SCRAM-SHA-256';

/** What a server stores of a password for SCRAM. */
export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export function scramVerifier(password: string, salt: Buffer): ScramVerifier {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, SCRAM_ITERATIONS, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  return {
    salt,
    iterations: SCRAM_ITERATIONS,
    storedKey: createHash('sha256').update(clientKey).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
}

export type ScramStep =
  | { readonly kind: 'continue'; readonly message: string }
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'wrong password' }
  | { readonly kind: 'malformed'; readonly detail: string };

/** The server's side of one exchange: `first` takes the client's first message, `final` its last. */
export class ScramExchange {
  readonly #verifier: ScramVerifier;
  readonly #serverNonce: string;
  #clientFirstBare = '';
  #serverFirst = '';
  #nonce = '';
  #header = '';

  constructor(verifier: ScramVerifier, nonce: Buffer) {
    this.#verifier = verifier;
    this.#serverNonce = nonce.toString('base64');
  }

  first(message: string): ScramStep {
    // gs2-header: n,, or y,, then the bare message.
    const comma = message.indexOf(',');
    const second = message.indexOf(',', comma + 1);
    const flag = message.slice(0, comma);
    if (comma < 1 || second < 0) return malformed('Expected a comma in the client-first message.');
    if (flag !== 'n' && flag !== 'y') return malformed('The client selected channel binding without TLS.');
    this.#header = message.slice(0, second + 1);
    this.#clientFirstBare = message.slice(second + 1);
    const clientNonce = attribute(this.#clientFirstBare, 'r');
    if (clientNonce === undefined || clientNonce === '') return malformed('The client-first message has no nonce.');
    this.#nonce = clientNonce + this.#serverNonce;
    const { salt, iterations } = this.#verifier;
    this.#serverFirst = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    return { kind: 'continue', message: this.#serverFirst };
  }

  final(message: string): ScramStep {
    const proofAt = message.lastIndexOf(',p=');
    if (proofAt < 0) return malformed('The client-final message has no proof.');
    const withoutProof = message.slice(0, proofAt);
    if (attribute(withoutProof, 'r') !== this.#nonce) return malformed('The nonce does not match.');
    if (attribute(withoutProof, 'c') !== Buffer.from(this.#header).toString('base64'))
      return malformed('Unexpected channel-binding attribute in client-final-message.');
    const proof = Buffer.from(message.slice(proofAt + 3), 'base64');
    if (proof.length !== 32) return malformed('Malformed proof in client-final-message.');
    const signed = `${this.#clientFirstBare},${this.#serverFirst},${withoutProof}`;
    const signature = hmac(this.#verifier.storedKey, signed);
    const clientKey = Buffer.alloc(32);
    for (let index = 0; index < 32; index++) clientKey[index] = proof[index]! ^ signature[index]!;
    const storedKey = createHash('sha256').update(clientKey).digest();
    if (!timingSafeEqual(storedKey, this.#verifier.storedKey)) return { kind: 'wrong password' };
    return { kind: 'done', message: `v=${hmac(this.#verifier.serverKey, signed).toString('base64')}` };
  }
}

/** Whether the client's answer to an md5 challenge is right. */
export function isMd5Answer(answer: string, user: string, password: string, salt: Buffer): boolean {
  const inner = createHash('md5')
    .update(password + user)
    .digest('hex');
  return (
    answer ===
    `md5${createHash('md5')
      .update(Buffer.concat([Buffer.from(inner), salt]))
      .digest('hex')}`
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function malformed(detail: string): ScramStep {
  return { kind: 'malformed', detail };
}

function attribute(message: string, name: string): string | undefined {
  for (const part of message.split(',')) if (part.startsWith(`${name}=`)) return part.slice(name.length + 1);
  return undefined;
}
