/**
 * Draws a plan from a seed: the workload's draws and the faults. The same seed gives the same plan, on every machine.
 *
 * Faults and workload draw from streams of their own, so that a change of one leaves the other. Half of the plans use only some of the
 * scenario's fault kinds (swarm testing, Groce et al., ISSTA 2012): kinds that hide each other's effects are then tried apart.
 */
import { assert } from '../../sim/kernel/assert.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { calmShare, Draw } from '../faults/draw.ts';
import type { FaultChoice, FaultContext } from '../faults/kind.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Scenario } from '../scenario.ts';
import type { Act } from '../world.ts';
import { type DrawnFault, type Fault, PLAN_FORMAT, type Plan, type Profile } from './format.ts';
import { randomOf } from './random.ts';
import { faultChoiceOf, faultContextOf } from './surroundings.ts';

export interface GenerateOptions {
  readonly scenario: Scenario;
  /** `naive`, `hardened`, `mutant:NAME`, or `program` for a user's scenario. */
  readonly subject: string;
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  readonly profile: Profile;
  /** Switches a random subset of the scenario's fault kinds off, for this seed. Default false. */
  readonly swarm?: boolean;
  /** Acts that the world of the run cannot do: kinds of faults that need one are left out. Default none. */
  readonly without?: ReadonlySet<Act>;
}

type Random = ReturnType<typeof randomOf>;

/** How often a fault is drawn again when it would fall into another one of the same target, or leave one without its message. */
const redrawsMax = 8;

const nothing: ReadonlySet<Act> = new Set();

/** The plan of a seed. */
export function generatePlan({
  scenario,
  subject,
  seed,
  profile,
  swarm = false,
  without = nothing,
}: GenerateOptions): Plan {
  const { definition } = scenario;
  const context = faultContextOf(scenario, profile);
  const all = faultChoiceOf(scenario, profile);
  const whole = all === undefined || without.size === 0 ? all : possible(all, without);
  const choice = whole === undefined || !swarm ? whole : swarmOf(whole, seed);
  const draws = definition.workload.draws?.generate(randomOf(seed, 'plan/workload'), undefined).value ?? null;
  return {
    format: PLAN_FORMAT,
    scenario: definition.name,
    subject,
    seed,
    profile,
    workload: { draws, skip: [] },
    faults: choice === undefined ? [] : drawFaults(choice, context, randomOf(seed, 'plan/faults')),
  };
}

/** The same plan with its faults off. */
export function withoutFaults(plan: Plan): Plan {
  return { ...plan, faults: [] };
}

/** The choice less the kinds that need an act of those; undefined when nothing is left. */
function possible(choice: FaultChoice, without: ReadonlySet<Act>): FaultChoice | undefined {
  if (choice.choose === 'kind') {
    return faultKinds.get(choice.kind)?.acts.some((act) => without.has(act)) ? undefined : choice;
  }
  if (choice.choose === 'repeat') {
    const repeated = possible(choice.choice, without);
    return repeated === undefined ? undefined : { ...choice, choice: repeated };
  }
  const choices = choice.choices.map((one) => possible(one, without)).filter((one) => one !== undefined);
  return choices.length === 0 ? undefined : { ...choice, choices };
}

function drawFaults(choice: FaultChoice, context: FaultContext, random: Random): readonly Fault[] {
  const faults: DrawnFault[] = [];
  drawChoice(choice, context, random, faults);
  return faults
    .map((fault, order) => ({ fault, order }))
    .sort((a, b) => (a.fault.at ?? 0) - (b.fault.at ?? 0) || a.order - b.order)
    .map(({ fault }, index) => checked({ id: `f${index + 1}`, ...fault } as Fault));
}

