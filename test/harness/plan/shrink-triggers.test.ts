/** Faults that start by the clock, tied to the messages around their start. */
import { describe, expect, it } from 'vitest';
import { faultKinds } from '../../../harness/faults/registry.ts';
import type { HistoryRecord } from '../../../harness/history/record.ts';
import type { Fault } from '../../../harness/plan/format.ts';
import { generalLabel, triggersInPlaceOfTime } from '../../../harness/plan/shrink-triggers.ts';

const pause: Fault = { id: 'f1', kind: 'pause', at: 5000, for: 1000, process: 'worker-1' };

const message = (seq: number, at: number, link: string, label: string): HistoryRecord => {
  const [from, to] = link.split('>') as [string, string];
  const type = from === 'redis' ? 'reply' : 'request';
  return {
    seq,
    at,
    kind: 'message',
    host: to,
    id: seq,
    from,
    to,
    label,
    type,
    bytes: 9,
    phase: 'delivered',
    connection: 1,
  };
};
const start: HistoryRecord = {
  seq: 9,
  at: 5000,
  kind: 'fault',
  host: 'worker-1',
  id: 'f1',
  phase: 'start',
  detail: '',
};

describe('triggersInPlaceOfTime', () => {
  it('names the messages around the start, counted on their link by a label without numbers', () => {
    const history = [
      message(1, 1000, 'redis>worker-1', 'SET lock:7 1'),
      message(2, 2000, 'redis>worker-2', 'SET lock:7 2'),
      message(3, 3000, 'redis>worker-1', 'GET x'),
      message(4, 4000, 'redis>worker-1', 'SET lock:8 1'),
      message(5, 4500, 'worker-1>redis', 'GET y'),
      start,
      message(10, 6000, 'redis>worker-1', 'GET y'),
    ];
    const tied = triggersInPlaceOfTime(pause, history, faultKinds);
    expect(tied.map(({ on }) => on)).toEqual([
      { link: 'redis>worker-1', message: 'reply', label: 'SET lock:* *', nth: 2, when: 'after' },
      { link: 'redis>worker-1', message: 'reply', label: 'GET y', nth: 1, when: 'before' },
      { link: 'worker-1>redis', message: 'request', label: 'GET y', nth: 1, when: 'after' },
    ]);
    for (const fault of tied) {
      expect(fault.at).toBeUndefined();
      expect(faultKinds.get('pause')!.schema.safeParse(fault).success).toBe(true);
    }
  });

  it('has nothing for a fault that is tied already, never started, or met silence', () => {
    const on = { link: 'a>b', message: 'reply', label: '*', nth: 1, when: 'before' } as const;
    expect(triggersInPlaceOfTime({ ...pause, on }, [start], faultKinds)).toEqual([]);
    expect(triggersInPlaceOfTime(pause, [], faultKinds)).toEqual([]);
    expect(triggersInPlaceOfTime(pause, [start], faultKinds)).toEqual([]);
  });
});

describe('generalLabel', () => {
  it('leaves open what differs between runs, and nothing else', () => {
    expect(generalLabel('UPDATE jobs SET n = 3 WHERE id = $1')).toBe('UPDATE jobs SET n = * WHERE id = $*');
    expect(generalLabel('GET 6f1ed002-ab59-4bd6-9c2f-1f0b2f6f5a77')).toBe('GET *');
    expect(generalLabel('SELECT * FROM a?')).toBe('SELECT \\* FROM a\\?');
    expect(generalLabel('COMMIT')).toBe('COMMIT');
  });
});
