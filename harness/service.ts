/**
 * What a service of the surroundings imports (`seedstorm/service`) to record history. Subjects never do.
 *
 * In sim each virtual process gets its own object of this shape; elsewhere the harness binds the sink of the run. Without a run (a
 * service started by hand) the records go nowhere.
 */
import type { UnplacedRecord } from './history/record.ts';

export interface EffectOptions {
  readonly ledger: string;
  readonly key: string;
  readonly value?: unknown;
  /** Remote address of the caller's socket. */
  readonly callerAddress: string;
  readonly idem?: string;
}

export interface ServiceRecorder {
  effect(options: EffectOptions): void;
  metric(name: string, value: number): void;
  mark(name: string, value?: unknown): void;
}

/** Where a service's records go. */
export interface ServiceSink {
  readonly host: string;
  /** Name of the host with that address. */
  hostOf(address: string): string;
  record(record: UnplacedRecord): void;
}

/** Makes the recorder of one service. */
export function createServiceRecorder(sink: ServiceSink): ServiceRecorder {
  return {
    effect({ ledger, key, value, callerAddress, idem }) {
      sink.record({
        kind: 'effect',
        host: sink.host,
        ledger,
        key,
        caller: sink.hostOf(callerAddress),
        ...(value === undefined ? {} : { value }),
        ...(idem === undefined ? {} : { idem }),
      });
    },
    metric: (name, value) => sink.record({ kind: 'metric', host: sink.host, name, value }),
    mark: (name, value) =>
      sink.record({ kind: 'mark', host: sink.host, name, ...(value === undefined ? {} : { value }) }),
  };
}

let bound: ServiceRecorder | undefined;

/** Binds this module to a run; called by the harness. */
export function bindServiceSink(sink: ServiceSink): void {
  bound = createServiceRecorder(sink);
}

export const record: ServiceRecorder = {
  effect: (options) => bound?.effect(options),
  metric: (name, value) => bound?.metric(name, value),
  mark: (name, value) => bound?.mark(name, value),
};
