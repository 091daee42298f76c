import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HistoryRecord, MessageRecord } from '../../harness/history/record.ts';
import { historyRecord } from '../../harness/history/record.ts';
import { indexRun, rowOfSeq } from '../../reports/html/client/data.ts';
import { follow } from '../../reports/html/client/follow.ts';
import { decodeMessages, encodeMessages, gatherMessages } from '../../reports/html/columns.ts';
import { type PackedRun, packRun, type RunData } from '../../reports/html/pack.ts';
import { axisTicks } from '../../reports/html/plan-axis.ts';
import { RUN_PAGE_BYTES_MAX, renderRunPage } from '../../reports/html/run.ts';
import { faultSpans, originalSpans } from '../../reports/html/spans.ts';
import { tellStory } from '../../reports/html/story.ts';
import { renderSuitePage, SUITE_PAGE_BYTES_MAX } from '../../reports/html/suite.ts';
import type { RunReport } from '../../reports/model.ts';
import { busyRun } from './busy-fixture.ts';
import { leaseRun, mixedSuite } from './fixture.ts';

const script = '/* script */';
const run = leaseRun();

function unpack(packed: PackedRun): RunData {
  return JSON.parse(inflateRawSync(Buffer.from(packed.base64, 'base64')).toString()) as RunData;
}

describe('columns', () => {
  test('the fixture is a valid history', () => {
    for (const record of run.history.slice(0, 400)) expect(historyRecord.safeParse(record).success).toBe(true);
  });

  test('decoded messages say what the records said', () => {
    const records = run.history.filter((record): record is MessageRecord => record.kind === 'message');
    const rows = gatherMessages(records);
    const messages = decodeMessages(encodeMessages(rows, () => true));
    expect(messages.length).toBe(records.filter((record) => record.phase === 'sent').length);
    const bySeq = new Map(records.map((record) => [record.seq, record]));
    for (let index = 0; index < messages.length; index += 1) {
      const sent = bySeq.get(messages.seq[index]!)!;
      const arrived = bySeq.get(messages.endSeq[index]!)!;
      expect(messages.strings[messages.label[index]!]).toBe(sent.label);
      expect(messages.strings[messages.preview[index]!]).toBe(sent.preview ?? '');
      expect([messages.sent[index], messages.arrived[index]]).toEqual([sent.at, arrived.at]);
      expect(messages.answers[index]).toBe(sent.answers ?? -1);
      expect(messages.id[index]).toBe(sent.id);
    }
  });

  test('held, lost and undelivered messages keep their fate', () => {
    const base = {
      kind: 'message',
      host: 'a',
      from: 'a',
      to: 'b',
      label: 'X',
      type: 'request',
      bytes: 3,
      connection: 1,
    } as const;
    const records: MessageRecord[] = [
      { ...base, seq: 0, at: 10, id: 1, phase: 'sent' },
      { ...base, seq: 1, at: 12, id: 1, phase: 'held' },
      { ...base, seq: 2, at: 20, id: 2, phase: 'sent' },
      { ...base, seq: 3, at: 25, id: 2, phase: 'lost' },
      { ...base, seq: 4, at: 30, id: 3, phase: 'sent' },
      { ...base, seq: 5, at: 900, id: 1, phase: 'delivered' },
    ];
    const messages = decodeMessages(encodeMessages(gatherMessages(records), () => false));
    expect([...messages.flight]).toEqual([890, -1, -2]);
    expect([...messages.held]).toEqual([2, -1, -1]);
    expect([...messages.endSeq]).toEqual([5, 3, 4]);
  });
});

