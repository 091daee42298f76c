/**
 * Writes the reference pages from the code: docs/faults.md and docs/invariants.md from the registries, and the list of codes in
 * docs/errors.md. A test compares the pages with what this makes; `npm run docs` writes them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { checkerCatalogue } from '../harness/checkers/catalogue.ts';
import type { FaultContext, FaultKind } from '../harness/faults/kind.ts';
import { faultKinds } from '../harness/faults/registry.ts';
import { models } from '../harness/models/index.ts';
import { describeFault } from '../harness/plan/describe.ts';
import type { Fault } from '../harness/plan/format.ts';
import { entries, untested } from '../test/e2e/what-runs/list.ts';
import { commentText, headerOf, interfacesIn, membersOf, optionTable } from './source-text.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const made = 'Made by `npm run docs` from the code; a test keeps it so.';

/** All generated pages by path. */
export function pages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/faults.md', faultsPage()],
    ['docs/invariants.md', invariantsPage()],
    ['docs/what-runs.md', whatRunsPage()],
  ]);
}

/** A scenario of two workers with a Redis, a Postgres and a ledger: what the examples are drawn for. */
const exampleContext: FaultContext = {
  processes: ['worker-1', 'worker-2'],
  redis: ['cache', 'cache-replica-1'],
  replicated: { cache: ['cache-replica-1'] },
  postgres: ['db'],
  services: ['bank'],
  durationMs: 60_000,
};

interface FaultFunction {
  readonly name: string;
  readonly about: string;
}

/** The function of `fault` for each kind, and its sentence. */
function faultFunctions(): ReadonlyMap<string, FaultFunction> {
  const functions = new Map<string, FaultFunction>();
  const source = read('harness/faults/index.ts');
  const arrows = /\/\*\* ((?:(?!\*\/).)*) \*\/\nexport const (\w+) = \([\s\S]*?choice\('([\w-]+)'/g;
  for (const [, about, name, kind] of source.matchAll(arrows)) functions.set(kind!, { name: name!, about: about! });
  for (const kind of ['clock', 'clock-step']) functions.set(kind, { name: 'clock', about: 'A clock is wrong.' });
  return functions;
}

function faultsPage(): string {
  const folder = 'harness/faults';
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'));
  const types = interfacesIn(files.map((name) => read(`${folder}/${name}`)));
  const functions = faultFunctions();
  const sections = [...faultKinds.values()].flatMap((kind) => {
    const source = read(`${folder}/${kind.kind}.ts`);
    const name = functions.get(kind.kind)?.name;
    const optionsName = /export interface (\w+Options)/.exec(source)?.[1] ?? '';
    const about = types.get(optionsName)?.about ?? '';
    return [
      '',
      `## ${kind.kind}`,
      '',
      ...(name === undefined ? [] : [`\`fault.${name}()\``, '']),
      headerOf(source),
      ...(about === '' ? [] : ['', about]),
      ...optionTable(membersOf(types, optionsName)),
      '',
      ...exampleOf(kind),
    ];
  });
  return `${[
    '# Faults',
    '',
    made,
    '',
    "A scenario chooses kinds: `faults: fault.any(fault.partition(), fault.crash({ max: '5s' }), { max: 2 })`. The seed draws a plan from them:",
    'which faults, where, from when, for how long. A fault starts at a time (`at`, in ms of true time), at a message (`on`: the n-th that',
    'matches, before or after its delivery), or at the message but at the latest at the time. Every fault is over before the run ends.',
    '',
    '`fault.any(...)` draws 1 to 3 faults; `{ min, max }` as its last argument says how many. `fault.none()` draws none. `fault.exactly(2, ...)`',
    'takes two of the kinds, none twice. `fault.burst(of)` draws several close together, `fault.flapping(of)` brings the same one back with a',
    'period, and `fault.between(of, { link, check, act })` strikes between a check and the act that rests on it. A fault that asks for nothing (a',
    'count, a share or a delay of zero) is as if it were not in the plan.',
    'Hosts are the names of servers and processes: `cache`, `worker-1`. A link is directed: `worker-1>cache` carries requests,',
    '`cache>worker-1` carries replies.',
    ...sections,
  ].join('\n')}\n`;
}

/** Options without which a kind cannot be drawn. */
const neededOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'hold-lock': { tables: ['jobs'] },
  poison: { link: 'bank>worker-*', labels: ['200 GET /documents/7'] },
};

/** One fault as a plan has it, and in words. */
function exampleOf(kind: FaultKind): readonly string[] {
  const options = neededOptions[kind.kind] ?? {};
  const [drawn] = fc.sample(kind.arbitrary(exampleContext, options), { numRuns: 1, seed: 5 });
  const fault = { id: 'f1', ...drawn } as Fault;
  const json = JSON.stringify(fault).replaceAll('":', '": ').replaceAll(',"', ', "');
  return ['In a plan, and in words:', '', '```', json, describeFault(fault), '```'];
}

function invariantsPage(): string {
  const sections = checkerCatalogue.flatMap((entry) => {
    const source = read(`harness/checkers/${entry.file}`);
    const checker = entry.example();
    const doc = docOf(source, entry.name);
    const optionsName = /export interface (\w+Options)/.exec(source)?.[1] ?? '';
    const members = membersOf(interfacesIn([source]), optionsName);
    return [
      '',
      `## ${entry.name}`,
      '',
      headerOf(source).replace(/^[A-Z]\d+: (\w)/, (_, letter: string) => letter.toUpperCase()),
      '',
      `Judges ${checker.when === 'always' ? 'at every record, and ends the run at a violation' : 'once, some time after the last heal'}.${doc.premises === '' ? '' : ` Premises: ${doc.premises}`}`,
      ...(doc.example === '' ? [] : ['', '```ts', doc.example, '```']),
      '',
      `In words: ${checker.claim}.`,
      ...optionTable(members),
    ];
  });
  return `${[
    '# Invariants',
    '',
    made,
    '',
    'An invariant is a claim about what the outside saw: effects in a ledger, commits in a database, replies to the workload. It never asks',
    'the program. `always` invariants judge at every record; `settle` invariants judge once, `settle` after the last fault is over and the',
    'workload has ended, when a sound system has recovered. A premise is an occasion on which an invariant had something to judge: a sweep in',
    'which one had none says so, and is no pass.',
    '',
    'A claim of your own is `custom`, at the end.',
    ...sections,
    '',
    '## Models',
    '',
    'What an object is, for `linearizable` and for `seedstorm check --model`. An operation belongs to a model by the first word of its name.',
    '',
    '| model | what it is | words |',
    '|---|---|---|',
    ...[...models.values()].map(
      ({ name, about, words }) =>
        `| \`${name}\` | ${about} | ${Object.entries(words)
          .map(([word, others]) => [word, ...others].map((one) => `\`${one}\``).join(' or '))
          .join(', ')} |`,
    ),
  ].join('\n')}\n`;
}

