/**
 * Draws the diagram on a canvas. Few messages are lines with labels; many are lines; very many are counted per pixel column and pair of
 * lanes and drawn as strokes whose weight is the count, so that the cost follows the width of the picture and not the number of messages.
 */
import { duration, seconds } from '../../words.ts';
import { LOST } from '../columns.ts';
import { axisTicks } from '../plan-axis.ts';
import type { Run } from './data.ts';
import { AXIS_HEIGHT, FAULT_HEIGHT, FAULT_ROWS_MAX, type Layout, RIGHT_PAD, xOf } from './layout.ts';
import type { View } from './view.ts';

export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly strong: string;
  readonly raise: string;
  readonly accent: string;
  readonly red: string;
  readonly amber: string;
  readonly amberFill: string;
  readonly green: string;
  readonly request: string;
  readonly reply: string;
  readonly push: string;
  readonly sans: string;
  readonly mono: string;
}

/** Reads the colours from the style sheet, which knows light and dark. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: value('--ink'),
    soft: value('--soft'),
    line: value('--line'),
    strong: value('--strong'),
    raise: value('--raise'),
    accent: value('--accent'),
    red: value('--red'),
    amber: value('--amber'),
    amberFill: value('--amber-fill'),
    green: value('--green'),
    request: value('--m-request'),
    reply: value('--m-reply'),
    push: value('--m-push'),
    sans: value('--sans'),
    mono: value('--mono'),
  };
}

export interface Scene {
  readonly run: Run;
  readonly view: View;
  readonly layout: Layout;
  readonly palette: Palette;
}

const LINES_MAX = 5000;
/** The counts take hosts² numbers per column; with more hosts than this every n-th message is drawn instead. */
const DENSITY_HOSTS_MAX = 64;
const ARROWS_MAX = 500;
const LABELS_MAX = 70;

/** All but selection and pointer. */
export function paintScene(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, palette } = scene;
  context.clearRect(0, 0, layout.width, layout.height);
  context.fillStyle = palette.raise;
  context.fillRect(0, 0, layout.width, layout.height);
  paintAxis(context, scene);
  context.save();
  context.beginPath();
  context.rect(layout.left, 0, layout.width - layout.left, layout.height);
  context.clip();
  paintFaults(context, scene);
  paintLives(context, scene);
  paintMessages(context, scene);
  paintRecords(context, scene);
  paintWitnesses(context, scene);
  context.restore();
}

function paintAxis(context: CanvasRenderingContext2D, { view, layout, palette }: Scene): void {
  context.font = `12px ${palette.sans}`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const span = view.to - view.from;
  const ticks = axisTicks(span * (layout.width < 640 ? 2 : 1));
  const step = (ticks[1] ?? span) - (ticks[0] ?? 0);
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1e6) - 1e-9)));
  context.lineWidth = 1;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(xOf(at, view, layout)) + 0.5;
    context.strokeStyle = palette.line;
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT - 4);
    context.lineTo(x, layout.height);
    context.stroke();
    if (x < layout.left + 14 || x > layout.width - 26) continue;
    context.fillStyle = palette.soft;
    context.fillText(seconds(at, digits), x, AXIS_HEIGHT / 2);
  }
}

function paintFaults(context: CanvasRenderingContext2D, scene: Scene): void {
  const { run, view, layout, palette } = scene;
  context.textAlign = 'left';
  context.font = `12px ${palette.sans}`;
  for (const [index, fault] of run.data.faults.entries()) {
    if (fault.start === null) continue;
    const from = xOf(fault.start, view, layout);
    const to = fault.end === null ? from + 2 : Math.max(from + 2, xOf(fault.end, view, layout));
    if (to < layout.left || from > layout.width) continue;
    const top = layout.faultTop[index]!;
    context.fillStyle = palette.amberFill;
    context.globalAlpha = 0.12;
    for (const lane of layout.lanes) {
      const name = run.data.hosts[lane.host]!.name;
      if (fault.hosts.length === 0 || fault.hosts.includes(name)) {
        context.fillRect(from, lane.y - lane.height / 2, to - from, lane.height);
      }
    }
    context.globalAlpha = 0.3;
    context.fillRect(from, top, to - from, FAULT_HEIGHT - 3);
    context.globalAlpha = 1;
    context.fillRect(from, top, 2, FAULT_HEIGHT - 3);
    if (fault.end !== null) context.fillRect(to - 2, top, 2, FAULT_HEIGHT - 3);
    context.fillStyle = palette.ink;
    const start = Math.max(from, layout.left) + 7;
    // Faults that share a row leave no room beside their bars.
    const room = (run.data.faults.length > FAULT_ROWS_MAX ? to : layout.width) - start - 6;
    if (room > 40) context.fillText(fitText(context, fault.words, room), start, top + (FAULT_HEIGHT - 3) / 2 + 0.5);
  }
}

