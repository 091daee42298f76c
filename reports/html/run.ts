/**
 * The run page: what broke, by which records, under which plan and how to see it again, in that order and readable without a script;
 * then the diagram and the tables, which the page's script fills from the packed records.
 */

import { type RunReport, verdictOf } from '../model.ts';
import { count, plural, seconds } from '../words.ts';
import { html, type Markup } from './escape.ts';
import { renderLikelihood } from './likelihood.ts';
import { allHosts, type PackedRun, packRun } from './pack.ts';
import { renderPage } from './page.ts';
import { renderPlanAxis } from './plan-axis.ts';
import { endOfRun, faultSpans, originalSpans } from './spans.ts';
import { tellStory } from './story.ts';
import { baseStyle } from './style.ts';
import { runStyle } from './style-run.ts';

export const RUN_PAGE_BYTES_MAX = 5_000_000;
const SOURCE_CHARACTERS_MAX = 300_000;

export interface RunPageOptions {
  /** Text of `client.js` (`readClientScript`). */
  readonly script: string;
  /** Link to the suite page; null leaves it out. Default `index.html`. */
  readonly suiteHref?: string | null;
}

/** One self-contained HTML file of at most `RUN_PAGE_BYTES_MAX` bytes. */
export function renderRunPage(run: RunReport, options: RunPageOptions): string {
  const title = `${run.capsule.scenario.name}, ${run.capsule.subject.name}, seed ${run.capsule.plan.seed}: ${verdictOf(run)}`;
  const page = (body: Markup, data: string): string =>
    renderPage({ title, kind: 'run', style: baseStyle + runStyle, body, script: options.script, data });
  const frameBytes = Buffer.byteLength(page(renderBody(run, emptyPack, options), ''));
  // Room for the sentence about sampling.
  const packed = packRun(run, RUN_PAGE_BYTES_MAX - frameBytes - 1000);
  return page(renderBody(run, packed, options), packed.base64);
}

const emptyPack: PackedRun = {
  base64: '',
  messagesTotal: 0,
  messagesKept: 0,
  previewsDropped: false,
  logsTotal: 0,
  logsKept: 0,
};

function renderBody(run: RunReport, packed: PackedRun, options: RunPageOptions): Markup {
  return html`<a class="skip" href="#diagram-title">Skip to the diagram</a>
<header class="top"><div class="wrap">
${options.suiteHref === null ? html`<span class="brand">seedstorm</span>` : html`<a class="brand" href="${options.suiteHref ?? 'index.html'}">seedstorm</a><a class="crumb" href="${options.suiteHref ?? 'index.html'}">all scenarios</a>`}
</div></header>
<main class="wrap">
${renderVerdict(run)}
<div class="opening">
${renderStory(run)}
${renderReplay(run)}
</div>
${renderPlan(run)}
${diagramFrame(packed)}
${panesFrame()}
${renderPremises(run)}
${renderSources(run)}
</main>
<div id="announcer" class="sr-only" aria-live="polite"></div>`;
}

const verdictWords = {
  pass: 'Passed',
  violation: 'Violation',
  vacuous: 'Vacuous',
  unknown: 'Unknown',
  error: 'Error',
} as const;

function renderVerdict(run: RunReport): Markup {
  const verdict = verdictOf(run);
  const sentence =
    run.violation?.message ??
    run.reason ??
    (verdict === 'pass'
      ? 'Every claim held in this run.'
      : `The run ended as ${verdict}; its capsule gives no further reason.`);
  const premise = run.premises.find((candidate) => candidate.invariant === run.violation?.invariant);
  const claim =
    run.violation === null
      ? html``
      : html`<p class="claim"><span class="claim-label">Broken claim</span> ${
          premise === undefined ? '' : html`${premise.claim} `
        }<code>${run.violation.invariant}</code></p>`;
  return html`<section class="verdict is-${verdict}" aria-label="Verdict">
<p class="eyebrow"><span class="chip is-${verdict}">${verdictWords[verdict]}</span> <strong>${run.capsule.scenario.name}</strong> <span>${run.capsule.subject.name}</span> <span>seed ${run.capsule.plan.seed}</span> <span>${run.capsule.mode}</span></p>
<h1>${unbroken(sentence)}</h1>
${claim}
</section>`;
}

/** Keeps a number and its unit on one line. */
function unbroken(sentence: string): string {
  return sentence.replace(/(\d) (?=(?:µs|ms|s|min|h|d)\b)/g, '$1\u00a0');
}

function renderStory(run: RunReport): Markup {
  const story = tellStory(run);
  const rows = story.entries.map(
    (entry) =>
      html`<li class="is-${entry.kind}"><a href="#e${entry.seq}" data-seq="${entry.seq}"><time>${seconds(entry.at)}</time><span class="story-mark">${
        entry.kind === 'witness' ? html`<b aria-label="witness ${entry.number}">${entry.number}</b>` : ''
      }</span><span class="story-words">${
        entry.kind !== 'log' && entry.words.includes(entry.host)
          ? ''
          : html`<span class="story-host">${entry.host}</span> `
      }${entry.kind === 'log' ? html`logged <q>${entry.words}</q>` : entry.words}</span></a></li>`,
  );
  return html`<section class="story" aria-labelledby="story-title"><h2 id="story-title">What happened</h2>
${
  rows.length === 0
    ? html`<p class="quiet">No fault fired, and there is no witness record.</p>`
    : html`<ol>${rows}</ol>`
}
${story.omitted > 0 ? html`<p class="quiet">${plural(story.omitted, 'more event')} in the history below.</p>` : ''}
</section>`;
}

