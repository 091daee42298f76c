/**
 * A black hole: bytes between two sets of hosts are lost, and the connections that lost some are reset when it ends. New connections
 * hang. Nothing tells a program that its bytes are gone, until its own timeout or the end.
 */
import { durationText } from '../duration.ts';
import { defineKind, nextOnItsLink } from './define.ts';
import { drawDuration, drawStart, type LastingOptions, type LinkOptions, linksTiedOfTen } from './draw.ts';
import {
  disturbSides,
  drawSides,
  namesOfSides,
  type SidesOptions,
  shrinkSides,
  sidesFields,
  sidesText,
  tiedLink,
} from './sides.ts';

export interface BlackholeOptions extends LastingOptions, LinkOptions, SidesOptions {}

export const blackholeKind = defineKind({
  kind: 'blackhole',
  fields: sidesFields,
  acts: ['disturb'],
  lasting: true,
  draw: (draw, context, given) => {
    const options = given as BlackholeOptions;
    const forMs = drawDuration(draw, context, { min: options.min ?? '500ms', max: options.max ?? '20s' });
    const sides = drawSides(draw, context, options, 'blackhole');
    return {
      kind: 'blackhole',
      ...drawStart(draw, context, {
        ...tiedLink(sides),
        points: options.points,
        forMs,
        tiedOfTen: linksTiedOfTen(options),
      }),
      for: forMs,
      ...sides,
    };
  },
  shrink: shrinkSides,
  names: namesOfSides,
  describe: (fault) => `${sidesText(fault)} is lost for ${durationText(fault.for ?? 0)}`,
  awaits: nextOnItsLink,
  apply: (application, fault) => disturbSides(application, fault, { kind: 'blackhole' }),
});
