/**
 * The run's records as the page carries them: one JSON text, deflated and in base64. A run that does not fit loses what helps least, step
 * by step: previews far from a witness or a fault, then messages there (requests and their replies together), then the same everywhere.
 * Faults, effects, commits, operations and process life are never left out; the page says what was.
 */
import { deflateRawSync } from 'node:zlib';
import type { HistoryRecord, MessageRecord } from '../../harness/history/record.ts';
import type { HostReport, RunReport } from '../model.ts';
import { type EncodedMessages, encodeMessages, gatherMessages, type MessageRow } from './columns.ts';
import { endOfRun, type FaultSpan, faultSpans } from './spans.ts';

/** All records but messages. */
export type PlainRecord = Exclude<HistoryRecord, MessageRecord>;

/** What the page's script reads. */
export interface RunData {
  readonly hosts: readonly HostReport[];
  readonly epochMs: number;
  /** True time, µs, of the end of the run. */
  readonly endAt: number;
  readonly faults: readonly FaultSpan[];
  /** `seq` of the witness records, in order. */
  readonly witness: readonly number[];
  readonly records: readonly PlainRecord[];
  readonly messages: EncodedMessages;
}

export interface PackedRun {
  readonly base64: string;
  readonly messagesTotal: number;
  readonly messagesKept: number;
  readonly previewsDropped: boolean;
  readonly logsTotal: number;
  readonly logsKept: number;
}

const WINDOW_MICROS = 2e6;

interface Selection {
  readonly previews: 'all' | 'near' | 'witness';
  /** One exchange in so many is kept, away from and near to the witnesses and faults. */
  readonly strideFar: number;
  readonly strideNear: number;
  readonly logs: 'all' | 'near';
}

const selections: readonly Selection[] = [
  { previews: 'all', strideFar: 1, strideNear: 1, logs: 'all' },
  { previews: 'near', strideFar: 1, strideNear: 1, logs: 'all' },
  ...[2, 4, 10, 25, 60, 150, 1000].map(
    (strideFar) => ({ previews: 'near', strideFar, strideNear: 1, logs: 'all' }) as const,
  ),
  { previews: 'witness', strideFar: 1000, strideNear: 1, logs: 'near' },
  { previews: 'witness', strideFar: 1000, strideNear: 2, logs: 'near' },
  ...[5, 20, 100, 1000].map(
    (strideNear) => ({ previews: 'witness', strideFar: 1000, strideNear, logs: 'near' }) as const,
  ),
];

/**
 * @param limitBytes characters of base64 that the page has room for
 * @throws Error where not even the records that are always kept fit
 */
export function packRun(run: RunReport, limitBytes: number): PackedRun {
  const hosts = allHosts(run);
  const faults = faultSpans(
    run,
    hosts.map((host) => host.name),
  );
  const witness = new Set(run.violation?.witness ?? []);
  const near = windows(run, faults, witness);
  const plain: PlainRecord[] = [];
  const messages: MessageRecord[] = [];
  for (const record of run.history) {
    if (record.kind === 'message') messages.push(record);
    else plain.push(record);
  }
  const rows = gatherMessages(messages);
  const exchangesNearby = exchangesNear(rows, (row) => near(row.sent));
  const exchangesOfWitnesses = exchangesNear(rows, (row) => witness.has(row.first.seq) || witness.has(row.endSeq));
  const logsTotal = plain.filter((record) => record.kind === 'log').length;
  const frame = {
    hosts,
    epochMs: run.epochMs ?? commonEpoch(run.history),
    endAt: endOfRun(run.history),
    faults,
    witness: run.violation?.witness ?? [],
  };
  let size = 0;
  for (const selection of selections) {
    const kept = rows.filter((row) => {
      const exchange = exchangeOf(row);
      if (exchangesOfWitnesses.has(exchange)) return true;
      const stride = exchangesNearby.has(exchange) ? selection.strideNear : selection.strideFar;
      return exchange % stride === 0;
    });
    const records =
      selection.logs === 'all' ? plain : plain.filter((record) => record.kind !== 'log' || near(record.at));
    const data: RunData = {
      ...frame,
      records,
      messages: encodeMessages(kept, (row) => hasPreview(row, selection, near, witness)),
    };
    const base64 = deflateRawSync(JSON.stringify(data), { level: 9 }).toString('base64');
    size = base64.length;
    if (size <= limitBytes) {
      return {
        base64,
        messagesTotal: rows.length,
        messagesKept: kept.length,
        previewsDropped: selection.previews !== 'all' && rows.some((row) => row.first.preview !== undefined),
        logsTotal,
        logsKept: records.filter((record) => record.kind === 'log').length,
      };
    }
  }
  throw new Error(
    `The records of ${run.capsule.scenario.name} (${run.capsule.subject.name}) do not fit on a run page: ${size} bytes after sampling, ` +
      `${limitBytes} allowed. ${plain.length} records other than messages are always kept; record fewer metrics or observe fewer tables.`,
  );
}

/** The given hosts, then those that only the history names. */
export function allHosts(run: RunReport): readonly HostReport[] {
  const hosts = [...run.hosts];
  const known = new Set(hosts.map((host) => host.name));
  const add = (name: string): void => {
    if (known.has(name)) return;
    known.add(name);
    hosts.push({ name, role: 'server', type: 'unknown' });
  };
  for (const record of run.history) {
    // A fault's record belongs to the plan; its host may be a link or a set.
    if (record.kind === 'fault') continue;
    add(record.host);
    if (record.kind === 'message') {
      add(record.from);
      add(record.to);
    }
  }
  return hosts;
}

/** Exchanges (a request with its reply, a push) with a message near a witness or a fault; a border does not part them. */
function exchangesNear(rows: readonly MessageRow[], isNear: (row: MessageRow) => boolean): ReadonlySet<number> {
  const near = new Set<number>();
  for (const row of rows) if (isNear(row)) near.add(exchangeOf(row));
  return near;
}

function exchangeOf(row: MessageRow): number {
  return row.first.answers ?? row.first.id;
}

function hasPreview(
  row: MessageRow,
  selection: Selection,
  near: (at: number) => boolean,
  witness: ReadonlySet<number>,
): boolean {
  if (selection.previews === 'all') return true;
  if (witness.has(row.first.seq) || witness.has(row.endSeq)) return true;
  return selection.previews === 'near' && near(row.sent);
}

/** Tells whether an instant lies within 2 s of a witness or of a fault's start, end or bite. */
function windows(run: RunReport, faults: readonly FaultSpan[], witness: ReadonlySet<number>): (at: number) => boolean {
  const instants: number[] = [];
  for (const record of run.history) if (witness.has(record.seq)) instants.push(record.at);
  for (const fault of faults) {
    for (const at of [fault.start, fault.end, ...fault.bites.slice(0, 20)]) if (at !== null) instants.push(at);
  }
  return (at) => instants.some((instant) => Math.abs(at - instant) <= WINDOW_MICROS);
}

/** The distance of node clock and true time that most records agree on: clocks that no fault touched show it. */
function commonEpoch(history: readonly HistoryRecord[]): number {
  const counts = new Map<number, number>();
  for (const record of history) {
    if (record.nodeAt === undefined) continue;
    const epoch = Math.round(record.nodeAt - record.at / 1000);
    counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  }
  let best = Date.UTC(2026, 0, 1);
  let most = 0;
  for (const [epoch, times] of counts) {
    if (times > most) {
      most = times;
      best = epoch;
    }
  }
  return best;
}
