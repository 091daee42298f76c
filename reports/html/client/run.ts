/** Starts the run page: opens the records, then wires overview, diagram, detail and tables to one view. */
import { seconds } from '../../words.ts';
import { startCharts } from './charts.ts';
import { announce } from './copy.ts';
import { hostOf, openRun, rowOfSeq, wordsOf } from './data.ts';
import { startDetail } from './detail.ts';
import { type DiagramActs, startDiagram } from './diagram.ts';
import { byId } from './element.ts';
import { startOverview } from './overview.ts';
import { rangeText } from './paint.ts';
import { startPanes } from './panes.ts';
import { ViewStore } from './view.ts';

export async function startRunPage(): Promise<void> {
  const loading = byId('loading');
  try {
    const run = await openRun();
    const store = new ViewStore(Math.max(1, run.data.endAt));
    for (const id of ['overview', 'diagram']) byId(id).hidden = false;
    loading.remove();
    const panes = startPanes(run, store);
    const acts = startDiagram({
      run,
      store,
      frame: byId('diagram'),
      lanes: byId('lanes'),
      tip: byId('tip'),
      openHistory: panes.openHistory,
    });
    const overview = startOverview(run, store, byId('overview'));
    const charts = startCharts(run, store, byId('charts'), byId('chart-frame'));
    startDetail(run, store, byId('detail'), panes.openHistory);
    const range = byId('range');
    store.listen((view, changes) => {
      if (changes.has('range')) range.textContent = rangeText(view);
    });
    range.textContent = rangeText(store.view);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      overview.redraw();
      charts.redraw();
    });
    startToolbar(store, acts);
    const open = (seq: number): void => {
      const row = rowOfSeq(run, seq);
      if (row < 0) {
        announce(`Record ${seq} is not on this page`);
        return;
      }
      const at = run.rows.at[row]!;
      const half = Math.min(60_000, (store.view.to - store.view.from) / 2);
      store.show(at - half, at + half);
      store.select(row);
      byId('diagram-title').scrollIntoView({ block: 'start' });
      announce(`${seconds(at)}, ${hostOf(run, row)}, ${wordsOf(run, row)}`);
    };
    const openHash = (): void => {
      const match = /^#e(\d+)$/.exec(location.hash);
      if (match !== null) open(Number(match[1]));
    };
    addEventListener('hashchange', openHash);
    document.addEventListener('click', (event) => {
      const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-seq]') : null;
      // A second click on the same link changes no hash.
      if (link !== null && location.hash === link.getAttribute('href')) open(Number(link.dataset.seq));
    });
    acts.showViolation();
    openHash();
    openDetailsForPrint();
    document.documentElement.dataset.ready = 'true';
  } catch (error) {
    loading.textContent = `The records of this page cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
    throw error;
  }
}

function startToolbar(store: ViewStore, acts: DiagramActs): void {
  const table: Readonly<Record<string, () => void>> = {
    in: () => store.zoom(0.5),
    out: () => store.zoom(2),
    all: () => store.show(0, store.view.end),
    violation: acts.showViolation,
    'witness-next': () => acts.stepWitness(1),
    'witness-previous': () => acts.stepWitness(-1),
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-act]')) {
    button.addEventListener('click', () => table[button.dataset.act ?? '']?.());
  }
}

function openDetailsForPrint(): void {
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details.original')) details.open = true;
  });
}
