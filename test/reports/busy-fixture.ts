/**
 * A made-up run in which everything happens at once: twelve hosts, thirty faults, messages held, lost and never delivered, crashes,
 * restarts and an exit, clocks that step. It stands for the plans before shrinking.
 */
import type { HistoryRecord } from '../../harness/history/record.ts';
import type { HostReport, RunReport } from '../../reports/model.ts';
import { leaseRun } from './fixture.ts';

const END = 60_000_000;
const workers = ['worker-1', 'worker-2', 'worker-3', 'worker-4', 'worker-5', 'worker-6'];
const kinds = ['partition', 'delay', 'crash', 'pause', 'clock', 'reset'] as const;

export function busyRun(): RunReport {
  const records: Record<string, unknown>[] = [];
  const add = (at: number, host: string, record: Record<string, unknown>): void => {
    const step = host === 'worker-3' && at > 20e6 ? 90_000 : 0;
    records.push({ at, host, nodeAt: Date.UTC(2026, 0, 1) + at / 1000 + step, ...record });
  };
  for (const host of workers) add(3000, host, { kind: 'process', process: host, incarnation: 1, state: 'started' });
  const faults = Array.from({ length: 30 }, (_, index) => {
    const process = workers[index % workers.length]!;
    const kind = kinds[index % kinds.length]!;
    return {
      id: `f${index}`,
      kind,
      at: 1000 + index * 1700,
      for: 1500 + (index % 5) * 900,
      process,
      between: [process, 'redis'],
    };
  });
  for (const fault of faults) {
    const [from, to] = [fault.at * 1000, (fault.at + fault.for) * 1000];
    const detail = `${fault.kind} of ${fault.process}`;
    add(from, fault.process, { kind: 'fault', id: fault.id, phase: 'start', detail });
    add(to, fault.process, { kind: 'fault', id: fault.id, phase: 'heal', detail });
    const life = { kind: 'process', process: fault.process, incarnation: 1 };
    if (fault.kind === 'crash') {
      add(from, fault.process, { ...life, state: 'crashed', signal: 'SIGKILL' });
      add(to, fault.process, { ...life, incarnation: 2, state: 'started' });
    } else if (fault.kind === 'pause') {
      add(from, fault.process, { ...life, state: 'paused' });
      add(to, fault.process, { ...life, state: 'resumed' });
    }
  }
  add(55e6, 'worker-6', {
    kind: 'process',
    process: 'worker-6',
    incarnation: 1,
    state: 'exited',
    code: 1,
    error: 'Error: no leader',
  });
  let id = 0;
  for (let at = 10_000; at < END - 1e6; at += 41_000) {
    id += 1;
    const from = workers[id % workers.length]!;
    const to = ['redis', 'db', 'bank', 'mailer', 'replica'][id % 5]!;
    const message = {
      kind: 'message',
      id,
      from,
      to,
      label: `GET key:${id % 30}`,
      type: id % 7 === 0 ? 'push' : 'request',
      bytes: 31,
      connection: 1 + (id % 9),
    };
    add(at, from, { ...message, phase: 'sent' });
    if (id % 23 === 0) add(at + 900, to, { ...message, phase: 'lost' });
    else if (id % 19 === 0) {
      add(at + 300, to, { ...message, phase: 'held' });
      add(at + 2_400_000, to, { ...message, phase: 'delivered' });
    } else if (id % 97 !== 0) add(at + 700 + (id % 5) * 300, to, { ...message, phase: 'delivered' });
    if (id % 11 === 0) {
      const operation = { kind: 'op', id: `o${id}`, f: 'POST worker /run', key: `job-${id}`, session: 's' };
      add(at, 'client', { ...operation, phase: 'invoke' });
      if (id % 33 !== 0)
        add(at + 40_000 + (id % 7) * 90_000, 'client', {
          ...operation,
          phase: id % 22 === 0 ? 'info' : 'ok',
          ...(id % 22 === 0 ? { error: 'timeout' } : {}),
        });
    }
  }
  records.sort((a, b) => (a.at as number) - (b.at as number));
  const history = records.map((record, seq) => ({ seq, ...record })) as unknown as HistoryRecord[];
  const base = leaseRun({ messages: 0 });
  const host = (name: string, role: HostReport['role'], type: string): HostReport => ({ name, role, type });
  const witness = history
    .filter((record) => record.kind === 'op' && record.phase === 'info')
    .slice(0, 3)
    .map((record) => record.seq);
  const { necessity: _, likelihood: __, nearestPass: ___, originalPlanInWords: ____, ...rest } = base;
  return {
    ...rest,
    capsule: { ...base.capsule, plan: { ...base.capsule.plan, faults }, found: { by: 'seed 9 of 1..50' } },
    history,
    hosts: [
      host('client', 'client', 'node'),
      ...workers.map((name) => host(name, 'process', 'node')),
      host('redis', 'server', 'redis'),
      host('replica', 'server', 'redis'),
      host('db', 'server', 'postgres'),
      host('bank', 'service', 'node'),
      host('mailer', 'service', 'node'),
    ],
    planInWords: faults.map(
      (fault) => `At ${fault.at / 1000} s ${fault.process} suffers a ${fault.kind} for ${fault.for / 1000} s.`,
    ),
    violation: { invariant: 'drains(db.jobs)', message: 'Job 22 is still running 60 s after the last heal.', witness },
  };
}
