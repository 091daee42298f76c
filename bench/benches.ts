/** The list of benches. Each yields lines of text as its figures come in. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EventQueue, Task } from '../sim/kernel/event-queue.ts';
import { Kernel } from '../sim/kernel/kernel.ts';
import { redisServer } from '../sim/redis/index.ts';
import { type ProgramSpec, type ServerSpec, SimWorld } from '../sim/world.ts';
import { explore } from './explore.ts';
import { type RealServer, startRealPostgres, startRealRedis } from './real-servers.ts';
import { row } from './rows.ts';

export interface Bench {
  readonly about: string;
  /** Takes so long that it runs only when it is named. */
  readonly isLong?: boolean;
  run(): AsyncIterable<string>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
const register = new URL('../dist/harness/source/register.js', import.meta.url).href;
const ROUNDS = 3;

const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en-US')}/s`;
const times = (value: number): string => `${value.toFixed(2)} times`;

/** Seconds between the lines `start` and `stop` of a program on real Node. */
function timeReal(name: string, env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', register, program(name)], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let started = 0;
    let seconds = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('start')) started = performance.now();
      if (text.includes('stop')) seconds = (performance.now() - started) / 1000;
    });
    child.on('close', (code) =>
      seconds > 0 ? resolve(seconds) : reject(new Error(`${name} ended with code ${code} and no figure`)),
    );
  });
}

/** Seconds between the same lines in sim. */
async function timeSim(
  servers: readonly ServerSpec[],
  programs: readonly { name: string; file: string; env: Record<string, string> }[],
): Promise<number> {
  let started = 0;
  let seconds = 0;
  const specs = programs.map(
    ({ name, file, env }): ProgramSpec => ({
      name,
      role: 'process',
      file: program(file),
      env,
      cwd: root,
      timeZone: 'UTC',
      restart: { when: 'never', delayMs: 0 },
    }),
  );
  const world = new SimWorld({
    seed: 1,
    epochMicros: Date.UTC(2026, 0, 1) * 1000,
    eventsMax: Number.POSITIVE_INFINITY,
    root,
    servers,
    programs: specs,
    tracesMessages: false,
    record: (_at, record) => {
      if (record.kind !== 'log') {
        if (record.kind === 'process' && record.error !== undefined) throw new Error(record.error);
        return;
      }
      if (record.text === 'start') started = performance.now();
      if (record.text === 'stop') {
        seconds = (performance.now() - started) / 1000;
        world.kernel.stop('done');
      }
    },
  });
  world.kernel.at(0, () => {
    for (const { name } of servers) world.startServer(name);
    for (const { name } of specs) world.start(name);
  });
  const end = await world.run();
  if (end.kind === 'failed') throw end.error;
  return seconds;
}

/** Best of some rounds of each side, taken in turns. */
async function best(sides: readonly (() => Promise<number>)[], rounds = ROUNDS): Promise<number[]> {
  const found = sides.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) found[index] = Math.min(found[index]!, await side());
  }
  return found;
}

async function* against(options: {
  readonly count: number;
  readonly aim: number;
  readonly sim: () => Promise<number>;
  readonly real: (() => Promise<number>) | undefined;
  readonly floor: () => Promise<number>;
}): AsyncGenerator<string> {
  const { count, aim, real } = options;
  const sides = real === undefined ? [options.sim, options.floor] : [options.sim, options.floor, real];
  const [sim, floor, realSeconds] = await best(sides);
  yield `sim ${perSecond(count / sim!)}; the client alone ${perSecond(count / floor!)}; sim is ${((100 * floor!) / sim!).toFixed(0)} % of that floor`;
  if (realSeconds === undefined) yield 'the real server is not installed: no ratio';
  else
    yield `real ${perSecond(count / realSeconds)}; sim is ${times(realSeconds / sim!)} as fast (aim ${aim}); the floor would be ${times(realSeconds / floor!)}`;
}

class Hop extends Task {
  readonly #queue: EventQueue;
  left: number;
  now = 0;
  constructor(queue: EventQueue, left: number) {
    super();
    this.#queue = queue;
    this.left = left;
  }
  override fire(): void {
    if (this.left-- <= 0) return;
    this.now += 10;
    this.#queue.push(this.now, this);
  }
}

const HOPS = 100;
const HOPS_EACH = 10_000;

function kernelSeconds(): Promise<number> {
  const kernel = new Kernel(1, { eventsMax: Number.POSITIVE_INFINITY });
  for (let index = 0; index < HOPS; index++) {
    const hop = new Hop(kernel.queue, HOPS_EACH);
    hop.now = index;
    kernel.queue.push(index, hop);
  }
  const started = performance.now();
  return kernel.run().then(() => (performance.now() - started) / 1000);
}

/** The limit: the same heap, popped in a plain loop. */
function heapSeconds(): Promise<number> {
  const queue = new EventQueue();
  for (let index = 0; index < HOPS; index++) {
    const hop = new Hop(queue, HOPS_EACH);
    hop.now = index;
    queue.push(index, hop);
  }
  const started = performance.now();
  for (let task = queue.pop(Number.POSITIVE_INFINITY); task !== undefined; task = queue.pop(Number.POSITIVE_INFINITY))
    task.fire();
  return Promise.resolve((performance.now() - started) / 1000);
}

