/** Deterministic ids: whoever asks for the same work again, for whatever reason, names the same job. */
import { createHash } from 'node:crypto';
import type { ClaimedJob, NewJob } from './job.ts';

/** Id of a job: a digest of its type and its business key. */
export function jobId({ type, key, id }: NewJob): string {
  return (
    id ??
    createHash('sha256')
      .update(JSON.stringify([type, key]))
      .digest('hex')
      .slice(0, 32)
  );
}

/** The children of a job, with ids that depend on the parent and the position only. */
export function withChildIds(parent: ClaimedJob, children: readonly NewJob[]): readonly NewJob[] {
  return children.map((child, index) => ({ ...child, id: `${parent.id}:${index}`, parentId: parent.id }));
}
