/** One session's statements sent to a server, with everything a client is told about each. */
import pg from 'pg';

const RAW = { getTypeParser: () => (value: string | Buffer) => value.toString() };

/** Runs the statements one after the other and describes every answer in one line. */
export function answers(port: number, statements: readonly string[]): Promise<string[]> {
  return run(port, statements, false);
}

/** The same with the rows of each answer sorted. */
export function answersSorted(port: number, statements: readonly string[]): Promise<string[]> {
  return run(port, statements, true);
}

async function run(port: number, statements: readonly string[], isSorted: boolean): Promise<string[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    types: RAW as never,
  });
  client.on('error', () => {});
  await client.connect();
  let notices: string[] = [];
  client.on('notice', (notice) => notices.push(`${notice.severity} ${notice.code} ${notice.message}`));
  await client.query('DROP SCHEMA IF EXISTS play CASCADE');
  await client.query('CREATE SCHEMA play');
  await client.query('SET search_path TO play, public');
  notices = [];
  const lines: string[] = [];
  for (const statement of statements) {
    let line: string;
    try {
      const result = (await client.query({ text: statement, rowMode: 'array' })) as unknown as
        | pg.QueryArrayResult
        | pg.QueryArrayResult[];
      line = (Array.isArray(result) ? result : [result]).map((part) => described(part, isSorted)).join('; ');
    } catch (error) {
      line = describedError(error as pg.DatabaseError);
    }
    lines.push(`${statement}\n    ${[...notices, line].join('\n    ')}`);
    notices = [];
  }
  await client.end();
  return lines;
}

function described(result: pg.QueryArrayResult, isSorted: boolean): string {
  const fields = result.fields
    .map((field) => `${field.name}:${field.dataTypeID > 16000 ? 'user' : field.dataTypeID}/${field.dataTypeModifier}`)
    .join(',');
  const rows = result.rows.map((row) => JSON.stringify(row));
  return `${result.command} ${result.rowCount} [${fields}] ${(isSorted ? rows.sort() : rows).join(' ')}`;
}

function describedError(error: pg.DatabaseError): string {
  if (error.code === undefined) return `CLIENT ${error.message}`;
  const parts = [error.severity, error.code, error.message];
  for (const key of ['detail', 'hint', 'position', 'schema', 'table', 'column', 'dataType', 'constraint'] as const) {
    if (error[key] !== undefined) parts.push(`${key}=${error[key]}`);
  }
  return parts.join(' | ').replaceAll(/\boid \d+/gi, 'OID N');
}