async function withServer<T extends RealServer | undefined>(
  start: () => Promise<T>,
  use: (server: T) => AsyncIterable<string>,
): Promise<string[]> {
  const server = await start();
  const lines: string[] = [];
  try {
    for await (const line of use(server)) lines.push(line);
  } finally {
    server?.stop();
  }
  return lines;
}

export const benches: Readonly<Record<string, Bench>> = {
  kernel: {
    about: 'kernel events against the bare heap loop (aim: at least half)',
    async *run() {
      const [kernel, heap] = await best([kernelSeconds, heapSeconds], 5);
      const events = HOPS * HOPS_EACH;
      yield `kernel ${perSecond(events / kernel!)}, bare heap ${perSecond(events / heap!)}: ${((100 * heap!) / kernel!).toFixed(0)} %`;
    },
  },
  set: {
    about: 'sequential awaited SET through ioredis',
    async *run() {
      const count = 30_000;
      const env = { COUNT: String(count) };
      yield* await withServer(startRealRedis, (real) =>
        against({
          count,
          aim: 8,
          sim: () =>
            timeSim(
              [{ name: 'cache', type: 'redis', factory: redisServer({}) }],
              [{ name: 'client', file: 'set', env: { ...env, REDIS_URL: 'redis://cache:6379' } }],
            ),
          floor: () => timeReal('floor-set', env),
          real: real === undefined ? undefined : () => timeReal('set', { ...env, REDIS_URL: real.url }),
        }),
      );
    },
  },
  query: {
    about: 'sequential prepared SELECT through pg',
    async *run() {
      const { postgresServer, preparePostgres } = await import('../sim/postgres/index.ts');
      await preparePostgres();
      const count = 10_000;
      const env = { COUNT: String(count) };
      yield* await withServer(startRealPostgres, (real) =>
        against({
          count,
          aim: 4,
          sim: () =>
            timeSim(
              [{ name: 'db', type: 'postgres', factory: postgresServer({}) }],
              [
                {
                  name: 'client',
                  file: 'query',
                  env: { ...env, DATABASE_URL: 'postgres://postgres@db:5432/postgres' },
                },
              ],
            ),
          floor: () => timeReal('floor-query', env),
          real: real === undefined ? undefined : () => timeReal('query', { ...env, DATABASE_URL: real.url }),
        }),
      );
    },
  },
  http: {
    about: 'sequential POST over one kept-alive connection, client and server',
    async *run() {
      const count = 10_000;
      const env = { COUNT: String(count), PORT: '18080' };
      const server = spawn(process.execPath, ['--import', register, program('http-server')], {
        env: { PATH: process.env['PATH'] ?? '', PORT: env.PORT, HOST: '127.0.0.1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await new Promise((resolve) => server.stdout.once('data', resolve));
        yield* against({
          count,
          aim: 1.3,
          sim: () =>
            timeSim(
              [],
              [
                { name: 'server', file: 'http-server', env: { ...env, HOST: '0.0.0.0' } },
                { name: 'client', file: 'http-client', env: { ...env, HOST: 'server' } },
              ],
            ),
          floor: () => timeReal('floor-http', env),
          real: () => timeReal('http-client', { ...env, HOST: '127.0.0.1' }),
        });
      } finally {
        server.kill('SIGKILL');
      }
    },
  },
  incarnation: {
    about: 'starting a process incarnation after the first (aim: 1 ms for pg and the like)',
    async *run() {
      yield* incarnations();
    },
  },
  row,
  explore,
};

async function* incarnations(): AsyncGenerator<string> {
  const { mkdtempSync, rmSync, symlinkSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = mkdtempSync(join(tmpdir(), 'seedstorm-bench-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  try {
    for (const [name, text] of [
      ['empty', ''],
      ['pg', "import 'pg';"],
      ['ioredis', "import 'ioredis';"],
      ['fetch', "await fetch('http://nobody').catch(() => {});"],
      ['express', "import 'express';"],
    ] as const) {
      const file = join(folder, `${name}.mts`);
      writeFileSync(file, text);
      const count = 60;
      const world = new SimWorld({
        seed: 1,
        epochMicros: 0,
        eventsMax: Number.POSITIVE_INFINITY,
        root: folder,
        servers: [],
        tracesMessages: false,
        record: () => {},
        programs: [
          {
            name: 'a',
            role: 'process',
            file,
            env: {},
            cwd: folder,
            timeZone: 'UTC',
            restart: { when: 'never', delayMs: 0 },
          },
        ],
      });
      const millis: number[] = [];
      for (let index = 0; index < count; index++) {
        world.kernel.at(index * 1_000_000, () => {
          const started = performance.now();
          world.start('a');
          millis.push(performance.now() - started);
        });
      }
      await world.run();
      millis.shift();
      millis.sort((a, b) => a - b);
      yield `${name}: median ${millis[millis.length >> 1]!.toFixed(2)} ms, least ${millis[0]!.toFixed(2)} ms`;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