function paintLives(context: CanvasRenderingContext2D, scene: Scene): void {
  const { run, view, layout, palette } = scene;
  for (const life of run.lives) {
    if (life.to < view.from || life.from > view.to) continue;
    const y = layout.yOfHost[life.host]!;
    const from = Math.max(layout.left, xOf(life.from, view, layout));
    const to = Math.min(layout.width, xOf(life.to, view, layout));
    context.lineWidth = 1.5;
    context.strokeStyle = life.state === 'running' ? palette.strong : palette.soft;
    context.setLineDash(life.state === 'down' ? [3, 4] : []);
    if (life.state === 'paused') paintHatch(context, palette.amberFill, from, y - 6, to - from, 12);
    else {
      context.beginPath();
      context.moveTo(from, y);
      context.lineTo(to, y);
      context.stroke();
    }
    context.setLineDash([]);
    if (life.end !== 'none' && life.from >= view.from)
      paintEnd(context, life.end === 'failed' ? palette.red : palette.soft, from, y, life.end);
  }
}

function paintHatch(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let step = -height; step < width; step += 6) {
    context.moveTo(x + step, y + height);
    context.lineTo(x + step + height, y);
  }
  context.stroke();
  context.strokeRect(x + 0.75, y + 0.75, width - 1.5, height - 1.5);
  context.restore();
}

/** A cross where a process crashed or failed, a bar where it ended by itself. */
function paintEnd(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  end: 'failed' | 'clean',
): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  if (end === 'clean') {
    context.moveTo(x, y - 5);
    context.lineTo(x, y + 5);
    context.stroke();
    return;
  }
  context.moveTo(x - 5, y - 5);
  context.lineTo(x + 5, y + 5);
  context.moveTo(x - 5, y + 5);
  context.lineTo(x + 5, y - 5);
  context.stroke();
}

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

