/**
 * Measures over the time that is shown: operations per second, their latency, every recorded metric, and how far each node's clock was
 * from true time. Each has the diagram's time axis, the faults as bands and the witnesses as lines; where the pointer is, values are read.
 */
import { count, duration, oneLine } from '../../words.ts';
import type { Run } from './data.ts';
import { element } from './element.ts';
import { RIGHT_PAD } from './layout.ts';
import { type Palette, readPalette } from './scene.ts';
import type { ViewStore } from './view.ts';

interface Point {
  readonly at: number;
  readonly value: number;
}

interface Series {
  readonly name: string;
  readonly colour: 'accent' | 'amber' | 'green' | 'push' | 'soft' | 'ink';
  readonly points: readonly Point[];
}

interface Chart {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Series over a range in so many buckets. */
  readonly series: (from: number, to: number, buckets: number) => readonly Series[];
}

const HEIGHT = 76;
const GUTTER = 118;
const NARROW = 640;
const BUCKET_PIXELS = 9;
const CHARTS_MAX = 12;
const OFFSET_MICROS_MIN = 1000;
const colours = ['accent', 'amber', 'push', 'green', 'soft', 'ink'] as const;

export function startCharts(run: Run, store: ViewStore, section: HTMLElement, frame: HTMLElement): { redraw(): void } {
  const charts = [...operationCharts(run), ...clockCharts(run), ...metricCharts(run)].slice(0, CHARTS_MAX);
  if (charts.length === 0) return { redraw: () => {} };
  let palette = readPalette();
  const drawn = charts.map((chart) => {
    const canvas = element('canvas', { role: 'img', 'aria-label': chart.title });
    frame.append(element('div', { class: 'chart' }, canvas));
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      const left = leftOf(box.width);
      const share = Math.min(1, (event.clientX - box.left - left) / (box.width - RIGHT_PAD - left));
      store.hover(share < 0 ? null : store.view.from + share * (store.view.to - store.view.from));
    });
    canvas.addEventListener('pointerleave', () => store.hover(null));
    return { chart, canvas, series: [] as readonly Series[] };
  });
  section.hidden = false;
  const draw = (isNewRange: boolean): void => {
    const width = frame.clientWidth;
    if (width === 0) return;
    for (const each of drawn) {
      const { from, to } = store.view;
      const buckets = Math.max(8, Math.floor((width - RIGHT_PAD - leftOf(width)) / BUCKET_PIXELS));
      if (isNewRange) each.series = each.chart.series(from, to, buckets);
      drawChart(each.canvas, each.chart, each.series, { run, store, palette, width });
    }
  };
  store.listen((_, changes) => draw(changes.has('range')));
  new ResizeObserver(() => draw(true)).observe(frame);
  draw(true);
  return {
    redraw: () => {
      palette = readPalette();
      draw(true);
    },
  };
}

function operationCharts(run: Run): Chart[] {
  if (run.operations.length === 0) return [];
  const ended = run.operations.filter((operation) => operation.end !== null);
  return [
    {
      title: 'Operations per second',
      format: (value) => `${value < 10 ? value.toFixed(1) : count(value)}/s`,
      series: (from, to, buckets) => [
        rate(
          'ok',
          'green',
          ended.filter((each) => each.outcome === 'ok').map((each) => each.end!),
          from,
          to,
          buckets,
        ),
        rate(
          'not ok',
          'amber',
          ended.filter((each) => each.outcome !== 'ok').map((each) => each.end!),
          from,
          to,
          buckets,
        ),
      ],
    },
    {
      title: 'Latency of operations',
      format: duration,
      series: (from, to, buckets) => {
        const byBucket: number[][] = Array.from({ length: buckets }, () => []);
        for (const operation of ended) {
          if (operation.end! < from || operation.end! > to) continue;
          byBucket[bucketOf(operation.end!, from, to, buckets)]!.push(operation.end! - operation.start);
        }
        for (const latencies of byBucket) latencies.sort((a, b) => a - b);
        const quantile = (share: number): Point[] =>
          byBucket.flatMap((latencies, bucket) =>
            latencies.length === 0
              ? []
              : [
                  {
                    at: middleOf(bucket, from, to, buckets),
                    value: latencies[Math.ceil(share * latencies.length) - 1]!,
                  },
                ],
          );
        return [
          { name: 'median', colour: 'accent', points: quantile(0.5) },
          { name: '99 %', colour: 'amber', points: quantile(0.99) },
        ];
      },
    },
  ];
}