describe('packing', () => {
  test('a run that fits is packed whole', () => {
    const packed = packRun(run, 5e6);
    const data = unpack(packed);
    expect(packed.messagesKept).toBe(packed.messagesTotal);
    expect(data.records).toHaveLength(run.history.filter((record) => record.kind !== 'message').length);
    expect(data.epochMs).toBe(Date.UTC(2026, 0, 1));
  });

  test('a run that does not fit keeps witnesses, faults and whole exchanges, and says what it left out', () => {
    const large = leaseRun({ messages: 20_000, hasNoise: true });
    const whole = packRun(large, 1e8);
    const packed = packRun(large, 150_000);
    expect(packed.base64.length).toBeLessThanOrEqual(150_000);
    expect(packed.messagesKept).toBeLessThan(packed.messagesTotal);
    expect(packed.messagesTotal).toBe(whole.messagesKept);
    const index = indexRun(unpack(packed));
    expect(index.witnessRows).toHaveLength(2);
    const kept = new Set(index.messages.id);
    for (let row = 0; row < index.messages.length; row += 1) {
      const request = index.messages.answers[row]!;
      if (request >= 0) expect(kept.has(request)).toBe(true);
    }
    const near = (at: number): boolean => [12.4e6, 32.4e6].some((instant) => Math.abs(at - instant) <= 2e6);
    const nearKept = [...index.messages.sent].filter(near).length;
    const nearAll = large.history.filter(
      (record) => record.kind === 'message' && record.phase === 'sent' && near(record.at),
    );
    expect(nearKept).toBe(nearAll.length);
  });

  test('a run whose other records alone are too many is refused with the numbers', () => {
    expect(() => packRun(run, 1000)).toThrow(/do not fit on a run page: \d+ bytes after sampling, 1000 allowed/);
  });

  test('rows are in order and every record finds its row', () => {
    const index = indexRun(unpack(packRun(run, 5e6)));
    for (let row = 1; row < index.rows.length; row += 1) {
      expect(index.rows.seq[row]!).toBeGreaterThan(index.rows.seq[row - 1]!);
    }
    for (const record of run.history) expect(rowOfSeq(index, record.seq)).toBeGreaterThanOrEqual(0);
    expect(rowOfSeq(index, 10_000_000)).toBe(-1);
    expect(index.operations).toHaveLength(60);
    expect(index.operations.every((operation) => operation.outcome === 'ok')).toBe(true);
    const worker = index.hostIndex.get('worker-1');
    expect(index.lives.filter((life) => life.host === worker).map((life) => life.state)).toEqual([
      'down',
      'running',
      'paused',
      'running',
    ]);
  });

  test('following a request gives its reply and what its receiver asked while serving it', () => {
    const index = indexRun(unpack(packRun(run, 5e6)));
    const { messages } = index;
    const post = messages.strings.indexOf('POST /invoices');
    const request = messages.label.indexOf(post);
    const labels = [...follow(index, request)].map((message) => messages.strings[messages.label[message]!]);
    expect(new Set(labels)).toEqual(
      new Set([
        'POST /invoices',
        '201 POST /invoices',
        'INSERT INTO invoices(id, amount) VALUES($1, $2)',
        'INSERT 0 1',
      ]),
    );
  });
});

describe('lives', () => {
  test('a crashed process is down until its next incarnation, one that exited stays down', () => {
    const index = indexRun(unpack(packRun(busyRun(), 5e6)));
    const states = (host: string): string[] =>
      index.lives
        .filter((life) => index.data.hosts[life.host]?.name === host)
        .map((life) => `${life.state} ${life.from / 1e6}-${life.to / 1e6}`);
    expect(states('worker-3').slice(0, 4)).toEqual([
      'down 0-0.003',
      'running 0.003-4.4',
      'down 4.4-7.7',
      'running 7.7-14.6',
    ]);
    expect(states('worker-6').at(-1)).toMatch(/^down 55-/);
    expect(new Set(index.lives.map((life) => life.end))).toEqual(new Set(['none', 'failed']));
    expect(states('redis')).toHaveLength(1);
    const outcomes = new Set(index.operations.map((operation) => operation.outcome));
    expect(outcomes).toEqual(new Set(['ok', 'info', 'open']));
  });
});

describe('words and spans', () => {
  test('a triggered fault takes its times from the history, an original one from the plan', () => {
    const hosts = run.hosts.map((host) => host.name);
    expect(faultSpans(run, hosts)).toMatchObject([
      { id: 'f1', start: 12_400_000, end: 32_400_000, hosts: ['worker-1'], isApplied: true },
    ]);
    const original = originalSpans(run, hosts);
    expect(original.map((span) => span.start)).toEqual([3e6, null, 30e6, 20e6, 52e6]);
    expect(original[2]?.hosts).toEqual(['worker-2', 'db']);
  });

  test('the story has the witnesses, the faults and what the actors said last', () => {
    expect(tellStory(run).entries.map((entry) => `${entry.kind} ${entry.number} ${entry.words}`)).toEqual([
      'log 0 leader worker-1: processing invoice-17',
      'fault 0 worker-1 is paused for 20 s',
      'log 0 leader worker-2: processing invoice-17',
      'witness 1 bank recorded invoice-17 (amount 57), asked by worker-2',
      'fault 0 over: worker-1 is paused for 20 s',
      'witness 2 bank recorded invoice-17 (amount 57), asked by worker-1',
    ]);
  });

  test('axis ticks are round and few', () => {
    for (const end of [7, 1000, 33_000, 92_400_000, 86_400_000_000]) {
      const ticks = axisTicks(end);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(8);
    }
  });
});