function paintMessages(context: CanvasRenderingContext2D, scene: Scene): void {
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

export interface Line {
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

function addArrow(path: Path2D, { x1, y1, x2, y2 }: Line): void {
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

/** Operations, commits, effects and marks, each on its host's lane. */
function paintRecords(context: CanvasRenderingContext2D, scene: Scene): void {
  const { run, view, layout, palette } = scene;
  for (const [number, operation] of run.operations.entries()) {
    const end = operation.end ?? run.data.endAt;
    if (end < view.from || operation.start > view.to) continue;
    const host = run.hostIndex.get(operation.host);
    if (host === undefined) continue;
    const from = xOf(operation.start, view, layout);
    const y = layout.yOfHost[host]! - 8 - (number % 3) * 5;
    context.fillStyle = operation.outcome === 'ok' ? palette.green : palette.amber;
    context.fillRect(from, y, Math.max(2, xOf(end, view, layout) - from), 3);
  }
  for (const record of run.data.records) {
    if (record.at < view.from || record.at > view.to) continue;
    if (record.kind !== 'effect' && record.kind !== 'commit' && record.kind !== 'mark') continue;
    const host =
      run.hostIndex.get(record.kind === 'effect' ? record.ledger : record.host) ?? run.hostIndex.get(record.host);
    if (host === undefined) continue;
    const x = xOf(record.at, view, layout);
    const y = layout.yOfHost[host]!;
    if (record.kind === 'effect') {
      context.fillStyle = palette.accent;
      context.beginPath();
      context.moveTo(x, y - 6);
      context.lineTo(x + 6, y);
      context.lineTo(x, y + 6);
      context.lineTo(x - 6, y);
      context.fill();
    } else if (record.kind === 'commit') {
      context.fillStyle = palette.raise;
      context.fillRect(x - 3.5, y - 3.5, 7, 7);
      context.strokeStyle = palette.soft;
      context.lineWidth = 1.5;
      context.strokeRect(x - 3.5, y - 3.5, 7, 7);
    } else {
      context.fillStyle = palette.soft;
      context.fillRect(x - 1, y - 7, 2, 14);
    }
  }
}

function paintWitnesses(context: CanvasRenderingContext2D, scene: Scene): void {
  const { run, view, layout, palette } = scene;
  context.font = `700 12px ${palette.sans}`;
  context.textAlign = 'center';
  for (const [number, row] of run.witnessRows.entries()) {
    const at = run.rows.at[row]!;
    if (at < view.from || at > view.to) continue;
    const x = xOf(at, view, layout);
    context.strokeStyle = palette.red;
    context.globalAlpha = 0.5;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT);
    context.lineTo(x, layout.height);
    context.stroke();
    context.globalAlpha = 1;
    const y = rowY(scene, row);
    context.fillStyle = palette.red;
    context.beginPath();
    context.arc(x, y, 9.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = palette.raise;
    context.fillText(String(number + 1), x, y + 0.5);
  }
}

/** Height of a row's lane. */
export function rowY({ run, layout }: Scene, row: number): number {
  const ref = run.rows.ref[row]!;
  const record = ref >= 0 ? null : run.data.records[-1 - ref]!;
  const name = record === null ? null : record.kind === 'effect' ? record.ledger : record.host;
  const host = name === null ? run.hostOfString[run.messages.from[ref]!]! : (run.hostIndex.get(name) ?? -1);
  return host < 0 ? layout.lanesTop : layout.yOfHost[host]!;
}

/** Selection and pointer, over the scene. */
export function paintOverlay(context: CanvasRenderingContext2D, scene: Scene, followed: ReadonlySet<number>): void {
  const { run, view, layout, palette } = scene;
  context.save();
  context.beginPath();
  context.rect(layout.left, 0, layout.width - layout.left, layout.height);
  context.clip();
  const path = new Path2D();
  for (const index of followed) {
    const line = lineOf(scene, index);
    if (line === null) continue;
    path.moveTo(line.x1, line.y1);
    path.lineTo(line.x2, line.y2);
    if (run.messages.flight[index]! >= 0) addArrow(path, line);
  }
  context.strokeStyle = palette.accent;
  context.lineWidth = 2.4;
  context.stroke(path);
  // The numbers stay readable above the marked messages.
  if (followed.size > 0) paintWitnesses(context, scene);
  context.strokeStyle = palette.accent;
  if (view.selected >= 0) {
    const x = xOf(run.rows.at[view.selected]!, view, layout);
    context.beginPath();
    context.arc(x, rowY(scene, view.selected), 12.5, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.stroke();
  }
  if (view.hover !== null) {
    const x = Math.round(xOf(view.hover, view, layout)) + 0.5;
    context.strokeStyle = palette.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT);
    context.lineTo(x, layout.height);
    context.stroke();
    const text = seconds(
      view.hover,
      Math.min(6, Math.max(3, 6 - Math.floor(Math.log10(Math.max(1, (view.to - view.from) / 300))))),
    );
    context.font = `12px ${palette.sans}`;
    context.textAlign = 'center';
    const width = context.measureText(text).width + 10;
    const middle = Math.min(Math.max(x, layout.left + width / 2), layout.width - width / 2);
    context.fillStyle = palette.ink;
    context.fillRect(middle - width / 2, 3, width, AXIS_HEIGHT - 6);
    context.fillStyle = palette.raise;
    context.fillText(text, middle, AXIS_HEIGHT / 2 + 0.5);
  }
  context.restore();
}

/** `12.1 s – 33.0 s (20.9 s)` in digits that suit the span. */
export function rangeText(view: View): string {
  const span = view.to - view.from;
  const digits = span > 20e6 ? 1 : span > 200_000 ? 3 : 6;
  return `${seconds(view.from, digits)} – ${seconds(view.to, digits)} (${duration(span)})`;
}

function fitText(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}
