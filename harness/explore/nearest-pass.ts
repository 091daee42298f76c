/**
 * The first difference between a violating run and a passing one, of what the outside world saw: operations, effects and commits, in
 * their order. Times and server-side counters are left aside: a fault moves them all, and the first thing moved is the fault itself.
 */
import type { Explanation } from '../capsule-format.ts';
import type { CommitRecord, EffectRecord, HistoryRecord, OperationRecord } from '../history/record.ts';

type SeenRecord = OperationRecord | EffectRecord | CommitRecord;

/**
 * Where the two runs part.
 * @param words what the other run is: `the same plan without f1`
 * @returns undefined when the world saw the same in both
 */
export function firstDifference(
  here: readonly HistoryRecord[],
  there: readonly HistoryRecord[],
  words: string,
): Explanation['nearestPass'] {
  const mine = here.filter(isSeen);
  const others = there.filter(isSeen);
  for (let index = 0; index < Math.max(mine.length, others.length); index++) {
    const [one, other] = [mine[index], others[index]];
    if (one !== undefined && other !== undefined && essence(one) === essence(other)) continue;
    return {
      words,
      at: Math.min(one?.at ?? Number.POSITIVE_INFINITY, other?.at ?? Number.POSITIVE_INFINITY),
      here: one === undefined ? null : seenText(one),
      there: other === undefined ? null : seenText(other),
      ...(one === undefined ? {} : { seq: one.seq }),
    };
  }
  return undefined;
}

function isSeen(record: HistoryRecord): record is SeenRecord {
  return record.kind === 'op' || record.kind === 'effect' || record.kind === 'commit';
}

/** The record without what differs between any two runs. */
function essence(record: SeenRecord): string {
  switch (record.kind) {
    case 'op':
      return JSON.stringify([record.id, record.phase, record.f, record.key]);
    case 'effect':
      return JSON.stringify([record.ledger, record.key, record.caller, record.idem]);
    case 'commit':
      return JSON.stringify([record.server, record.rows.map(({ table, op }) => [table, op])]);
  }
}

function seenText(record: SeenRecord): string {
  switch (record.kind) {
    case 'op': {
      const what = record.key === undefined ? record.f : `${record.f} of ${record.key}`;
      const end = { invoke: 'begins', ok: 'is answered', fail: 'fails', info: 'ends, nobody knows how' }[record.phase];
      return `${what} ${end}${record.error === undefined ? '' : ` (${record.error})`}`;
    }
    case 'effect':
      return `${record.ledger} records ${record.key} for ${record.caller}`;
    case 'commit':
      return `${record.server} commits ${record.rows.map(({ table, op }) => `${op} ${table}`).join(', ')}`;
  }
}