function renderReplay(run: RunReport): Markup {
  const { capsule } = run;
  const shrunk =
    capsule.found?.original === undefined
      ? ''
      : html`<div><dt>Plan</dt><dd>${plural(capsule.plan.faults.length, 'fault')}, shrunk from ${count(capsule.found.original.faults.length)}${
          capsule.found.runs === undefined ? '' : ` in ${plural(capsule.found.runs, 'run')}`
        }</dd></div>`;
  return html`<aside class="replay" aria-labelledby="replay-title"><h2 id="replay-title">See it again</h2>
<div class="command"><code id="replay-command">${run.replayCommand}</code><button type="button" class="copy" data-copy="replay-command" aria-label="Copy the replay command">Copy</button></div>
<dl class="facts">
<div><dt>Found by</dt><dd>${capsule.found?.by ?? `seed ${capsule.plan.seed}`}</dd></div>
${shrunk}
<div><dt>Ended at</dt><dd>${seconds(endOfRun(run.history), 1)} of true time</dd></div>
<div><dt>History</dt><dd>${plural(run.history.length, 'record')}</dd></div>
<div><dt>Trace hash</dt><dd><code>${capsule.expected.hash || 'none (infra)'}</code></dd></div>
<div><dt>Written by</dt><dd>seedstorm ${capsule.seedstorm}, Node ${capsule.node}</dd></div>
</dl></aside>`;
}

function renderPlan(run: RunReport): Markup {
  const names = allHosts(run).map((host) => host.name);
  const spans = faultSpans(run, names);
  const original = originalSpans(run, names);
  const endAt = endOfRun(run.history);
  const witness = new Set(run.violation?.witness ?? []);
  const witnessAt = run.history.filter((record) => witness.has(record.seq)).map((record) => record.at);
  const kept = new Set(spans.map((span) => span.id));
  const remaining = original.filter((span) => kept.has(span.id)).length;
  const before =
    original.length === 0
      ? ''
      : html`<details class="original"><summary>The plan before shrinking: ${plural(original.length, 'fault')}, of which ${remaining === 1 ? '1 remains' : `${remaining} remain`}</summary>${renderPlanAxis(
          {
            spans: original,
            remarks: (run.originalPlanInWords ?? []).slice(original.length),
            endAt: original.reduce((latest, span) => Math.max(latest, span.end ?? span.start ?? 0), endAt),
            witnessAt,
            kept,
            label: 'Faults before shrinking',
          },
        )}</details>`;
  return html`<section class="plan-section" aria-labelledby="plan-title"><h2 id="plan-title">${
    original.length === 0 ? 'The plan' : 'The smallest plan that breaks it'
  }</h2>
${renderPlanAxis({
  spans,
  remarks: run.planInWords.slice(spans.length),
  endAt,
  witnessAt,
  label: 'Faults of the plan',
  ...(run.necessity === undefined ? {} : { necessity: run.necessity }),
  below: renderLikelihood(run.likelihood ?? [], endAt),
})}
${renderNearestPass(run)}${before}</section>`;
}

function renderNearestPass({ nearestPass }: RunReport): Markup {
  if (nearestPass === undefined) return html``;
  const { words, at, here, there, seq } = nearestPass;
  const event = here ?? 'nothing';
  return html`<div class="nearest"><h3>First difference from the nearest passing run</h3><p>Against ${words}, the runs part at ${seconds(at)}.</p><dl><div><dt>Here</dt><dd>${
    seq === undefined ? event : html`<a href="#e${seq}" data-seq="${seq}">${event}</a>`
  }</dd></div><div><dt>There</dt><dd>${there ?? 'nothing'}</dd></div></dl></div>`;
}

