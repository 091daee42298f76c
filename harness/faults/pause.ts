/**
 * A pause (SIGSTOP, then SIGCONT after `for`): a long garbage collection, a frozen machine, a laptop lid. Nothing is delivered to the
 * process meanwhile; afterwards it goes on as if nothing had been, which is what leases and locks must survive.
 */
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import {
  drawProcessFault,
  namesOfProcess,
  type ProcessFaultOptions,
  processFields,
  strikeWhenRunning,
} from './process-target.ts';

/** `min` and `max` limit the pause; default 100 ms to 40 s. */
export interface PauseOptions extends ProcessFaultOptions {}

export const pauseKind = defineKind({
  kind: 'pause',
  fields: processFields,
  acts: ['stop', 'continue'],
  lasting: true,
  draw: (draw, context, options) =>
    drawProcessFault(draw, context, options, { kind: 'pause', min: '100ms', max: '40s' }),
  names: namesOfProcess,
  describe: ({ process, for: forMs }) => `${process} is paused for ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { process }) => {
    let hasStopped = false;
    const cancel = strikeWhenRunning(world, () => {
      hasStopped = world.stop(process);
      if (hasStopped) bite(`${process} stopped`);
      return hasStopped;
    });
    return () => {
      cancel();
      if (hasStopped) world.continue(process);
    };
  },
});
