/** Where HTTP is spoken: what `http` and `duplicate` have in common. */
import type { Draw } from './draw.ts';
import { chosenProcesses, drawLink } from './draw.ts';
import type { FaultContext } from './kind.ts';

/** A link from caller to service: one of the globs', or from a process to a service, or from the client to a process where there is none. */
export function drawExchangeLink(draw: Draw, context: FaultContext, links: readonly string[] | undefined): string {
  if (links !== undefined) return drawLink(draw, context, { links, toProcess: false });
  const process = draw.pick(chosenProcesses(context, undefined, 'http'));
  return context.services.length > 0 ? `${process}>${draw.pick(context.services)}` : `client>${process}`;
}
