/**
 * The tables below the diagram: all records, the logs with both clocks, the operations. Each filters by its own fields and, unless the
 * reader says otherwise, by the time that the diagram shows.
 */
import { clockTime, count, duration, printable, seconds, valueText } from '../../words.ts';
import { firstRowAt, hostOf, kindOf, plainRecord, type Run, wordsOf } from './data.ts';
import { byId, element } from './element.ts';
import { type Cell, VirtualTable } from './table.ts';
import type { View, ViewStore } from './view.ts';

interface Pane {
  readonly name: 'history' | 'logs' | 'operations';
  readonly table: VirtualTable;
  /** Items within rows [first, last) that pass the filters. */
  readonly items: (first: number, last: number) => number[];
  /** The table's item for a row; -1 where it has none. */
  readonly itemOfRow: (row: number) => number;
  readonly filters: HTMLElement;
}

const kinds = ['op', 'effect', 'commit', 'fault', 'process', 'message', 'log', 'mark', 'metric'] as const;

export interface Panes {
  openHistory(): void;
  /** Fills the tables again, after a filter changed elsewhere. */
  refresh(): void;
}

export function startPanes(run: Run, store: ViewStore): Panes {
  const follow = byId('follow') as HTMLInputElement;
  let current: Pane['name'] = 'history';
  const refresh = (): void => {
    const { from, to } = store.view;
    const first = follow.checked ? firstRowAt(run.rows, from) : 0;
    const last = follow.checked ? firstRowAt(run.rows, to + 1) : run.rows.length;
    for (const pane of panes) {
      const items = pane.items(first, last);
      byId(`count-${pane.name}`).textContent = count(items.length);
      if (pane.name !== current) continue;
      pane.table.show(items);
      // Until the reader chooses a record the first witness is in sight.
      if (store.view.selected < 0 && run.witnessRows[0] !== undefined)
        pane.table.reveal(pane.itemOfRow(run.witnessRows[0]));
    }
  };
  const panes: readonly Pane[] = [
    historyPane(run, store, () => refresh()),
    logsPane(run, store, () => refresh()),
    operationsPane(run, store, () => refresh()),
  ];
  for (const pane of panes) byId(`pane-${pane.name}`).replaceChildren(pane.filters, pane.table.root);

  const open = (name: Pane['name'], isFocused: boolean): void => {
    current = name;
    for (const pane of panes) {
      const tab = byId(`tab-${pane.name}`);
      const isOpen = pane.name === name;
      tab.setAttribute('aria-selected', String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      if (isOpen && isFocused) tab.focus();
      byId(`pane-${pane.name}`).hidden = !isOpen;
    }
    refresh();
    mark(store.view);
  };
  const mark = (view: View): void => {
    for (const pane of panes)
      if (pane.name === current) pane.table.select(view.selected < 0 ? -1 : pane.itemOfRow(view.selected), true);
  };
  for (const [index, pane] of panes.entries()) {
    const tab = byId(`tab-${pane.name}`);
    tab.addEventListener('click', () => open(pane.name, false));
    tab.addEventListener('keydown', (event) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      open(panes[(index + step + panes.length) % panes.length]!.name, true);
    });
  }
  follow.addEventListener('change', refresh);
  const refreshSoon = debounce(refresh, 60);
  store.listen((view, changes) => {
    if (changes.has('range') && follow.checked) refreshSoon();
    if (changes.has('selected')) mark(view);
  });
  byId('panes').hidden = false;
  refresh();
  return {
    refresh,
    openHistory: () => {
      open('history', false);
      byId('panes').scrollIntoView({ block: 'start' });
      panes[0]!.table.focus();
      mark(store.view);
    },
  };
}

