/**
 * Versions in reads and writes: what the checkers of staleness and sessions share. A version is a number that grows with each write of a
 * key; it is found in an operation's value, or in the JSON body of a reply.
 */
import type { HistoryRecord, OperationRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import { fieldOf, textOf } from './sources.ts';

export interface VersionedOptions {
  /** Glob over the reading operations. */
  readonly reads: string;
  /** Glob over the writing operations. */
  readonly writes: string;
  /** Field with the version, in a reply's body or an operation's value; default `version`. A value that is a plain number will do. */
  readonly version?: string;
}

/** A read or a write that was accepted, with its version. */
export interface Versioned {
  readonly kind: 'read' | 'write';
  readonly f: string;
  readonly key: string;
  readonly version: string;
  readonly session: string | undefined;
  readonly invokedAt: number;
  readonly endedAt: number;
  readonly invoked: number;
  readonly ended: number;
  readonly input: unknown;
}

/** Pairs invocations and completions; a read that found nothing has version 0. */
export class VersionedOperations {
  private readonly options: VersionedOptions;
  private readonly open = new Map<string, OperationRecord>();

  constructor(options: VersionedOptions) {
    this.options = options;
  }

  record(record: HistoryRecord): Versioned | undefined {
    if (record.kind !== 'op') return undefined;
    const { reads, writes, version: field = 'version' } = this.options;
    const kind = matchesGlob(reads, record.f) ? 'read' : matchesGlob(writes, record.f) ? 'write' : undefined;
    if (kind === undefined) return undefined;
    if (record.phase === 'invoke') {
      this.open.set(record.id, record);
      return undefined;
    }
    const from = this.open.get(record.id);
    this.open.delete(record.id);
    if (from === undefined || record.phase !== 'ok') return undefined;
    const version = versionIn(record.value, field) ?? (kind === 'write' ? versionIn(from.value, field) : '0');
    if (version === undefined) return undefined;
    return {
      kind,
      f: record.f,
      key: from.key ?? '',
      version,
      session: from.session,
      invokedAt: from.at,
      endedAt: record.at,
      invoked: from.seq,
      ended: record.seq,
      input: from.value,
    };
  }
}

/** The version in a value: the value itself, its field, or the field of its `body`. */
export function versionIn(value: unknown, field: string): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return textOf(value);
  if (typeof value !== 'object' || value === null) return undefined;
  return fieldOf(value, field) ?? ('body' in value ? versionIn(value.body, field) : undefined);
}
