/** How the tests of this scenario feed a checker. */
import type { Checker, Violation } from '../../../harness/checkers/checker.ts';
import type { HistoryRecord, UnplacedRecord } from '../../../harness/history/record.ts';

interface Outcome {
  readonly violation: Violation | undefined;
  readonly premises: number;
}

/** Feeds records, given with their time in ms, and settles at `healedMs` + 60 s. */
export function check(
  checker: Checker,
  records: readonly (readonly [number, UnplacedRecord])[],
  healedMs = 0,
): Outcome {
  const judge = checker.start();
  for (const [seq, [atMs, record]] of records.entries()) {
    const finding = judge.record({ ...record, seq, at: atMs * 1000 } as HistoryRecord);
    if (finding !== undefined && 'violation' in finding) {
      return { violation: finding.violation, premises: judge.premises() };
    }
  }
  const finding = judge.settle({ healedAt: healedMs * 1000, now: (healedMs + 60_000) * 1000 });
  const violation = finding !== undefined && 'violation' in finding ? finding.violation : undefined;
  return { violation, premises: judge.premises() };
}

export function fault(atMs: number, phase: 'start' | 'heal', detail: string, host = 'redis', id = 'f1') {
  return [atMs, { kind: 'fault', host, id, phase, detail }] as const satisfies readonly [number, UnplacedRecord];
}
