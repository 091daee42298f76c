/**
 * The diagram's behaviour: size, pointer, touch, keyboard, lane names and the tip. The scene is painted once per change of range and kept;
 * a moving pointer only redraws what lies over it.
 */
import { count, duration, oneLine, seconds } from '../../words.ts';
import { announce } from './copy.ts';
import { firstRowAt, hostOf, type Run, wordsOf } from './data.ts';
import { element } from './element.ts';
import { follow, messageOfRow } from './follow.ts';
import { type Layout, layOut, RIGHT_PAD, timeAt, xOf } from './layout.ts';
import { paintOverlay, paintScene, rowY } from './paint.ts';
import { lineOf, visibleMessages } from './paint-messages.ts';
import { readPalette, type Scene } from './scene.ts';
import type { ViewStore } from './view.ts';

const HIT_PIXELS = 6;
const CLICK_PIXELS = 4;

export interface DiagramOptions {
  readonly run: Run;
  readonly store: ViewStore;
  readonly frame: HTMLElement;
  readonly lanes: HTMLElement;
  readonly tip: HTMLElement;
  /** Called for Enter: show the selected record in the history. */
  readonly openHistory: () => void;
}

/** The toolbar's and the keyboard's acts. */
export interface DiagramActs {
  showViolation(): void;
  stepWitness(direction: 1 | -1): void;
  /** Redraws, for printing and for a change of theme. */
  redraw(): void;
}

export function startDiagram(options: DiagramOptions): DiagramActs {
  const { run, store, frame } = options;
  const canvas = frame.querySelector('canvas')!;
  const context = canvas.getContext('2d')!;
  const base = document.createElement('canvas');
  const baseContext = base.getContext('2d')!;
  const folded = new Set<number>();
  let palette = readPalette();
  let layout: Layout = layOut(run, folded, frame.clientWidth);
  let followed: ReadonlySet<number> = new Set();
  let band: { readonly from: number; to: number } | null = null;

  const scene = (): Scene => ({ run, view: store.view, layout, palette });

  const resize = (): void => {
    // A page that is being closed or is not shown has no size, and a canvas of no size cannot be copied.
    if (frame.clientWidth === 0) return;
    layout = layOut(run, folded, frame.clientWidth);
    const ratio = window.devicePixelRatio || 1;
    for (const surface of [canvas, base]) {
      surface.width = Math.round(layout.width * ratio);
      surface.height = Math.round(layout.height * ratio);
    }
    canvas.style.height = `${layout.height}px`;
    baseContext.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    nameLanes(options, layout, (host) => {
      if (!folded.delete(host)) folded.add(host);
      resize();
    });
    redrawScene();
  };
  const redrawScene = (): void => {
    paintScene(baseContext, scene());
    redrawOverlay();
  };
  const redrawOverlay = (): void => {
    context.drawImage(base, 0, 0, layout.width, layout.height);
    paintOverlay(context, scene(), followed);
    if (band !== null) {
      context.fillStyle = palette.accent;
      context.globalAlpha = 0.18;
      context.fillRect(Math.min(band.from, band.to), 0, Math.abs(band.to - band.from), layout.height);
      context.globalAlpha = 1;
    }
  };

  store.listen((view, changes) => {
    if (changes.has('selected')) {
      const message = view.selected < 0 ? -1 : messageOfRow(run, view.selected);
      followed = message >= 0 ? follow(run, message) : new Set();
    }
    if (changes.has('range')) redrawScene();
    else redrawOverlay();
    if (changes.has('range')) {
      const shown = visibleMessages(run, view).length;
      canvas.setAttribute(
        'aria-label',
        `Space-time diagram, ${run.data.hosts.length} hosts, ${seconds(view.from, 1)} to ${seconds(view.to, 1)}, ${count(shown)} messages`,
      );
    }
  });

  const showViolation = (): void => {
    const times = run.witnessRows.map((row) => run.rows.at[row]!);
    for (const fault of run.data.faults) if (fault.isApplied && fault.start !== null) times.push(fault.start);
    if (times.length === 0) {
      store.show(0, store.view.end);
      return;
    }
    const low = Math.min(...times);
    const high = Math.max(...times);
    const margin = Math.max(50_000, (high - low) * 0.07);
    store.show(low - margin, high + margin);
  };

  /** A single witness is shown near enough to read the labels of the messages around it. */
  const stepWitness = (direction: 1 | -1): void => {
    const { length } = run.witnessRows;
    if (length === 0) return;
    const current = run.witnessRows.indexOf(store.view.selected);
    const next = current < 0 ? (direction === 1 ? 0 : length - 1) : (current + direction + length) % length;
    const row = run.witnessRows[next]!;
    const at = run.rows.at[row]!;
    store.show(at - 60_000, at + 60_000);
    store.select(row);
    announce(`Witness ${next + 1} of ${length}: ${seconds(at)}, ${hostOf(run, row)}, ${wordsOf(run, row)}`);
  };

  const stepRecord = (direction: 1 | -1): void => {
    const { view } = store;
    const next = view.selected < 0 ? firstRowAt(run.rows, view.from) : view.selected + direction;
    if (next < 0 || next >= run.rows.length) return;
    store.select(next);
    store.reveal(run.rows.at[next]!);
    announce(`${seconds(run.rows.at[next]!)}, ${hostOf(run, next)}, ${wordsOf(run, next)}`);
  };

  listenToPointer({
    canvas,
    store,
    scene,
    setBand: (next) => {
      band = next;
      redrawOverlay();
    },
    setTip: (x, y) => showTip(options, scene(), x, y),
  });
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => store.pan(-0.15),
      ArrowRight: () => store.pan(0.15),
      '+': () => store.zoom(0.6),
      '=': () => store.zoom(0.6),
      '-': () => store.zoom(1 / 0.6),
      '0': () => store.show(0, store.view.end),
      Home: () => store.show(0, store.view.to - store.view.from),
      End: () => store.show(store.view.end - (store.view.to - store.view.from), store.view.end),
      v: showViolation,
      '[': () => stepWitness(-1),
      ']': () => stepWitness(1),
      ',': () => stepRecord(-1),
      '.': () => stepRecord(1),
      Enter: options.openHistory,
      Escape: () => store.select(-1),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });

  new ResizeObserver(resize).observe(frame);
  const redraw = (): void => {
    palette = readPalette();
    resize();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  resize();
  return { showViolation, stepWitness, redraw };
}

