/**
 * Names the requests inside segments (`SET lock:1`, `COMMIT`, `200 POST /charge`), by the decoders that both worlds share
 * (`harness/labels`). Labels serve triggers, diagrams and reports; they are off in runs that need none.
 */

/** A message that ends in a segment. */
export interface MessageLabel {
  readonly id: number;
  readonly type: 'request' | 'reply' | 'push';
  readonly label: string;
  readonly bytes: number;
  /** Id of the request that a reply answers. */
  readonly answers: number | undefined;
}

/** One connection's labeller: fed with the bytes of both directions in order, it returns the messages that are complete. */
export interface ConnectionLabeller {
  fromClient(bytes: Buffer): readonly MessageLabel[] | undefined;
  fromServer(bytes: Buffer): readonly MessageLabel[] | undefined;
}

/** Makes a labeller; `nextId` numbers the messages of the run. */
export type LabellerFactory = (
  protocol: 'redis' | 'postgres' | 'http' | undefined,
  nextId: () => number,
) => ConnectionLabeller;
