/**
 * Draws messages. Few are lines with labels; many are lines; very many are counted per pixel column and pair of lanes and drawn as strokes
 * whose weight is the count, so that the cost follows the width of the picture and not the number of messages.
 */
import { LOST } from '../columns.ts';
import type { Run } from './data.ts';
import { RIGHT_PAD, xOf } from './layout.ts';
import { fitText, type Scene } from './scene.ts';
import type { View } from './view.ts';

const LINES_MAX = 5000;
/** The counts take hosts² numbers per column; with more hosts than this every n-th message is drawn instead. */
const DENSITY_HOSTS_MAX = 64;
const ARROWS_MAX = 500;
const LABELS_MAX = 70;

/** Indices of the messages under way within the view. */
export function visibleMessages(run: Run, view: View): Int32Array {
  const { messages } = run;
  const found = new Int32Array(messages.length);
  let count = 0;
  for (let index = 0; index < messages.length; index += 1) {
    if (messages.sent[index]! > view.to) break;
    if (messages.arrived[index]! >= view.from) {
      found[count] = index;
      count += 1;
    }
  }
  return found.subarray(0, count);
}

export function paintMessages(context: CanvasRenderingContext2D, scene: Scene): void {
  const visible = visibleMessages(scene.run, scene.view);
  if (visible.length <= LINES_MAX) paintLines(context, scene, visible);
  else if (scene.run.data.hosts.length <= DENSITY_HOSTS_MAX) paintDensity(context, scene, visible);
  else {
    const stride = Math.ceil(visible.length / LINES_MAX);
    paintLines(
      context,
      scene,
      visible.filter((_, index) => index % stride === 0),
    );
  }
}

const densityAlphas = [0.08, 0.13, 0.18, 0.24, 0.3, 0.38] as const;

/** One stroke per pixel column and pair of lanes; its weight is the count relative to the busiest column. */
function paintDensity(context: CanvasRenderingContext2D, scene: Scene, visible: Int32Array): void {
  const { run, view, layout, palette } = scene;
  const { messages } = run;
  const hosts = run.data.hosts.length;
  const columns = Math.ceil(layout.width - layout.left) + 1;
  const counts = new Uint16Array(columns * hosts * hosts);
  const scale = (layout.width - RIGHT_PAD - layout.left) / (view.to - view.from);
  const disturbed: number[] = [];
  for (const index of visible) {
    const from = run.hostOfString[messages.from[index]!]!;
    const to = run.hostOfString[messages.to[index]!]!;
    if (messages.held[index]! >= 0 || messages.flight[index] === LOST) disturbed.push(index);
    if (from < 0 || to < 0) continue;
    const column = Math.max(0, Math.min(columns - 1, Math.floor((messages.sent[index]! - view.from) * scale)));
    const pair = from < to ? from * hosts + to : to * hosts + from;
    const cell = column * hosts * hosts + pair;
    if (counts[cell]! < 65_535) counts[cell] = counts[cell]! + 1;
  }
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  const paths = densityAlphas.map(() => new Path2D());
  for (let column = 0; column < columns; column += 1) {
    for (let from = 0; from < hosts; from += 1) {
      for (let to = from; to < hosts; to += 1) {
        const count = counts[column * hosts * hosts + from * hosts + to]!;
        if (count === 0) continue;
        const level = Math.min(paths.length - 1, Math.floor(Math.sqrt(count / most) * paths.length));
        const x = layout.left + column + 0.5;
        paths[level]!.moveTo(x, layout.yOfHost[from]!);
        paths[level]!.lineTo(x, layout.yOfHost[to]!);
      }
    }
  }
  context.strokeStyle = palette.request;
  context.lineWidth = 1;
  for (const [level, path] of paths.entries()) {
    context.globalAlpha = densityAlphas[level]!;
    context.stroke(path);
  }
  context.globalAlpha = 1;
  paintLines(context, scene, Int32Array.from(disturbed.slice(0, LINES_MAX)));
}

