/**
 * The suite page: did everything behave as expected, what did not, then rows by subjects, then one line per subject with its seeds, the
 * first violation in words, the run page and the replay command. All of it is there without a script; the script only filters.
 */

import type { ScenarioReport, SuiteReport } from '../model.ts';
import { expectationText, outcomeOf, replayCommandOf, suiteSentence, totalsOf, verdictNames } from '../totals.ts';
import { count, duration, oneLine, plural } from '../words.ts';
import { html, type Markup } from './escape.ts';
import { renderPage } from './page.ts';
import { baseStyle } from './style.ts';
import { suiteStyle } from './style-suite.ts';

export const SUITE_PAGE_BYTES_MAX = 1_000_000;

export interface SuitePageOptions {
  /** Text of `client.js` (`readClientScript`). */
  readonly script: string;
}

/** How much each line tells; a suite that does not fit tells less. */
interface Detail {
  readonly sentenceLength: number;
  readonly hasPremises: boolean;
}

const details: readonly Detail[] = [
  { sentenceLength: 1200, hasPremises: true },
  { sentenceLength: 400, hasPremises: false },
  { sentenceLength: 120, hasPremises: false },
];

/**
 * One self-contained HTML file of at most `SUITE_PAGE_BYTES_MAX` bytes.
 * @throws Error where even the shortest form is larger (some thousand subjects)
 */
export function renderSuitePage(suite: SuiteReport, options: SuitePageOptions): string {
  let size = 0;
  for (const detail of details) {
    const page = renderPage({
      title: `${suite.title}: ${suiteSentence(suite)}`,
      kind: 'suite',
      style: baseStyle + suiteStyle,
      body: renderBody(suite, detail),
      script: options.script,
    });
    size = Buffer.byteLength(page);
    if (size <= SUITE_PAGE_BYTES_MAX) return page;
  }
  throw new Error(
    `The suite page would have ${size} bytes, ${SUITE_PAGE_BYTES_MAX} are allowed; split the suite of ${suite.scenarios.length} subjects.`,
  );
}

function renderBody(suite: SuiteReport, detail: Detail): Markup {
  const groups = new Map<string, ScenarioReport[]>();
  for (const scenario of suite.scenarios) {
    const known = groups.get(scenario.name);
    if (known === undefined) groups.set(scenario.name, [scenario]);
    else known.push(scenario);
  }
  return html`<header class="top"><div class="wrap"><span class="brand">seedstorm</span><span class="crumb-here">${suite.title}</span></div></header>
<main class="wrap">
${renderLead(suite, detail)}
${groups.size === 0 ? '' : renderMatrix(groups)}
${renderFilters(suite)}
${detail.hasPremises ? '' : html`<p class="notice">The suite is large: sentences are cut and premises are left out here; the JSON report has them.</p>`}
${[...groups].map(([name, scenarios]) => renderGroup(name, scenarios, detail))}
</main>
<div id="announcer" class="sr-only" aria-live="polite"></div>`;
}

function renderLead(suite: SuiteReport, detail: Detail): Markup {
  const totals = totalsOf(suite);
  const isFine = totals.unexpected.length === 0;
  const versions = Object.entries(suite.versions).map(([name, version]) => html`<span>${name} ${version}</span>`);
  const attention = isFine
    ? ''
    : html`<ul class="attention">${totals.unexpected.map(
        (scenario) =>
          html`<li><a href="#${anchor(scenario)}"><strong>${scenario.name}</strong>, ${scenario.subject}</a>: ${expectationText(scenario)}${
            scenario.first === null ? '' : html`. ${oneLine(scenario.first.message, detail.sentenceLength)}`
          }</li>`,
      )}</ul>`;
  return html`<section class="lead" aria-label="Outcome"><h1>${suiteSentence(suite)}</h1>
<p class="meta"><span>${plural(totals.seeds, 'seed')}</span><span>${duration(suite.seconds * 1e6)}</span><span><time datetime="${suite.startedAt}">${suite.startedAt
    .slice(0, 16)
    .replace('T', ' ')}</time></span>${versions}</p>${attention}</section>`;
}

