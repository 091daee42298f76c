/**
 * Drawing faults: what the arbitraries of all kinds share.
 *
 * A fault starts at a point that matters more often than at a time that does not: about six in ten, of links nine, are tied to a message
 * that a process awaits (`on`), with a latest start (`at`) in case it never comes. All draws come from the generator that fast-check hands in, so a
 * plan is a function of its seed.
 */
import * as fc from 'fast-check';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { Duration } from '../duration.ts';
import { milliseconds } from '../duration.ts';
import { linkMatches, linkSides, matchesGlob } from '../labels/glob.ts';
import type { Trigger } from '../plan/format.ts';
import type { FaultContext } from './kind.ts';

/** A place in the traffic at which faults are worth trying. */
export interface Point {
  /** `redis>worker-*`: globs, made concrete when a plan is generated. */
  readonly link: string;
  /** Default `reply`. */
  readonly message?: Trigger['message'];
  /** Default `*`. */
  readonly label?: string;
  /** Default `before` its delivery. */
  readonly when?: Trigger['when'];
  /** Greatest `nth` to draw; default 200. */
  readonly nth?: number;
}

/** Options that all kinds understand. */
export interface CommonOptions {
  /** Chance against the other choices of a `fault.any`; default 1. */
  readonly weight?: number;
  /** Where to strike; default: any reply that a process awaits from a server. */
  readonly points?: readonly Point[];
}

/** Options of kinds that disturb links. */
export interface LinkOptions {
  /**
   * True: the fault starts at a message always, and never at a time alone, at which its link may be silent (its process paused, say) and stay so.
   * Default: at a time in one of ten cases.
   */
  readonly tied?: boolean;
}

/** Of ten faults on links, so many are tied to a message. */
export const linksTiedOfTen = ({ tied = false }: LinkOptions): number => (tied ? 10 : 9);

/** Options of kinds that last. */
export interface LastingOptions extends CommonOptions {
  /** Shortest and longest duration; each kind has its own default. */
  readonly min?: Duration;
  readonly max?: Duration;
}

/** Faults end before this part of the scenario's duration has passed, so that the end of a run is calm. */
export const calmShare = 0.9;

/** Draws from fast-check's generator. */
export class Draw {
  private readonly random: fc.Random;
  constructor(random: fc.Random) {
    this.random = random;
  }

  /** An integer in [low, high]. */
  integer(low: number, high: number): number {
    return high <= low ? low : this.random.nextInt(low, high);
  }

  /** An integer in [low, high], each order of magnitude as likely as the next; `low` is at least 1. */
  logarithmic(low: number, high: number): number {
    const share = this.integer(0, 1_000_000) / 1_000_000;
    return Math.min(high, Math.max(low, Math.round(low * (high / low) ** share)));
  }

  /** True in `numerator` of `denominator` cases. */
  ratio(numerator: number, denominator: number): boolean {
    return this.integer(0, denominator - 1) < numerator;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }
}

class DrawnArbitrary<T> extends fc.Arbitrary<T> {
  private readonly body: (draw: Draw) => T;
  constructor(body: (draw: Draw) => T) {
    super();
    this.body = body;
  }

  override generate(random: fc.Random): fc.Value<T> {
    return new fc.Value(this.body(new Draw(random)), undefined);
  }

  // Faults are shrunk by their kinds, which know what is simpler.
  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false;
  }

  override shrink(): fc.Stream<fc.Value<T>> {
    return fc.Stream.nil();
  }
}

/** An arbitrary from a function that draws. */
export function drawn<T>(body: (draw: Draw) => T): fc.Arbitrary<T> {
  return new DrawnArbitrary(body);
}

/** Processes whose names the globs cover; all of them without globs. */
export function chosenProcesses(
  context: FaultContext,
  globs: readonly string[] | undefined,
  kind: string,
): readonly string[] {
  return chosen(context.processes, globs, `fault.${kind}: no process`);
}

/** Names among `all` that the globs cover; all of them without globs. */
export function chosen(all: readonly string[], globs: readonly string[] | undefined, what: string): readonly string[] {
  const names = globs === undefined ? all : all.filter((name) => globs.some((glob) => matchesGlob(glob, name)));
  if (names.length === 0) {
    const reason = globs === undefined ? 'is there' : `matches ${globs.join(', ')}`;
    throw new SeedstormError('E_INPUT', `${what} ${reason}; the scenario has ${all.join(', ') || 'none'}.`);
  }
  return names;
}

/** All that processes talk to: stores first, then services. */
export function serversOf(context: FaultContext): readonly string[] {
  return [...context.redis, ...context.postgres, ...context.services];
}

