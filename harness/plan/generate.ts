/**
 * Draws a plan from a seed: the workload's draws and the faults. The same seed gives the same plan, on every machine.
 *
 * Faults and workload draw from streams of their own, so that a change of one leaves the other. Half of the plans use only some of the
 * scenario's fault kinds (swarm testing, Groce et al., ISSTA 2012): kinds that hide each other's effects are then tried apart.
 */
import { assert } from '../../sim/kernel/assert.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { Draw } from '../faults/draw.ts';
import type { FaultChoice, FaultContext } from '../faults/kind.ts';
import { faultKinds } from '../faults/registry.ts';
import type { Scenario } from '../scenario.ts';
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
}

type Random = ReturnType<typeof randomOf>;

/** How often a fault is drawn again when it would fall into another one of the same target. */
const redrawsMax = 8;

/** The plan of a seed. */
export function generatePlan({ scenario, subject, seed, profile }: GenerateOptions): Plan {
  const { definition } = scenario;
  const context = faultContextOf(scenario, profile);
  const choice = faultChoiceOf(scenario, profile);
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

function drawFaults(choice: FaultChoice, context: FaultContext, random: Random): readonly Fault[] {
  const faults: DrawnFault[] = [];
  drawChoice(choice, context, random, faults);
  return faults
    .map((fault, order) => ({ fault, order }))
    .sort((a, b) => (a.fault.at ?? 0) - (b.fault.at ?? 0) || a.order - b.order)
    .map(({ fault }, index) => checked({ id: `f${index + 1}`, ...fault } as Fault));
}

function drawChoice(choice: FaultChoice, context: FaultContext, random: Random, faults: DrawnFault[]): void {
  if (choice.choose === 'kind') {
    faults.push(drawKind(choice, context, random, faults));
    return;
  }
  if (choice.choices.length === 0) return;
  const draw = new Draw(random);
  const count = draw.integer(choice.min, choice.max);
  const choices = draw.ratio(1, 2) ? choice.choices : someOf(choice.choices, draw);
  for (let index = 0; index < count; index++) drawChoice(weighted(choices, draw), context, random, faults);
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
  for (let redraw = 0; redraw < redrawsMax && others.some((other) => collide(fault, other)); redraw++) {
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

function checked(fault: Fault): Fault {
  const parsed = faultKinds.get(fault.kind)!.schema.safeParse(fault);
  assert(parsed.success, `a drawn fault breaks its own schema: ${JSON.stringify(fault)} (${parsed.error?.message})`);
  return fault;
}
