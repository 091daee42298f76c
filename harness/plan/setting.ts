/** What a plan asks of a run before its first event: the date at which it begins, the zones of its processes, and whether messages need labels. */
import type { FaultKind } from '../faults/kind.ts';
import type { Act, Setting } from '../world.ts';
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

const messageActs: ReadonlySet<Act> = new Set(['watch', 'hold', 'tamper']);

/** True when some fault waits for a message, or changes one: messages are then labelled. */
export function looksAtMessages(faults: readonly Fault[], kinds: ReadonlyMap<string, FaultKind>): boolean {
  return faults.some((fault) => {
    const kind = kinds.get(fault.kind);
    return (
      fault.on !== undefined ||
      kind?.awaits?.(fault) !== undefined ||
      kind?.acts.some((act) => messageActs.has(act)) === true
    );
  });
}
