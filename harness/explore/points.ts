/**
 * Trigger points, one by one: `crash worker-1 before the n-th reply to COMMIT`, for each process, message and n that a run without
 * faults shows, and each kind of fault that the scenario allows. First messages come first, then n in powers of two, then all others:
 * a place in the code is reached early, and each of its repetitions in the end.
 */
import { faultKinds } from '../faults/registry.ts';
import type { HistoryRecord } from '../history/record.ts';
import type { Fault, Trigger } from '../plan/format.ts';
import { generalLabel } from '../plan/shrink-triggers.ts';

export interface Point {
  readonly fault: Fault;
  /** `crash before reply 3 "COMMIT" from db to worker-1`. */
  readonly how: string;
}

interface Edge {
  readonly process: string;
  readonly peer: string;
  readonly on: Omit<Trigger, 'nth' | 'when'>;
  count: number;
}

/** More repetitions of one message than this are not told apart. */
const NTH_MAX = 200;

/**
 * All points of a traced run, in the order in which they are worth trying.
 * @param templates one fault of each kind that the scenario allows: its duration and options are taken
 */
export function* triggerPoints(
  history: readonly HistoryRecord[],
  processes: readonly string[],
  templates: ReadonlyMap<string, Fault>,
): Generator<Point> {
  const edges = edgesOf(history, new Set(processes));
  const most = Math.min(NTH_MAX, Math.max(0, ...edges.map(({ count }) => count)));
  for (const nth of byRoundness(most)) {
    for (const edge of edges) {
      if (edge.count < nth) continue;
      for (const template of templates.values()) {
        for (const when of ['before', 'after'] as const) {
          const fault = faultAt(template, edge, { ...edge.on, nth, when });
          if (fault === undefined) continue;
          const { link, message, label } = edge.on;
          yield { fault, how: `${fault.kind} ${when} ${message} ${nth} "${label}" on ${link}` };
        }
      }
    }
  }
}

/** What processes receive from others, and what others receive from them, in the order of first sight. */
function edgesOf(history: readonly HistoryRecord[], processes: ReadonlySet<string>): readonly Edge[] {
  const edges = new Map<string, Edge>();
  for (const record of history) {
    if (record.kind !== 'message' || record.phase !== 'delivered') continue;
    const { from, to, type } = record;
    const process = processes.has(to) ? to : from;
    if (!processes.has(process)) continue;
    const on = { link: `${from}>${to}`, message: type, label: generalLabel(record.label) };
    const key = JSON.stringify(on);
    const edge = edges.get(key) ?? { process, peer: process === to ? from : to, on, count: 0 };
    edge.count += 1;
    edges.set(key, edge);
  }
  return [...edges.values()];
}

/** 1, 2, 4, 8, ... up to the number, then those between. */
function byRoundness(most: number): readonly number[] {
  const all = Array.from({ length: most }, (_, index) => index + 1);
  const isRound = (n: number): boolean => (n & (n - 1)) === 0;
  return [...all.filter(isRound), ...all.filter((n) => !isRound(n))];
}

/** The template's fault at this place; undefined where it makes no sense there. */
function faultAt({ at: _at, ...template }: Fault, edge: Edge, on: Trigger): Fault | undefined {
  const common = { ...template, id: 'f1', on };
  const fault = ((): Fault | undefined => {
    switch (template.kind) {
      case 'crash':
      case 'pause':
      case 'exit':
        return { ...common, process: edge.process } as Fault;
      case 'partition':
      case 'blackhole':
        return { ...common, between: [[edge.process], [edge.peer]], direction: 'both' } as Fault;
      case 'reset':
        return { ...common, link: on.link } as Fault;
      case 'reply-lost':
        // What is lost is what the trigger holds.
        return on.message === 'reply' && on.when === 'before' && on.link === `${edge.peer}>${edge.process}`
          ? ({ ...common, link: on.link, label: on.label } as Fault)
          : undefined;
      default:
        return undefined;
    }
  })();
  return fault !== undefined && faultKinds.get(fault.kind)!.schema.safeParse(fault).success ? fault : undefined;
}
