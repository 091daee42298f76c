/**
 * The stream of effects: what each write did, as commands that give the same result when they are run again, at any time and on any replica.
 * The append-only file and the replicas read it.
 *
 * A command is passed on as it was sent, unless its handler replaces it: a relative expiry becomes an absolute one, SPOP becomes SREM, a float
 * increment becomes SET. The rules of rewriting are the functions at the end. All effects of one command, transaction or script are one batch.
 */

export interface Effect {
  readonly database: number;
  readonly args: readonly string[];
  /** A publication: replicas hear of it, the append-only file does not. */
  readonly isPublication?: true;
}

/** Takes batches in the order in which they took effect. */
export type EffectListener = (batch: readonly Effect[]) => void;

export class Propagation {
  #batch: Effect[] = [];
  #replacement: Effect[] | null = null;
  #extra: Effect[] = [];
  #listeners: EffectListener[] = [];

  listen(listener: EffectListener): void {
    this.#listeners.push(listener);
  }

  get isListened(): boolean {
    return this.#listeners.length > 0;
  }

  /** Passes on these commands instead of the one that is running; none at all passes on nothing. */
  replace(database: number, ...commands: readonly (readonly string[])[]): void {
    this.#replacement = commands.map((args) => ({ database, args }));
  }

  /** Passes on a further command, after the one that is running. */
  also(database: number, args: readonly string[]): void {
    if (this.isListened) this.#extra.push({ database, args });
  }

  /** Passes on an effect that no command asked for: an expiry, an eviction. It goes before the command that is running. */
  now(database: number, args: readonly string[]): void {
    if (this.isListened) this.#batch.push({ database, args });
  }

  /** Passes a publication on to replicas. */
  publication(database: number, args: readonly string[]): void {
    this.#batch.push({ database, args, isPublication: true });
  }

  /** Ends one command. @param isChanged whether it changed the dataset */
  commandDone(database: number, args: readonly string[], isChanged: boolean): void {
    const replacement = this.#replacement;
    const extra = this.#extra;
    this.#replacement = null;
    if (extra.length > 0) this.#extra = [];
    if (!isChanged || !this.isListened) return;
    if (replacement === null) this.#batch.push({ database, args });
    else for (const effect of replacement) this.#batch.push(effect);
    for (const effect of extra) this.#batch.push(effect);
  }

  /** Ends the unit (command, transaction, script) and hands its effects on. */
  unitDone(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    for (const listener of this.#listeners) listener(batch);
  }

  clear(): void {
    this.#batch = [];
    this.#replacement = null;
    this.#extra = [];
  }
}

/** SET, SETEX, GETEX... with a relative or absolute expiry: always an absolute one in milliseconds. */
export function setWithExpiry(key: string, value: string, atMs: number): string[] {
  return ['SET', key, value, 'PXAT', String(atMs)];
}

/** INCRBYFLOAT and the like: the outcome, since floats may not add up alike elsewhere. */
export function setKeepingExpiry(key: string, value: string): string[] {
  return ['SET', key, value, 'KEEPTTL'];
}

export function expireAt(key: string, atMs: number): string[] {
  return ['PEXPIREAT', key, String(atMs)];
}

export function persist(key: string): string[] {
  return ['PERSIST', key];
}

export function removeKey(key: string): string[] {
  return ['DEL', key];
}

/** A delivery to a consumer: the whole pending entry, so that it is the same wherever it is run again. */
export function claimEffect(claim: {
  readonly key: string;
  readonly group: string;
  readonly consumer: string;
  readonly id: string;
  readonly deliveredAtMs: number;
  readonly deliveries: number;
  readonly lastId: string;
}): string[] {
  const { key, group, consumer, id, lastId } = claim;
  const counters = ['TIME', String(claim.deliveredAtMs), 'RETRYCOUNT', String(claim.deliveries)];
  return ['XCLAIM', key, group, consumer, '0', id, ...counters, 'FORCE', 'JUSTID', 'LASTID', lastId];
}

/** A group that has read on without pending entries. */
export function groupPositionEffect(key: string, group: string, lastId: string, entriesRead: number): string[] {
  return ['XGROUP', 'SETID', key, group, lastId, 'ENTRIESREAD', String(entriesRead)];
}

export function createConsumerEffect(key: string, group: string, consumer: string): string[] {
  return ['XGROUP', 'CREATECONSUMER', key, group, consumer];
}