function nameLanes({ run, lanes }: DiagramOptions, layout: Layout, toggle: (host: number) => void): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.host : undefined;
  lanes.replaceChildren(
    ...layout.lanes.map((lane) => {
      const host = run.data.hosts[lane.host]!;
      const name = oneLine(host.name, 60);
      const kind = host.type === 'node' || host.type === 'unknown' ? host.role : host.type;
      const isNarrow = layout.left === 0;
      const button = element(
        'button',
        {
          type: 'button',
          'data-host': String(lane.host),
          'aria-expanded': String(!lane.isFolded),
          title: `${name}: ${lane.isFolded ? 'unfold' : 'fold'} this lane`,
          style: `top:${isNarrow ? lane.y - lane.height / 2 + 11 : lane.y}px`,
        },
        name,
        kind === host.name ? null : element('small', {}, oneLine(kind, 30)),
      );
      button.addEventListener('click', () => toggle(lane.host));
      return button;
    }),
  );
  if (focused !== undefined) lanes.querySelector<HTMLElement>(`[data-host="${focused}"]`)?.focus();
}

interface PointerOptions {
  readonly canvas: HTMLCanvasElement;
  readonly store: ViewStore;
  readonly scene: () => Scene;
  readonly setBand: (band: { readonly from: number; to: number } | null) => void;
  /** Null hides the tip. */
  readonly setTip: (x: number | null, y: number) => void;
}

function listenToPointer({ canvas, store, scene, setBand, setTip }: PointerOptions): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let start: { x: number; y: number; from: number; to: number; isBand: boolean } | null = null;
  let pinch: { distance: number; middle: number; from: number; to: number } | null = null;
  const position = (event: PointerEvent | WheelEvent | MouseEvent): { x: number; y: number } => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const point = position(event);
    pointers.set(event.pointerId, point);
    canvas.setPointerCapture(event.pointerId);
    const { from, to } = store.view;
    start = { ...point, from, to, isBand: event.shiftKey };
    if (pointers.size === 2) {
      const [a, b] = twoOf(pointers);
      pinch = { distance: Math.max(10, Math.abs(a.x - b.x)), middle: (a.x + b.x) / 2, from, to };
    }
  });
  canvas.addEventListener('pointermove', (event) => {
    const point = position(event);
    const current = scene();
    if (!pointers.has(event.pointerId)) {
      const isOver = point.x >= current.layout.left;
      store.hover(isOver ? timeAt(point.x, store.view, current.layout) : null);
      setTip(isOver ? point.x : null, point.y);
      return;
    }
    pointers.set(event.pointerId, point);
    const width = current.layout.width - RIGHT_PAD - current.layout.left;
    if (pinch !== null && pointers.size === 2) {
      const [a, b] = twoOf(pointers);
      const span = ((pinch.to - pinch.from) * pinch.distance) / Math.max(10, Math.abs(a.x - b.x));
      const share = (pinch.middle - current.layout.left) / width;
      const at = pinch.from + share * (pinch.to - pinch.from);
      store.show(at - share * span, at + (1 - share) * span);
    } else if (start !== null && pinch === null) {
      if (start.isBand) setBand({ from: start.x, to: point.x });
      else if (Math.abs(point.x - start.x) > CLICK_PIXELS) {
        const shift = ((start.x - point.x) / width) * (start.to - start.from);
        store.show(start.from + shift, start.to + shift);
      }
    }
  });
  const finish = (event: PointerEvent): void => {
    const point = position(event);
    const current = scene();
    if (event.type === 'pointerup' && start !== null && pinch === null) {
      const moved = Math.abs(point.x - start.x);
      if (start.isBand && moved > CLICK_PIXELS) {
        const low = timeAt(Math.min(start.x, point.x), store.view, current.layout);
        store.show(low, timeAt(Math.max(start.x, point.x), store.view, current.layout));
      } else if (moved <= CLICK_PIXELS) store.select(rowNear(current, point.x, point.y));
    }
    setBand(null);
    pointers.delete(event.pointerId);
    start = null;
    if (pointers.size === 0) pinch = null;
  };
  canvas.addEventListener('pointerup', finish);
  canvas.addEventListener('pointercancel', finish);
  canvas.addEventListener('pointerleave', () => {
    store.hover(null);
    setTip(null, 0);
  });
  canvas.addEventListener('dblclick', (event) =>
    store.zoom(0.35, timeAt(position(event).x, store.view, scene().layout)),
  );
  canvas.addEventListener(
    'wheel',
    (event) => {
      // A plain wheel scrolls the page; a pinch on a touch pad comes as a wheel with Ctrl.
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        store.zoom(
          Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.01),
          timeAt(position(event).x, store.view, scene().layout),
        );
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        store.pan(event.deltaX / 1200);
      }
    },
    { passive: false },
  );
}

