/** COPY as a client that speaks the protocol itself (pg-copy-streams) uses it: data in pieces, a refusal in the middle, and what follows. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from './serve.ts';

let server: ServedPort;
let client: pg.Client;

beforeAll(async () => {
  server = await servePostgres();
  client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query('CREATE TABLE item (id int PRIMARY KEY, name text)');
});

afterAll(async () => {
  await client?.end();
  await server?.close();
});

interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** Runs one COPY; `give` answers CopyInResponse. Gives the command tag and what CopyData brought. */
function copy(text: string, give: (wire: Wire) => void): Promise<{ readonly tag: string; readonly data: string }> {
  return new Promise((resolve, reject) => {
    let tag = '';
    let data = '';
    let failure: Error | null = null;
    const submittable = {
      submit: (wire: Wire) => wire.query(text),
      handleCopyInResponse: (wire: Wire) => give(wire),
      handleCopyData: (message: { readonly chunk: Buffer }) => {
        data += message.chunk.toString();
      },
      handleCommandComplete: (message: { readonly text: string }) => {
        tag = message.text;
      },
      handleError: (error: Error) => {
        failure = error;
        reject(failure);
      },
      handleReadyForQuery: () => resolve({ tag, data }),
    };
    client.query(submittable as never);
  });
}

test('pieces that end in the middle of a line are one text', async () => {
  const { tag } = await copy('COPY item FROM STDIN', (wire) => {
    for (const piece of ['1\ton', 'e\n2\t\\', 'N\n3', '\tthr', 'ee\n']) wire.sendCopyFromChunk(Buffer.from(piece));
    wire.endCopyFrom();
  });
  expect(tag).toBe('COPY 3');
  expect(await copy('COPY item TO STDOUT', () => {})).toEqual({ tag: 'COPY 3', data: '1\tone\n2\t\\N\n3\tthree\n' });
});

test('CopyFail undoes the copy, tells its reason, and the session goes on', async () => {
  const failed = copy('COPY item FROM STDIN', (wire) => {
    wire.sendCopyFromChunk(Buffer.from('4\tfour\n'));
    wire.sendCopyFail('changed my mind');
  });
  await expect(failed).rejects.toMatchObject({ code: '57014', message: 'COPY from stdin failed: changed my mind' });
  expect((await client.query('SELECT count(*)::int AS n FROM item')).rows).toEqual([{ n: 3 }]);
});

test('a bad value names its line and column, and nothing of the copy stays', async () => {
  const failed = copy('COPY item FROM STDIN (FORMAT csv)', (wire) => {
    wire.sendCopyFromChunk(Buffer.from('4,four\nfive,five\n'));
    wire.endCopyFrom();
  });
  await expect(failed).rejects.toMatchObject({ code: '22P02', where: 'COPY item, line 2, column id: "five"' });
  expect((await client.query('SELECT count(*)::int AS n FROM item')).rows).toEqual([{ n: 3 }]);
});

test('binary out and in again gives the same rows', async () => {
  const chunks: Buffer[] = [];
  await client
    .query('CREATE TABLE again (LIKE item)')
    .catch(() => client.query('CREATE TABLE again (id int, name text)'));
  await new Promise<void>((resolve, reject) => {
    client.query({
      submit: (wire: Wire) => wire.query('COPY item TO STDOUT (FORMAT binary)'),
      handleCopyData: (message: { readonly chunk: Buffer }) => chunks.push(Buffer.from(message.chunk)),
      handleCommandComplete: () => {},
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    } as never);
  });
  await copy('COPY again FROM STDIN (FORMAT binary)', (wire) => {
    wire.sendCopyFromChunk(Buffer.concat(chunks));
    wire.endCopyFrom();
  });
  expect((await client.query('SELECT * FROM again ORDER BY id')).rows).toEqual(
    (await client.query('SELECT * FROM item ORDER BY id')).rows,
  );
});
