/** What a function of the engine looks like: exactly one of the three ways to call it. */

import type { Backend } from '../backend.ts';
import type { BoundSite } from '../functions/implementation.ts';
import type { Datum } from '../types/datum.ts';
import type { Waiting } from '../wait.ts';

export interface SessionFunction {
  readonly call?: (args: readonly Datum[], site: BoundSite) => Datum;
  readonly callSet?: (args: readonly Datum[], site: BoundSite) => Iterable<Datum>;
  readonly wait?: (args: readonly Datum[], site: BoundSite) => Waiting<Datum>;
}

/** By prosrc of pg_proc. */
export type FunctionFamily = Readonly<Record<string, SessionFunction>>;

/** The session that calls; every context of the engine carries it. */
export function backendOf(site: BoundSite): Backend {
  return site.context.session as Backend;
}
