/**
 * A run for ui.perfetto.dev and chrome://tracing, in the Trace Event Format (JSON object form): a process row per host, a slice per
 * operation, process life and fault, an arrow per message, an instant per effect, commit, mark and log line, a counter per metric.
 * Times of the format are µs, as ours are. Previews are left out: the viewer would show them as text of unknown encoding.
 */
import type { HistoryRecord } from '../../harness/history/record.ts';
import { describeRecord, oneLine, printable } from '../words.ts';

interface TraceEvent {
  readonly ph: 'X' | 'i' | 's' | 'f' | 'M' | 'C' | 'b' | 'e';
  readonly name: string;
  readonly cat: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly id?: string;
  readonly s?: 'p';
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, unknown>>;
}

const MESSAGES = 1;
const EVENTS = 2;
const LIFE = 3;
const FAULTS_PID = 1;
const threadNames: Readonly<Record<number, string>> = { [MESSAGES]: 'messages', [EVENTS]: 'events', [LIFE]: 'process' };
/** Arrows bind to slices, so each end of a message is a slice of this length. */
const END_MICROS = 1;

/** The text of a `.json` trace file. */
export function renderPerfettoTrace(history: readonly HistoryRecord[]): string {
  const trace = new Trace(history.at(-1)?.at ?? 0);
  for (const record of history) trace.add(record);
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: trace.finish() });
}

class Trace {
  readonly #end: number;
  readonly #events: TraceEvent[] = [];
  readonly #pids = new Map<string, number>();
  readonly #operations = new Map<string, Extract<HistoryRecord, { kind: 'op' }>>();
  readonly #faults = new Map<string, Extract<HistoryRecord, { kind: 'fault' }>>();
  readonly #lives = new Map<string, Extract<HistoryRecord, { kind: 'process' }>>();

  constructor(end: number) {
    this.#end = end;
    this.#events.push({
      ph: 'M',
      name: 'process_name',
      cat: '',
      ts: 0,
      pid: FAULTS_PID,
      tid: 0,
      args: { name: 'faults' },
    });
  }

  add(record: HistoryRecord): void {
    switch (record.kind) {
      case 'message':
        this.#addMessage(record);
        return;
      case 'op':
        this.#addOperation(record);
        return;
      case 'fault':
        this.#addFault(record);
        return;
      case 'process':
        this.#addLife(record);
        return;
      case 'metric':
        this.#push({
          ph: 'C',
          name: oneLine(record.name),
          cat: 'metric',
          ts: record.at,
          pid: this.#pid(record.host),
          tid: 0,
          args: { value: record.value },
        });
        return;
      case 'effect':
      case 'commit':
      case 'log':
      case 'mark':
        this.#push({
          ph: 'i',
          s: 'p',
          name: describeRecord(record),
          cat: record.kind,
          ts: record.at,
          pid: this.#pid(record.host),
          tid: EVENTS,
          args: { seq: record.seq },
        });
    }
  }

  /** Closes what is open at the end of the run. */
  finish(): readonly TraceEvent[] {
    for (const operation of this.#operations.values()) this.#pushOperation(operation, this.#end, 'open');
    for (const fault of this.#faults.values()) this.#pushFault(fault, this.#end);
    for (const life of this.#lives.values()) this.#pushLife(life, this.#end);
    return this.#events;
  }

  #addMessage(record: Extract<HistoryRecord, { kind: 'message' }>): void {
    if (record.phase === 'held') return;
    const isSent = record.phase === 'sent';
    const common = {
      name: oneLine(record.label),
      cat: `message,${record.type}`,
      ts: record.at,
      pid: this.#pid(isSent ? record.from : record.to),
      tid: MESSAGES,
    };
    const args = {
      seq: record.seq,
      from: printable(record.from),
      to: printable(record.to),
      bytes: record.bytes,
      phase: record.phase,
    };
    this.#push({ ...common, ph: 'X', dur: END_MICROS, args });
    if (record.phase !== 'lost') this.#push({ ...common, ph: isSent ? 's' : 'f', bp: 'e', id: `m${record.id}` });
  }

  #addOperation(record: Extract<HistoryRecord, { kind: 'op' }>): void {
    if (record.phase === 'invoke') {
      this.#operations.set(record.id, record);
      return;
    }
    const invoked = this.#operations.get(record.id);
    if (invoked === undefined) return;
    this.#operations.delete(record.id);
    this.#pushOperation(invoked, record.at, record.phase);
  }

  /** Operations of one host overlap, so they are asynchronous slices. */
  #pushOperation(invoked: Extract<HistoryRecord, { kind: 'op' }>, end: number, outcome: string): void {
    const common = {
      name: oneLine(`${invoked.f} ${invoked.key ?? ''}`.trim()),
      cat: 'op',
      pid: this.#pid(invoked.host),
      tid: EVENTS,
      id: `o${invoked.id}`,
    };
    this.#push({ ...common, ph: 'b', ts: invoked.at, args: { seq: invoked.seq } });
    this.#push({ ...common, ph: 'e', ts: end, args: { outcome } });
  }

  #addFault(record: Extract<HistoryRecord, { kind: 'fault' }>): void {
    if (record.phase === 'start') this.#faults.set(record.id, record);
    if (record.phase !== 'heal') return;
    const started = this.#faults.get(record.id);
    if (started === undefined) return;
    this.#faults.delete(record.id);
    this.#pushFault(started, record.at);
  }

  #pushFault(started: Extract<HistoryRecord, { kind: 'fault' }>, end: number): void {
    const common = { name: describeRecord(started), cat: 'fault', pid: FAULTS_PID, tid: 0, id: `f${started.id}` };
    this.#push({ ...common, ph: 'b', ts: started.at, args: { seq: started.seq } });
    this.#push({ ...common, ph: 'e', ts: end });
  }

  #addLife(record: Extract<HistoryRecord, { kind: 'process' }>): void {
    if (record.state === 'signalled') return;
    const key = `${record.host}/${record.process ?? ''}`;
    const before = this.#lives.get(key);
    if (before !== undefined) this.#pushLife(before, record.at);
    this.#lives.set(key, record);
  }

  #pushLife(from: Extract<HistoryRecord, { kind: 'process' }>, end: number): void {
    const names = {
      started: 'running',
      resumed: 'running',
      paused: 'paused',
      crashed: 'down',
      exited: 'down',
      signalled: '',
    } as const;
    this.#push({
      ph: 'X',
      name: names[from.state],
      cat: 'process',
      ts: from.at,
      dur: end - from.at,
      pid: this.#pid(from.host),
      tid: LIFE,
      args: { seq: from.seq },
    });
  }

  #pid(host: string): number {
    const known = this.#pids.get(host);
    if (known !== undefined) return known;
    const pid = FAULTS_PID + 1 + this.#pids.size;
    this.#pids.set(host, pid);
    this.#push({ ph: 'M', name: 'process_name', cat: '', ts: 0, pid, tid: 0, args: { name: printable(host) } });
    for (const [tid, name] of Object.entries(threadNames)) {
      this.#push({ ph: 'M', name: 'thread_name', cat: '', ts: 0, pid, tid: Number(tid), args: { name } });
    }
    return pid;
  }

  #push(event: TraceEvent): void {
    this.#events.push(event);
  }
}
