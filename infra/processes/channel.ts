/** What programs of the surroundings (services, the workload) say to the harness over their channel. */
import type { UnplacedRecord } from '../../harness/history/record.ts';

export type ChannelMessage =
  | { readonly type: 'record'; readonly at: number; readonly record: UnplacedRecord }
  /** Nothing before this monotonic time (µs) will come any more. */
  | { readonly type: 'progress'; readonly at: number }
  /** Anything else that a program has to say. */
  | { readonly type: 'note'; readonly note: unknown };

const PROGRESS_EVERY_MS = 40;

export interface Channel {
  record(record: UnplacedRecord): void;
  note(note: unknown): void;
  /** Resolves when all that was said is out. */
  flush(): Promise<void>;
}

/** Opens the channel of this process; it does not keep the process alive. */
export function openChannel(): Channel {
  const send = process.send?.bind(process);
  const tell = (message: ChannelMessage): void => {
    send?.(message, undefined, undefined, () => {});
  };
  const now = (): number => Number(process.hrtime.bigint()) / 1_000;
  setInterval(() => tell({ type: 'progress', at: now() }), PROGRESS_EVERY_MS).unref();
  // A harness that is gone has no use for its surroundings.
  process.once('disconnect', () => process.exit(0));
  process.channel?.unref();
  return {
    record: (record) => tell({ type: 'record', at: now(), record }),
    note: (note) => tell({ type: 'note', note }),
    flush: () =>
      new Promise((resolve) => {
        if (send === undefined) resolve();
        else send({ type: 'progress', at: now() } satisfies ChannelMessage, undefined, undefined, () => resolve());
      }),
  };
}
