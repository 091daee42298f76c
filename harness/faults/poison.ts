/**
 * Poison: a payload that kills whoever takes it in, each time (a file that makes a decoder eat all memory, a document that runs into a
 * bug of a native module). Whenever a process is about to receive a message with that label it is killed, and started again; this goes on until the
 * run ends, since nothing heals a poisonous payload.
 */
import { z } from 'zod';
import type { Lift, MessageOnLink } from '../world.ts';
import { defineKind, linkField, nothingToLift } from './define.ts';
import { type CommonOptions, drawDuration } from './draw.ts';
import { shrinkNumber } from './shrinking.ts';

export interface PoisonOptions extends CommonOptions {
  /** Glob of the links on which the payload comes: `store>worker-*`. */
  readonly link: string;
  /** Labels of payloads, one of which is made poisonous: `200 GET /documents/7`. */
  readonly labels: readonly string[];
  /** Longest time until a killed process is started again; default 2 s. */
  readonly restart?: `${number}ms` | `${number}s` | number;
}

export const poisonKind = defineKind({
  kind: 'poison',
  fields: { link: linkField, label: z.string().min(1), restartMs: z.number().min(1) },
  acts: ['watch', 'kill', 'start'],
  lasting: false,
  draw: (draw, context, given) => {
    const options = given as unknown as PoisonOptions;
    return {
      kind: 'poison',
      // From the beginning: a payload is what it is before it is first read.
      at: 0,
      link: options.link,
      label: draw.pick(options.labels),
      restartMs: drawDuration(draw, context, { min: 200, max: options.restart ?? '2s' }),
    };
  },
  shrink: (fault) => shrinkNumber(fault, 'restartMs', 1),
  // The link is a glob over processes that is resolved at run time.
  names: () => [],
  describe: ({ link, label }) => `"${label}" kills each process that receives it on ${link}`,
  apply: ({ world, bite }, { link, label, restartMs }) => {
    let stopLooking: Lift = nothingToLift;
    const look = (): void => {
      stopLooking = world.watch({ link, message: 'reply', label, nth: 1, when: 'before' }, strike);
    };
    const strike = (message: MessageOnLink): void => {
      const process = message.link.to;
      // Another fault may have killed it at this very message.
      if (world.kill(process)) world.after(restartMs, () => world.start(process));
      bite(`${process} killed by "${message.label}"`);
      stopLooking();
      look();
    };
    look();
    return nothingToLift;
  },
});