function paintLines(context: CanvasRenderingContext2D, scene: Scene, visible: Int32Array): void {
  const { run, palette } = scene;
  const { messages } = run;
  const paths = [new Path2D(), new Path2D(), new Path2D()];
  const held = new Path2D();
  const lost = new Path2D();
  const waiting = new Path2D();
  const hasArrows = visible.length <= ARROWS_MAX;
  for (const index of visible) {
    const line = lineOf(scene, index);
    if (line === null) continue;
    const hasArrived = messages.flight[index]! >= 0;
    const path =
      messages.flight[index] === LOST
        ? lost
        : messages.held[index]! >= 0
          ? held
          : !hasArrived
            ? waiting
            : paths[messages.type[index]!]!;
    path.moveTo(line.x1, line.y1);
    path.lineTo(line.x2, line.y2);
    if (hasArrows && hasArrived) addArrow(path, line);
  }
  context.lineWidth = 1.2;
  context.globalAlpha = visible.length > 1500 ? 0.22 : visible.length > 250 ? 0.4 : 0.9;
  for (const [type, colour] of [palette.request, palette.reply, palette.push].entries()) {
    context.strokeStyle = colour;
    context.stroke(paths[type]!);
  }
  context.globalAlpha = 1;
  context.strokeStyle = palette.amberFill;
  context.lineWidth = 1.6;
  context.stroke(held);
  context.setLineDash([2, 3]);
  context.strokeStyle = palette.soft;
  context.stroke(waiting);
  context.strokeStyle = palette.red;
  context.stroke(lost);
  context.setLineDash([]);
  if (visible.length <= LABELS_MAX) paintLabels(context, scene, visible);
}

interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Where a message is drawn; null where a host has no lane. A message that did not arrive ends half way. */
export function lineOf({ run, view, layout }: Scene, index: number): Line | null {
  const { messages } = run;
  const from = run.hostOfString[messages.from[index]!]!;
  const to = run.hostOfString[messages.to[index]!]!;
  if (from < 0 || to < 0) return null;
  const x1 = xOf(messages.sent[index]!, view, layout);
  const y1 = layout.yOfHost[from]!;
  const y2 = layout.yOfHost[to]!;
  if (messages.flight[index]! < 0) return { x1, y1, x2: x1 + 14, y2: (y1 + y2) / 2 };
  return { x1, y1, x2: xOf(messages.arrived[index]!, view, layout), y2 };
}

export function addArrow(path: Path2D, { x1, y1, x2, y2 }: Line): void {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 16) return;
  const ux = (x2 - x1) / length;
  const uy = (y2 - y1) / length;
  path.moveTo(x2 - 7 * ux + 3.2 * uy, y2 - 7 * uy - 3.2 * ux);
  path.lineTo(x2, y2);
  path.lineTo(x2 - 7 * ux - 3.2 * uy, y2 - 7 * uy + 3.2 * ux);
}

function paintLabels(context: CanvasRenderingContext2D, scene: Scene, visible: Int32Array): void {
  const { run, layout, palette } = scene;
  context.font = `11.5px ${palette.mono}`;
  context.textAlign = 'left';
  const taken: { x: number; y: number; width: number }[] = [];
  for (const index of visible) {
    const line = lineOf(scene, index);
    if (line === null || run.messages.type[index] === 1) continue;
    const text = fitText(context, run.messages.strings[run.messages.label[index]!]!, 240);
    const width = context.measureText(text).width;
    // Beside the line, at one of four heights, where no other label is.
    for (const share of [0.5, 0.3, 0.7, 0.15]) {
      const x = line.x1 + (line.x2 - line.x1) * share + 5;
      const y = line.y1 + (line.y2 - line.y1) * share;
      const isFree = taken.every(
        (box) => Math.abs(box.y - y) > 14 || box.x > x + width + 4 || box.x + box.width + 4 < x,
      );
      if (!isFree || x < layout.left || x + width > layout.width) continue;
      taken.push({ x, y, width });
      context.globalAlpha = 0.86;
      context.fillStyle = palette.raise;
      context.fillRect(x - 2, y - 8, width + 4, 16);
      context.globalAlpha = 1;
      context.fillStyle = palette.ink;
      context.fillText(text, x, y);
      break;
    }
  }
}
