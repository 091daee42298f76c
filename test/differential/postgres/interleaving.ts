/**
 * Sends the same steps of several sessions to a server, one after the other, and writes down what can be told from outside: which step waits,
 * which one goes on when, and what each gives.
 *
 * Method: after each step the driver waits until every session is idle or blocked, asking pg_blocking_pids; while somebody is blocked it also
 * waits out deadlock_timeout, so that the session that closes a cycle is the one that finds it, on both servers.
 */
import pg from 'pg';

export interface Step {
  /** Index of the session. */
  readonly session: number;
  readonly sql: string;
}

export interface Interleaving {
  readonly setup: string;
  readonly sessions: number;
  readonly steps: readonly Step[];
  /** Queries whose results are compared at the end. */
  readonly final: readonly string[];
}

export const DEADLOCK_TIMEOUT_MS = 60;

interface Running {
  readonly label: string;
  result: string | null;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function transcript(port: number, interleaving: Interleaving): Promise<string[]> {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const monitor = await connect();
  await monitor.query('DROP SCHEMA IF EXISTS play CASCADE; CREATE SCHEMA play');
  await monitor.query('SET search_path TO play');
  await monitor.query(interleaving.setup);
  const clients: pg.Client[] = [];
  const pids: number[] = [];
  for (let index = 0; index < interleaving.sessions; index++) {
    const client = await connect();
    await client.query(`SET search_path TO play; SET deadlock_timeout TO ${DEADLOCK_TIMEOUT_MS}`);
    pids.push(Number((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid));
    clients.push(client);
  }
  const lines: string[] = [];
  const running = new Map<number, Running>();
  const settle = async (): Promise<void> => {
    await untilQuiet(monitor, pids, running);
    const done = [...running].filter(([, step]) => step.result !== null).sort(([a], [b]) => a - b);
    for (const [session, step] of done) {
      lines.push(`${step.label} -> ${step.result}`);
      running.delete(session);
    }
  };
  for (const [number, step] of interleaving.steps.entries()) {
    const label = `s${step.session}#${number} ${step.sql}`;
    if (running.has(step.session)) {
      lines.push(`${label} (skipped: session waits)`);
      continue;
    }
    const current: Running = { label, result: null };
    running.set(step.session, current);
    clients[step.session]!.query({ text: step.sql, rowMode: 'array' }).then(
      (result) => {
        current.result = describe(result as unknown as pg.QueryArrayResult);
      },
      (error: unknown) => {
        current.result = describeError(error as pg.DatabaseError);
      },
    );
    await settle();
    if (running.has(step.session)) lines.push(`${label} waits`);
  }
  // Ends whatever is open, first those who can be asked.
  for (let round = 0; round < interleaving.sessions + 1; round++) {
    for (const [session, client] of clients.entries()) {
      if (running.has(session)) continue;
      await client.query('ROLLBACK');
      await settle();
    }
  }
  for (const query of interleaving.final)
    lines.push(
      `final ${query} -> ${describe((await monitor.query({ text: query, rowMode: 'array' })) as unknown as pg.QueryArrayResult)}`,
    );
  for (const client of clients) await client.end();
  await monitor.end();
  return lines;
}

async function untilQuiet(
  monitor: pg.Client,
  pids: readonly number[],
  running: ReadonlyMap<number, Running>,
): Promise<void> {
  let hasWaitedOut = false;
  for (let attempt = 0; ; attempt++) {
    await pause(attempt < 3 ? 1 : 4);
    const open = [...running].filter(([, step]) => step.result === null);
    if (open.length === 0) return;
    let isQuiet = true;
    for (const [session] of open) {
      const { rows } = await monitor.query('SELECT cardinality(pg_blocking_pids($1)) AS count', [pids[session]]);
      if (Number(rows[0].count) === 0) isQuiet = false;
    }
    if (isQuiet && [...running].filter(([, step]) => step.result === null).length === open.length) {
      if (hasWaitedOut) return;
      hasWaitedOut = true;
      await pause(DEADLOCK_TIMEOUT_MS * 1.6);
    } else hasWaitedOut = hasWaitedOut && open.length > 0;
    if (attempt > 2000) throw new Error('the sessions never become quiet');
  }
}

function describe(result: pg.QueryArrayResult | pg.QueryArrayResult[]): string {
  if (Array.isArray(result)) return result.map((part) => describe(part)).join('; ');
  const rows = result.rows.map((row) => JSON.stringify(row)).sort();
  return `${result.command ?? ''} ${result.rowCount ?? ''} ${rows.join(' ')}`.trim();
}

/** Numbers of processes, transactions and objects differ between servers and are left out. */
function describeError(error: pg.DatabaseError): string {
  const detail = (error.detail ?? '').replace(/\b(Process|process|transaction|relation|database) \d+/g, '$1 N');
  return `ERROR ${error.code} ${error.message}${detail === '' ? '' : ` | ${detail}`}${error.hint === undefined ? '' : ` | ${error.hint}`}`;
}
