/**
 * What survives a crash: the append-only file with its fsync policy, and snapshots.
 *
 * The file is a base (a copy of the dataset) and the batches since. A batch is synced before its reply leaves (`always`), at the next second
 * (`everysec`), or when the system gets to it (`no`, 30 s here). A crash that loses `unsynced` keeps base and synced batches; a clean stop keeps
 * all. Without the file the last snapshot is kept, and a clean stop makes one if save points are set, as the real server does on SIGTERM.
 */
import type { Timer } from '../kernel/clock.ts';
import type { Loss } from '../kernel/server.ts';
import type { Engine } from './engine.ts';
import type { Effect } from './propagation.ts';
import type { Value } from './values/value.ts';

export interface Dataset {
  /** By number, key and value. */
  readonly databases: readonly (readonly (readonly [string, Value])[])[];
  /** The code of the function libraries, in the order in which they were loaded. */
  readonly libraries: readonly string[];
}

export const EMPTY_DATASET: Dataset = { databases: [], libraries: [] };

const EVERY_SECOND_MS = 1000;
/** Linux writes dirty pages back after about this long. */
const SYSTEM_FLUSH_MS = 30_000;
/** The file is rewritten when it has more batches than this beyond the number of keys. */
const REWRITE_BATCHES_MIN = 20_000;

export interface DurableState {
  readonly base: Dataset;
  readonly batches: readonly (readonly Effect[])[];
}

export class Persistence {
  readonly #engine: Engine;
  #base: Dataset;
  #batches: (readonly Effect[])[] = [];
  #syncedCount = 0;
  #snapshot: Dataset | null = null;
  #syncTimer: Timer | null = null;
  #saveTimer: Timer | null = null;
  #saveTimerAtMs = Number.POSITIVE_INFINITY;
  lastSaveMs: number;
  changesSinceSave = 0;

  constructor(engine: Engine, state: DurableState | null, snapshot: Dataset | null) {
    this.#engine = engine;
    this.#base = state?.base ?? EMPTY_DATASET;
    this.#batches = state === null ? [] : [...state.batches];
    this.#syncedCount = this.#batches.length;
    this.#snapshot = snapshot;
    this.lastSaveMs = engine.nowMs;
    if (engine.config.isAppendOnly) engine.propagation.listen((batch) => this.#append(batch));
    engine.propagation.listen((batch) => this.#countChanges(withoutPublications(batch).length));
  }

  /** What a start after this loss finds. */
  surviving(loss: Loss): { readonly state: DurableState | null; readonly snapshot: Dataset | null } {
    if (loss === 'everything') return { state: null, snapshot: null };
    if (loss === 'nothing' && this.#engine.config.savePoints.length > 0) this.save();
    const count = loss === 'nothing' ? this.#batches.length : this.#syncedCount;
    const state = this.#engine.config.isAppendOnly
      ? { base: this.#base, batches: this.#batches.slice(0, count) }
      : null;
    return { state, snapshot: this.#snapshot };
  }

  /** Stops the timers. */
  stop(): void {
    this.#syncTimer?.cancel();
    this.#saveTimer?.cancel();
    this.#syncTimer = null;
    this.#saveTimer = null;
  }

  /** Makes a snapshot now. */
  save(): void {
    this.#snapshot = this.#copyDataset();
    this.lastSaveMs = this.#engine.nowMs;
    this.changesSinceSave = 0;
    this.#saveTimer?.cancel();
    this.#saveTimer = null;
    this.#saveTimerAtMs = Number.POSITIVE_INFINITY;
  }

  /** Rewrites the append-only file: a new base, and synced. */
  rewrite(): void {
    this.#base = this.#copyDataset();
    this.#batches = [];
    this.#syncedCount = 0;
  }

  /** Before replies leave: `always` syncs here, and the timers of the other policies start. */
  beforeReplies(): void {
    if (this.#syncedCount === this.#batches.length) return;
    if (this.#engine.config.appendfsync === 'always') {
      this.#sync();
      return;
    }
    if (this.#syncTimer !== null) return;
    const delayMs = this.#engine.config.appendfsync === 'everysec' ? EVERY_SECOND_MS : SYSTEM_FLUSH_MS;
    this.#syncTimer = this.#engine.after(delayMs, () => {
      this.#syncTimer = null;
      this.#sync();
    });
  }

  /** Bytes that the file would have, roughly: INFO shows them. */
  get unsyncedBatches(): number {
    return this.#batches.length - this.#syncedCount;
  }

  /** CONFIG SET appendonly yes: the file starts with the present dataset. */
  enable(): void {
    this.rewrite();
    this.#engine.propagation.listen((batch) => this.#append(batch));
  }

  #append(batch: readonly Effect[]): void {
    if (!this.#engine.config.isAppendOnly || this.#engine.isLoading) return;
    const kept = withoutPublications(batch);
    if (kept.length === 0) return;
    this.#batches.push(kept);
    if (this.#batches.length > REWRITE_BATCHES_MIN + this.#engine.keyCount()) this.rewrite();
  }

  #countChanges(count: number): void {
    if (this.#engine.isLoading) return;
    this.changesSinceSave += count;
    const points = this.#engine.config.savePoints;
    if (points.length === 0) return;
    let atMs = Number.POSITIVE_INFINITY;
    for (const point of points) {
      if (this.changesSinceSave >= point.changes) atMs = Math.min(atMs, this.lastSaveMs + 1000 * point.seconds);
    }
    if (atMs >= this.#saveTimerAtMs) return;
    this.#saveTimer?.cancel();
    this.#saveTimerAtMs = atMs;
    this.#saveTimer = this.#engine.after(Math.max(0, atMs - this.#engine.nowMs), () => this.save());
  }

  #sync(): void {
    this.#syncedCount = this.#batches.length;
  }

  #copyDataset(): Dataset {
    const { databases, functions } = this.#engine;
    return {
      databases: databases.map((database) => {
        const entries: [string, Value][] = [];
        for (const [key, value] of database.keys) entries.push([key, copyValue(value)]);
        return entries;
      }),
      libraries: Array.from(functions.all, (library) => library.code),
    };
  }
}

function withoutPublications(batch: readonly Effect[]): readonly Effect[] {
  return batch.some((effect) => effect.isPublication) ? batch.filter((effect) => !effect.isPublication) : batch;
}

/** A deep copy with the key's expiry. */
export function copyValue(value: Value): Value {
  const copy = value.copy();
  copy.expireAtMs = value.expireAtMs;
  copy.usedAtMs = value.usedAtMs;
  copy.frequency = value.frequency;
  return copy;
}
