/**
 * A fault that starts at a time, tied to a message in its stead. `at 12.4 s` hits the right moment under one seed; `after the reply to
 * SET leader` says which moment that was, and may hit it under others too. Candidates come from a traced run: the messages that the
 * fault's hosts saw last before it started, and first after. Whether one is better is for the caller to find out by running both.
 */
import type { FaultKind } from '../faults/kind.ts';
import type { HistoryRecord, MessageRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Fault, Trigger } from './format.ts';

/** The fault with triggers in place of its time, the likeliest first; none when it has a trigger already, or never started. */
export function triggersInPlaceOfTime(
  fault: Fault,
  history: readonly HistoryRecord[],
  kinds: ReadonlyMap<string, FaultKind>,
): readonly Fault[] {
  if (fault.on !== undefined) return [];
  const started = history.find(
    (record) => record.kind === 'fault' && record.id === fault.id && record.phase === 'start',
  );
  if (started === undefined) return [];
  const hosts = new Set((kinds.get(fault.kind)?.names(fault) ?? []).map(({ name }) => name));
  const delivered = history.filter(
    (record): record is MessageRecord => record.kind === 'message' && record.phase === 'delivered',
  );
  const before = delivered.filter(({ at }) => at <= started.at);
  const after = delivered.filter(({ at }) => at > started.at);
  const places: readonly (readonly [MessageRecord | undefined, Trigger['when']])[] = [
    [before.findLast(({ to }) => hosts.has(to)), 'after'],
    [after.find(({ to }) => hosts.has(to)), 'before'],
    [before.findLast(({ from }) => hosts.has(from)), 'after'],
  ];
  const { at: _at, ...tied } = fault;
  return places.flatMap(([message, when]) =>
    message === undefined ? [] : [{ ...tied, on: triggerAt(message, when, delivered) } as Fault],
  );
}

/** The trigger that meets this message, by a label that holds under other seeds too. */
function triggerAt(message: MessageRecord, when: Trigger['when'], delivered: readonly MessageRecord[]): Trigger {
  const label = generalLabel(message.label);
  const nth = delivered.filter(
    ({ at, id, from, to, type, label: other }) =>
      from === message.from &&
      to === message.to &&
      type === message.type &&
      (at < message.at || (at === message.at && id <= message.id)) &&
      matchesGlob(label, other),
  ).length;
  return { link: `${message.from}>${message.to}`, message: message.type, label, nth, when };
}

/** A label as a glob, with what differs from run to run left open: numbers and long identifiers. */
export function generalLabel(label: string): string {
  return label
    .replace(/[*?\\]/g, '\\$&')
    .replace(/[0-9a-f]{8}[0-9a-f-]{8,}|\d+/gi, '*')
    .replace(/\*+(?:[-.:]\*+)+/g, '*');
}
