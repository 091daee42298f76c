/**
 * Goal: every message is met before its delivery and can be held, let go, dropped; what waits behind a held one meets the toxics that come
 * meanwhile. Method: raw RESP, Postgres and HTTP bytes through a proxy whose hooks write down what they see.
 */
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Arrival,
  type MessageHooks,
  type ProxyMessage,
  type ProxyServer,
  type Route,
  startProxyServer,
  type ToxicBite,
} from '../../../infra/proxy/index.ts';
import { Rig, sleep } from './rig.ts';

const PING = '*1\r\n$4\r\nPING\r\n';
const get = (key: string) => `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`;

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

interface Stage {
  readonly server: ProxyServer;
  readonly rig: Rig;
  readonly log: string[];
  readonly bites: ToxicBite[];
}

async function stage(protocol: Route['protocol'], arriving: (arrival: Arrival) => void = () => {}): Promise<Stage> {
  const log: string[] = [];
  const bites: ToxicBite[] = [];
  const note = (phase: string, { type, label, link }: ProxyMessage) =>
    log.push(`${phase} ${type} ${label} ${link.from}>${link.to}`);
  const hooks: MessageHooks = {
    route: () => ({ client: 'worker', server: 'store', ...(protocol === undefined ? {} : { protocol }) }),
    sent: (message) => note('sent', message),
    arriving: (arrival) => {
      note('arriving', arrival.message);
      arriving(arrival);
    },
    delivered: (message) => note('delivered', message),
    lost: (message) => note('lost', message),
    bitten: (bite) => bites.push(bite),
  };
  const server = await startProxyServer({ hooks });
  opened.push(server);
  const rig = await Rig.start(server.url, 'worker-store');
  opened.push(rig);
  return { server, rig, log, bites };
}

