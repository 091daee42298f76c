/**
 * What the reader looks at: a range of true time, an instant under the pointer, one selected row. Every pane draws from this one value,
 * so that they always agree; changes are told once per frame.
 */

export interface View {
  /** True time, µs. */
  readonly from: number;
  readonly to: number;
  /** End of the run. */
  readonly end: number;
  readonly hover: number | null;
  /** Row number; -1: none. */
  readonly selected: number;
}

export type Change = 'range' | 'hover' | 'selected';
type Listener = (view: View, changes: ReadonlySet<Change>) => void;

const SPAN_MICROS_MIN = 50;

export class ViewStore {
  #view: View;
  #listeners: Listener[] = [];
  #changes = new Set<Change>();

  constructor(end: number) {
    this.#view = { from: 0, to: end, end, hover: null, selected: -1 };
  }

  get view(): View {
    return this.#view;
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Shows a range; it is moved and cut so that it lies within the run. */
  show(from: number, to: number): void {
    const { end } = this.#view;
    const span = Math.min(Math.max(to - from, Math.min(SPAN_MICROS_MIN, end)), end);
    const start = Math.min(Math.max(0, from), end - span);
    if (start === this.#view.from && start + span === this.#view.to) return;
    this.#change({ ...this.#view, from: start, to: start + span }, 'range');
  }

  /** @param factor below 1 zooms in; `at` stays where it is on the screen */
  zoom(factor: number, at = (this.#view.from + this.#view.to) / 2): void {
    const { from, to, end } = this.#view;
    const span = Math.min(Math.max((to - from) * factor, SPAN_MICROS_MIN), end);
    const share = to === from ? 0.5 : (at - from) / (to - from);
    this.show(at - share * span, at + (1 - share) * span);
  }

  /** Moves by a share of the visible span. */
  pan(share: number): void {
    const { from, to } = this.#view;
    const step = (to - from) * share;
    this.show(from + step, to + step);
  }

  hover(at: number | null): void {
    if (at !== this.#view.hover) this.#change({ ...this.#view, hover: at }, 'hover');
  }

  select(row: number): void {
    if (row !== this.#view.selected) this.#change({ ...this.#view, selected: row }, 'selected');
  }

  /** Brings an instant into view without changing the scale. */
  reveal(at: number): void {
    const { from, to } = this.#view;
    const margin = (to - from) * 0.08;
    if (at < from + margin || at > to - margin) this.show(at - (to - from) / 2, at + (to - from) / 2);
  }

  #change(view: View, change: Change): void {
    this.#view = view;
    if (this.#changes.size === 0) {
      requestAnimationFrame(() => {
        const changes = this.#changes;
        this.#changes = new Set();
        for (const listener of this.#listeners) listener(this.#view, changes);
      });
    }
    this.#changes.add(change);
  }
}
