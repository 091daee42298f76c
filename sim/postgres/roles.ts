/**
 * Roles that may log in, with what a login needs of them. Differs: roles come from the server's options and are no part of transactions.
 */
import type { Stream } from '../kernel/stream.ts';
import { type ScramVerifier, scramVerifier } from './authentication.ts';
import type { RoleOptions } from './options.ts';

export class Roles {
  readonly #roles: Map<string, RoleOptions>;
  readonly #verifiers = new Map<string, ScramVerifier>();
  readonly #salts: Stream;

  constructor(roles: Readonly<Record<string, RoleOptions>>, salts: Stream) {
    this.#roles = new Map(Object.entries(roles));
    this.#salts = salts;
  }

  get(name: string): RoleOptions | undefined {
    return this.#roles.get(name);
  }

  get names(): string[] {
    return [...this.#roles.keys()];
  }

  set(name: string, options: RoleOptions): void {
    this.#roles.set(name, options);
    this.#verifiers.delete(name);
  }

  delete(name: string): void {
    this.#roles.delete(name);
    this.#verifiers.delete(name);
  }

  /** What is stored for SCRAM; a role without a password gets one that no client has. */
  verifier(name: string, password: string | undefined): ScramVerifier {
    let verifier = this.#verifiers.get(name);
    if (verifier === undefined) {
      const salt = this.#salts.bytes(16);
      verifier = scramVerifier(password ?? this.#salts.bytes(24).toString('base64'), salt);
      this.#verifiers.set(name, verifier);
    }
    return verifier;
  }
}