function diagramFrame(packed: PackedRun): Markup {
  const notes: string[] = [];
  if (packed.messagesKept < packed.messagesTotal) {
    notes.push(
      `${count(packed.messagesKept)} of ${count(packed.messagesTotal)} messages are on this page: all within 2 s of a witness or a fault where they fit, a sample of the others.`,
    );
  }
  if (packed.previewsDropped) notes.push('Contents are kept near witnesses and faults only.');
  if (packed.logsKept < packed.logsTotal) {
    notes.push(
      `${count(packed.logsKept)} of ${count(packed.logsTotal)} log lines are on this page: those near witnesses and faults.`,
    );
  }
  return html`<section class="diagram-section" aria-labelledby="diagram-title"><div class="section-head"><h2 id="diagram-title">Messages in space and time</h2><div class="toolbar" role="toolbar" aria-label="Time range">
<span id="range" class="range" aria-live="off"></span>
<button type="button" data-act="out" aria-label="Zoom out" title="Zoom out (-)">−</button><button type="button" data-act="in" aria-label="Zoom in" title="Zoom in (+)">+</button><button type="button" data-act="witness-previous" aria-label="Previous witness" title="Previous witness ([)">‹ witness</button><button type="button" data-act="witness-next" aria-label="Next witness" title="Next witness (])">witness ›</button><button type="button" data-act="violation" title="Everything around the witnesses (v)">Violation</button><button type="button" data-act="all" title="Whole run (0)">Whole run</button>
</div></div>
${notes.length === 0 ? '' : html`<p class="notice">${notes.join(' ')}</p>`}
<noscript><p class="notice">The diagram and the tables need JavaScript. Everything above does not.</p></noscript>
<p id="loading" class="quiet">Opening the records…</p>
<div id="overview" class="overview" hidden><canvas aria-hidden="true"></canvas></div>
<div id="diagram" class="diagram" hidden><div id="lanes" class="lanes"></div><canvas tabindex="0" role="img" aria-label="Space-time diagram" aria-describedby="diagram-help"></canvas><div id="tip" class="tip" role="tooltip" hidden></div></div>
<div id="detail" class="detail" hidden></div>
<div class="below"><ul class="legend" aria-label="Legend"><li><i class="lg lg-request"></i>request</li><li><i class="lg lg-reply"></i>reply</li><li><i class="lg lg-push"></i>push</li><li><i class="lg lg-lost"></i>lost</li><li><i class="lg lg-waiting"></i>never arrived</li><li><i class="lg lg-held"></i>held</li><li><i class="lg lg-effect"></i>effect</li><li><i class="lg lg-commit"></i>commit</li><li><i class="lg lg-witness"></i>witness</li><li><i class="lg lg-paused"></i>paused</li><li><i class="lg lg-down"></i>down</li></ul>
<p id="diagram-help" class="quiet">Drag to move, Shift and drag to select a range, Ctrl and wheel or pinch to zoom, click a message to follow it. Keys: <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>,</kbd> <kbd>.</kbd> step through records, <kbd>[</kbd> <kbd>]</kbd> witnesses, <kbd>v</kbd> violation, <kbd>0</kbd> whole run, <kbd>Enter</kbd> show in the history, <kbd>Esc</kbd> clear. A click on a host's name folds its lane.</p></div>
<div id="charts" class="charts" hidden><h3>Measures</h3><div id="chart-frame" class="chart-frame"></div></div>
</section>`;
}

function panesFrame(): Markup {
  const tab = (id: string, label: string, selected: boolean): Markup =>
    html`<button type="button" role="tab" id="tab-${id}" aria-controls="pane-${id}" aria-selected="${String(selected)}" tabindex="${selected ? 0 : -1}">${label} <span class="tab-count" id="count-${id}"></span></button>`;
  return html`<section class="panes" id="panes" aria-label="Records in the selected time" hidden>
<div class="panes-head"><div role="tablist" aria-label="Records">${tab('history', 'History', true)}${tab('logs', 'Logs', false)}${tab('operations', 'Operations', false)}</div><label class="follow"><input type="checkbox" id="follow" checked> only the time shown above</label></div>
<div role="tabpanel" id="pane-history" aria-labelledby="tab-history" class="pane"></div>
<div role="tabpanel" id="pane-logs" aria-labelledby="tab-logs" class="pane" hidden></div>
<div role="tabpanel" id="pane-operations" aria-labelledby="tab-operations" class="pane" hidden></div>
</section>`;
}

function renderPremises(run: RunReport): Markup {
  if (run.premises.length === 0) return html``;
  const rows = run.premises.map(
    (premise) =>
      html`<tr><td>${premise.claim}<br><code>${premise.invariant}</code> <span class="quiet">${premise.checkerId}</span></td><td class="number">${count(premise.sum)}</td><td>${
        run.violation?.invariant === premise.invariant
          ? html`<span class="chip is-violation">broken</span>`
          : premise.sum === 0
            ? html`<span class="chip is-vacuous">nothing to judge</span>`
            : html`<span class="chip is-pass">not broken</span>`
      }</td></tr>`,
  );
  return html`<section aria-labelledby="claims-title"><h2 id="claims-title">The claims that were judged</h2>
<div class="scroll"><table class="plain"><thead><tr><th scope="col">Claim</th><th scope="col" class="number">Occasions</th><th scope="col">In this run</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function renderSources(run: RunReport): Markup {
  const sources = Object.entries(run.sources ?? {});
  if (sources.length === 0) return html``;
  let room = SOURCE_CHARACTERS_MAX;
  const files = sources.map(([path, text]) => {
    const shown = text.slice(0, Math.max(0, room));
    room -= shown.length;
    return html`<details><summary><code>${path}</code></summary><pre>${shown}</pre>${
      shown.length < text.length
        ? html`<p class="quiet">${count(text.length - shown.length)} characters more are in the capsule.</p>`
        : ''
    }</details>`;
  });
  return html`<section aria-labelledby="sources-title"><h2 id="sources-title">The programs</h2>${files}</section>`;
}
