/**
 * `seedstorm init --from ./worker.ts`: reads a program and the files that it imports, and writes the scenario for it.
 *
 * Packages tell which servers it talks to, names of environment variables tell where it learns their addresses, `node:http` and web
 * frameworks tell that it listens. All of it is a guess from the text, made to be edited: what is not known is named in the file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { type LocalFile, localFiles } from '../source/local-files.ts';

const redisPackages = ['ioredis', 'redis', '@redis/client', 'bullmq', 'bull', 'bee-queue', 'iovalkey'];
const postgresPackages = [
  'pg',
  'pg-pool',
  'postgres',
  'pg-boss',
  'graphile-worker',
  'slonik',
  'pg-promise',
  'typeorm',
  'sequelize',
  '@prisma/client',
];
const httpPackages = [
  'node:http',
  'http',
  'node:https',
  'express',
  'fastify',
  'koa',
  'hono',
  '@hono/node-server',
  '@nestjs/core',
];

/** What a program's text says of its surroundings. */
export interface ProgramFacts {
  readonly usesRedis: boolean;
  readonly usesPostgres: boolean;
  readonly listens: boolean;
  /** Packages (first parts of specifiers) that it imports, sorted. */
  readonly packages: readonly string[];
  /** Names read from `process.env`, in the order in which they appear. */
  readonly environment: readonly string[];
  /** Paths that its text compares a request's URL with or routes: `/jobs`. */
  readonly paths: readonly string[];
}