/** A concrete link `from>to` for a fault on links: one of the globs', or between a process and a server, in that direction. */
export function drawLink(
  draw: Draw,
  context: FaultContext,
  options: { readonly links: readonly string[] | undefined; readonly toProcess: boolean },
): string {
  if (options.links !== undefined) return draw.pick(concreteLinks(context, options.links));
  const process = draw.pick(chosenProcesses(context, undefined, 'link'));
  const servers = serversOf(context);
  const peers = servers.length > 0 ? servers : context.processes.filter((other) => other !== process);
  const peer = draw.pick(peers.length > 0 ? peers : ['client']);
  return options.toProcess ? `${peer}>${process}` : `${process}>${peer}`;
}

function concreteLinks(context: FaultContext, globs: readonly string[]): readonly string[] {
  const hosts = [...context.processes, ...serversOf(context), 'client'];
  const links: string[] = [];
  for (const from of hosts) {
    for (const to of hosts) {
      if (from !== to && globs.some((glob) => linkMatches(glob, from, to))) links.push(`${from}>${to}`);
    }
  }
  if (links.length === 0) {
    throw new SeedstormError('E_INPUT', `No link matches ${globs.join(', ')}; hosts are ${hosts.join(', ')}.`);
  }
  return links;
}

export interface StartOptions {
  readonly points: readonly Point[] | undefined;
  /** A message on a link that touches this host is preferred. */
  readonly near: string;
  /** Or on exactly this link. */
  readonly link?: string;
  /** ms that the fault lasts; 0 for an instant. */
  readonly forMs: number;
  /** Of ten faults, so many are tied to a message; default 6. */
  readonly tiedOfTen?: number;
}

/** When a fault starts: `on` a message with a latest time, or `at` a time. */
export function drawStart(draw: Draw, context: FaultContext, options: StartOptions): { at: number; on?: Trigger } {
  const latestMs = Math.max(0, Math.floor(context.durationMs * calmShare - options.forMs));
  if (!draw.ratio(options.tiedOfTen ?? 6, 10)) return { at: draw.integer(0, latestMs) };
  const on = drawTrigger(draw, context, options);
  // Late enough for the message to come, early enough for traffic to be left when it does not.
  return { at: draw.integer(Math.floor(latestMs / 10), Math.floor(latestMs / 2)), on };
}

/**
 * The link on whose messages a slowdown of another is best tied: the opposite one. A message that arrives there is answered on the slow
 * link, while one that arrives on the slow link itself is over it already.
 */
export function answeredOn(link: string): { readonly near: string; readonly link: string } {
  const { from, to } = linkSides(link);
  return { near: to, link: `${to}>${from}` };
}

function drawTrigger(draw: Draw, context: FaultContext, { points, near, link }: StartOptions): Trigger {
  const candidates: { readonly link: string; readonly point: Point }[] = [];
  for (const point of points ?? []) {
    for (const concrete of concreteLinks(context, [point.link])) {
      const { from, to } = linkSides(concrete);
      if (from === near || to === near) candidates.push({ link: concrete, point });
    }
  }
  if (candidates.length === 0) {
    const awaited = link === undefined ? serversOf(context).map((server) => `${server}>${near}`) : [link];
    for (const candidate of awaited.length > 0 ? awaited : [`client>${near}`]) {
      candidates.push({ link: candidate, point: { link: candidate, message: messageTypeOn(context, candidate) } });
    }
  }
  const { link: concrete, point } = draw.pick(candidates);
  return {
    link: concrete,
    message: point.message ?? 'reply',
    label: point.label ?? '*',
    nth: draw.logarithmic(1, point.nth ?? 200),
    when: point.when ?? 'before',
  };
}

/** What mostly travels on a link: servers reply, processes and the client request. */
export function messageTypeOn(context: FaultContext, link: string): Trigger['message'] {
  const { from } = linkSides(link);
  return serversOf(context).includes(from) ? 'reply' : 'request';
}

/** A duration in ms between the options' limits, log-uniform, and short enough for the scenario. */
export function drawDuration(
  draw: Draw,
  context: FaultContext,
  options: { readonly min: Duration; readonly max: Duration },
): number {
  const highMs = Math.max(1, Math.min(milliseconds(options.max), Math.floor(context.durationMs * calmShare)));
  const lowMs = Math.max(1, Math.min(milliseconds(options.min), highMs));
  return rounded(draw.logarithmic(lowMs, highMs));
}

/** Two significant digits are enough for a duration, and easier to read. */
export function rounded(ms: number): number {
  if (ms < 100) return ms;
  const unit = 10 ** (Math.floor(Math.log10(ms)) - 1);
  return Math.round(ms / unit) * unit;
}
