/**
 * C6: no two owners at once. An owner holds a resource for certain from the instant at which its acquisition was confirmed until it
 * begins to release it, or until its lease, counted from when it asked, has passed. Overlapping certainties are a broken lock; that two
 * nodes merely believe to be owner is not judged.
 */
import { type Duration, milliseconds, timeText } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface OwnerIntervalsOptions {
  /**
   * Globs over names of operations (their key is the resource, their session the owner) or of marks (their value has `resource` and
   * `owner`). An acquisition by the present owner renews.
   */
  readonly acquire: string;
  readonly release: string;
  /** Length of a lease; default: held until released. */
  readonly lease?: Duration;
}

interface Holding {
  readonly owner: string;
  readonly from: number;
  readonly seq: number;
  until: number;
}

/**
 * At each instant a resource has at most one owner.
 * Premises: acquisitions of a resource that had another owner before.
 * @example invariant.ownerIntervalsDisjoint({ acquire: 'lock', release: 'unlock', lease: '15s' })
 */
export function ownerIntervalsDisjoint({ acquire, release, lease }: OwnerIntervalsOptions): Checker {
  const name = `ownerIntervalsDisjoint(${acquire})`;
  const leaseMicros = lease === undefined ? Number.POSITIVE_INFINITY : milliseconds(lease) * 1000;
  return alwaysChecker({
    id: 'C6',
    name,
    claim: 'no two owners hold a resource at the same time',
    start() {
      const invoked = new Map<string, { readonly resource: string; readonly owner: string; readonly at: number }>();
      const holdings = new Map<string, Holding>();
      let changes = 0;
      const acquired = (record: HistoryRecord, resource: string, owner: string, askedAt: number) => {
        const before = holdings.get(resource);
        const until = askedAt + leaseMicros;
        if (before !== undefined && before.owner === owner) {
          before.until = Math.max(before.until, until);
          return undefined;
        }
        if (before !== undefined) {
          changes += 1;
          if (before.until > record.at) {
            const end =
              before.until === Number.POSITIVE_INFINITY
                ? 'had not released it'
                : `held it until ${timeText(before.until)}`;
            const message = `${owner} got ${resource} at ${timeText(record.at)}, while ${before.owner}, owner since ${timeText(before.from)}, ${end}.`;
            return violated(name, message, [before.seq, record.seq]);
          }
        }
        holdings.set(resource, { owner, from: record.at, seq: record.seq, until });
        return undefined;
      };
      const released = (resource: string, owner: string, at: number) => {
        const holding = holdings.get(resource);
        if (holding?.owner === owner) holding.until = Math.min(holding.until, at);
      };
      return {
        record(record) {
          if (record.kind === 'mark') {
            const resource = fieldOf(record.value, 'resource') ?? name;
            const owner = fieldOf(record.value, 'owner') ?? record.host;
            if (matchesGlob(acquire, record.name)) return acquired(record, resource, owner, record.at);
            if (matchesGlob(release, record.name)) released(resource, owner, record.at);
            return undefined;
          }
          if (record.kind !== 'op') return undefined;
          if (record.phase === 'invoke') {
            const owner = record.session ?? record.host;
            const resource = record.key ?? name;
            if (matchesGlob(acquire, record.f)) invoked.set(record.id, { resource, owner, at: record.at });
            else if (matchesGlob(release, record.f)) released(resource, owner, record.at);
            return undefined;
          }
          const asked = record.phase === 'ok' ? invoked.get(record.id) : undefined;
          return asked === undefined ? undefined : acquired(record, asked.resource, asked.owner, asked.at);
        },
        premises: () => changes,
      };
    },
  });
}