/** The choice with some of its kinds only: each stays with a chance of one half, and one at least. */
function swarmOf(choice: FaultChoice, seed: number): FaultChoice | undefined {
  const on = new Set(someOf([...new Set(kindsOf(choice))], new Draw(randomOf(seed, 'plan/swarm'))));
  const only = (part: FaultChoice): FaultChoice | undefined => {
    if (part.choose === 'kind') return on.has(part.kind) ? part : undefined;
    if (part.choose === 'repeat') {
      const repeated = only(part.choice);
      return repeated === undefined ? undefined : { ...part, choice: repeated };
    }
    const choices = part.choices.map(only).filter((inner) => inner !== undefined);
    return choices.length === 0 ? undefined : { ...part, choices };
  };
  return only(choice);
}

/** Names of the kinds in a choice, one for each place. */
export function kindsOf(choice: FaultChoice | undefined): readonly string[] {
  if (choice === undefined) return [];
  switch (choice.choose) {
    case 'kind':
      return [choice.kind];
    case 'any':
      return choice.choices.flatMap(kindsOf);
    case 'repeat':
      return kindsOf(choice.choice);
  }
}

function drawChoice(choice: FaultChoice, context: FaultContext, random: Random, faults: DrawnFault[]): void {
  if (choice.choose === 'kind') {
    const fault = drawKind(choice, context, random, faults);
    // Where no draw finds a place, one fault fewer is better than one that nothing meets.
    if (!isCrowded([...faults, fault], context)) faults.push(fault);
    return;
  }
  const draw = new Draw(random);
  if (choice.choose === 'repeat') {
    faults.push(...drawRepeats(choice, context, random, draw));
    return;
  }
  if (choice.choices.length === 0) return;
  if (choice.distinct) {
    let left = choice.choices;
    for (let count = Math.min(draw.integer(choice.min, choice.max), left.length); count > 0; count--) {
      const chosen = weighted(left, draw);
      drawChoice(chosen, context, random, faults);
      left = left.filter((other) => other !== chosen);
    }
    return;
  }
  const count = draw.integer(choice.min, choice.max);
  const choices = draw.ratio(1, 2) ? choice.choices : someOf(choice.choices, draw);
  for (let index = 0; index < count; index++) drawChoice(weighted(choices, draw), context, random, faults);
}

/** Each next one starts so much after the one before, by the clock; all are over in time. */
function drawRepeats(
  { choice, times, everyMs, isDrawnAnew }: FaultChoice & { choose: 'repeat' },
  context: FaultContext,
  random: Random,
  draw: Draw,
): readonly DrawnFault[] {
  const calmMs = Math.floor(context.durationMs * calmShare);
  const count = draw.integer(times[0], times[1]);
  const periodMs = Math.min(draw.integer(everyMs[0], everyMs[1]), Math.max(1, Math.floor(calmMs / count)));
  const first: DrawnFault[] = [];
  drawChoice(choice, context, random, first);
  const repeats: DrawnFault[][] = [first];
  while (repeats.length < count) {
    const next: DrawnFault[] = [];
    if (isDrawnAnew) drawChoice(choice, context, random, next);
    repeats.push(isDrawnAnew ? next : first);
  }
  const latestMs = Math.max(0, calmMs - count * periodMs);
  const startMs = Math.min(latestMs, Math.min(...first.map(({ at }) => at ?? 0)));
  return repeats.flatMap((some, index) =>
    some.map(({ on: _on, ...fault }): DrawnFault => {
      // What holds for the whole run has no other start.
      if (faultKinds.get(fault.kind)?.setting !== undefined) return fault;
      const at = startMs + index * periodMs;
      if (fault.for === undefined) return { ...fault, at };
      // The same fault has to be over before it comes again.
      const mostMs = isDrawnAnew ? Math.max(1, calmMs - at) : Math.max(1, Math.floor(periodMs / 2));
      return { ...fault, at, for: Math.min(fault.for, mostMs) };
    }),
  );
}

/** A subset that is not empty. */
function someOf<T>(items: readonly T[], draw: Draw): readonly T[] {
  const chosen = items.filter(() => draw.ratio(1, 2));
  return chosen.length > 0 ? chosen : [draw.pick(items)];
}

