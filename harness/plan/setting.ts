/** What a plan says of the whole run, before its first event: the date at which it begins, and the zones of its processes. */
import type { FaultKind } from '../faults/kind.ts';
import type { Setting } from '../world.ts';
import type { Fault } from './format.ts';

/** The setting that the faults ask for together; of two that ask for the same, the first counts, and the other never bites. */
export function settingOf(faults: readonly Fault[], kinds: ReadonlyMap<string, FaultKind>): Setting {
  let setting: Setting = {};
  for (const fault of faults) {
    const asked = kinds.get(fault.kind)?.setting?.(fault);
    if (asked === undefined) continue;
    const timeZones = { ...asked.timeZones, ...setting.timeZones };
    setting = { ...asked, ...setting, ...(Object.keys(timeZones).length === 0 ? {} : { timeZones }) };
  }
  return setting;
}
