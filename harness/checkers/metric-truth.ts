/**
 * C25: what the subject reports is true: a depth, a lag or a flag agrees with the store, within a tolerance, at some instant of the last
 * scrape interval. The report is a `metric` record (a scraper among the services) or the reply to a reading operation.
 */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import type { HistoryRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { RowCount } from './conditions.ts';
import { alwaysChecker, violated } from './define.ts';
import { filterText, type RowFilter } from './sources.ts';

export interface MetricTruthOptions {
  /** What the number must be: how many rows of a table match. */
  readonly truth: { readonly server: string; readonly table: string; readonly where: RowFilter; readonly key?: string };
  /** Largest difference that is still true; default 0. */
  readonly tolerance?: number;
  /** The truth of any instant of this time before the report will do; default 15 s, one scrape. */
  readonly within?: Duration;
  /** For replies: the field of the JSON body with the number; default the whole body. */
  readonly field?: string;
}

/**
 * Each report agrees with the number of rows at some instant of the time before it.
 * @param metric glob over names of metrics, or of operations (`GET api /depth`)
 * Premises: reports.
 * @example invariant.metricTruth('queue_depth', { truth: { server: 'db', table: 'jobs', where: { state: 'queued' } } })
 */
export function metricTruth(
  metric: string,
  { truth, tolerance = 0, within = '15s', field }: MetricTruthOptions,
): Checker {
  const name = `metricTruth(${metric})`;
  const withinMicros = milliseconds(within) * 1000;
  const what = `the number of rows of ${truth.server}.${truth.table} with ${filterText(truth.where)}`;
  return alwaysChecker({
    id: 'C25',
    name,
    claim: `${metric} is ${what}${tolerance === 0 ? '' : `, give or take ${tolerance}`}, as of the last ${durationText(withinMicros / 1000)}`,
    start() {
      const count = new RowCount(truth);
      // What the number was, from each time on; the first entry is older than the window, or the beginning.
      const truths: { readonly from: number; readonly value: number; readonly seq: number | undefined }[] = [
        { from: 0, value: 0, seq: undefined },
      ];
      let reports = 0;
      return {
        record(record) {
          if (count.record(record)) truths.push({ from: record.at, value: count.value, seq: record.seq });
          const reported = reportIn(record, metric, field);
          if (reported === undefined) return undefined;
          reports += 1;
          while (truths.length > 1 && truths[1]!.from <= record.at - withinMicros) truths.shift();
          if (truths.some(({ value }) => Math.abs(value - reported) <= tolerance)) return undefined;
          const present = truths[truths.length - 1]!;
          const values = truths.map(({ value }) => value);
          const range = `between ${Math.min(...values)} and ${Math.max(...values)}`;
          const message = `${metric} said ${reported} at ${timeText(record.at)}; ${what} was ${truths.length === 1 ? present.value : range} in the ${durationText(withinMicros / 1000)} before.`;
          return violated(name, message, present.seq === undefined ? [record.seq] : [present.seq, record.seq]);
        },
        premises: () => reports,
      };
    },
  });
}

function reportIn(record: HistoryRecord, metric: string, field: string | undefined): number | undefined {
  if (record.kind === 'metric') return matchesGlob(metric, record.name) ? record.value : undefined;
  if (record.kind !== 'op' || record.phase !== 'ok' || !matchesGlob(metric, record.f)) return undefined;
  const { value } = record;
  const body = typeof value === 'object' && value !== null && 'body' in value ? value.body : value;
  const found =
    field === undefined || typeof body !== 'object' || body === null ? body : (body as Record<string, unknown>)[field];
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}