function metricCharts(run: Run): Chart[] {
  const byName = new Map<string, Map<string, Point[]>>();
  for (const record of run.data.records) {
    if (record.kind !== 'metric') continue;
    const hosts = byName.get(record.name) ?? new Map<string, Point[]>();
    byName.set(record.name, hosts);
    const points = hosts.get(record.host) ?? [];
    hosts.set(record.host, points);
    points.push({ at: record.at, value: record.value });
  }
  return [...byName].map(([name, hosts]) => ({
    title: oneLine(name, 60),
    format: (value: number) => (Number.isInteger(value) ? count(value) : value.toPrecision(4)),
    series: (from: number, to: number) => hostSeries(hosts, from, to),
  }));
}

/** Offsets of node clocks, for the hosts whose clock was off at any time. */
function clockCharts(run: Run): Chart[] {
  const hosts = new Map<string, Point[]>();
  for (const record of run.data.records) {
    if (record.nodeAt === undefined) continue;
    const value = Math.round((record.nodeAt - run.data.epochMs) * 1000 - record.at);
    const points = hosts.get(record.host) ?? [];
    hosts.set(record.host, points);
    points.push({ at: record.at, value });
  }
  for (const [host, points] of hosts) {
    if (points.every((point) => Math.abs(point.value) < OFFSET_MICROS_MIN)) hosts.delete(host);
  }
  if (hosts.size === 0) return [];
  return [
    {
      title: 'Node clock less true time',
      format: duration,
      series: (from, to) => hostSeries(hosts, from, to),
    },
  ];
}

function hostSeries(hosts: ReadonlyMap<string, readonly Point[]>, from: number, to: number): Series[] {
  return [...hosts].slice(0, colours.length).map(([host, points], index) => {
    const first = points.findIndex((point) => point.at >= from);
    const after = points.findIndex((point) => point.at > to);
    // One point on either side, so that the line enters and leaves the picture.
    const shown = points.slice(
      Math.max(0, (first < 0 ? points.length : first) - 1),
      after < 0 ? points.length : after + 1,
    );
    return { name: oneLine(host, 30), colour: colours[index]!, points: shown };
  });
}

function rate(
  name: string,
  colour: Series['colour'],
  times: readonly number[],
  from: number,
  to: number,
  buckets: number,
): Series {
  const counts = new Array<number>(buckets).fill(0);
  for (const at of times) {
    if (at < from || at > to) continue;
    const bucket = bucketOf(at, from, to, buckets);
    counts[bucket] = counts[bucket]! + 1;
  }
  const perSecond = 1e6 / ((to - from) / buckets);
  return {
    name,
    colour,
    points: counts.map((value, bucket) => ({ at: middleOf(bucket, from, to, buckets), value: value * perSecond })),
  };
}

function bucketOf(at: number, from: number, to: number, buckets: number): number {
  return Math.min(buckets - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * buckets)));
}

function middleOf(bucket: number, from: number, to: number, buckets: number): number {
  return from + ((bucket + 0.5) / buckets) * (to - from);
}

function leftOf(width: number): number {
  return width < NARROW ? 0 : GUTTER;
}

interface DrawOptions {
  readonly run: Run;
  readonly store: ViewStore;
  readonly palette: Palette;
  readonly width: number;
}

