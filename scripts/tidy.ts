/**
 * Checks that the house stays in order: which folder may import which, which calls are banned where (with their replacement), how long
 * a file may grow, and that every `Differs:` comment is listed in docs/limits.md (`--write` lists them).
 *
 * Prints one line per finding and ends with 1 when there is any.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Arrow {
  /** Prefix of the importing file. */
  readonly from: string;
  /** Prefixes that it may import, besides itself. The longest `from` that matches a file rules. */
  readonly to: readonly string[];
}

const errorsAndAssertions = ['sim/kernel/errors.ts', 'sim/kernel/assert.ts'];
const kernelTypes = [
  'sim/kernel/byte-stream.ts',
  'sim/kernel/clock.ts',
  'sim/kernel/stream.ts',
  'sim/kernel/server.ts',
  ...errorsAndAssertions,
];
const harnessFormats = [
  'harness/history/record.ts',
  'harness/plan/format.ts',
  'harness/world.ts',
  'harness/source/',
  'harness/labels/',
];

const arrows: readonly Arrow[] = [
  { from: 'sim/kernel/', to: [] },
  { from: 'sim/net/', to: ['sim/kernel/', 'harness/world.ts'] },
  { from: 'sim/runtime/', to: ['sim/kernel/', 'sim/net/', 'harness/source/'] },
  { from: 'sim/redis/', to: kernelTypes },
  { from: 'sim/postgres/', to: kernelTypes },
  { from: 'sim/', to: ['sim/', ...harnessFormats] },
  { from: 'harness/labels/', to: ['sim/redis/wire/', 'sim/redis/reply.ts', 'sim/postgres/wire/'] },
  { from: 'harness/run.ts', to: ['harness/', 'sim/'] },
  { from: 'harness/run-infra', to: ['harness/', 'infra/', 'sim/kernel/'] },
  { from: 'harness/cli/serve', to: ['harness/', ...kernelTypes, 'sim/redis/index.ts', 'sim/postgres/index.ts'] },
  { from: 'harness/cli/proxy.ts', to: ['harness/', 'infra/proxy/index.ts', ...errorsAndAssertions] },
  { from: 'harness/cli/', to: ['harness/', 'reports/', 'sim/kernel/'] },
  { from: 'harness/vitest.ts', to: ['harness/', 'reports/', 'sim/kernel/'] },
  { from: 'harness/explore/', to: ['harness/', 'sim/kernel/'] },
  { from: 'harness/', to: ['harness/', 'sim/kernel/'] },
  {
    from: 'reports/',
    to: [
      'reports/',
      'harness/history/',
      'harness/capsule-format.ts',
      'harness/plan/format.ts',
      'harness/verdict.ts',
      'harness/checkers/checker.ts',
    ],
  },
  {
    from: 'infra/',
    to: [
      'infra/',
      'harness/world.ts',
      'harness/history/record.ts',
      'harness/plan/format.ts',
      'harness/labels/',
      'harness/source/',
      'harness/service.ts',
      'harness/peer.ts',
      ...errorsAndAssertions,
    ],
  },
  { from: 'scenarios/', to: ['scenarios/'] },
  { from: 'subjects/', to: [] },
];

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Files that may: where the replacement itself lives. */
  readonly except: readonly RegExp[];
}