/** Reads the program and the files that it imports. */
export function readFacts(program: string): ProgramFacts {
  const files = localFiles([program]);
  const packages = new Set(files.flatMap(({ specifiers }) => specifiers).filter((name) => !name.startsWith('.')));
  const uses = (names: readonly string[]): boolean =>
    [...packages].some((used) => names.some((name) => used === name || used.startsWith(`${name}/`)));
  const text = files.map(({ source }) => source).join('\n');
  return {
    usesRedis: uses(redisPackages),
    usesPostgres: uses(postgresPackages),
    listens: uses(httpPackages) && /\.listen\(|\bserve\(/.test(text),
    packages: [...packages].sort(),
    environment: environmentOf(files),
    paths: pathsOf(text),
  };
}

function environmentOf(files: readonly LocalFile[]): readonly string[] {
  const pattern = /process\.env(?:\.([A-Za-z_]\w*)|\[['"]([^'"]+)['"]\])/g;
  const names = files.flatMap(({ source }) =>
    [...source.matchAll(pattern)].map(([, dotted, quoted]) => dotted ?? quoted!),
  );
  const destructured = files.flatMap(({ source }) =>
    [...source.matchAll(/\{([^{}]*)\}\s*=\s*process\.env\b/g)].flatMap(([, inside]) =>
      inside!
        .split(',')
        .map((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1])
        .filter((name) => name !== undefined),
    ),
  );
  return [...new Set([...names, ...destructured])];
}

function pathsOf(text: string): readonly string[] {
  const routed = [...text.matchAll(/\.(?:post|put|get|all|route)\(\s*['"](\/[\w/:-]*)['"]/g)].map(([, path]) => path!);
  const compared = [...text.matchAll(/(?:===|startsWith\()\s*['"](?:POST )?(\/[\w/-]+)['"]/g)].map(([, path]) => path!);
  return [...new Set([...routed, ...compared])];
}

/** Set by the world for every process. */
const setByWorld = new Set(['PORT', 'HOST', 'NODE_ENV', 'TZ']);

interface Binding {
  readonly name: string;
  /** An expression for the environment, or undefined when nobody knows. */
  readonly expression: string | undefined;
  /** Name of the ledger that it stands for. */
  readonly ledger?: string;
}

function bindingOf(name: string, { usesRedis, usesPostgres }: ProgramFacts): Binding | undefined {
  if (setByWorld.has(name)) return undefined;
  if (usesRedis && /REDIS|VALKEY|CACHE|BROKER/.test(name)) return { name, expression: addressPart('cache', name) };
  if (usesPostgres && /DATABASE|POSTGRES|^PG|^DB_|_DB$/.test(name)) return { name, expression: postgresPart(name) };
  const outside = /^(.*?)_?(?:BASE_)?(?:URL|ENDPOINT)$/.exec(name)?.[1];
  if (outside === undefined || outside === '') return { name, expression: undefined };
  const ledger = hostName(outside);
  return { name, expression: `${ledger}.url`, ledger };
}

function addressPart(server: string, name: string): string {
  if (/PORT$/.test(name)) return `String(${server}.port)`;
  return /HOST$/.test(name) ? `${server}.host` : `${server}.url`;
}

function postgresPart(name: string): string {
  if (/USER|PASSWORD|NAME$|DATABASE$|DB$/.test(name)) return "'seedstorm'";
  return addressPart('db', name);
}

/** A host's name: lower case, since URLs make it so. */
function hostName(text: string): string {
  return text.toLowerCase().replaceAll('_', '');
}

export interface WrittenScenario {
  readonly name: string;
  readonly text: string;
  readonly facts: ProgramFacts;
  /** What a person has to look at, a sentence each. */
  readonly open: readonly string[];
}

/** The scenario for a program. `program` is its path, beside which the scenario will stand. */
export function scenarioFor(program: string): WrittenScenario {
  const facts = readFacts(program);
  const base = basename(program, extname(program))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const name = base === '' ? 'program' : base;
  const bindings = facts.environment.flatMap((variable) => bindingOf(variable, facts) ?? []);
  const ledgers = [...new Set(bindings.flatMap(({ ledger }) => ledger ?? []))];
  const schema = facts.usesPostgres ? schemaBeside(program) : undefined;
  const parts: Parts = { program, name, facts, bindings, ledgers, schema };
  return { name, text: scenarioText(parts), facts, open: openQuestions(parts) };
}

interface Schema {
  readonly file: string;
  readonly tables: readonly string[];
  /** A table with a column `state` or `status`. */
  readonly stateful: { readonly table: string; readonly column: string } | undefined;
}

interface Parts {
  readonly program: string;
  readonly name: string;
  readonly facts: ProgramFacts;
  readonly bindings: readonly Binding[];
  readonly ledgers: readonly string[];
  readonly schema: Schema | undefined;
}

function schemaBeside(program: string): Schema | undefined {
  const file = ['schema.sql', 'db/schema.sql', 'sql/schema.sql', '../schema.sql', '../db/schema.sql'].find((path) =>
    existsSync(join(dirname(program), path)),
  );
  if (file === undefined) return undefined;
  const text = readFileSync(join(dirname(program), file), 'utf8');
  const created = [...text.matchAll(/create\s+table\s+(?:if\s+not\s+exists\s+)?(?:public\.)?"?(\w+)"?\s*\(([^;]*)/gi)];
  const stateful = created.flatMap(([, table, columns]) => {
    const column = /\b(state|status)\b/i.exec(columns!)?.[1];
    return column === undefined ? [] : [{ table: table!, column }];
  })[0];
  return { file: file.startsWith('.') ? file : `./${file}`, tables: created.map(([, table]) => table!), stateful };
}

function scenarioText(parts: Parts): string {
  const { program, name, facts, bindings, ledgers, schema } = parts;
  const servers = [
    ...(facts.usesRedis ? ['cache: redis(),'] : []),
    ...(facts.usesPostgres
      ? [schema === undefined ? 'db: postgres(),' : `db: postgres({ schema: '${schema.file}' }),`]
      : []),
    ...ledgers.map((ledger) => `// Records every POST that it accepts.\n    ${ledger}: ledger(),`),
  ];
  const known = bindings.filter(({ expression }) => expression !== undefined);
  const serverNames = [...(facts.usesRedis ? ['cache'] : []), ...(facts.usesPostgres ? ['db'] : []), ...ledgers];
  const used = serverNames.filter((server) => known.some(({ expression }) => expression!.includes(`${server}.`)));
  const env = bindings.map(({ name: variable, expression }) =>
    expression === undefined ? `// ${variable}: '...',` : `${variable}: ${expression},`,
  );
  const observed =
    schema === undefined || schema.tables.length === 0
      ? []
      : [`  observe: { db: [${schema.tables.map((table) => `'${table}'`).join(', ')}] },`];
  return `${[
    `/** Written by "seedstorm init --from ${basename(program)}" from what the program imports. */`,
    `import { ${importedNames(parts).join(', ')} } from 'seedstorm';`,
    '',
    'export default scenario({',
    `  name: '${name}',`,
    "  duration: '10s',",
    '  servers: {',
    ...servers.map((line) => `    ${line}`),
    '  },',
    '  processes: {',
    '    worker: {',
    `      program: './${basename(program)}',`,
    ...(facts.listens ? [] : ['      count: 2,']),
    ...(env.length === 0
      ? []
      : [
          `      env: (${used.length === 0 ? '' : `{ ${used.join(', ')} }`}) => ({`,
          ...env.map((line) => `        ${line}`),
          '      }),',
        ]),
    '    },',
    '  },',
    ...observed,
    ...workloadLines(parts),
    '  // One fault a run, to begin with. Two that overlap find more, and are harder to read.',
    `  faults: fault.any(${faultsFor(parts).join(', ')}, { max: 1 }),`,
    '  invariants: [',
    ...invariantsFor(parts).map((line) => `    ${line}`),
    '  ],',
    '});',
  ].join('\n')}\n`;
}

function importedNames({ facts, ledgers }: Parts): readonly string[] {
  return [
    'fault',
    'fc',
    'invariant',
    ...(ledgers.length > 0 ? ['ledger'] : []),
    ...(facts.usesPostgres ? ['postgres'] : []),
    ...(facts.usesRedis ? ['redis'] : []),
    'scenario',
  ];
}

function workloadLines(parts: Parts): readonly string[] {
  const { facts } = parts;
  return [
    '  workload: {',
    '    draws: fc.record({ items: fc.integer({ min: 20, max: 30 }) }),',
    '    run: async (t, { items }) => {',
    ...clientLines(parts),
    '      await t.each(items, async (t, i) => {',
    ...itemLines(parts),
    '        await t.sleep(t.between(300, 1000));',
    '      });',
    ...closingLines(facts),
    '    },',
    '  },',
  ];
}

function closingLines({ listens, usesRedis, usesPostgres }: ProgramFacts): readonly string[] {
  if (listens || (!usesRedis && !usesPostgres)) return [];
  return [`      await client.${usesRedis ? 'quit' : 'end'}();`];
}

/** A program that does not listen gets its work through a store: the workload is a client of it. */
function clientLines({ facts }: Parts): readonly string[] {
  if (facts.listens) return [];
  if (facts.usesRedis)
    return [
      "      const { Redis } = await import('ioredis');",
      '      const client = new Redis(t.servers.cache!.url);',
      "      client.on('error', () => {});",
    ];
  if (facts.usesPostgres)
    return [
      "      const { default: pg } = await import('pg');",
      '      const client = new pg.Pool({ connectionString: t.servers.db!.url });',
      "      client.on('error', () => {});",
    ];
  return [];
}

// The texts below are program text, with placeholders of its own.
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: see above
function itemLines({ facts, schema }: Parts): readonly string[] {
  if (facts.listens) {
    const path = facts.paths[0]?.replace(/\/?:\w+/g, '').replace(/\/+$/, '') ?? '';
    return [
      '        // The path and the body that your program takes.',
      `        await t.post('worker', \`${path === '' ? '/items' : path}/item-\${i}\`);`,
    ];
  }
  if (facts.usesRedis)
    return [
      '        // The way in which your program gets its work: a list, a stream, a queue.',
      "        await t.operation('enqueue', { key: `item-${i}` }, () => client.lpush('jobs', JSON.stringify({ key: `item-${i}` })));",
    ];
  if (facts.usesPostgres)
    return [
      '        // The way in which your program gets its work.',
      `        await t.operation('enqueue', { key: \`item-\${i}\` }, () => client.query('INSERT INTO ${schema?.stateful?.table ?? schema?.tables[0] ?? 'jobs'} DEFAULT VALUES'));`,
    ];
  return ['        // What the outside world does to your program.', '        t.mark(`item-${i}`);'];
}

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

function faultsFor({ facts, ledgers }: Parts): readonly string[] {
  const hasPeers = facts.usesRedis || facts.usesPostgres || ledgers.length > 0 || facts.listens;
  return [
    'fault.crash()',
    'fault.pause()',
    ...(hasPeers ? ['fault.partition()', 'fault.replyLost()'] : []),
    ...(facts.usesRedis ? ['fault.redisRestart()'] : []),
    ...(facts.usesPostgres ? ['fault.terminateBackends()'] : []),
  ];
}

function invariantsFor({ facts, ledgers, schema }: Parts): readonly string[] {
  const lines = ledgers.flatMap((ledger) => [
    `invariant.effectAtMostOnce('${ledger}'),`,
    `invariant.effectExactlyOnce('${ledger}', { settle: '30s' }),`,
  ]);
  if (schema?.stateful !== undefined) {
    const { table, column } = schema.stateful;
    lines.push(
      '// The states in which a row still waits for somebody.',
      `invariant.drains('db', { table: '${table}', open: { ${column}: ['queued', 'running'] }, settle: '30s' }),`,
    );
  }
  // Without anything better: no call hangs.
  if (lines.length === 0)
    lines.push(`invariant.deadline('${facts.listens ? 'POST worker *' : '*'}', { within: '15s', settle: '15s' }),`);
  return lines;
}

function openQuestions({ facts, bindings, ledgers, schema }: Parts): readonly string[] {
  const unknown = bindings.filter(({ expression }) => expression === undefined).map(({ name }) => name);
  return [
    ...(unknown.length > 0 ? [`Give a value to ${unknown.join(', ')} in env, if the program needs one.`] : []),
    ...(facts.listens
      ? ['Look at the path and the body of t.post in the workload.']
      : ['The program does not listen: write in the workload how it gets its work.']),
    ...(facts.usesPostgres && schema === undefined
      ? ["No schema.sql was found: give postgres({ schema: './your.sql' }), or a program that migrates in setup."]
      : []),
    ...(ledgers.length > 0
      ? [
          `${ledgers.join(', ')} ${ledgers.length === 1 ? 'is a ledger' : 'are ledgers'}: each accepts any POST. Write a service() where your program needs more.`,
        ]
      : []),
    'Look at the invariants: they are what the program is held to.',
  ];
}