function drawChart(canvas: HTMLCanvasElement, chart: Chart, series: readonly Series[], options: DrawOptions): void {
  const { run, store, palette, width } = options;
  const { view } = store;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  canvas.style.height = `${HEIGHT}px`;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const left = leftOf(width);
  const x = (at: number): number => left + ((at - view.from) / (view.to - view.from)) * (width - RIGHT_PAD - left);
  let low = 0;
  let high = 0;
  for (const { points } of series) {
    for (const { value } of points) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const top = left === 0 ? 22 : 12;
  const y = (value: number): number => HEIGHT - 8 - ((value - low) / Math.max(1e-9, high - low)) * (HEIGHT - 8 - top);
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, HEIGHT);
  context.clip();
  context.fillStyle = palette.amberFill;
  context.globalAlpha = 0.12;
  for (const fault of run.data.faults) {
    if (fault.start !== null)
      context.fillRect(x(fault.start), 0, Math.max(1, x(fault.end ?? fault.start) - x(fault.start)), HEIGHT);
  }
  context.globalAlpha = 0.5;
  context.fillStyle = palette.red;
  for (const row of run.witnessRows) context.fillRect(x(run.rows.at[row]!), 0, 1, HEIGHT);
  context.globalAlpha = 1;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.strokeRect(left, y(0), width, 0);
  for (const { points, colour } of series) {
    context.strokeStyle = palette[colour];
    context.fillStyle = palette[colour];
    context.lineWidth = 1.5;
    context.beginPath();
    for (const { at, value } of points) context.lineTo(x(at), y(value));
    context.stroke();
    if (points.length < 40) for (const { at, value } of points) context.fillRect(x(at) - 1.5, y(value) - 1.5, 3, 3);
  }
  if (view.hover !== null) {
    context.fillStyle = palette.soft;
    context.fillRect(Math.round(x(view.hover)), 0, 1, HEIGHT);
  }
  context.restore();
  writeLegend(context, chart, series, { ...options, high, left });
  canvas.setAttribute('aria-label', `${chart.title}, at most ${chart.format(high)} in the time shown`);
}

interface LegendOptions extends DrawOptions {
  readonly high: number;
  readonly left: number;
}

/** Title and, per series, its value where the pointer is. On a narrow page both share the first line. */
function writeLegend(
  context: CanvasRenderingContext2D,
  chart: Chart,
  series: readonly Series[],
  options: LegendOptions,
): void {
  const { palette, store, high, left, width } = options;
  const isNarrow = left === 0;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = `600 12.5px ${palette.sans}`;
  context.fillStyle = palette.ink;
  if (isNarrow) context.fillText(chart.title, 6, 10);
  else
    for (const [index, line] of breakTitle(context, chart.title, GUTTER - 18).entries())
      context.fillText(line, 12, 20 + index * 15);
  context.font = `12px ${palette.sans}`;
  context.textAlign = 'right';
  let right = width - 8;
  for (const each of [...series].reverse()) {
    const value = store.view.hover === null ? null : valueAt(each.points, store.view.hover);
    if (each.points.length === 0) continue;
    const text = value === null ? each.name : `${each.name} ${chart.format(value)}`;
    const room = context.measureText(text).width;
    context.globalAlpha = 0.8;
    context.fillStyle = palette.raise;
    context.fillRect(right - room - 3, 2, room + 6, 16);
    context.globalAlpha = 1;
    context.fillStyle = palette[each.colour];
    context.fillText(text, right, 10);
    right -= room + 14;
  }
  if (isNarrow) return;
  context.fillStyle = palette.soft;
  context.textAlign = 'left';
  context.fillText(`max ${chart.format(high)}`, 12, HEIGHT - 12);
}

/** Value of the last point at or before an instant. */
function valueAt(points: readonly Point[], at: number): number | null {
  let value: number | null = null;
  for (const point of points) {
    if (point.at > at) break;
    value = point.value;
  }
  return value;
}

function breakTitle(context: CanvasRenderingContext2D, title: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of title.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && context.measureText(longer).width > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].slice(0, 3);
}
