/** A crash (SIGKILL): memory, timers and sockets of a process are gone at once; a new incarnation starts after `for`. */
import { durationText } from '../duration.ts';
import { defineKind } from './define.ts';
import {
  drawProcessFault,
  namesOfProcess,
  type ProcessFaultOptions,
  processFields,
  strikeWhenRunning,
} from './process-target.ts';

/** `min` and `max` limit the time that the process is down; default 200 ms to 30 s. */
export interface CrashOptions extends ProcessFaultOptions {}

export const crashKind = defineKind({
  kind: 'crash',
  fields: processFields,
  acts: ['kill', 'start'],
  lasting: true,
  draw: (draw, context, options) =>
    drawProcessFault(draw, context, options, { kind: 'crash', min: '200ms', max: '30s' }),
  names: namesOfProcess,
  describe: ({ process, for: forMs }) => `${process} is killed, and started again after ${durationText(forMs ?? 0)}`,
  apply: ({ world, bite }, { process }) => {
    let hasKilled = false;
    const cancel = strikeWhenRunning(world, () => {
      hasKilled = world.kill(process);
      if (hasKilled) bite(`${process} killed`);
      return hasKilled;
    });
    return () => {
      cancel();
      if (hasKilled) world.start(process);
    };
  },
});
