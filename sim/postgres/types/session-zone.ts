/** The zone a session's TimeZone setting names. An unknown name cannot get here: SET refuses it. */
import { assert } from '../../kernel/assert.ts';
import type { CallContext } from './datum.ts';
import { type Zone, zoneOfSetting } from './timezone.ts';

let lastName = '';
let lastZone: Zone | null = null;

export function sessionZone(context: CallContext): Zone {
  if (context.timeZone === lastName && lastZone !== null) return lastZone;
  const zone = zoneOfSetting(context.timeZone);
  assert(zone !== null, `the session has the unknown time zone ${context.timeZone}`);
  lastName = context.timeZone;
  lastZone = zone;
  return zone;
}
