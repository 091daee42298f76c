/**
 * How faults get simpler: what the `shrink` of all kinds share. Every candidate is strictly smaller in one field and larger in none, so
 * shrinking ends. The most daring candidates come first, since one that still fails saves many steps.
 */
import type { Fault } from '../plan/format.ts';

/** Steps smaller than this part of a number are not worth a run. */
const finestShare = 1 / 16;

/** Smaller whole numbers from `least` up, the smallest first: the least, then ever closer to the value. */
export function smallerNumbers(value: number, least: number): readonly number[] {
  const smaller: number[] = [];
  for (let gap = value - least; gap >= 1 && gap > value * finestShare; gap /= 2) {
    const candidate = Math.max(least, Math.floor(value - gap));
    if (candidate !== smaller[smaller.length - 1]) smaller.push(candidate);
  }
  return smaller;
}

/** Candidates with a smaller number in one field. */
export function shrinkNumber(fault: Fault, field: string, least: number): readonly Fault[] {
  const value = fault[field];
  if (typeof value !== 'number') return [];
  return smallerNumbers(value, least).map((smaller) => ({ ...fault, [field]: smaller }));
}

/** A signed number comes closer to zero, in a few steps. */
export function shrinkTowardsZero(fault: Fault, field: string): readonly Fault[] {
  const value = fault[field];
  if (typeof value !== 'number' || value === 0) return [];
  return smallerNumbers(Math.abs(value), 1).map((size) => ({ ...fault, [field]: Math.sign(value) * size }));
}

/** Candidates with fewer names in a list, down to one. */
export function shrinkList(fault: Fault, field: string): readonly Fault[] {
  return shorterLists(fault[field]).map((list) => ({ ...fault, [field]: list }));
}

/** Lists with one name only, then lists less one name. */
export function shorterLists(list: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(list) || list.length < 2) return [];
  const names = list as readonly string[];
  const single = names.map((name) => [name]);
  return names.length === 2 ? single : [...single, ...names.map((_, index) => names.toSpliced(index, 1))];
}

/** A fault starts by one thing only, at an earlier message, or earlier. */
export function shrinkStart(fault: Fault): readonly Fault[] {
  const { on, at } = fault;
  const candidates: Fault[] = [];
  if (on !== undefined && at !== undefined) {
    const { at: _at, ...onMessageOnly } = fault;
    const { on: _on, ...byClockOnly } = fault;
    candidates.push(onMessageOnly as Fault, byClockOnly as Fault);
  }
  if (on !== undefined) {
    for (const nth of smallerNumbers(on.nth, 1)) candidates.push({ ...fault, on: { ...on, nth } });
  } else if (at !== undefined) {
    candidates.push(...shrinkNumber(fault, 'at', 0));
  }
  return candidates;
}