function weighted(choices: readonly FaultChoice[], draw: Draw): FaultChoice {
  // Weights are taken in thousandths, so that the draw is an integer.
  const weights = choices.map(({ weight }) => Math.max(0, Math.round(weight * 1000)));
  let left = draw.integer(0, Math.max(0, weights.reduce((sum, weight) => sum + weight, 0) - 1));
  for (const [index, weight] of weights.entries()) {
    if (left < weight) return choices[index]!;
    left -= weight;
  }
  return choices[choices.length - 1]!;
}

function drawKind(
  choice: FaultChoice & { choose: 'kind' },
  context: FaultContext,
  random: Random,
  others: readonly DrawnFault[],
): DrawnFault {
  const kind = faultKinds.get(choice.kind);
  if (kind === undefined) {
    throw new SeedstormError(
      'E_INPUT',
      `The scenario chooses faults of kind "${choice.kind}", which does not exist; kinds are ${[...faultKinds.keys()].join(', ')}.`,
    );
  }
  const arbitrary = kind.arbitrary(context, choice.options);
  let fault = arbitrary.generate(random, undefined).value;
  const isUnfit = () => others.some((other) => collide(fault, other)) || isCrowded([...others, fault], context);
  for (let redraw = 0; redraw < redrawsMax && isUnfit(); redraw++) {
    fault = arbitrary.generate(random, undefined).value;
  }
  return fault;
}

/** True when both take the same process or server down: a crash of what is down already disturbs nothing. */
function collide(one: DrawnFault, other: DrawnFault): boolean {
  const target = one.process ?? one.server;
  if (target === undefined || target !== (other.process ?? other.server)) return false;
  if (one.on !== undefined || other.on !== undefined) return true;
  const oneAt = one.at ?? 0;
  const otherAt = other.at ?? 0;
  return oneAt <= otherAt + (other.for ?? 0) && otherAt <= oneAt + (one.for ?? 0);
}

/**
 * True when a fault may never meet the message that it waits for, since others keep its two hosts silent, one after the other, until the
 * time for faults is over: a worker that is paused for 25 s and, by the message after that, for 21 s more gets no reply of its store
 * within 45 s.
 */
function isCrowded(faults: readonly DrawnFault[], { durationMs }: FaultContext): boolean {
  return faults.some((fault) => {
    if (fault.on === undefined) return false;
    const pair = fault.on.link.split('>') as [string, string];
    const silences = faults.filter((other) => other !== fault && isSilencing(other, pair));
    // One that waits for a message begins when the one before it is over.
    const silentUntilMs = silences
      .sort((one, other) => (one.at ?? 0) - (other.at ?? 0))
      .reduce((end, { at = 0, for: forMs = 0 }) => Math.max(end, at) + forMs, 0);
    return silences.length > 0 && Math.max(silentUntilMs, fault.at ?? 0) > calmShare * durationMs;
  });
}

const stoppingActs: ReadonlySet<Act> = new Set(['stop', 'kill', 'crashServer']);

/** Whether a fault holds or loses all bytes of a direction between two hosts, or has one of them down, for some time. */
function isSilencing(fault: DrawnFault, pair: readonly [string, string]): boolean {
  const { between, process, server } = fault as {
    readonly between?: readonly [readonly string[], readonly string[]];
    readonly process?: string;
    readonly server?: string;
  };
  if (between !== undefined) {
    const [some, others] = between;
    return pair.some((host, index) => some.includes(host) && others.includes(pair[1 - index]!));
  }
  const target = process ?? server;
  return (
    target !== undefined &&
    pair.includes(target) &&
    faultKinds.get(fault.kind)!.acts.some((act) => stoppingActs.has(act))
  );
}

function checked(fault: Fault): Fault {
  const parsed = faultKinds.get(fault.kind)!.schema.safeParse(fault);
  assert(parsed.success, `a drawn fault breaks its own schema: ${JSON.stringify(fault)} (${parsed.error?.message})`);
  return fault;
}
