/**
 * A made-up run of a leader lease without a fence: two workers, Redis, Postgres, a bank and the workload's client. worker-1 is paused
 * between its check and its charge; its lease passes; the invoice is charged twice. Deterministic, and dense to order.
 */
import type { HistoryRecord, MessageRecord } from '../../harness/history/record.ts';
import type { RunReport, ScenarioReport, SuiteReport } from '../../reports/model.ts';

export interface FixtureOptions {
  /** Messages are added until there are about so many. Default: what the story needs, some 3,000. */
  readonly messages?: number;
  /** Gives every message other contents, so that nothing deflates well. */
  readonly hasNoise?: boolean;
}

const EPOCH_MS = Date.UTC(2026, 0, 1);
const END = 92_400_000;
const PAUSE_FROM = 12_400_000;
const PAUSE_TO = 32_400_000;

type Loose = Omit<HistoryRecord, 'seq'> & Record<string, unknown>;

class History {
  readonly #records: Loose[] = [];
  #message = 0;
  #random = 0x9e3779b9;

  /** xorshift32: the fixture must be the same on every machine. */
  random(): number {
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return (this.#random >>> 0) / 2 ** 32;
  }

  get messages(): number {
    return this.#message;
  }

  add(at: number, record: Record<string, unknown>): void {
    // worker-2's clock gains 40 ppm.
    const gained = record.host === 'worker-2' ? (at * 40) / 1e9 : 0;
    this.#records.push({ at, nodeAt: EPOCH_MS + at / 1000 + gained, ...record } as unknown as Loose);
  }

  /** One message; gives the time of its arrival. */
  send(
    at: number,
    from: string,
    to: string,
    label: string,
    options: Partial<MessageRecord> = {},
  ): { arrived: number; id: number } {
    this.#message += 1;
    const id = this.#message;
    const flight = Math.round(220 + 380 * this.random());
    const common = {
      kind: 'message',
      id,
      from,
      to,
      label,
      type: 'request',
      bytes: 20 + label.length,
      connection: 1 + ((from.length * 7 + to.length) % 9),
      ...options,
    };
    this.add(at, { ...common, host: from, phase: 'sent' });
    this.add(at + flight, { ...common, host: to, phase: 'delivered', preview: undefined });
    return { arrived: at + flight, id };
  }

  /** A request and its reply; gives the time at which the reply arrived. */
  ask(at: number, from: string, to: string, label: string, reply = 'OK', preview?: string): number {
    const request = this.send(at, from, to, label, preview === undefined ? {} : { preview });
    const answer = this.send(request.arrived + 60 + Math.round(90 * this.random()), to, from, reply, {
      type: 'reply',
      answers: request.id,
      bytes: 5 + reply.length,
    });
    return answer.arrived;
  }

  finish(): HistoryRecord[] {
    const ordered = this.#records.map((record, index) => ({ record, index }));
    ordered.sort((a, b) => a.record.at - b.record.at || a.index - b.index);
    return ordered.map(({ record }, seq) => {
      const kept = Object.fromEntries(Object.entries({ seq, ...record }).filter(([, value]) => value !== undefined));
      return kept as unknown as HistoryRecord;
    });
  }
}

function inPause(at: number): boolean {
  return at >= PAUSE_FROM - 5000 && at < PAUSE_TO;
}

function addBackground(history: History): void {
  // worker-1 leads until its pause; worker-2 asks for the lease every 500 ms, then leads.
  for (let at = 180_000; at < END; at += 500_000) {
    if (at < 27_300_000) {
      history.ask(
        at,
        'worker-2',
        'redis',
        'SET leader worker-2 NX EX 15',
        'nil',
        '*6\r\n$3\r\nSET\r\n$6\r\nleader\r\n',
      );
    } else if (at % 5_000_000 < 500_000) history.ask(at, 'worker-2', 'redis', 'EXPIRE leader 15', '1');
  }
  for (let at = 2_300_000; at < END; at += 5_000_000) {
    if (!inPause(at) && at < PAUSE_TO) history.ask(at, 'worker-1', 'redis', 'EXPIRE leader 15', '1');
  }
  // Invoices come from the client all the time.
  for (let invoice = 1; invoice <= 60; invoice += 1) {
    const at = 200_000 + invoice * 600_000;
    const key = `invoice-${invoice}`;
    const target = invoice % 2 === 0 ? 'worker-2' : 'worker-1';
    if (target === 'worker-1' && inPause(at)) {
      operation(history, key, at, PAUSE_TO - at + 3100, 'ok');
      continue;
    }
    const request = history.send(at, 'client', target, `POST /invoices`, {
      preview: `POST /invoices HTTP/1.1\r\n\r\n{"id":"${key}"}`,
    });
    const stored = history.ask(
      request.arrived + 180,
      target,
      'db',
      `INSERT INTO invoices(id, amount) VALUES($1, $2)`,
      'INSERT 0 1',
    );
    history.add(stored - 300, {
      kind: 'commit',
      host: 'db',
      server: 'db',
      tx: 700 + invoice,
      lsn: `0/16${(0xb3740 + invoice * 0x128).toString(16).toUpperCase()}`,
      rows: [{ table: 'invoices', op: 'insert', new: { id: key, amount: 40 + invoice, state: 'open', fence_seen: 0 } }],
    });
    const reply = history.send(stored + 90, target, 'client', '201 POST /invoices', {
      type: 'reply',
      answers: request.id,
    });
    operation(history, key, at, reply.arrived - at, 'ok');
  }
}

function operation(history: History, key: string, at: number, took: number, phase: 'ok' | 'info'): void {
  const common = {
    kind: 'op',
    host: 'client',
    process: 'client',
    incarnation: 1,
    id: `op-${key}`,
    f: 'POST worker /invoices',
    key,
  };
  history.add(at - 40, { ...common, phase: 'invoke', session: 'client-1' });
  history.add(at + took, { ...common, phase, session: 'client-1' });
}

/** One invoice from the queue to the bank. Gives the times of its steps. */
function work(
  history: History,
  worker: string,
  key: string,
  at: number,
  chargeAt?: number,
): { charge: number; effect: number } {
  const read = history.ask(
    at,
    worker,
    'db',
    `SELECT id, amount FROM invoices WHERE state = 'open' LIMIT 1`,
    'SELECT 1',
  );
  history.add(read + 30, {
    kind: 'log',
    host: worker,
    process: worker,
    incarnation: 1,
    stream: 'stdout',
    text: `leader ${worker}: processing ${key}`,
  });
  const charge = chargeAt ?? read + 260;
  const request = history.send(charge, worker, 'bank', 'POST /charge', {
    preview: `POST /charge HTTP/1.1\r\nhost: bank\r\n\r\n{"invoice":"${key}"}`,
    connection: worker === 'worker-1' ? 11 : 12,
  });
  history.add(request.arrived + 40, {
    kind: 'effect',
    host: 'bank',
    ledger: 'bank',
    key,
    value: { amount: 57 },
    caller: worker,
  });
  const reply = history.send(request.arrived + 140, 'bank', worker, '200 POST /charge', {
    type: 'reply',
    answers: request.id,
  });
  const done = history.ask(
    reply.arrived + 110,
    worker,
    'db',
    `UPDATE invoices SET state = 'charged' WHERE id = $1`,
    'UPDATE 1',
  );
  history.add(done - 260, {
    kind: 'commit',
    host: 'db',
    server: 'db',
    tx: 800 + Math.round(at / 1e5),
    lsn: `0/17${Math.round(at / 100)
      .toString(16)
      .toUpperCase()}`,
    rows: [{ table: 'invoices', op: 'update', old: { id: key, state: 'open' }, new: { id: key, state: 'charged' } }],
  });
  return { charge, effect: request.arrived + 40 };
}

function addStory(history: History): { effects: number[]; first: number } {
  for (const host of ['client', 'worker-1', 'worker-2']) {
    history.add(host === 'client' ? 2000 : 4000, {
      kind: 'process',
      host,
      process: host,
      incarnation: 1,
      state: 'started',
    });
  }
  history.ask(
    60_000,
    'worker-1',
    'redis',
    'SET leader worker-1 NX EX 15',
    'OK',
    '*6\r\n$3\r\nSET\r\n$6\r\nleader\r\n$8\r\nworker-1\r\n',
  );
  history.add(61_500, {
    kind: 'log',
    host: 'worker-1',
    process: 'worker-1',
    incarnation: 1,
    stream: 'stdout',
    text: 'worker-1 is leader',
  });
  for (let invoice = 1; invoice < 17; invoice += 1)
    work(history, 'worker-1', `invoice-${invoice}`, 1_420_000 + invoice * 640_000);
  const late = work(history, 'worker-1', 'invoice-17', 12_396_900, PAUSE_TO + 11_200);
  history.add(PAUSE_FROM, {
    kind: 'fault',
    host: 'worker-1',
    id: 'f1',
    phase: 'start',
    detail: 'worker-1 is paused for 20 s',
  });
  history.add(PAUSE_FROM, {
    kind: 'fault',
    host: 'worker-1',
    id: 'f1',
    phase: 'bit',
    detail: 'worker-1 is paused for 20 s',
  });
  history.add(PAUSE_FROM + 1, {
    kind: 'process',
    host: 'worker-1',
    process: 'worker-1',
    incarnation: 1,
    state: 'paused',
  });
  history.add(PAUSE_TO, {
    kind: 'fault',
    host: 'worker-1',
    id: 'f1',
    phase: 'heal',
    detail: 'worker-1 is paused for 20 s: over',
  });
  history.add(PAUSE_TO, { kind: 'process', host: 'worker-1', process: 'worker-1', incarnation: 1, state: 'resumed' });
  const taken = history.ask(27_680_000, 'worker-2', 'redis', 'SET leader worker-2 NX EX 15', 'OK');
  history.add(taken + 40, {
    kind: 'log',
    host: 'worker-2',
    process: 'worker-2',
    incarnation: 1,
    stream: 'stdout',
    text: 'worker-2 is leader',
  });
  const early = work(history, 'worker-2', 'invoice-17', 28_441_000);
  for (let invoice = 18; invoice <= 60; invoice += 1)
    work(history, 'worker-2', `invoice-${invoice}`, 28_441_000 + (invoice - 17) * 590_000);
  history.add(PAUSE_TO + 13_000, {
    kind: 'log',
    host: 'worker-1',
    process: 'worker-1',
    incarnation: 1,
    stream: 'stderr',
    text: 'renewal failed: leader key is held by worker-2',
  });
  // The queue grows while nobody leads.
  for (let at = 1_000_000; at < END; at += 1_000_000) {
    const depth =
      at < PAUSE_FROM
        ? 2
        : at < 27_700_000
          ? 2 + (at - PAUSE_FROM) / 650_000
          : Math.max(1, 25 - (at - 27_700_000) / 900_000);
    history.add(at, { kind: 'metric', host: 'db', name: 'open invoices', value: Math.round(depth) });
    history.add(at + 7, {
      kind: 'metric',
      host: 'worker-2',
      process: 'worker-2',
      incarnation: 1,
      name: 'event loop lag ms',
      value: at % 7_000_000 === 0 ? 14 : 2,
    });
  }
  history.add(END, { kind: 'mark', host: 'client', name: 'settled', value: { invoices: 60 } });
  return { effects: [early.effect, late.effect], first: early.charge };
}

/** Small reads that fill the run up to the wanted number of messages. */
function addTraffic(history: History, options: FixtureOptions): void {
  const wanted = options.messages ?? 3000;
  const missing = Math.max(0, Math.floor((wanted - history.messages) / 2));
  for (let index = 0; index < missing; index += 1) {
    const at = Math.round(100_000 + ((END - 200_000) * (index + history.random())) / missing);
    const worker = index % 3 === 0 && !inPause(at) ? 'worker-1' : 'worker-2';
    const noise = (): string =>
      String.fromCharCode(...Array.from({ length: 128 }, () => Math.floor(256 * history.random())));
    if (index % 2 === 0) {
      history.ask(
        at,
        worker,
        'redis',
        `GET metrics:${index % 40}`,
        'nil',
        options.hasNoise === true ? noise() : '*2\r\n$3\r\nGET\r\n',
      );
    } else {
      history.ask(
        at,
        worker,
        'db',
        `SELECT count(*) FROM invoices WHERE state = 'open'`,
        'SELECT 1',
        options.hasNoise === true ? noise() : undefined,
      );
    }
  }
}

const premises = [
  {
    invariant: 'effectExactlyOnce(bank by invoice)',
    claim: 'Each accepted invoice is charged exactly once, 60 s after the last heal.',
    checkerId: 'C2',
    sum: 60,
    seeds: 1,
  },
  {
    invariant: 'fencedWrites(db.invoices)',
    claim: 'Fencing tokens of accepted writes never fall, in commit order.',
    checkerId: 'C6',
    sum: 60,
    seeds: 1,
  },
  {
    invariant: 'drains(db.invoices)',
    claim: 'No invoice is open 60 s after the last heal.',
    checkerId: 'C17',
    sum: 60,
    seeds: 1,
  },
  {
    invariant: 'takeover(leader)',
    claim: 'A new leader works at most 22 s after the death of the old one.',
    checkerId: 'C18',
    sum: 0,
    seeds: 0,
  },
];

/** The run of row 17's naive subject. */
export function leaseRun(options: FixtureOptions = {}): RunReport {
  const history = new History();
  addBackground(history);
  const story = addStory(history);
  addTraffic(history, options);
  const records = history.finish();
  const witness = records
    .filter((record) => record.kind === 'effect' && record.key === 'invoice-17')
    .map((record) => record.seq);
  const plan = {
    format: 'seedstorm/plan@1' as const,
    scenario: 'leader-lease-fencing',
    subject: 'naive',
    seed: 17,
    profile: 'full' as const,
    workload: { draws: { invoices: 60 }, skip: [] },
  };
  const pause = {
    id: 'f1',
    kind: 'pause',
    process: 'worker-1',
    for: 20_000,
    on: { link: 'db>worker-1', message: 'reply' as const, label: 'SELECT *', nth: 17, when: 'after' as const },
  };
  const seconds = (at: number): string => (at / 1e6).toFixed(2);
  const message =
    `Invoice 17 was charged twice: worker-2 charged it at ${seconds(story.effects[0]!)} s, worker-1 at ${seconds(story.effects[1]!)} s; ` +
    'worker-1 was paused from 12.40 s to 32.40 s, and its lease ran out at 27.30 s.';
  return {
    capsule: {
      format: 'seedstorm/capsule@1',
      seedstorm: '0.1.0',
      node: '20.20.0',
      mode: 'sim',
      scenario: { name: 'leader-lease-fencing', file: 'builtin:leader-lease-fencing', hash: '77aa01' },
      subject: { name: 'naive', files: { 'subjects/leader-lease-fencing/naive.ts': '9f1c22' } },
      lock: null,
      plan: { ...plan, faults: [pause] },
      expected: { verdict: 'violation', invariant: premises[0]!.invariant, message, hash: '4be1c07a92d35f18' },
      found: {
        by: 'seed 17 of 1..50',
        runs: 41,
        original: {
          ...plan,
          faults: [
            { id: 'f0', kind: 'partition', at: 3000, for: 4000, between: [['worker-2'], ['redis']], direction: 'both' },
            pause,
            { id: 'f2', kind: 'delay', at: 30_000, for: 9000, link: 'worker-2>db', ms: 40 },
            { id: 'f3', kind: 'clock', at: 20_000, process: 'worker-2', offset: 900 },
            { id: 'f4', kind: 'crash', at: 52_000, for: 2000, process: 'worker-1' },
          ],
        },
      },
    },
    history: records,
    hosts: [
      { name: 'client', role: 'client', type: 'node' },
      { name: 'worker-1', role: 'process', type: 'node' },
      { name: 'worker-2', role: 'process', type: 'node' },
      { name: 'redis', role: 'server', type: 'redis' },
      { name: 'db', role: 'server', type: 'postgres' },
      { name: 'bank', role: 'service', type: 'node' },
    ],
    planInWords: [
      'worker-1 is paused for 20 s, right after it receives the 17th reply to SELECT * from db.',
      'The workload submits 60 invoices.',
    ],
    originalPlanInWords: [
      'At 3 s worker-2 is cut from redis for 4 s.',
      'worker-1 is paused for 20 s, right after it receives the 17th reply to SELECT * from db.',
      'From 30 s on messages from worker-2 to db take 40 ms longer, for 9 s.',
      'At 20 s the clock of worker-2 steps ahead by 900 ms.',
      'At 52 s worker-1 crashes and is down for 2 s.',
      'The workload submits 60 invoices.',
    ],
    violation: { invariant: premises[0]!.invariant, message, witness },
    replayCommand: 'npx seedstorm replay seedstorm-report/leader-lease-fencing-naive-17.json',
    premises,
    necessity: [{ faultId: 'f1', runs: 20, violations: 0 }],
    likelihood: [0, 6, 11, 12.2, 12.39, 12.41, 20, 27.4, 28.5, 32.5].map((at, index) => ({
      at: at * 1e6,
      runs: 30,
      violations: [0, 0, 1, 1, 2, 23, 24, 27, 29, 30][index]!,
    })),
    nearestPass: {
      words: 'the same plan without fault 1',
      at: PAUSE_FROM,
      here: 'worker-1 is paused for 20 s',
      there: 'worker-1 → bank: POST /charge',
      seq: records.find((record) => record.kind === 'fault')!.seq,
    },
    sources: {
      'subjects/leader-lease-fencing/naive.ts':
        'if (isLeader) {\n  await charge(invoice); // <script>alert(1)</script>\n}\n',
    },
  };
}

function line(name: string, about: string, subject: string, change: Partial<ScenarioReport>): ScenarioReport {
  return {
    name,
    about,
    subject,
    mode: 'sim',
    seeds: 200,
    pass: 200,
    violation: 0,
    vacuous: 0,
    unknown: 0,
    error: 0,
    expected: true,
    seconds: 9.41,
    events: 1_840_221,
    premises: premises.map((premise) => ({ ...premise, sum: premise.sum * 140 + 12, seeds: 198 })),
    first: null,
    ...change,
  };
}

/** A suite with every outcome in it. */
export function mixedSuite(run?: RunReport): SuiteReport {
  const lease = 'The old leader keeps working after its lease passed to another; an invoice is processed twice.';
  const poison = 'A job that always fails is retried for ever, or two workers run one job after a lost heartbeat.';
  const charged =
    run?.violation?.message ?? 'Invoice 17 was charged twice: worker-2 charged it at 28.44 s, worker-1 at 32.41 s.';
  const first = (seed: number, invariant: string, message: string, file: string): ScenarioReport['first'] => ({
    seed,
    invariant,
    message,
    capsulePath: `seedstorm-report/${file}.json`,
  });
  return {
    title: 'seedstorm suite',
    startedAt: '2026-03-01T09:30:12.000Z',
    seconds: 48.2,
    versions: { seedstorm: '0.1.0', node: '20.20.0' },
    scenarios: [
      line('leader-lease-fencing', lease, 'naive', {
        seeds: 17,
        pass: 16,
        violation: 1,
        seconds: 0.92,
        events: 160_421,
        first: first(17, 'effectExactlyOnce(bank by invoice)', charged, 'leader-lease-fencing-naive-17'),
        ...(run === undefined ? {} : { run, runPage: 'run-leader-lease-fencing-naive.html' }),
      }),
      line('leader-lease-fencing', lease, 'hardened', { before: { seeds: 150, violation: 3, seconds: 7.7 } }),
      line('leader-lease-fencing', lease, 'mutant:no-fence', {
        seeds: 31,
        pass: 30,
        violation: 1,
        seconds: 1.8,
        events: 301_220,
        first: first(
          31,
          'fencedWrites(db.invoices)',
          'Token 3 wrote invoice-9 at 40.10 s after token 4 had written it at 33.70 s.',
          'leader-lease-fencing-no-fence-31',
        ),
      }),
      line('leader-lease-fencing', lease, 'mutant:date-token', {
        seeds: 12,
        pass: 12,
        expected: 'inconclusive',
        seconds: 0.7,
        events: 110_000,
      }),
      line('job-lease-heartbeat-poison', poison, 'naive', {
        seeds: 3,
        pass: 2,
        violation: 1,
        seconds: 0.3,
        events: 31_000,
        first: first(
          3,
          'drains(db.jobs)',
          'Job 4 is still running 60 s after the last heal; it was started 311 times.',
          'job-lease-naive-3',
        ),
      }),
      line('job-lease-heartbeat-poison', poison, 'hardened', {
        pass: 197,
        violation: 1,
        error: 1,
        unknown: 1,
        expected: false,
        first: first(
          148,
          'effectExactlyOnce(bank by job)',
          'Job 8 had two effects: at 20.01 s by worker-1 and at 51.30 s by worker-3.',
          'job-lease-hardened-148',
        ),
      }),
      line('job-lease-heartbeat-poison', poison, 'mutant:no-heartbeat', {
        pass: 0,
        vacuous: 200,
        expected: false,
        premises: premises.map((premise) => ({ ...premise, sum: 0, seeds: 0 })),
      }),
      line('billing', 'A user’s own worker.', 'program', { seeds: 40, pass: 40, seconds: 3.2, events: 322_911 }),
    ],
  };
}