describe('messages of a proxy', () => {
  test('a request and its reply are sent, arrive and are delivered, in order', async () => {
    const { rig, log } = await stage('redis');
    const { client, server } = await rig.pair();
    client.write(get('key'));
    await server.received(get('key').length);
    server.write('$-1\r\n');
    await client.received(5);
    expect(log).toEqual([
      'sent request GET key worker>store',
      'arriving request GET key worker>store',
      'delivered request GET key worker>store',
      'sent reply GET key store>worker',
      'arriving reply GET key store>worker',
      'delivered reply GET key store>worker',
    ]);
  });

  test('a held message keeps what follows it, and lets what came before it pass', async () => {
    const held: Arrival[] = [];
    const { rig } = await stage('redis', (arrival) => {
      if (arrival.message.label !== 'GET b') return;
      arrival.hold();
      held.push(arrival);
    });
    const { client, server } = await rig.pair();
    client.write(get('a') + get('b') + get('c'));
    await server.received(get('a').length);
    await sleep(30);
    expect(server.text).toBe(get('a'));
    held[0]!.release();
    expect(await server.received(3 * get('a').length)).toBe(get('a') + get('b') + get('c'));
  });

  test('a dropped reply resets both sides, its request executed', async () => {
    const { rig, log } = await stage('redis', (arrival) => {
      if (arrival.message.type === 'reply') expect(arrival.drop()).toBe(true);
    });
    const { client, server } = await rig.pair();
    client.write(PING);
    await server.received(PING.length);
    server.write('+PONG\r\n');
    expect(await client.closed()).toBe('RST');
    expect(await server.closed()).toBe('RST');
    expect(client.text).toBe('');
    expect(log.slice(-2)).toEqual(['arriving reply PING store>worker', 'lost reply PING store>worker']);
  });

  test('a held message waits in a latency that was added meanwhile, and comes when it is removed', async () => {
    const held: Arrival[] = [];
    const { rig, log, bites } = await stage('redis', (arrival) => {
      arrival.hold();
      held.push(arrival);
    });
    const { client, server } = await rig.pair();
    client.write(PING);
    while (held.length === 0) await sleep(2);
    await rig.toxic({ type: 'latency', name: 'cut', stream: 'upstream', attributes: { latency: 1_000_000 } });
    held[0]!.release();
    await sleep(40);
    expect(server.text).toBe('');
    await rig.remove('cut');
    expect(await server.received(PING.length)).toBe(PING);
    expect(log.filter((line) => line.startsWith('arriving'))).toHaveLength(1);
    expect(bites).toEqual([{ proxy: 'worker-store', toxic: 'cut', connection: 1 }]);
  });

  test('the end of a stream waits behind a held message', async () => {
    const held: Arrival[] = [];
    const { rig } = await stage('redis', (arrival) => {
      arrival.hold();
      held.push(arrival);
    });
    const { client, server } = await rig.pair();
    client.write(PING);
    client.socket.end();
    while (held.length === 0) await sleep(2);
    await sleep(20);
    await rig.toxic({ type: 'latency', name: 'slow', stream: 'upstream', attributes: { latency: 50 } });
    expect(server.closure).toBe('open');
    held[0]!.release();
    expect(await server.closed()).toBe('FIN');
    expect(server.text).toBe(PING);
  });

  test('a freeze shuts every gate until all freezes are lifted', async () => {
    const { rig, server: proxies } = await stage('redis');
    const { client, server } = await rig.pair();
    const [first, second] = [proxies.freeze(), proxies.freeze()];
    client.write(PING);
    await sleep(30);
    first();
    first();
    await sleep(20);
    expect(server.text).toBe('');
    second();
    expect(await server.received(PING.length)).toBe(PING);
  });

  test('messages that a toxic swallows are lost', async () => {
    const { rig, log } = await stage('redis');
    await rig.toxic({ type: 'limit_data', stream: 'upstream', attributes: { bytes: PING.length + 3 } });
    const { client, server } = await rig.pair();
    client.write(PING + get('key'));
    expect(await server.closed()).toBe('FIN');
    expect(server.text).toBe(PING + get('key').slice(0, 3));
    await client.closed();
    await sleep(20);
    expect(log.filter((line) => /^(delivered|lost)/.test(line))).toEqual([
      'delivered request PING worker>store',
      'lost request GET key worker>store',
    ]);
  });

  test('a Postgres message ends at its own last byte', async () => {
    const { rig } = await stage('postgres', (arrival) => {
      if (arrival.message.label.startsWith('select 2')) arrival.hold();
    });
    const query = (sql: string): Buffer => {
      const bytes = Buffer.alloc(6 + sql.length);
      bytes.write('Q', 0, 'latin1');
      bytes.writeInt32BE(5 + sql.length, 1);
      bytes.write(sql, 5, 'latin1');
      return bytes;
    };
    const startup = Buffer.from('\0\0\0\0\0\x03\0\0user\0me\0\0', 'latin1');
    const { client, server } = await rig.pair();
    const length = Buffer.alloc(4);
    length.writeInt32BE(startup.length);
    length.copy(startup);
    client.write(Buffer.concat([startup, query('select 1'), query('select 2')]));
    await server.received(startup.length + 14);
    await sleep(20);
    expect(server.bytes.length).toBe(startup.length + 14);
  });

  test('HTTP has labels without a protocol', async () => {
    const { rig, log } = await stage(undefined);
    const { client, server } = await rig.pair();
    client.write('POST /charge?x=1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi');
    await server.received(49);
    server.write('HTTP/1.1 204 No Content\r\n\r\n');
    await client.received(27);
    expect(log.filter((line) => line.startsWith('arriving'))).toEqual([
      'arriving request POST /charge worker>store',
      'arriving reply 204 POST /charge store>worker',
    ]);
  });

  test('a reset closes every connection of a proxy with RST, and tells how many', async () => {
    const { rig, server: proxies } = await stage('redis');
    const [a, b] = [await rig.pair(), await rig.pair()];
    while (proxies.connections('worker-store') < 2) await sleep(2);
    expect(proxies.reset('worker-store')).toBe(2);
    expect(proxies.reset('unknown')).toBe(0);
    for (const end of [a.client, a.server, b.client, b.server]) expect(await end.closed()).toBe('RST');
  });
});
