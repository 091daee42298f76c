/**
 * The protocol against the real server, message by message: pipelines, errors in the middle of one, portals read in parts, text and binary
 * results, flushes. Process numbers and keys are left out; fields F, L and R of errors are not sent by ours.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { BackendDecoder, type BackendMessage, FrontendWriter } from '../../../sim/postgres/index.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { hasRealServer, type RealServer, startRealServer } from './real-server.ts';

type Writer = InstanceType<typeof FrontendWriter>;

interface Conversation {
  /** Each batch is sent at once; the next follows when `ready` answers of ReadyForQuery have come, or after 150 ms when that is 0. */
  readonly batches: readonly { readonly send: (writer: Writer) => void; readonly ready: number }[];
}

const setup =
  'DROP TABLE IF EXISTS w; CREATE TABLE w (id int PRIMARY KEY, s text); INSERT INTO w VALUES (1, $$one$$), (2, $$two$$), (3, NULL)';

const CONVERSATIONS: Readonly<Record<string, Conversation['batches']>> = {
  'a startup and a simple query': [{ send: (w) => w.query('SELECT * FROM w ORDER BY id'), ready: 1 }],
  'an empty query and a bare comment': [
    { send: (w) => w.query(''), ready: 1 },
    { send: (w) => w.query('-- nothing'), ready: 1 },
    { send: (w) => w.query(';;'), ready: 1 },
  ],
  'several statements and an error between them': [
    { send: (w) => w.query("INSERT INTO w VALUES (4, 'x'); SELECT 1/0; SELECT 2"), ready: 1 },
  ],
  'a whole extended query with its descriptions': [
    {
      send: (w) =>
        w
          .parse('s', 'SELECT id, s FROM w WHERE id >= $1 ORDER BY id', [])
          .describe('S', 's')
          .bind('', 's', ['2'], 0)
          .describe('P', '')
          .execute('', 0)
          .sync(),
      ready: 1,
    },
    { send: (w) => w.bind('', 's', ['1'], 1).execute('', 0).sync(), ready: 1 },
    { send: (w) => w.closeNamed('S', 's').sync().bind('', 's', ['1'], 0).sync(), ready: 2 },
  ],
  'a portal read in parts': [
    {
      send: (w) =>
        w
          .query('BEGIN')
          .parse('', 'SELECT id FROM w ORDER BY id', [])
          .bind('p', '', [], 0)
          .execute('p', 2)
          .execute('p', 1)
          .execute('p', 2)
          .execute('p', 2)
          .sync()
          .query('COMMIT'),
      ready: 3,
    },
  ],
  'everything after an error is skipped up to Sync': [
    {
      send: (w) =>
        w
          .parse('', 'SELECT nosuch', [])
          .bind('', '', [], 0)
          .execute('', 0)
          .parse('x', 'SELECT 1', [])
          .sync()
          .query('SELECT 3'),
      ready: 2,
    },
  ],
  'a pipeline is one transaction up to its Sync': [
    {
      send: (w) =>
        w
          .parse('', "INSERT INTO w VALUES (10, 'p')", [])
          .bind('', '', [], 0)
          .execute('', 0)
          .parse('', "INSERT INTO w VALUES (10, 'q')", [])
          .bind('', '', [], 0)
          .execute('', 0)
          .sync()
          .query('SELECT count(*) FROM w WHERE id = 10'),
      ready: 2,
    },
  ],
  'two syncs are two transactions': [
    {
      send: (w) =>
        w
          .parse('', "INSERT INTO w VALUES (11, 'p')", [])
          .bind('', '', [], 0)
          .execute('', 0)
          .sync()
          .parse('', "INSERT INTO w VALUES (11, 'q')", [])
          .bind('', '', [], 0)
          .execute('', 0)
          .sync()
          .query('SELECT count(*) FROM w WHERE id = 11'),
      ready: 3,
    },
  ],
  'errors of names and counts': [
    { send: (w) => w.bind('', 'nosuch', [], 0).sync(), ready: 1 },
    { send: (w) => w.execute('nosuch', 0).sync(), ready: 1 },
    { send: (w) => w.describe('S', 'nosuch').sync(), ready: 1 },
    { send: (w) => w.describe('P', 'nosuch').sync(), ready: 1 },
    { send: (w) => w.parse('a', 'SELECT $1::int', []).parse('a', 'SELECT 1', []).sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT $1::int', []).bind('', '', [], 0).sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT $1::int', []).bind('', '', ['abc'], 0).sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT 1; SELECT 2', []).sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT $1', []).describe('S', '').sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT $1 + $2', []).describe('S', '').sync(), ready: 1 },
    {
      send: (w) =>
        w.parse('', 'SELECT id FROM w WHERE id = $1 OR s = $2 OR id = ANY($3) LIMIT $4', []).describe('S', '').sync(),
      ready: 1,
    },
    { send: (w) => w.parse('', 'INSERT INTO w VALUES ($1, $2) RETURNING *', []).describe('S', '').sync(), ready: 1 },
    { send: (w) => w.parse('', 'UPDATE w SET s = $2 WHERE id = $1', [0, 25]).describe('S', '').sync(), ready: 1 },
    { send: (w) => w.parse('', 'SELECT $2::text', []).sync(), ready: 1 },
  ],
  'states of a failed block': [
    { send: (w) => w.query('BEGIN').query('SELECT 1/0').query('SELECT 1').query('COMMIT').query('SELECT 1'), ready: 5 },
    {
      send: (w) =>
        w
          .query('BEGIN')
          .parse('', 'SELECT 1/0', [])
          .bind('', '', [], 0)
          .execute('', 0)
          .sync()
          .parse('', 'ROLLBACK', [])
          .bind('', '', [], 0)
          .execute('', 0)
          .sync(),
      ready: 3,
    },
  ],
  'settings that are reported': [
    {
      send: (w) =>
        w
          .query("SET application_name = 'me'")
          .query("SET TimeZone = 'Europe/Berlin'")
          .query('SET DateStyle = German')
          .query('BEGIN')
          .query("SET LOCAL application_name = 'you'")
          .query('ROLLBACK')
          .query('RESET ALL'),
      ready: 7,
    },
  ],
  'notices and notifications': [
    {
      send: (w) =>
        w
          .query('LISTEN a')
          .query("NOTIFY a, 'x'")
          .query('BEGIN')
          .query('BEGIN')
          .query("NOTIFY a, 'y'")
          .query('COMMIT')
          .query('COMMIT')
          .query('DROP TABLE IF EXISTS nosuch'),
      ready: 8,
    },
  ],
  'a flush without a Sync': [
    { send: (w) => w.parse('', 'SELECT 1', []).bind('', '', [], 0).execute('', 0).flush(), ready: 0 },
    { send: (w) => w.sync(), ready: 1 },
  ],
};

