/**
 * A failing disk: the file system of a process's host is full (`ENOSPC`: all that takes space fails) or broken (`EIO`: reads, writes
 * and syncs fail). Standard output is no file, and goes on.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import { drawProcessFault, namesOfProcess, type ProcessFaultOptions, processFields } from './process-target.ts';

/** `min` and `max` limit how long it lasts; default 500 ms to 30 s. */
export interface DiskOptions extends ProcessFaultOptions {
  /** Default either. */
  readonly error?: 'ENOSPC' | 'EIO';
}

export const diskKind = defineKind({
  kind: 'disk',
  fields: { ...processFields, error: z.enum(['ENOSPC', 'EIO']) },
  acts: ['disturbHost'],
  lasting: true,
  draw: (draw, context, given) => {
    const error = draw.pick(['ENOSPC', 'EIO'] as const);
    return {
      ...drawProcessFault(draw, context, given, { kind: 'disk', min: '500ms', max: '30s' }),
      error: (given as DiskOptions).error ?? error,
    };
  },
  shrink: (fault) => (fault.error === 'EIO' ? [{ ...fault, error: 'ENOSPC' }] : []),
  names: namesOfProcess,
  describe: ({ process, error, for: forMs }) =>
    `the disk of ${process} ${error === 'ENOSPC' ? 'is full' : 'fails'} (${error}) for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { process, error }) => world.disturbHost(process, { kind: 'disk', error }, bite),
});
