/**
 * What faults do to the load: the workload sleeps shorter (a burst), its picks fall on one item (a skew), its items come out of order.
 *
 * The workload's tools ask here at each sleep, pick and item. Draws of a fault come from streams of their own, so that the workload's
 * own draws stay what they were.
 */
import type { Stream } from '../sim/kernel/stream.ts';
import type { Bite, Lift, LoadCondition } from './world.ts';

interface InForce<Condition = LoadCondition> {
  readonly condition: Condition;
  readonly bite: (detail: string) => void;
}

export class WorkloadShape {
  readonly #inForce: InForce[] = [];

  /** Puts a condition in force; the result lifts it. */
  disturb(condition: LoadCondition, bite: Bite): Lift {
    let hasBitten = false;
    const inForce: InForce = {
      condition,
      bite: (detail) => {
        if (hasBitten) return;
        hasBitten = true;
        bite(detail);
      },
    };
    this.#inForce.push(inForce);
    return () => {
      const index = this.#inForce.indexOf(inForce);
      if (index >= 0) this.#inForce.splice(index, 1);
    };
  }

  /** How long a sleep takes, in ms. */
  sleepMs(ms: number): number {
    let left = ms;
    for (const { condition, bite } of this.#of('burst')) {
      left /= condition.factor;
      if (ms > 0) bite('the workload hurried');
    }
    return left;
  }

  /** Which item is picked where the workload's own draw chose `index`. */
  picked(index: number, stream: () => Stream): number {
    for (const { condition, bite } of this.#of('skew')) {
      if (stream().double() >= condition.share) continue;
      bite('the workload picked the hot item');
      return 0;
    }
    return index;
  }

  /** Place of the next item among `count` that are left. */
  nextItem(count: number, stream: () => Stream): number {
    const [first] = this.#of('shuffle');
    if (first === undefined || count < 2) return 0;
    const place = stream().int(Math.min(count, first.condition.places + 1));
    if (place > 0) first.bite('an item came before its turn');
    return place;
  }

  #of<Kind extends LoadCondition['kind']>(kind: Kind): InForce<LoadCondition & { kind: Kind }>[] {
    return this.#inForce.filter(({ condition }) => condition.kind === kind) as InForce<
      LoadCondition & { kind: Kind }
    >[];
  }
}
