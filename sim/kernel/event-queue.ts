/**
 * The priority queue of the simulation: a binary heap ordered by (time, sequence), which is a total order.
 *
 * Keys live in typed arrays beside the tasks, so that comparing never touches a task, whatever its shape. A cancelled task stays
 * where it is and is dropped when it comes up; when more than half are cancelled the heap is rebuilt, so memory follows the live
 * ones.
 */
import { assert } from './assert.ts';
import type { Micros } from './clock.ts';

/** Something that happens at an instant. */
export abstract class Task {
  /** Its place among the tasks of one time; -1 while it is in no queue. An entry of the heap counts only while they agree. */
  sequence = -1;
  get isQueued(): boolean {
    return this.sequence >= 0;
  }
  abstract fire(): void;
}

const INITIAL_CAPACITY = 1024;
const REBUILD_MIN = 256;

export class EventQueue {
  #times = new Float64Array(INITIAL_CAPACITY);
  #sequences = new Float64Array(INITIAL_CAPACITY);
  #tasks: Task[] = [];
  #size = 0;
  #cancelled = 0;
  #sequence = 0;
  /** Time of the task that `pop` returned last. */
  poppedAt: Micros = 0;

  get size(): number {
    return this.#size - this.#cancelled;
  }

  /** Queues a task at an integer time; tasks of one time come out in the order in which they went in. */
  push(at: Micros, task: Task): void {
    assert(!task.isQueued, 'a task is queued twice');
    if (this.#size === this.#times.length) this.#grow();
    const sequence = this.#sequence++;
    task.sequence = sequence;
    const times = this.#times;
    const sequences = this.#sequences;
    const tasks = this.#tasks;
    let hole = this.#size++;
    // A new task has the highest sequence, so it rises only past strictly later times.
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (times[parent]! <= at) break;
      times[hole] = times[parent]!;
      sequences[hole] = sequences[parent]!;
      tasks[hole] = tasks[parent]!;
      hole = parent;
    }
    times[hole] = at;
    sequences[hole] = sequence;
    tasks[hole] = task;
  }

  /** Takes a queued task out; does nothing when it is not queued. */
  cancel(task: Task): void {
    if (!task.isQueued) return;
    task.sequence = -1;
    this.#cancelled++;
    if (this.#cancelled > REBUILD_MIN && this.#cancelled * 2 > this.#size) this.#rebuild();
  }

  /** Time of the next task, or Infinity. */
  nextAt(): Micros {
    this.#dropCancelled();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  /** The next task, or undefined when there is none at or before `until`. */
  pop(until: Micros): Task | undefined {
    if (this.#cancelled > 0) this.#dropCancelled();
    if (this.#size === 0 || this.#times[0]! > until) return undefined;
    this.poppedAt = this.#times[0]!;
    const task = this.#removeFirst();
    task.sequence = -1;
    return task;
  }

  #dropCancelled(): void {
    while (this.#size > 0 && this.#tasks[0]!.sequence !== this.#sequences[0]!) {
      this.#cancelled--;
      this.#removeFirst();
    }
  }

  #removeFirst(): Task {
    const tasks = this.#tasks;
    const first = tasks[0]!;
    const last = --this.#size;
    if (last > 0) this.#sink(0, this.#times[last]!, this.#sequences[last]!, tasks[last]!);
    tasks.pop();
    return first;
  }

  #sink(from: number, at: number, sequence: number, task: Task): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const tasks = this.#tasks;
    const size = this.#size;
    let hole = from;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        (times[right]! < times[child]! || (times[right]! === times[child]! && sequences[right]! < sequences[child]!))
      ) {
        child = right;
      }
      if (at < times[child]! || (at === times[child]! && sequence < sequences[child]!)) break;
      times[hole] = times[child]!;
      sequences[hole] = sequences[child]!;
      tasks[hole] = tasks[child]!;
      hole = child;
    }
    times[hole] = at;
    sequences[hole] = sequence;
    tasks[hole] = task;
  }

  #rebuild(): void {
    let kept = 0;
    for (let index = 0; index < this.#size; index++) {
      const task = this.#tasks[index]!;
      if (task.sequence !== this.#sequences[index]!) continue;
      this.#times[kept] = this.#times[index]!;
      this.#sequences[kept] = this.#sequences[index]!;
      this.#tasks[kept] = task;
      kept++;
    }
    this.#size = kept;
    this.#cancelled = 0;
    this.#tasks.length = kept;
    for (let index = (kept >> 1) - 1; index >= 0; index--) {
      this.#sink(index, this.#times[index]!, this.#sequences[index]!, this.#tasks[index]!);
    }
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const sequences = new Float64Array(this.#sequences.length * 2);
    times.set(this.#times);
    sequences.set(this.#sequences);
    this.#times = times;
    this.#sequences = sequences;
  }
}
