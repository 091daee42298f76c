/**
 * Two sets of hosts with a disturbed network between them: what `partition` and `blackhole` have in common.
 */
import { z } from 'zod';
import { linkSides } from '../labels/glob.ts';
import type { Fault } from '../plan/format.ts';
import type { Link, LinkCondition } from '../world.ts';
import { liftAll, listed, type NameInside } from './define.ts';
import { chosenProcesses, type Draw, drawLink, serversOf } from './draw.ts';
import type { Application, FaultContext } from './kind.ts';
import { shorterLists } from './shrinking.ts';

export const sidesFields = {
  /** Each host of the first set loses each host of the second. */
  between: z.tuple([z.array(z.string()).min(1), z.array(z.string()).min(1)]),
  /** `forward`: only what the first set sends to the second is hit; `backward`: only what comes back. */
  direction: z.enum(['both', 'forward', 'backward']),
};

export interface Sides {
  readonly between: readonly [readonly string[], readonly string[]];
  readonly direction: 'both' | 'forward' | 'backward';
}

export interface SidesOptions {
  /** Globs of links to choose from; default: processes and what they talk to. */
  readonly links?: readonly string[];
  /** Globs of the processes that may be cut off; default all. */
  readonly processes?: readonly string[];
  /** Draws one-way disturbances as well; default true. */
  readonly oneWay?: boolean;
}

/** Draws the sides: mostly one process against one server, at times against all, or all processes against one server. */
export function drawSides(draw: Draw, context: FaultContext, options: SidesOptions, kind: string): Sides {
  const direction = options.oneWay === false || draw.ratio(2, 3) ? 'both' : draw.pick(['forward', 'backward'] as const);
  if (options.links !== undefined) {
    const { from, to } = linkSides(drawLink(draw, context, { links: options.links, toProcess: false }));
    return { between: [[from], [to]], direction };
  }
  const processes = chosenProcesses(context, options.processes, kind);
  const process = draw.pick(processes);
  const servers = serversOf(context);
  const peers = servers.length > 0 ? servers : context.processes.filter((other) => other !== process);
  if (peers.length === 0) return { between: [[process], ['client']], direction };
  if (draw.ratio(1, 4)) return { between: [[process], [...peers]], direction };
  const peer = draw.pick(peers);
  if (draw.ratio(1, 6)) return { between: [processes.filter((name) => name !== peer), [peer]], direction };
  return { between: [[process], [peer]], direction };
}

/** The link, in a disturbed direction, on whose messages such a fault is best tied: the very message is then held or lost. */
export function tiedLink({ between: [first, second], direction }: Sides): {
  readonly near: string;
  readonly link: string;
} {
  const [near, peer] = [first[0]!, second[0]!];
  return { near, link: direction === 'forward' ? `${near}>${peer}` : `${peer}>${near}` };
}

/** Fewer hosts on either side, then one way only. */
export function shrinkSides(fault: Fault & Sides): readonly Fault[] {
  const [first, second] = fault.between;
  return [
    ...shorterLists(first).map((list) => ({ ...fault, between: [list, second] })),
    ...shorterLists(second).map((list) => ({ ...fault, between: [first, list] })),
    ...(fault.direction === 'both'
      ? (['forward', 'backward'] as const).map((direction) => ({ ...fault, direction }))
      : []),
  ];
}

export function namesOfSides({ between }: Sides): readonly NameInside[] {
  return between.flatMap((side, sideIndex) =>
    side.map((name, index) => ({ field: `between[${sideIndex}][${index}]`, name, role: 'host' as const })),
  );
}

/** `worker-1 from redis`, or `what worker-1 sends to redis`. */
export function sidesText({ between: [first, second], direction }: Sides): string {
  if (direction === 'forward') return `what ${sends(first)} to ${listed(second)}`;
  if (direction === 'backward') return `what ${sends(second)} to ${listed(first)}`;
  return `what ${listed(first)} and ${listed(second)} send each other`;
}

const sends = (names: readonly string[]) => `${listed(names)} ${names.length === 1 ? 'sends' : 'send'}`;

/** Puts the condition on all directed links between the sides. */
export function disturbSides({ world, bite }: Application, sides: Sides, condition: LinkCondition) {
  const links: Link[] = [];
  for (const first of sides.between[0]) {
    for (const second of sides.between[1]) {
      if (first === second) continue;
      if (sides.direction !== 'backward') links.push({ from: first, to: second });
      if (sides.direction !== 'forward') links.push({ from: second, to: first });
    }
  }
  return liftAll(links.map((link) => world.disturb(link, condition, bite)));
}
