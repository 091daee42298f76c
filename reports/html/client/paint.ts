/**
 * Draws the diagram on a canvas: axis, faults, lives, messages (`paint-messages`), records, witnesses; then, over all that, the selection
 * and the pointer.
 */
import { duration, seconds } from '../../words.ts';
import { axisTicks } from '../plan-axis.ts';
import { AXIS_HEIGHT, FAULT_HEIGHT, FAULT_ROWS_MAX, xOf } from './layout.ts';
import { addArrow, lineOf, paintMessages } from './paint-messages.ts';
import { fitText, type Scene } from './scene.ts';
import type { View } from './view.ts';

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