const markup = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u0000\u202e</style>';

function hostileRun(): RunReport {
  const record = (seq: number, rest: Record<string, unknown>): HistoryRecord =>
    ({ seq, at: seq * 10, host: markup, ...rest }) as unknown as HistoryRecord;
  return {
    ...run,
    history: [
      record(0, {
        kind: 'message',
        id: 1,
        from: markup,
        to: markup,
        label: markup,
        type: 'request',
        bytes: 1,
        phase: 'sent',
        connection: 1,
        preview: markup,
      }),
      record(1, { kind: 'log', stream: 'stdout', text: markup }),
      record(2, { kind: 'effect', ledger: markup, key: markup, caller: markup }),
      record(3, { kind: 'fault', id: 'f1', phase: 'start', detail: markup }),
    ],
    hosts: [],
    planInWords: [markup],
    violation: { invariant: markup, message: markup, witness: [2] },
    replayCommand: markup,
    premises: [{ invariant: markup, claim: markup, checkerId: markup, sum: 1, seeds: 1 }],
    sources: { [markup]: markup },
  };
}

describe('pages', () => {
  test('the run page says in plain HTML what broke, by what, under which plan, and how to see it again', () => {
    const page = renderRunPage(run, { script });
    expect(page.replaceAll('\u00a0', ' ')).toContain(`<h1>${run.violation?.message}</h1>`);
    expect(page).toContain('bank recorded invoice-17 (amount 57), asked by worker-1');
    expect(page).toContain('worker-1 is paused for 20 s, right after it receives the 17th reply');
    expect(page).toContain(run.replayCommand);
    expect(page).toContain('The plan before shrinking: 5 faults, of which 1 remains');
    expect(page).toContain('nothing to judge');
  });

  test('a run page of 100,000 messages with contents that do not deflate is at most 5 MB and says what it left out', () => {
    const page = renderRunPage(leaseRun({ messages: 100_000, hasNoise: true }), { script: 'x'.repeat(60_000) });
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(RUN_PAGE_BYTES_MAX);
    expect(page).toContain('Contents are kept near witnesses and faults only.');
  }, 60_000);

  test('a suite page of 200 subjects is at most 1 MB', () => {
    const suite = mixedSuite();
    const scenarios = Array.from({ length: 200 }, (_, index) => ({
      ...suite.scenarios[index % 8]!,
      name: `row-${index >> 3}`,
    }));
    const page = renderSuitePage({ ...suite, scenarios }, { script: 'x'.repeat(60_000) });
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(SUITE_PAGE_BYTES_MAX);
  });

  test('texts from programs cannot become markup on either page', () => {
    const suite = mixedSuite();
    const first = { seed: 1, invariant: markup, message: markup, capsulePath: markup };
    const hostile = suite.scenarios.map((scenario) => ({
      ...scenario,
      name: markup,
      about: markup,
      subject: markup,
      first,
    }));
    const pages = [
      renderRunPage(hostileRun(), { script }),
      renderSuitePage({ ...suite, title: markup, versions: { [markup]: markup }, scenarios: hostile }, { script }),
    ];
    for (const page of pages) {
      const withoutData = page.replace(/id="run-data">[^<]*</, '');
      expect(withoutData).not.toContain('<img');
      expect(withoutData).not.toContain('alert(1)</script>');
      expect(withoutData).not.toContain('\u0000');
      expect(withoutData).not.toContain('\u202e');
      expect(withoutData.match(/<\/style>/g)).toHaveLength(1);
    }
  });

  test('a page asks for nothing outside itself', () => {
    for (const page of [renderRunPage(run, { script }), renderSuitePage(mixedSuite(run), { script })]) {
      expect(page).toContain("default-src 'none'");
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
  });

  test('a run without a violation says what it is', () => {
    const capsule = { ...run.capsule, expected: { ...run.capsule.expected, verdict: 'pass' as const } };
    expect(renderRunPage({ ...run, capsule, violation: null }, { script })).toContain('Every claim held in this run.');
    const vacuous = renderRunPage(
      { ...run, violation: null, verdict: 'vacuous', reason: 'Fault f1 never bit.' },
      { script },
    );
    expect(vacuous).toContain('<h1>Fault f1 never bit.</h1>');
  });

  test('an empty suite and an empty history render', () => {
    expect(renderSuitePage({ ...mixedSuite(), scenarios: [] }, { script })).toContain('No scenario ran.');
    expect(renderRunPage({ ...run, history: [], violation: null, verdict: 'error' }, { script })).toContain(
      'ended as error',
    );
  });
});