function historyPane(run: Run, store: ViewStore, changed: () => void): Pane {
  const search = searchBox('Filter the history', changed);
  const host = select('Host', ['every host', ...run.data.hosts.map((each) => each.name)], changed);
  const present = new Set<string>();
  for (const record of run.data.records) present.add(record.kind);
  if (run.messages.length > 0) present.add('message');
  const shown = new Set<string>(present);
  const buttons = kinds
    .filter((kind) => present.has(kind))
    .map((kind) => {
      const button = element('button', { type: 'button', 'aria-pressed': 'true' }, kind);
      button.addEventListener('click', () => {
        if (!shown.delete(kind)) shown.add(kind);
        button.setAttribute('aria-pressed', String(shown.has(kind)));
        changed();
      });
      return button;
    });
  const texts = new Array<string | undefined>(run.rows.length);
  const textOf = (row: number): string => {
    texts[row] ??= `${hostOf(run, row)} ${kindOf(run, row)} ${wordsOf(run, row)}`.toLowerCase();
    return texts[row]!;
  };
  const witness = new Set(run.witnessRows);
  const table = new VirtualTable('history', {
    label: 'History',
    columns: [
      { title: 'True time', size: '108px' },
      { title: 'Host', size: '112px' },
      { title: 'Kind', size: '76px' },
      { title: 'What', size: 'minmax(0,1fr)' },
      { title: 'Record', size: '66px' },
    ],
    empty: 'No record in this range passes the filters.',
    render: (row) => {
      const record = plainRecord(run, row);
      const kind = record?.kind ?? 'message';
      return {
        className: `${witness.has(row) ? 'is-witness ' : ''}${kind === 'fault' || kind === 'process' ? `is-${kind}` : ''}`,
        cells: [
          { text: seconds(run.rows.at[row]!, 6), className: 'when' },
          { text: printable(hostOf(run, row)) },
          { text: kind, className: 'dim' },
          { text: wordsOf(run, row), className: 'wide' },
          { text: `#${run.rows.seq[row]}`, className: 'dim desk number' },
        ],
      };
    },
    select: (row) => choose(run, store, row),
    hover: (row) => store.hover(row === null ? null : run.rows.at[row]!),
  });
  return {
    name: 'history',
    table,
    itemOfRow: (row) => row,
    filters: element(
      'div',
      { class: 'filters' },
      search,
      host,
      element('div', { class: 'kinds', role: 'group', 'aria-label': 'Kinds' }, ...buttons),
    ),
    items: (first, last) => {
      const words = search.value.toLowerCase().trim();
      const all = shown.size === present.size && words === '' && host.value === '';
      const items: number[] = [];
      for (let row = first; row < last; row += 1) {
        if (all) {
          items.push(row);
          continue;
        }
        if (!shown.has(kindOf(run, row))) continue;
        if (host.value !== '' && !concerns(run, row, host.value)) continue;
        if (words !== '' && !textOf(row).includes(words)) continue;
        items.push(row);
      }
      return items;
    },
  };
}

/** A message concerns both its ends. */
function concerns(run: Run, row: number, host: string): boolean {
  if (hostOf(run, row) === host) return true;
  const message = run.rows.ref[row]!;
  return message >= 0 && run.messages.strings[run.messages.to[message]!] === host;
}

function logsPane(run: Run, store: ViewStore, changed: () => void): Pane {
  const search = searchBox('Filter the logs', changed);
  const names = new Set<string>();
  for (const record of run.data.records) if (record.kind === 'log') names.add(record.process ?? record.host);
  const process = select('Process', ['every process', ...names], changed);
  const { epochMs } = run.data;
  const table = new VirtualTable('logs', {
    label: 'Logs',
    columns: [
      { title: 'True time', size: '92px' },
      { title: 'Node clock', size: '104px' },
      { title: 'Off by', size: '74px' },
      { title: 'Process', size: '112px' },
      { title: 'Text', size: 'minmax(0,1fr)' },
    ],
    empty: 'No log line in this range passes the filters.',
    render: (row) => {
      const record = plainRecord(run, row)!;
      if (record.kind !== 'log') throw new Error('The log table holds log records only.');
      const clock = record.nodeAt === undefined ? '' : clockTime(record.nodeAt, epochMs);
      const skew = record.nodeAt === undefined ? 0 : Math.round((record.nodeAt - epochMs) * 1000 - record.at);
      // Below 1 ms nobody's decision depends on it.
      const isSkewed = Math.abs(skew) >= 1000;
      return {
        className: record.stream === 'stderr' ? 'is-stderr' : '',
        cells: [
          { text: seconds(record.at), className: 'when' },
          { text: clock, className: isSkewed ? 'skewed' : 'dim' },
          { text: isSkewed ? `${skew > 0 ? '+' : '−'}${duration(Math.abs(skew))}` : '', className: 'skewed desk' },
          { text: printable(record.process ?? record.host) },
          { text: printable(record.text), className: 'wide mono' },
        ],
      };
    },
    select: (row) => choose(run, store, row),
    hover: (row) => store.hover(row === null ? null : run.rows.at[row]!),
  });
  return {
    name: 'logs',
    table,
    itemOfRow: (row) => (kindOf(run, row) === 'log' ? row : -1),
    filters: element('div', { class: 'filters' }, search, process),
    items: (first, last) => {
      const words = search.value.toLowerCase().trim();
      const items: number[] = [];
      for (let row = first; row < last; row += 1) {
        const record = plainRecord(run, row);
        if (record === null || record.kind !== 'log') continue;
        if (process.value !== '' && (record.process ?? record.host) !== process.value) continue;
        if (words !== '' && !record.text.toLowerCase().includes(words)) continue;
        items.push(row);
      }
      return items;
    },
  };
}

