/**
 * The plan in words with one bar per fault on a common axis of true time, as plain HTML: it reads, prints and scales without a script.
 */

import type { Necessity } from '../model.ts';
import { count, duration, plural } from '../words.ts';
import { html, type Markup } from './escape.ts';
import type { FaultSpan } from './spans.ts';

export interface PlanAxisOptions {
  readonly spans: readonly FaultSpan[];
  /** Sentences that belong to no fault: the workload. */
  readonly remarks: readonly string[];
  /** True time, µs. */
  readonly endAt: number;
  /** True times, µs, of the witness records. */
  readonly witnessAt: readonly number[];
  /** Ids of the faults that stand out; the others are dimmed. Absent: none is dimmed. */
  readonly kept?: ReadonlySet<string>;
  readonly label: string;
  readonly necessity?: readonly Necessity[];
  /** Drawn below the faults on the same axis. */
  readonly below?: Markup;
}

const COMFORTABLE_ROWS = 10;

export function renderPlanAxis(options: PlanAxisOptions): Markup {
  const { spans, endAt } = options;
  if (spans.length === 0) {
    return html`<p class="quiet">The plan has no faults: the violation needs none.</p>${remarks(options.remarks)}`;
  }
  const percent = (at: number): string => `${((100 * Math.min(at, endAt)) / Math.max(1, endAt)).toFixed(3)}%`;
  const witnesses = options.witnessAt.map(
    (at) =>
      html`<i class="plan-witness" style="left:${percent(at)}" title="witness at ${(at / 1e6).toFixed(3)} s"></i>`,
  );
  const rows = spans.map((span) => {
    const dimmed = options.kept !== undefined && !options.kept.has(span.id);
    return html`<li class="plan-row${dimmed ? ' is-dropped' : ''}"><span class="plan-words">${span.words}${
      dimmed ? html` <span class="tag">dropped</span>` : ''
    }${options.kept !== undefined && !dimmed ? html` <span class="tag tag-kept">kept</span>` : ''}${necessityText(options.necessity?.find((each) => each.faultId === span.id))}</span><span class="plan-track">${bar(
      span,
      endAt,
      percent,
    )}${witnesses}</span></li>`;
  });
  const ticks = axisTicks(endAt).map(
    (at) => html`<span style="left:${percent(at)}">${at === 0 ? '0' : duration(at)}</span>`,
  );
  return html`<ol class="plan${spans.length > COMFORTABLE_ROWS ? ' is-long' : ''}" aria-label="${options.label}">${rows}</ol>${options.below}
<div class="plan-axis" aria-hidden="true"><span></span><span class="plan-track">${ticks}</span></div>${remarks(options.remarks)}`;
}

function necessityText(necessity: Necessity | undefined): Markup {
  if (necessity === undefined || necessity.runs === 0) return html``;
  const { runs, violations } = necessity;
  const words =
    violations === 0
      ? `Needed: without it none of ${plural(runs, 'run')} violates.`
      : `Without it ${count(violations)} of ${plural(runs, 'run')} still ${violations === 1 ? 'violates' : 'violate'}.`;
  return html`<span class="plan-need">${words}</span>`;
}

function remarks(sentences: readonly string[]): Markup {
  return html`${sentences.map((sentence) => html`<p class="quiet plan-remark">${sentence}</p>`)}`;
}

function bar(span: FaultSpan, endAt: number, percent: (at: number) => string): Markup {
  if (span.start === null) return html`<span class="plan-none">never triggered</span>`;
  if (span.end === null) return html`<i class="plan-instant" style="left:${percent(span.start)}"></i>`;
  const width = (100 * (Math.min(span.end, endAt) - span.start)) / Math.max(1, endAt);
  return html`<i class="plan-bar" style="left:${percent(span.start)};width:${Math.max(0.2, width).toFixed(3)}%"></i>`;
}

/** Four to eight round instants from 0 to the end. */
export function axisTicks(endAt: number): readonly number[] {
  const rough = Math.max(1, endAt) / 6;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const ticks: number[] = [];
  for (let at = 0; at <= endAt * 0.97; at += step) ticks.push(at);
  return ticks;
}