/** Inside `sim/`: nothing real but program text. */
const bans: readonly Ban[] = [
  {
    what: 'the real clock',
    pattern: /\b(?:Date\.now\(|new Date\(\)|performance\.now\(|process\.hrtime)/,
    instead: "the host's clock (`HostClock`, `ServerContext.clock`)",
    except: [/^sim\/runtime\/(?:loader\/|globals\/console)/],
  },
  {
    what: 'a real timer',
    pattern: /(?<![\w.#])(?:setTimeout|setInterval|setImmediate)\(/,
    instead: '`kernel.at`, `ServerContext.clock.after` or the process’s timers',
    except: [/^sim\/runtime\//],
  },
  { what: 'Math.random', pattern: /\bMath\.random\(\)/, instead: 'a named stream', except: [] },
  {
    what: 'a real socket',
    pattern: /\b(?:createConnection|createServer)\((?!\))[^)]*\)\.listen|new net\.Socket/,
    instead: '`sim/net`',
    except: [/^sim\/runtime\/modules\//],
  },
  {
    what: 'a real file',
    pattern: /from 'node:fs(?:\/promises)?'/,
    instead: 'program text through `harness/source`, data through `node-fs`',
    except: [/^sim\/runtime\/(?:loader|modules\/node-fs)/],
  },
  {
    what: 'awaiting',
    pattern: /^\s*(?:const .*= )?await /,
    instead: 'events: no harness code awaits while a simulation is on the stack',
    except: [/^sim\/world\.ts/, /^sim\/runtime\//, /^sim\/postgres\/sql\/parse/, /^sim\/postgres\/index/],
  },
];

const LINES_MAX = 500;
/** Above the limit because they are one flat table or one state machine; each says so at its top. */
const flatTable = /one (?:flat )?(?:table|state machine|registry)|rows? of .*catalog/i;

const findings: string[] = [];
const differs: { file: string; text: string }[] = [];

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.m?ts$/.test(path) && !path.endsWith('.d.ts') && !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`)
    .sort();
}

function checkArrows(file: string, text: string): void {
  const rule = arrows.filter(({ from }) => file.startsWith(from)).sort((a, b) => b.from.length - a.from.length)[0];
  if (rule === undefined) return;
  const own = rule.from.endsWith('/') ? rule.from : dirname(rule.from);
  for (const [, typeOnly, specifier] of text.matchAll(/(?:import|export)(\s+type)?\s[^'";]*?from\s+'([^']+)'/g)) {
    if (specifier === undefined) continue;
    if (/^seedstorm(\/|$)/.test(specifier) && file.startsWith('subjects/'))
      findings.push(`${file}: imports ${specifier}; a subject never imports seedstorm`);
    if (!specifier.startsWith('.')) continue;
    const target = relative(root, resolve(root, dirname(file), specifier));
    const isFormat =
      typeOnly !== undefined && /^harness\/(?:history\/record|plan\/format|world|verdict)\.ts$/.test(target);
    if (target.startsWith(own) || isFormat || rule.to.some((allowed) => target.startsWith(allowed))) continue;
    findings.push(
      `${file}: imports ${target}; ${rule.from} may import ${[...rule.to].join(', ') || 'nothing outside itself'}`,
    );
  }
}

function checkBans(file: string, text: string): void {
  if (!file.startsWith('sim/')) return;
  text.split('\n').forEach((line, index) => {
    if (/^\s*(?:\*|\/\/|\/\*)/.test(line)) return;
    for (const { what, pattern, instead, except } of bans) {
      if (pattern.test(line) && !except.some((allowed) => allowed.test(file)))
        findings.push(`${file}:${index + 1}: uses ${what}; use ${instead}`);
    }
  });
}

function checkSize(file: string, text: string): void {
  const lines = text.split('\n').length;
  if (lines > LINES_MAX && !flatTable.test(text.slice(0, 1500)) && !file.startsWith('test/')) {
    findings.push(
      `${file}: ${lines} lines; past ${LINES_MAX} a file is one flat table or one state machine and says so at its top`,
    );
  }
}

function collectDiffers(file: string, text: string): void {
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    const at = line.indexOf('Differs:');
    if (at < 0) return;
    const parts = [line.slice(at + 'Differs:'.length).trim()];
    for (let next = index + 1; next < lines.length; next++) {
      const continued = /^\s*(?:\*|\/\/)\s+(?!Differs:|@)(\S.*)$/.exec(lines[next]!);
      if (continued === null || /^\s*\*\/\s*$/.test(lines[next]!)) break;
      parts.push(continued[1]!.replace(/\s*\*\/$/, ''));
      if (/[.:]$/.test(parts.at(-1)!) && next > index) break;
    }
    differs.push({
      file,
      text: parts
        .join(' ')
        .replace(/\s*\*\/.*$/, '')
        .trim(),
    });
  });
}

const BEGIN = '<!-- differs: generated by scripts/tidy.ts -->';
const END = '<!-- /differs -->';

function differsSection(): string {
  const rows = differs.map(({ file, text }) => `- \`${file}\`: ${text}`);
  return `${BEGIN}\n${rows.join('\n')}\n${END}`;
}

function checkLimitsPage(): void {
  const path = join(root, 'docs/limits.md');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (start < 0 || end < 0) {
    findings.push(`docs/limits.md: has no section between "${BEGIN}" and "${END}"`);
    return;
  }
  const wanted = text.slice(0, start) + differsSection() + text.slice(end + END.length);
  if (wanted === text) return;
  if (process.argv.includes('--write')) writeFileSync(path, wanted);
  else findings.push('docs/limits.md: its list of deviations is not that of the code; run "npm run tidy -- --write"');
}

for (const folder of ['sim', 'harness', 'infra', 'reports', 'scenarios', 'subjects', 'test', 'bench', 'scripts']) {
  for (const file of filesBelow(folder)) {
    const text = readFileSync(join(root, file), 'utf8');
    checkArrows(file, text);
    checkBans(file, text);
    checkSize(file, text);
    if (['sim', 'harness', 'infra'].includes(folder)) collectDiffers(file, text);
  }
}
checkLimitsPage();
for (const finding of findings) console.error(finding);
console.log(
  `tidy: ${findings.length === 0 ? 'in order' : `${findings.length} findings`}, ${differs.length} deviations listed`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