function operationsPane(run: Run, store: ViewStore, changed: () => void): Pane {
  const search = searchBox('Filter the operations', changed);
  const outcome = select('Outcome', ['every outcome', 'ok', 'fail', 'info', 'open'], changed);
  const ofRow = new Map(run.operations.map((operation, index) => [operation.row, index]));
  const table = new VirtualTable('operations', {
    label: 'Operations',
    columns: [
      { title: 'Invoked', size: '92px' },
      { title: 'Took', size: '74px' },
      { title: 'Outcome', size: '72px' },
      { title: 'By', size: '100px' },
      { title: 'Operation', size: 'minmax(0,1fr)' },
    ],
    empty: 'No operation in this range passes the filters.',
    render: (index) => {
      const operation = run.operations[index]!;
      const cells: Cell[] = [
        { text: seconds(operation.start), className: 'when' },
        { text: operation.end === null ? '' : duration(operation.end - operation.start) },
        { text: operation.outcome, className: `outcome-${operation.outcome}` },
        { text: printable(operation.session === '' ? operation.host : operation.session), className: 'dim' },
        {
          text: printable(
            [operation.f, operation.key, valueText(operation.value, 100), operation.error]
              .filter((part) => part !== '')
              .join('  '),
          ),
          className: 'wide',
        },
      ];
      return { className: '', cells };
    },
    select: (index) => choose(run, store, run.operations[index]!.row),
    hover: (index) => store.hover(index === null ? null : run.operations[index]!.start),
  });
  return {
    name: 'operations',
    table,
    itemOfRow: (row) => ofRow.get(row) ?? -1,
    filters: element('div', { class: 'filters' }, search, outcome),
    items: (first, last) => {
      const words = search.value.toLowerCase().trim();
      const from = run.rows.at[first] ?? Number.POSITIVE_INFINITY;
      const to = run.rows.at[last - 1] ?? Number.NEGATIVE_INFINITY;
      const items: number[] = [];
      for (const [index, operation] of run.operations.entries()) {
        if (operation.start > to || (operation.end ?? run.data.endAt) < from) continue;
        if (outcome.value !== '' && operation.outcome !== outcome.value) continue;
        if (words !== '' && !`${operation.f} ${operation.key} ${operation.error}`.toLowerCase().includes(words))
          continue;
        items.push(index);
      }
      return items;
    },
  };
}

function choose(run: Run, store: ViewStore, row: number): void {
  store.select(row);
  const at = run.rows.at[row]!;
  if (at < store.view.from || at > store.view.to) store.reveal(at);
}

function searchBox(label: string, changed: () => void): HTMLInputElement {
  const input = element('input', {
    type: 'search',
    placeholder: label,
    'aria-label': label,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  input.addEventListener('input', debounce(changed, 120));
  return input;
}

/** The first option stands for all and has an empty value. */
function select(label: string, options: readonly string[], changed: () => void): HTMLSelectElement {
  const made = element('select', { 'aria-label': label });
  for (const [index, option] of options.entries()) {
    made.append(element('option', { value: index === 0 ? '' : option }, printable(option)));
  }
  made.addEventListener('change', changed);
  return made;
}

function debounce(act: () => void, ms: number): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(act, ms);
  };
}
