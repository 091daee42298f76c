/** How far a consumer group is behind its stream, and when that cannot be known because entries were deleted (t_stream.c). */
import type { StreamGroup, StreamId, StreamValue } from './stream-value.ts';

/** Whether an entry at or after `id` was deleted from the middle. */
export function hasTombstonesAfter(stream: StreamValue, id: StreamId): boolean {
  if (stream.length === 0 || stream.maxDeletedId === 0n) return false;
  if (stream.firstId > stream.maxDeletedId) return false;
  return id <= stream.maxDeletedId;
}

/** The number of entries that were ever added up to `id`; -1 when unknown. */
export function groupDistance(stream: StreamValue, id: StreamId): number {
  if (stream.entriesAdded === 0) return 0;
  if (stream.length === 0 && id <= stream.lastId) return stream.entriesAdded;
  if (id !== 0n && id < stream.maxDeletedId) return -1;
  if (id === stream.lastId) return stream.entriesAdded;
  if (id > stream.lastId) return -1;
  if (stream.maxDeletedId === 0n || stream.maxDeletedId < stream.firstId) {
    if (id < stream.firstId) return stream.entriesAdded - stream.length;
    if (id === stream.firstId) return stream.entriesAdded - stream.length + 1;
  }
  return -1;
}

/** Entries that the group has not read; null when unknown. */
export function groupLag(stream: StreamValue, group: StreamGroup): number | null {
  if (stream.entriesAdded === 0) return 0;
  if (group.entriesRead >= 0 && !hasTombstonesAfter(stream, group.lastId))
    return stream.entriesAdded - group.entriesRead;
  const read = groupDistance(stream, group.lastId);
  return read < 0 ? null : stream.entriesAdded - read;
}
