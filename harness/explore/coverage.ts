/**
 * What a run reached, as a set of numbers: each labelled message on a link, paired with what was going on at that moment (the state of
 * both its ends, each fault in force), and each mark. Two runs that reach the same pairs have shown the same; a run with new pairs has
 * been somewhere new, and its plan is worth a closer look (coverage-guided search, after AFL, M. Zalewski, 2013).
 *
 * Pairs are hashed to 32 bits, so that sets of different runs, processes and machines compare. A collision hides one pair from the
 * search and harms nothing else.
 */
import { faultKinds } from '../faults/registry.ts';
import type { UnplacedRecord } from '../history/record.ts';
import type { Fault } from '../plan/format.ts';
import { generalLabel } from '../plan/shrink-triggers.ts';

export interface Coverage {
  /** Takes the records of the run, messages included, in their order. */
  readonly note: (record: UnplacedRecord) => void;
  /** The pairs so far, ascending. */
  readonly pairs: () => readonly number[];
}

/** Starts the coverage of one run of a plan with these faults. */
export function startCoverage(faults: readonly Fault[]): Coverage {
  const seen = new Set<number>();
  const states = new Map<string, string>();
  const active = new Map<string, { readonly kind: string; readonly hosts: ReadonlySet<string> }>();
  const known = new Map(
    faults.map((fault) => [
      fault.id,
      {
        kind: fault.kind,
        hosts: new Set(
          faultKinds
            .get(fault.kind)
            ?.names(fault)
            .map(({ name }) => name),
        ),
      },
    ]),
  );
  const stateOf = (host: string): string => states.get(host) ?? '';
  const note = (record: UnplacedRecord): void => {
    switch (record.kind) {
      case 'message': {
        if (record.phase === 'sent') return;
        const edge = `${record.from}>${record.to} ${record.type} ${record.phase} ${generalLabel(record.label)}`;
        seen.add(hashOf(`${edge}|${stateOf(record.from)}/${stateOf(record.to)}`));
        for (const { kind, hosts } of active.values()) {
          const isNear = hosts.has(record.from) || hosts.has(record.to);
          seen.add(hashOf(`${edge}|${isNear ? kind : `far ${kind}`}`));
        }
        return;
      }
      case 'process':
        states.set(
          record.process ?? record.host,
          `${record.state}${record.incarnation !== undefined && record.incarnation > 1 ? ' again' : ''}`,
        );
        return;
      case 'fault': {
        const fault = known.get(record.id);
        if (record.phase === 'heal') active.delete(record.id);
        else if (fault !== undefined) active.set(record.id, fault);
        return;
      }
      case 'mark':
        seen.add(hashOf(`mark ${record.name}`));
        return;
      default:
        return;
    }
  };
  return { note, pairs: () => [...seen].sort((a, b) => a - b) };
}

/** FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
