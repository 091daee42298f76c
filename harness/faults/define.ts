/**
 * Makes a fault kind from what is its own: its fields, how it is drawn, its words and its acts. The fields that all faults have, the
 * rule that a fault needs a start, and the shrinking of start and duration are added here.
 */
import { z } from 'zod';
import { type DrawnFault, durationMs, type Fault, faultBase, type Trigger } from '../plan/format.ts';
import type { Act, Lift, Setting } from '../world.ts';
import { type Draw, drawn } from './draw.ts';
import type { Application, FaultContext, FaultKind } from './kind.ts';
import { shrinkNumber, shrinkStart } from './shrinking.ts';

export type FaultOf<Fields extends z.ZodRawShape> = Fault & z.infer<z.ZodObject<Fields>>;
export type NameInside = ReturnType<FaultKind['names']>[number];

export interface KindDefinition<Fields extends z.ZodRawShape> {
  readonly kind: string;
  /** The kind's own fields; `for` is added to lasting kinds. */
  readonly fields: Fields;
  readonly acts: readonly Act[];
  readonly lasting: boolean;
  /** A rule over several fields: the message of what is wrong, with the field. */
  readonly rule?: (fault: FaultOf<Fields>) => { readonly field: string; readonly message: string } | undefined;
  readonly draw: (draw: Draw, context: FaultContext, options: Readonly<Record<string, unknown>>) => DrawnFault;
  /** Simpler versions by the kind's own fields; start and duration are shrunk besides. */
  readonly shrink?: (fault: FaultOf<Fields>) => readonly Fault[];
  readonly names: (fault: FaultOf<Fields>) => readonly NameInside[];
  readonly describe: (fault: FaultOf<Fields>) => string;
  readonly awaits?: (fault: FaultOf<Fields>) => Trigger | undefined;
  readonly setting?: (fault: FaultOf<Fields>) => Setting;
  readonly isNothing?: (fault: FaultOf<Fields>) => boolean;
  readonly apply: (application: Application, fault: FaultOf<Fields>) => Lift;
}

/** Makes the kind. */
export function defineKind<Fields extends z.ZodRawShape>(definition: KindDefinition<Fields>): FaultKind {
  // A fault is checked against its kind's schema when a plan is read or drawn, so the narrower type holds from then on.
  const own = (fault: Fault) => fault as FaultOf<Fields>;
  const { awaits, setting, isNothing } = definition;
  return {
    kind: definition.kind,
    acts: definition.acts,
    lasting: definition.lasting,
    schema: schemaOf(definition),
    arbitrary: (context, options) => drawn((draw) => definition.draw(draw, context, options)),
    shrink: (fault) => [
      ...(definition.shrink?.(own(fault)) ?? []),
      ...(definition.lasting ? shrinkNumber(fault, 'for', 1) : []),
      ...shrinkStart(fault),
    ],
    names: (fault) => definition.names(own(fault)),
    describe: (fault) => definition.describe(own(fault)),
    ...(awaits === undefined ? {} : { awaits: (fault: Fault) => awaits(own(fault)) }),
    ...(setting === undefined ? {} : { setting: (fault: Fault) => setting(own(fault)) }),
    ...(isNothing === undefined ? {} : { isNothing: (fault: Fault) => isNothing(own(fault)) }),
    apply: (application, fault) => definition.apply(application, own(fault)),
  };
}

function schemaOf<Fields extends z.ZodRawShape>(definition: KindDefinition<Fields>): z.ZodType {
  const shape = z.strictObject({
    ...faultBase,
    kind: z.literal(definition.kind),
    ...(definition.lasting ? { for: durationMs } : {}),
    ...definition.fields,
  });
  return shape.check((context) => {
    const fault = context.value as unknown as FaultOf<Fields>;
    if (fault.at === undefined && fault.on === undefined) {
      context.issues.push({
        code: 'custom',
        input: fault,
        path: ['at'],
        message: 'a fault starts "at" a time (ms) or "on" a message; this one has neither',
      });
    }
    const broken = definition.rule?.(fault);
    if (broken !== undefined) {
      context.issues.push({ code: 'custom', input: fault, path: [broken.field], message: broken.message });
    }
  });
}

/** A link as plans write it. */
export const linkField = z.string().regex(/^[^>]+>[^>]+$/, 'a link is written "from>to"');

/** The two hosts of a link, for validation. */
export function namesOfLink(field: string, link: string): readonly NameInside[] {
  return link.split('>').map((name) => ({ field, name, role: 'host' as const }));
}

/**
 * Waits for the next message on the link of its trigger, whatever its label: for kinds that disturb a link, when the message that they
 * were tied to did not come in time. In a silence they would disturb nothing.
 */
export function nextOnItsLink({ on }: Fault): Trigger | undefined {
  return on === undefined ? undefined : { ...on, label: '*', nth: 1 };
}

/** Undoes several things, in the reverse order. */
export function liftAll(lifts: readonly Lift[]): Lift {
  return () => {
    for (const lift of lifts.toReversed()) lift();
  };
}

export const nothingToLift: Lift = () => {};

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
