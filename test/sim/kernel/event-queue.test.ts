import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue, Task } from '../../../sim/kernel/event-queue.ts';

class Numbered extends Task {
  readonly number: number;
  constructor(number: number) {
    super();
    this.number = number;
  }
  fire(): void {}
}

function drain(queue: EventQueue): [number, number][] {
  const order: [number, number][] = [];
  for (let task = queue.pop(Number.POSITIVE_INFINITY); task !== undefined; task = queue.pop(Number.POSITIVE_INFINITY)) {
    order.push([queue.poppedAt, (task as Numbered).number]);
  }
  return order;
}

describe('the event queue', () => {
  it('gives tasks by time, and those of one time in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3000 }), (times) => {
        const queue = new EventQueue();
        for (const [number, at] of times.entries()) queue.push(at, new Numbered(number));
        const expected = times
          .map((at, number): [number, number] => [at, number])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(drain(queue)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('forgets cancelled tasks and takes them again at another time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), fate: fc.constantFrom('keep', 'cancel', 'move') }), {
          maxLength: 2000,
        }),
        (plans) => {
          const queue = new EventQueue();
          const tasks = plans.map(({ at }, number) => {
            const task = new Numbered(number);
            queue.push(at, task);
            return task;
          });
          const expected: [number, number][] = [];
          plans.forEach(({ at, fate }, number) => {
            const task = tasks[number]!;
            if (fate !== 'keep') queue.cancel(task);
            if (fate === 'move') queue.push(at + 7, task);
            if (fate !== 'cancel') expected.push([fate === 'move' ? at + 7 : at, number]);
          });
          expect(queue.size).toBe(expected.length);
          const times = drain(queue);
          expect(times.map(([at]) => at)).toEqual(expected.map(([at]) => at).sort((a, b) => a - b));
          expect(times.map(([, number]) => number).sort((a, b) => a - b)).toEqual(
            expected.map(([, number]) => number).sort((a, b) => a - b),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses a task that is queued already', () => {
    const queue = new EventQueue();
    const task = new Numbered(0);
    queue.push(1, task);
    expect(() => queue.push(2, task)).toThrow(/queued twice/);
  });
});
