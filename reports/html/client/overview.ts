/** The whole run in a strip: how busy it was, its faults and witnesses, and the range that is shown. Drag to choose another range. */
import type { Run } from './data.ts';
import { readPalette } from './scene.ts';
import type { ViewStore } from './view.ts';

const EDGE_PIXELS = 7;

export function startOverview(run: Run, store: ViewStore, frame: HTMLElement): { redraw(): void } {
  const canvas = frame.querySelector('canvas')!;
  const context = canvas.getContext('2d')!;
  let palette = readPalette();

  const draw = (): void => {
    const width = frame.clientWidth;
    const height = frame.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { view } = store;
    const x = (at: number): number => (at / Math.max(1, view.end)) * width;
    context.fillStyle = palette.amberFill;
    context.globalAlpha = 0.35;
    for (const fault of run.data.faults) {
      if (fault.start === null) continue;
      context.fillRect(x(fault.start), 0, Math.max(2, x(fault.end ?? fault.start) - x(fault.start)), height);
    }
    context.globalAlpha = 1;
    drawRate(context, run, width, height, palette.request);
    context.fillStyle = palette.red;
    for (const row of run.witnessRows) context.fillRect(x(run.rows.at[row]!) - 1, 0, 2, height);
    const from = x(view.from);
    const to = Math.max(from + 3, x(view.to));
    context.fillStyle = palette.raise;
    context.globalAlpha = 0.66;
    context.fillRect(0, 0, from, height);
    context.fillRect(to, 0, width - to, height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.accent;
    context.lineWidth = 2;
    context.strokeRect(from + 1, 1, Math.max(2, to - from - 2), height - 2);
    if (view.hover !== null) {
      context.fillStyle = palette.soft;
      context.fillRect(x(view.hover), 0, 1, height);
    }
  };

  store.listen(draw);
  new ResizeObserver(draw).observe(frame);
  listenToBrush(frame, store);
  draw();
  return {
    redraw: () => {
      palette = readPalette();
      draw();
    },
  };
}

/** Records per pixel column, as bars on a square-root scale: bursts do not hide the rest. */
function drawRate(context: CanvasRenderingContext2D, run: Run, width: number, height: number, colour: string): void {
  const columns = Math.max(1, Math.floor(width / 2));
  const counts = new Uint32Array(columns);
  const scale = columns / Math.max(1, run.data.endAt);
  for (let row = 0; row < run.rows.length; row += 1) {
    const column = Math.min(columns - 1, Math.floor(run.rows.at[row]! * scale));
    counts[column] = counts[column]! + 1;
  }
  let most = 1;
  for (const value of counts) most = Math.max(most, value);
  context.fillStyle = colour;
  context.globalAlpha = 0.55;
  for (let column = 0; column < columns; column += 1) {
    const size = Math.sqrt(counts[column]! / most) * (height - 8);
    context.fillRect(column * 2, height - size, 1.5, size);
  }
  context.globalAlpha = 1;
}

function listenToBrush(frame: HTMLElement, store: ViewStore): void {
  let drag: {
    readonly kind: 'new' | 'move' | 'from' | 'to';
    readonly at: number;
    readonly from: number;
    readonly to: number;
  } | null = null;
  const timeOf = (event: PointerEvent): number => {
    const box = frame.getBoundingClientRect();
    return (Math.max(0, Math.min(box.width, event.clientX - box.left)) / box.width) * store.view.end;
  };
  frame.addEventListener('pointerdown', (event) => {
    const { from, to, end } = store.view;
    const at = timeOf(event);
    const edge = (EDGE_PIXELS / frame.clientWidth) * end;
    const isWhole = from === 0 && to === end;
    const kind =
      Math.abs(at - from) < edge && !isWhole
        ? 'from'
        : Math.abs(at - to) < edge && !isWhole
          ? 'to'
          : at > from && at < to && !isWhole
            ? 'move'
            : 'new';
    drag = { kind, at, from, to };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener('pointermove', (event) => {
    if (drag === null) return;
    const at = timeOf(event);
    if (drag.kind === 'new' && Math.abs(at - drag.at) > store.view.end / 400)
      store.show(Math.min(at, drag.at), Math.max(at, drag.at));
    else if (drag.kind === 'move') store.show(drag.from + at - drag.at, drag.to + at - drag.at);
    else if (drag.kind === 'from') store.show(Math.min(at, drag.to), drag.to);
    else if (drag.kind === 'to') store.show(drag.from, Math.max(at, drag.from));
  });
  frame.addEventListener('pointerup', (event) => {
    if (drag !== null && drag.kind === 'new' && Math.abs(timeOf(event) - drag.at) <= store.view.end / 400) {
      const span = store.view.to - store.view.from;
      store.show(drag.at - span / 2, drag.at + span / 2);
    }
    drag = null;
  });
  frame.addEventListener('pointercancel', () => {
    drag = null;
  });
}
