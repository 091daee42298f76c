/**
 * A table of any length: only the rows in sight exist as elements. It is one stop for the Tab key; arrows, Page keys, Home and End move
 * the selected row, which screen readers follow by `aria-activedescendant`.
 */
import { element } from './element.ts';

interface Column {
  readonly title: string;
  /** Track size of the grid: `90px`, `minmax(0,1fr)`. */
  readonly size: string;
}

export interface Cell {
  readonly text: string;
  readonly className?: string;
}

interface TableRow {
  readonly className: string;
  readonly cells: readonly Cell[];
}

export interface TableOptions {
  readonly label: string;
  readonly columns: readonly Column[];
  /** What stands where there is no row. */
  readonly empty: string;
  /** @param item what `show` was given */
  readonly render: (item: number) => TableRow;
  readonly select: (item: number) => void;
  readonly hover: (item: number | null) => void;
}

const OVERSCAN = 8;
const PRINTED_ROWS_MAX = 300;

export class VirtualTable {
  readonly root: HTMLElement;
  #options: TableOptions;
  #body: HTMLElement;
  #spacer: HTMLElement;
  #note: HTMLElement;
  #items: ArrayLike<number> = [];
  #selected = -1;
  #isPrinting = false;
  #id: string;

  constructor(id: string, options: TableOptions) {
    this.#id = id;
    this.#options = options;
    this.#spacer = element('div', { class: 'vt-spacer', role: 'rowgroup' });
    this.#body = element('div', { class: 'vt-body', tabindex: '-1', role: 'presentation' }, this.#spacer);
    this.#note = element('div', { class: 'vt-note' });
    this.#note.hidden = true;
    const head = element(
      'div',
      { class: 'vt-head', role: 'row' },
      ...options.columns.map((column) => element('span', { role: 'columnheader' }, column.title)),
    );
    this.root = element(
      'div',
      { class: 'vt', role: 'grid', tabindex: '0', 'aria-label': options.label },
      head,
      this.#body,
      this.#note,
    );
    this.root.style.setProperty('--columns', options.columns.map((column) => column.size).join(' '));
    this.#body.addEventListener('scroll', () => this.#draw());
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('click', (event) => {
      const item = this.#itemOf(event);
      if (item !== null) this.#choose(item);
    });
    this.#body.addEventListener('pointerover', (event) => options.hover(this.#itemOf(event)));
    this.#body.addEventListener('pointerleave', () => options.hover(null));
    new ResizeObserver(() => this.#draw()).observe(this.#body);
    addEventListener('beforeprint', () => this.#print(true));
    addEventListener('afterprint', () => this.#print(false));
  }

  /** Shows these items; the scroll position stays with the selected one where it is among them. */
  show(items: ArrayLike<number>): void {
    this.#items = items;
    this.root.setAttribute('aria-rowcount', String(items.length + 1));
    this.#draw();
    if (this.#selected >= 0) this.#scrollTo(this.#selected);
  }

  select(item: number, reveal: boolean): void {
    this.#selected = item;
    if (reveal && item >= 0) this.#scrollTo(item);
    this.#draw();
  }

  /** Scrolls so that the item is in sight, where it is among the shown ones. */
  reveal(item: number): void {
    this.#scrollTo(item);
  }

  focus(): void {
    this.root.focus();
  }

  #rowHeight(): number {
    return matchMedia('(max-width: 640px)').matches ? 50 : 28;
  }

  #positionOf(item: number): number {
    // Items are in rising order.
    let low = 0;
    let high = this.#items.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.#items[middle]!;
      if (value === item) return middle;
      if (value < item) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #scrollTo(item: number): void {
    const position = this.#positionOf(item);
    if (position < 0) return;
    const height = this.#rowHeight();
    const top = position * height;
    const { scrollTop, clientHeight } = this.#body;
    if (top < scrollTop || top + height > scrollTop + clientHeight) this.#body.scrollTop = top - clientHeight / 2;
  }

  #draw(): void {
    const height = this.#rowHeight();
    const total = this.#items.length;
    this.#spacer.style.height = `${Math.max(total * height, total === 0 ? 70 : 0)}px`;
    if (total === 0) {
      this.#spacer.replaceChildren(element('div', { class: 'vt-empty' }, this.#options.empty));
      this.root.removeAttribute('aria-activedescendant');
      return;
    }
    const first = this.#isPrinting ? 0 : Math.max(0, Math.floor(this.#body.scrollTop / height) - OVERSCAN);
    const visible = Math.ceil(this.#body.clientHeight / height) + 2 * OVERSCAN;
    const last = Math.min(total, this.#isPrinting ? PRINTED_ROWS_MAX : first + visible);
    const rows: HTMLElement[] = [];
    let hasSelected = false;
    for (let position = first; position < last; position += 1) {
      const item = this.#items[position]!;
      const row = this.#options.render(item);
      const isSelected = item === this.#selected;
      hasSelected ||= isSelected;
      rows.push(
        element(
          'div',
          {
            class: `vt-row ${row.className}`,
            role: 'row',
            id: isSelected ? `${this.#id}-selected` : null,
            'aria-rowindex': String(position + 2),
            'aria-selected': isSelected ? 'true' : null,
            'data-item': String(item),
            style: `transform:translateY(${position * height}px)`,
          },
          ...row.cells.map((cell) =>
            element('span', { role: 'gridcell', class: cell.className ?? null, title: cell.text }, cell.text),
          ),
        ),
      );
    }
    this.#spacer.replaceChildren(...rows);
    if (hasSelected) this.root.setAttribute('aria-activedescendant', `${this.#id}-selected`);
    else this.root.removeAttribute('aria-activedescendant');
  }

  #itemOf(event: Event): number | null {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.vt-row') : null;
    return row === null ? null : Number(row.dataset.item);
  }

  #choose(item: number): void {
    this.select(item, true);
    this.#options.select(item);
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#body.clientHeight / this.#rowHeight()) - 1);
    const position = this.#positionOf(this.#selected);
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: position + 1,
      ArrowUp: position - 1,
      PageDown: position + page,
      PageUp: position - page,
      Home: 0,
      End: this.#items.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined || this.#items.length === 0) return;
    event.preventDefault();
    this.#choose(this.#items[Math.max(0, Math.min(this.#items.length - 1, target))]!);
  }

  #print(isPrinting: boolean): void {
    this.#isPrinting = isPrinting;
    const omitted = this.#items.length - PRINTED_ROWS_MAX;
    this.#note.hidden = !isPrinting || omitted <= 0;
    this.#note.textContent = `${omitted} more rows are on the page.`;
    this.#draw();
  }
}
