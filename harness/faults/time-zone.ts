/** A time zone: a process has another local time than the scenario gives it, from its first event on, as a host with another TZ has. */
import { z } from 'zod';
import { defineKind, nothingToLift } from './define.ts';
import { type CommonOptions, chosenProcesses } from './draw.ts';
import { namesOfProcess, processFields } from './process-target.ts';

export interface TimeZoneOptions extends CommonOptions {
  /** Globs of the processes that it may hit; default all. */
  readonly processes?: readonly string[];
  /** IANA zones to choose from; default zones far apart, with and without daylight saving time, and one off by 45 minutes. */
  readonly zones?: readonly string[];
}

const zones: readonly string[] = [
  'America/New_York',
  'America/Los_Angeles',
  'Europe/Berlin',
  'Europe/London',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
];

export const timeZoneKind = defineKind({
  kind: 'time-zone',
  fields: { ...processFields, zone: z.string().refine(isZone, 'there is no such IANA time zone') },
  acts: ['setting'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as TimeZoneOptions;
    const process = draw.pick(chosenProcesses(context, options.processes, 'time-zone'));
    return { kind: 'time-zone', at: 0, process, zone: draw.pick(options.zones ?? zones) };
  },
  names: namesOfProcess,
  describe: ({ process, zone }) => `the time zone of ${process} is ${zone}`,
  setting: ({ process, zone }) => ({ timeZones: { [process]: zone } }),
  apply: ({ world, bite }, { process, zone }) => {
    if (world.setting.timeZones?.[process] === zone) bite(`the time zone of ${process} is ${zone}`);
    return nothingToLift;
  },
});

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