function transcript(port: number, batches: Conversation['batches']): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const decoder = new BackendDecoder();
    const lines: string[] = [];
    let wanted = 1;
    let next = -1;
    const advance = (): void => {
      next += 1;
      const batch = next === 0 ? { send: (w: Writer): void => void w.query(setup), ready: 1 } : batches[next - 1];
      if (batch === undefined) {
        socket.end(new FrontendWriter().terminate().take());
        return;
      }
      lines.push(`-- batch ${next}`);
      const writer = new FrontendWriter();
      batch.send(writer);
      wanted = batch.ready;
      socket.write(writer.take());
      if (wanted === 0) setTimeout(advance, 150);
    };
    socket.on('connect', () =>
      socket.write(new FrontendWriter().startup({ user: 'postgres', database: 'postgres' }).take()),
    );
    socket.on('data', (bytes) => {
      decoder.push(bytes);
      for (let message = decoder.next(); message !== null; message = decoder.next()) {
        lines.push(shown(message));
        if (message.kind === 'ReadyForQuery' && --wanted === 0) advance();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(lines));
  });
}

function shown(message: BackendMessage): string {
  switch (message.kind) {
    case 'BackendKeyData':
      return 'BackendKeyData';
    case 'NotificationResponse':
      return `NotificationResponse ${message.channel} ${message.payload}`;
    case 'ErrorResponse':
    case 'NoticeResponse':
      return `${message.kind} ${[...message.fields]
        .filter(([letter]) => !'FLRV'.includes(letter))
        .map(([letter, text]) => `${letter}=${text}`)
        .join(' ')}`;
    case 'RowDescription':
      return `RowDescription ${message.fields.map((field) => `${field.name}/${field.tableOid === 0 ? 0 : 'table'}/${field.columnNumber}/${field.typeOid}/${field.typeSize}/${field.typeModifier}/${field.format}`).join(' ')}`;
    case 'DataRow':
      return `DataRow ${message.values.map((value) => (value === null ? 'null' : value.toString('hex'))).join(' ')}`;
    default:
      return JSON.stringify(message);
  }
}

describe.skipIf(!hasRealServer)('conversations against the real server', () => {
  let real: RealServer;
  let ours: ServedPort;

  beforeAll(async () => {
    real = await startRealServer();
    ours = await servePostgres();
  }, 60_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  for (const [name, batches] of Object.entries(CONVERSATIONS)) {
    test(name, async () => {
      const theirs = await transcript(real.port, batches);
      expect(await transcript(ours.port, batches)).toEqual(theirs);
    });
  }
});
