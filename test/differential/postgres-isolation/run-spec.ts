/**
 * Runs the permutations of a spec against a server and writes what isolationtester writes, so that its output can be compared with the expected
 * files of PostgreSQL. Source: src/test/isolation/isolationtester.c: a step that does not end is waiting when pg_blocking_pids says so; waiting
 * steps are looked at again after each new one, and a step of a session that still waits is held back until the wait ends.
 */
import pg from 'pg';
import type { PermutationStep, Spec } from './spec.ts';

/** How long a step may take before it is asked whether it waits, in milliseconds. */
const QUIET_MS = 10;
/** After which a step that neither ends nor waits is given up, in milliseconds. */
const STEP_MS_MAX = 20_000;

interface Client {
  readonly client: pg.Client;
  readonly pid: number;
  readonly name: string;
  notices: number;
  lines: string[];
}

interface Running {
  readonly of: PermutationStep;
  outcome: string[] | null;
  readonly ended: Promise<void>;
}

const RAW = { getTypeParser: () => (value: string | Buffer) => value.toString() };

async function connect(port: number, name: string): Promise<Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    types: RAW as never,
  });
  client.on('error', () => {});
  await client.connect();
  await client.query(`SET client_min_messages = warning; SET application_name = 'isolation/${name}'`);
  const pid = Number((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
  const own: Client = { client, pid, name, notices: 0, lines: [] };
  client.on('notice', (notice) => {
    own.notices += 1;
    own.lines.push(`${name}: ${notice.severity}:  ${notice.message}`);
  });
  return own;
}

/** The whole output for a spec, as an expected file has it. */
export async function runSpec(port: number, spec: Spec): Promise<string> {
  const control = await connect(port, 'control connection');
  const clients: Client[] = [];
  for (const session of spec.sessions) clients.push(await connect(port, session.name));
  const lines = [`Parsed test spec with ${spec.sessions.length} sessions`];
  try {
    for (const permutation of spec.permutations)
      lines.push(...(await runPermutation(spec, permutation, control, clients)));
  } finally {
    for (const { client } of [control, ...clients]) await client.end().catch(() => {});
  }
  return `${lines.join('\n')}\n`;
}

async function runPermutation(
  spec: Spec,
  permutation: readonly PermutationStep[],
  control: Client,
  clients: readonly Client[],
): Promise<string[]> {
  const lines: string[] = ['', `starting permutation: ${permutation.map(({ step }) => step.name).join(' ')}`];
  for (const setup of spec.setups) lines.push(...tables(await control.client.query({ text: setup, rowMode: 'array' })));
  for (const [index, session] of spec.sessions.entries())
    if (session.setup !== null)
      lines.push(...tables(await clients[index]!.client.query({ text: session.setup, rowMode: 'array' })));
  const waiting: Running[] = [];
  const say = (running: Running, isWaiting: boolean): void => {
    const { step } = running.of;
    if (isWaiting) lines.push(`step ${step.name}: ${step.sql} <waiting ...>`);
  };
  const settle = async (): Promise<void> => {
    for (let again = true; again; ) {
      again = false;
      for (const running of [...waiting]) {
        if (await isStillWaiting(running, control, clients, waiting)) continue;
        waiting.splice(waiting.indexOf(running), 1);
        lines.push(...gathered(clients), `step ${running.of.step.name}: <... completed>`, ...running.outcome!);
        again = true;
      }
    }
  };
  for (const of of permutation) {
    // A session that waits cannot take another step.
    for (
      let blocked = waiting.find((one) => one.of.step.session === of.step.session);
      blocked !== undefined;
      blocked = waiting.find((one) => one.of.step.session === of.step.session)
    ) {
      await Promise.race([blocked.ended, new Promise((resolve) => setTimeout(resolve, STEP_MS_MAX))]);
      if (blocked.outcome === null) throw new Error(`step ${blocked.of.step.name} never ended`);
      await settle();
    }
    const running = start(of, clients);
    if (await isStillWaiting(running, control, clients, waiting)) {
      lines.push(...gathered(clients));
      say(running, true);
      waiting.push(running);
      await settle();
    } else {
      lines.push(...gathered(clients), `step ${of.step.name}: ${of.step.sql}`, ...running.outcome!);
      await settle();
    }
  }
  for (let rounds = 0; waiting.length > 0; rounds++) {
    if (rounds > 20) throw new Error(`steps never ended: ${waiting.map((one) => one.of.step.name).join(' ')}`);
    await Promise.race([...waiting.map((one) => one.ended), new Promise((resolve) => setTimeout(resolve, 1000))]);
    await settle();
  }
  for (const [index, session] of spec.sessions.entries())
    if (session.teardown !== null)
      lines.push(...tables(await clients[index]!.client.query({ text: session.teardown, rowMode: 'array' })));
  if (spec.teardown !== null)
    lines.push(...tables(await control.client.query({ text: spec.teardown, rowMode: 'array' })));
  return lines;
}

function gathered(clients: readonly Client[]): string[] {
  return clients.flatMap((client) => client.lines.splice(0));
}

function start(of: PermutationStep, clients: readonly Client[]): Running {
  const { client } = clients[of.step.session]!;
  const query = client.query({ text: of.step.sql, rowMode: 'array' });
  const running: { of: PermutationStep; outcome: string[] | null; ended: Promise<void> } = {
    of,
    outcome: null,
    ended: Promise.resolve(),
  };
  running.ended = query.then(
    (result) => {
      running.outcome = tables(result);
    },
    (error: pg.DatabaseError) => {
      running.outcome = [`${error.severity ?? 'ERROR'}:  ${error.message}`];
    },
  );
  return running;
}

async function isStillWaiting(
  running: Running,
  control: Client,
  clients: readonly Client[],
  waiting: readonly Running[],
): Promise<boolean> {
  const { step, blockers } = running.of;
  const isHeld = blockers.some(
    (blocker) => blocker.kind === 'step' && waiting.some((one) => one !== running && one.of.step.name === blocker.step),
  );
  const pids = clients.map((client) => client.pid).join(',');
  const began = Date.now();
  while (running.outcome === null) {
    await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, QUIET_MS))]);
    if (running.outcome !== null) break;
    const { rows } = await control.client.query(
      `SELECT pg_blocking_pids(${clients[step.session]!.pid}) && '{${pids}}' AS blocked`,
    );
    // Once more, since it may have ended between the two questions.
    await Promise.race([running.ended, new Promise((resolve) => setTimeout(resolve, QUIET_MS))]);
    if (running.outcome === null && (rows[0].blocked === 't' || rows[0].blocked === true)) return true;
    if (Date.now() - began > STEP_MS_MAX) throw new Error(`step ${step.name} neither ends nor waits`);
  }
  return isHeld || (blockers.some((blocker) => blocker.kind === 'always') && !waiting.includes(running));
}

/** Result tables as psql-like text: a header, a line, the rows, their count. */
function tables(result: pg.QueryArrayResult | pg.QueryArrayResult[]): string[] {
  return (Array.isArray(result) ? result : [result]).flatMap((part) => {
    if (part.fields.length === 0) return [];
    const names = part.fields.map((field) => field.name);
    const rows = part.rows.map((row) => row.map((value: string | null) => value ?? ''));
    const isNumber = part.fields.map((field) => [20, 21, 23, 26, 700, 701, 1700].includes(field.dataTypeID));
    const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]!.length)));
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, index) => (isNumber[index] === true ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
        .join('|')
        .replace(/\s+$/, '');
    const header = names
      .map((name, index) => (isNumber[index] === true ? name.padStart(widths[index]!) : name.padEnd(widths[index]!)))
      .join('|')
      .replace(/\s+$/, '');
    return [
      header,
      widths.map((width) => '-'.repeat(width)).join('+'),
      ...rows.map(line),
      `(${rows.length} row${rows.length === 1 ? '' : 's'})`,
      '',
    ];
  });
}
