/**
 * From which instant on the violation was likely: the share of futures that violate, when the run is repeated with the same streams up to
 * t and fresh ones after it. A step line over the plan's time axis, with the largest rise marked; plain SVG, so it prints.
 */
import type { LikelihoodPoint } from '../model.ts';
import { count, seconds } from '../words.ts';
import { html, type Markup } from './escape.ts';

const HEIGHT = 48;

export function renderLikelihood(points: readonly LikelihoodPoint[], endAt: number): Markup {
  const ordered = points.filter((point) => point.runs > 0).sort((a, b) => a.at - b.at);
  if (ordered.length < 2) return html``;
  const share = (point: LikelihoodPoint): number => point.violations / point.runs;
  const x = (at: number): number => (1000 * Math.min(at, endAt)) / Math.max(1, endAt);
  const y = (value: number): number => HEIGHT - 2 - value * (HEIGHT - 6);
  const path = ordered
    .map((point, index) =>
      index === 0
        ? `M0,${y(share(point)).toFixed(1)}H${x(point.at).toFixed(1)}`
        : `H${x(point.at).toFixed(1)}V${y(share(point)).toFixed(1)}`,
    )
    .join('');
  let jump = 1;
  for (let index = 1; index < ordered.length; index += 1) {
    const rise = share(ordered[index]!) - share(ordered[index - 1]!);
    if (rise > share(ordered[jump]!) - share(ordered[jump - 1]!)) jump = index;
  }
  const before = ordered[jump - 1]!;
  const after = ordered[jump]!;
  const percent = (point: LikelihoodPoint): string =>
    `${Math.round(100 * share(point))} % of ${count(point.runs)} runs`;
  const runs = ordered.reduce((sum, point) => sum + point.runs, 0);
  const violations = ordered.reduce((sum, point) => sum + point.violations, 0);
  const isFlat = share(after) <= share(before);
  const sentence = isFlat
    ? `Repeated with other chance, the run violates in ${Math.round((100 * violations) / runs)} % of ${count(runs)} runs, whatever the instant from which chance is another: the plan decides, not chance.`
    : `Repeated with other chance from an instant on, the run violates in ${percent(before)} from ${seconds(before.at, 2)}, and in ${percent(after)} from ${seconds(after.at, 2)}.`;
  const left = `${((100 * Math.min(after.at, endAt)) / Math.max(1, endAt)).toFixed(3)}%`;
  return html`<div class="plan-row likelihood"><span>${sentence}</span><span class="plan-track likelihood-track"><svg viewBox="0 0 1000 ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Share of violating futures over time"><path d="${path}H1000" fill="none" stroke="currentColor" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>${
    isFlat ? '' : html`<i class="likelihood-jump" style="left:${left}"></i>`
  }</span></div>`;
}
