/**
 * A requested exit (SIGTERM), as a deployment does it: the process may end gracefully, is killed if it has not after `for`, and is
 * started again then.
 */
import { z } from 'zod';
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import {
  drawProcessFault,
  namesOfProcess,
  type ProcessFaultOptions,
  processFields,
  strikeWhenRunning,
} from './process-target.ts';

/** `min` and `max` limit the grace period; default 5 s to 30 s. */
export interface ExitOptions extends ProcessFaultOptions {
  /** Default SIGTERM. */
  readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGHUP';
}

export const exitKind = defineKind({
  kind: 'exit',
  fields: { ...processFields, signal: z.enum(['SIGTERM', 'SIGINT', 'SIGHUP']).default('SIGTERM') },
  acts: ['signal', 'kill', 'start'],
  lasting: true,
  draw: (draw, context, options) => ({
    ...drawProcessFault(draw, context, options, { kind: 'exit', min: '5s', max: '30s' }),
    signal: (options as ExitOptions).signal ?? 'SIGTERM',
  }),
  names: namesOfProcess,
  describe: ({ process, signal, for: forMs }) =>
    `${process} gets ${signal}, and is killed if need be and started again after ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { process, signal }) => {
    let signalled: number | undefined;
    const cancel = strikeWhenRunning(world, () => {
      const incarnation = world.incarnation(process);
      if (incarnation === undefined || !world.signal(process, signal)) return false;
      signalled = incarnation;
      bite(`${process} got ${signal}`);
      return true;
    });
    return () => {
      cancel();
      if (signalled === undefined) return;
      // A restart policy may have started a new incarnation already: that one is left alone.
      if (world.incarnation(process) === signalled) world.kill(process);
      world.start(process);
    };
  },
});
