/**
 * Where things stand in the diagram: one horizontal lane per host below an axis and the bars of the faults. Time runs to the right; the
 * x of an instant follows from the view, the y of a host from the lanes.
 */
import type { FaultSpan } from '../spans.ts';
import type { Run } from './data.ts';
import type { View } from './view.ts';

interface Lane {
  readonly host: number;
  /** Centre, CSS px. */
  readonly y: number;
  readonly height: number;
  readonly isFolded: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where time begins: right of the host names. */
  readonly left: number;
  readonly lanes: readonly Lane[];
  /** Lane centre by host index. */
  readonly yOfHost: Float64Array;
  /** Top of the bar of each fault, in the plan's order. */
  readonly faultTop: readonly number[];
  readonly lanesTop: number;
}

/** Right of the end of the time shown, so that a mark at the last instant is whole. */
export const RIGHT_PAD = 16;
export const AXIS_HEIGHT = 24;
export const FAULT_HEIGHT = 19;
export const FAULT_ROWS_MAX = 6;
const NARROW = 640;

// Most messages go between processes and servers; services, where effects show, close the picture.
const roleRank = { client: 0, process: 1, server: 2, service: 3 } as const;

export function layOut(run: Run, folded: ReadonlySet<number>, width: number): Layout {
  const isNarrow = width < NARROW;
  const laneHeight = isNarrow ? 50 : run.data.hosts.length > 10 ? 42 : 58;
  const order = run.data.hosts
    .map((host, index) => ({ index, rank: roleRank[host.role] }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index);
  const packed = packFaults(run.data.faults);
  const faultRows = Math.max(-1, ...packed) + 1;
  const faultTop = packed.map((row) => AXIS_HEIGHT + 4 + row * FAULT_HEIGHT);
  const lanesTop = AXIS_HEIGHT + (faultRows === 0 ? 6 : faultRows * FAULT_HEIGHT + 12);
  const yOfHost = new Float64Array(run.data.hosts.length);
  let top = lanesTop;
  const lanes = order.map(({ index }) => {
    const isFolded = folded.has(index);
    const height = isFolded ? 20 : laneHeight;
    const lane = { host: index, y: top + height / 2, height, isFolded };
    yOfHost[index] = lane.y;
    top += height;
    return lane;
  });
  return { width, height: top + 10, left: isNarrow ? 0 : 118, lanes, yOfHost, faultTop, lanesTop };
}

/** A row per fault while there is room; then faults share rows, those first in time first. */
function packFaults(faults: readonly FaultSpan[]): readonly number[] {
  if (faults.length <= FAULT_ROWS_MAX) return faults.map((_, index) => index);
  const free = new Array<number>(FAULT_ROWS_MAX).fill(Number.NEGATIVE_INFINITY);
  const rows = new Array<number>(faults.length).fill(0);
  const byStart = faults
    .map((fault, index) => ({ fault, index }))
    .sort((a, b) => (a.fault.start ?? 0) - (b.fault.start ?? 0));
  for (const { fault, index } of byStart) {
    let row = free.findIndex((end) => end <= (fault.start ?? 0));
    if (row < 0) row = free.indexOf(Math.min(...free));
    rows[index] = row;
    free[row] = fault.end ?? fault.start ?? 0;
  }
  return rows;
}

export function xOf(at: number, view: View, layout: Layout): number {
  return layout.left + ((at - view.from) / (view.to - view.from)) * (layout.width - RIGHT_PAD - layout.left);
}

export function timeAt(x: number, view: View, layout: Layout): number {
  const share = (x - layout.left) / (layout.width - RIGHT_PAD - layout.left);
  return Math.min(view.to, view.from + share * (view.to - view.from));
}
