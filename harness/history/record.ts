/**
 * The history: an ordered log of what truly happened, one record a line, in true time.
 *
 * Both worlds write the same shape and all checkers, reports and importers read it. Records are ordered by (`at`, `seq`), a total
 * order. A record says what the outside saw (servers, ledger, workload, network), never what a subject believes.
 */
import { z } from 'zod';

const base = {
  /** Position in the history, from 0, without gaps. */
  seq: z.int().min(0),
  /** True time in microseconds since the run began. */
  at: z.number().min(0),
  /** Host on which it happened. */
  host: z.string(),
  /** Name of the process, where one was concerned. */
  process: z.string().optional(),
  /** Number of the incarnation of that process, from 1. */
  incarnation: z.int().min(1).optional(),
  /** Unix time in ms that the node's own clock showed. */
  nodeAt: z.number().optional(),
};

const operation = z.object({
  ...base,
  kind: z.literal('op'),
  /** The same in the invocation and its completion. */
  id: z.string(),
  /** `fail`: it certainly did not happen. `info`: it may or may not have happened (a timeout of a write, say). */
  phase: z.enum(['invoke', 'ok', 'fail', 'info']),
  /** Name of the function: `enqueue`, `read`, `POST worker /bill`. */
  f: z.string(),
  key: z.string().optional(),
  value: z.unknown().optional(),
  error: z.string().optional(),
  /** Operations of one session are sequential. */
  session: z.string().optional(),
});

const effect = z.object({
  ...base,
  kind: z.literal('effect'),
  ledger: z.string(),
  /** The business key: `invoice-17`. */
  key: z.string(),
  value: z.unknown().optional(),
  /** Who asked for it: the host that called. */
  caller: z.string(),
  /** The idempotency key that came with it. */
  idem: z.string().optional(),
});

const commit = z.object({
  ...base,
  kind: z.literal('commit'),
  server: z.string(),
  tx: z.number(),
  lsn: z.string(),
  rows: z.array(
    z.object({
      table: z.string(),
      op: z.enum(['insert', 'update', 'delete']),
      old: z.record(z.string(), z.unknown()).optional(),
      new: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

const fault = z.object({
  ...base,
  kind: z.literal('fault'),
  /** Id of the fault in the plan. */
  id: z.string(),
  phase: z.enum(['start', 'bit', 'heal']),
  detail: z.string(),
});

const processLife = z.object({
  ...base,
  kind: z.literal('process'),
  state: z.enum(['started', 'paused', 'resumed', 'crashed', 'exited', 'signalled']),
  code: z.int().optional(),
  signal: z.string().optional(),
  /** The error text, where an uncaught error ended it. */
  error: z.string().optional(),
});

const message = z.object({
  ...base,
  kind: z.literal('message'),
  id: z.int(),
  from: z.string(),
  to: z.string(),
  /** Names the request inside: `SET lock:1`, `COMMIT`, `200 POST /charge`. */
  label: z.string(),
  type: z.enum(['request', 'reply', 'push']),
  bytes: z.int(),
  phase: z.enum(['sent', 'held', 'delivered', 'lost']),
  /** Number of the connection; pairs with `id` of the answered request in `answers`. */
  connection: z.int(),
  answers: z.int().optional(),
  /** First bytes of the content, as latin1 text. */
  preview: z.string().optional(),
});

const log = z.object({
  ...base,
  kind: z.literal('log'),
  stream: z.enum(['stdout', 'stderr', 'server']),
  text: z.string(),
});

const metric = z.object({ ...base, kind: z.literal('metric'), name: z.string(), value: z.number() });

const mark = z.object({ ...base, kind: z.literal('mark'), name: z.string(), value: z.unknown().optional() });

/** Schema of one line of a history file. */
export const historyRecord = z.discriminatedUnion('kind', [
  operation,
  effect,
  commit,
  fault,
  processLife,
  message,
  log,
  metric,
  mark,
]);

export type OperationRecord = z.infer<typeof operation>;
export type EffectRecord = z.infer<typeof effect>;
export type CommitRecord = z.infer<typeof commit>;
export type FaultRecord = z.infer<typeof fault>;
export type ProcessRecord = z.infer<typeof processLife>;
export type MessageRecord = z.infer<typeof message>;
export type LogRecord = z.infer<typeof log>;
export type MetricRecord = z.infer<typeof metric>;
export type MarkRecord = z.infer<typeof mark>;
export type HistoryRecord =
  | OperationRecord
  | EffectRecord
  | CommitRecord
  | FaultRecord
  | ProcessRecord
  | MessageRecord
  | LogRecord
  | MetricRecord
  | MarkRecord;

type WithoutOrder<R> = R extends HistoryRecord ? Omit<R, 'seq' | 'at'> : never;
/** A record before the recorder gave it its place. */
export type UnplacedRecord = WithoutOrder<HistoryRecord>;

/** JSON Schema of one history line, for readers in other languages. */
export function historyJsonSchema(): unknown {
  return z.toJSONSchema(historyRecord);
}