/** Row under a point; a record's mark goes before a message's line. -1: nothing there. */
function rowNear(scene: Scene, x: number, y: number): number {
  const { run, view, layout } = scene;
  let best = -1;
  let least = HIT_PIXELS + 5;
  const from = firstRowAt(run.rows, timeAt(x - 14, view, layout));
  const to = firstRowAt(run.rows, timeAt(x + 14, view, layout));
  for (let row = from; row < to; row += 1) {
    const ref = run.rows.ref[row]!;
    if (ref >= 0) continue;
    const { kind } = run.data.records[-1 - ref]!;
    if (kind === 'log' || kind === 'metric') continue;
    const distance = Math.hypot(xOf(run.rows.at[row]!, view, layout) - x, rowY(scene, row) - y);
    if (distance < least) {
      least = distance;
      best = row;
    }
  }
  if (best >= 0) return best;
  least = HIT_PIXELS;
  for (const index of visibleMessages(run, view)) {
    const line = lineOf(scene, index);
    if (line === null || x < line.x1 - HIT_PIXELS || x > line.x2 + HIT_PIXELS) continue;
    const distance = distanceToLine(line.x1, line.y1, line.x2, line.y2, x, y);
    if (distance < least) {
      least = distance;
      best = run.rows.ofMessage[index]!;
    }
  }
  return best;
}

function twoOf(pointers: ReadonlyMap<number, { x: number }>): readonly [{ x: number }, { x: number }] {
  const [a, b] = [...pointers.values()];
  if (a === undefined || b === undefined) throw new Error('A pinch has two pointers.');
  return [a, b];
}

function distanceToLine(x1: number, y1: number, x2: number, y2: number, x: number, y: number): number {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const square = dx * dx + dy * dy;
  const share = square === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / square));
  return Math.hypot(x1 + share * dx - x, y1 + share * dy - y);
}

function showTip({ run, tip, frame }: DiagramOptions, scene: Scene, x: number | null, y: number): void {
  const row = x === null ? -1 : rowNear(scene, x, y);
  if (x === null || row < 0) {
    tip.hidden = true;
    return;
  }
  const ref = run.rows.ref[row]!;
  if (ref >= 0) {
    const { messages } = run;
    const flight = messages.flight[ref]!;
    const fate = flight >= 0 ? `arrived after ${duration(flight)}` : flight === -1 ? 'lost' : 'never arrived';
    tip.replaceChildren(
      element('b', {}, oneLine(messages.strings[messages.label[ref]!]!, 160)),
      `${messages.strings[messages.from[ref]!]} → ${messages.strings[messages.to[ref]!]}, ${count(messages.bytes[ref]!)} bytes, ${fate}`,
    );
  } else {
    tip.replaceChildren(element('b', {}, wordsOf(run, row)), `${seconds(run.rows.at[row]!, 6)}, ${hostOf(run, row)}`);
  }
  tip.hidden = false;
  const width = tip.offsetWidth;
  const isRight = x + 16 + width < frame.clientWidth;
  tip.style.left = `${Math.max(4, isRight ? x + 14 : x - width - 14)}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, frame.clientHeight - tip.offsetHeight - 4))}px`;
}
