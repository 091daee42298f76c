/** Window functions proper; aggregates over frames are the engine's to run. */
import type { Datum } from '../types/datum.ts';
import { pgError } from '../types/errors.ts';
import type { WindowImplementation, WindowView } from './implementation.ts';

function shifted(view: WindowView, offset: Datum, direction: 1 | -1, fallback: Datum): Datum {
  if (offset === null) return null;
  const row = view.row + direction * (offset as number);
  return row < 0 || row >= view.rowCount ? fallback : view.argument(row, 0);
}

export const windowFunctions: Record<string, WindowImplementation> = {
  window_row_number: (view) => BigInt(view.row + 1),
  window_rank: (view) => BigInt(view.peerStart + 1),
  window_dense_rank: (view) => BigInt(view.peerGroup + 1),
  window_percent_rank: (view) => (view.rowCount <= 1 ? 0 : view.peerStart / (view.rowCount - 1)),
  window_cume_dist: (view) => view.peerEnd / view.rowCount,
  window_ntile: (view) => {
    // The bucket count is read at the partition's first row.
    const buckets = view.argument(0, 0) as number | null;
    if (buckets === null) return null;
    if (buckets <= 0) throw pgError('22014', 'argument of ntile must be greater than zero');
    const size = Math.floor(view.rowCount / buckets);
    const larger = view.rowCount % buckets;
    const inLarger = larger * (size + 1);
    if (view.row < inLarger) return Math.floor(view.row / (size + 1)) + 1;
    return larger + Math.floor((view.row - inLarger) / size) + 1;
  },
  window_lag: (view) => shifted(view, 1, -1, null),
  window_lag_with_offset: (view) => shifted(view, view.argument(view.row, 1), -1, null),
  window_lag_with_offset_and_default: (view) =>
    shifted(view, view.argument(view.row, 1), -1, view.argument(view.row, 2)),
  window_lead: (view) => shifted(view, 1, 1, null),
  window_lead_with_offset: (view) => shifted(view, view.argument(view.row, 1), 1, null),
  window_lead_with_offset_and_default: (view) =>
    shifted(view, view.argument(view.row, 1), 1, view.argument(view.row, 2)),
  window_first_value: (view) => (view.frameCount === 0 ? null : view.argument(view.frameRow(0), 0)),
  window_last_value: (view) => (view.frameCount === 0 ? null : view.argument(view.frameRow(view.frameCount - 1), 0)),
  window_nth_value: (view) => {
    const n = view.argument(view.row, 1) as number | null;
    if (n === null) return null;
    if (n <= 0) throw pgError('22016', 'argument of nth_value must be greater than zero');
    return n > view.frameCount ? null : view.argument(view.frameRow(n - 1), 0);
  },
};