/** The version that is installed: the one that the test ran. */
function versionOf(library: string): string {
  if (library === '') return '';
  return (JSON.parse(read(`node_modules/${library}/package.json`)) as { version: string }).version;
}

function whatRunsPage(): string {
  const rows = entries.map(
    ({ library, shown = library, status, what }) => `| ${shown} | ${versionOf(library)} | ${status} | ${what} |`,
  );
  return `${[
    '# What runs',
    '',
    made,
    '',
    'Ordinary libraries inside a simulation, unmodified. A test (`test/e2e/what-runs`) runs a small program for each line, in sim, and holds its',
    'output against the list that this page is made from; other versions were not run. `seedstorm doctor program.ts` says what a program of',
    'yours reaches that sim refuses.',
    '',
    '| library | version | in sim | what was run, what is lacking |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Not run',
    '',
    ...untested.map(({ library, why }) => `- ${library}: ${why}`),
  ].join('\n')}\n`;
}

/** Premises and example of a checker's function. */
function docOf(source: string, name: string): { readonly premises: string; readonly example: string } {
  const before = source.slice(0, source.indexOf(`export function ${name}`));
  const comment = before.slice(before.lastIndexOf('/**') + 3).replace(/\*\/\s*$/, '');
  const example = /@example\s+([\s\S]*?)\s*$/.exec(comment)?.[1] ?? '';
  const premises = /Premises: ((?:(?!\n\s*\* @)[\s\S])*)/.exec(comment)?.[1] ?? '';
  return {
    premises: commentText(premises),
    example: example.replace(/^\s*\* ?/gm, '').trim(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of pages()) {
    const isSame = existsSync(join(root, path)) && read(path) === text;
    if (!isSame) writeFileSync(join(root, path), text);
    console.log(`${path}: ${isSame ? 'as it was' : 'written'}`);
  }
}