function renderMatrix(groups: ReadonlyMap<string, readonly ScenarioReport[]>): Markup {
  const all = [...groups.values()].flat();
  const columns = ['naive', 'hardened', 'program', 'mutant'].filter((column) =>
    all.some((scenario) => columnOf(scenario) === column),
  );
  const titles: Readonly<Record<string, string>> = {
    naive: 'Naive',
    hardened: 'Hardened',
    program: 'Program',
    mutant: 'Mutants',
  };
  const rows = [...groups].map(([name, scenarios]) => {
    const cells = columns.map((column) => {
      const cell = scenarios.filter((scenario) => columnOf(scenario) === column);
      return html`<td>${
        cell.length === 0
          ? html`<span class="none">–</span>`
          : cell.map(
              (scenario) =>
                html`<a href="#${anchor(scenario)}" title="${scenario.subject}: ${expectationText(scenario)}">${renderOutcome(
                  scenario,
                )}</a>`,
            )
      }</td>`;
    });
    return html`<tr><th scope="row">${name}</th>${cells}</tr>`;
  });
  return html`<section aria-labelledby="matrix-title"><h2 id="matrix-title">Rows and subjects</h2><div class="scroll"><table class="plain matrix"><thead><tr><th scope="col">Scenario</th>${columns.map(
    (column) => html`<th scope="col">${titles[column] ?? column}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const outcomeWords = {
  pass: 'passed',
  violation: 'violated',
  vacuous: 'vacuous',
  unknown: 'unknown',
  error: 'error',
} as const;

/** The outcome as a word; the colour says whether it was expected, for a violated naive subject is good news. */
function renderOutcome(scenario: ScenarioReport): Markup {
  const sign = scenario.expected === true ? '✓' : scenario.expected === false ? '✗' : '?';
  const name = scenario.subject.startsWith('mutant:') ? `${scenario.subject.slice(7)} ` : '';
  return html`<span class="outcome expected-${String(scenario.expected)}"><b aria-hidden="true">${sign}</b>${name}${
    outcomeWords[outcomeOf(scenario)]
  }</span>`;
}

function columnOf(scenario: ScenarioReport): string {
  if (scenario.subject.startsWith('mutant:')) return 'mutant';
  return scenario.subject === 'naive' || scenario.subject === 'hardened' ? scenario.subject : 'program';
}

function renderFilters(suite: SuiteReport): Markup {
  const subjects = [...new Set(suite.scenarios.map(columnOf))];
  return html`<div class="filters" id="filters" role="search" hidden><input type="search" id="filter-words" placeholder="Filter by scenario, subject, sentence" aria-label="Filter by words" autocomplete="off" spellcheck="false"><select id="filter-state" aria-label="Filter by outcome"><option value="">every outcome</option><option value="unexpected">not as expected</option><option value="inconclusive">inconclusive</option>${verdictNames.map(
    (name) => html`<option value="${name}">${name}</option>`,
  )}</select><select id="filter-subject" aria-label="Filter by subject"><option value="">every subject</option>${subjects.map(
    (subject) => html`<option value="${subject}">${subject}</option>`,
  )}</select><span id="filter-result" class="quiet" aria-live="polite"></span></div>`;
}

function renderGroup(name: string, scenarios: readonly ScenarioReport[], detail: Detail): Markup {
  return html`<section class="group" data-group><h2>${name}</h2><p class="about">${scenarios[0]?.about ?? ''}</p>${scenarios.map(
    (scenario) => renderLine(scenario, detail),
  )}</section>`;
}

function renderLine(scenario: ScenarioReport, detail: Detail): Markup {
  const outcome = outcomeOf(scenario);
  const states = [
    outcome,
    scenario.expected === false ? 'unexpected' : scenario.expected === 'inconclusive' ? 'inconclusive' : '',
  ]
    .concat(verdictNames.filter((verdict) => scenario[verdict] > 0))
    .join(' ');
  const words = oneLine(
    `${scenario.name} ${scenario.subject} ${scenario.first?.message ?? ''} ${scenario.first?.invariant ?? ''}`,
    400,
  );
  return html`<article class="line" id="${anchor(scenario)}" data-line data-subject="${columnOf(scenario)}" data-states="${states}" data-words="${words.toLowerCase()}" aria-label="${scenario.name}, ${scenario.subject}">
<div class="subject"><span class="name">${scenario.subject}</span><small>${scenario.mode}</small><br>${renderOutcome({
    ...scenario,
    subject: '',
  })}<div class="expect is-${String(scenario.expected)}">${expectationText(scenario)}</div></div>
<div class="first">${renderFirst(scenario, detail)}</div>
${renderCounts(scenario)}
${detail.hasPremises ? renderPremises(scenario) : ''}
</article>`;
}

function renderFirst(scenario: ScenarioReport, detail: Detail): Markup {
  const { first } = scenario;
  if (first === null) {
    const none = outcomeOf(scenario) === 'pass' ? 'Every claim held in every seed.' : 'No violation was found.';
    return html`<p class="quiet">${none}</p>`;
  }
  const sentence = oneLine(first.message, detail.sentenceLength);
  const command = replayCommandOf(scenario) ?? '';
  const id = `command-${anchor(scenario)}`;
  return html`<p>${scenario.runPage === undefined ? sentence : html`<a href="${scenario.runPage}">${sentence}</a>`}</p>
<p class="invariant">Seed ${first.seed}, <code>${first.invariant}</code></p>
<div class="command"><code id="${id}">${command}</code><button type="button" class="copy" data-copy="${id}" aria-label="Copy the replay command of ${scenario.name}, ${scenario.subject}">Copy</button></div>`;
}

function renderCounts(scenario: ScenarioReport): Markup {
  const present = verdictNames.filter((verdict) => scenario[verdict] > 0);
  const share = (verdict: (typeof verdictNames)[number]): string =>
    ((100 * scenario[verdict]) / Math.max(1, scenario.seeds)).toFixed(3);
  const violated = scenario.violation === 0 ? '' : html` <span class="quiet">${rateText(scenario)} violated</span>`;
  const rate = scenario.seconds > 0 ? `, ${count(scenario.events / scenario.seconds)} events/s` : '';
  return html`<div class="counts"><strong>${plural(scenario.seeds, 'seed')}</strong>${violated}<div class="stack" aria-hidden="true">${present.map(
    (verdict) => html`<i class="is-${verdict}" style="flex:${share(verdict)}"></i>`,
  )}</div><ul>${present.map((verdict) => html`<li>${count(scenario[verdict])} ${verdict}</li>`)}</ul><p class="quiet">${duration(
    scenario.seconds * 1e6,
  )}${rate}</p>${renderTrend(scenario)}</div>`;
}

function rateText(counts: { readonly seeds: number; readonly violation: number }): string {
  const percent = (100 * counts.violation) / Math.max(1, counts.seeds);
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent.toPrecision(2)} %`;
}

/** The same line of an earlier suite: rates are compared, for the numbers of seeds differ. */
function renderTrend({ before }: ScenarioReport): Markup {
  if (before === undefined) return html``;
  return html`<p class="quiet">before: ${rateText(before)} of ${plural(before.seeds, 'seed')} violated, ${duration(before.seconds * 1e6)}</p>`;
}

function renderPremises(scenario: ScenarioReport): Markup {
  if (scenario.premises.length === 0) return html``;
  const idle = scenario.premises.filter((premise) => premise.sum === 0);
  const summary =
    idle.length === 0
      ? html`${plural(scenario.premises.length, 'claim')}, all with something to judge`
      : html`<span class="is-empty">Nothing to judge for ${idle.map((premise) => premise.invariant).join(', ')}</span>`;
  return html`<details class="premises"${idle.length > 0 ? html` open` : ''}><summary>${summary}</summary><table class="plain"><thead><tr><th scope="col">Claim</th><th scope="col" class="number">Occasions</th><th scope="col" class="number">Seeds</th></tr></thead><tbody>${scenario.premises.map(
    (premise) =>
      html`<tr><td>${premise.claim} <code>${premise.invariant}</code> <span class="quiet">${premise.checkerId}</span></td><td class="number">${count(
        premise.sum,
      )}</td><td class="number">${count(premise.seeds)}</td></tr>`,
  )}</tbody></table></details>`;
}

function anchor(scenario: ScenarioReport): string {
  return `${scenario.name}-${scenario.subject}`.replace(/[^A-Za-z0-9_-]+/g, '-');
}
