/**
 * What can be seen of each toxic from outside: a scene plays on a rig and returns the facts, and, apart from them, durations with what they
 * should be. Facts are exact; those of the real server are kept in `test/golden/proxy/scenes.json`.
 */
import { createHash } from 'node:crypto';
import { type End, type Rig, sleep } from './rig.ts';

export interface Seen {
  readonly facts: Readonly<Record<string, unknown>>;
  /** By name: measured and meant, in ms. */
  readonly timesMs?: Readonly<Record<string, readonly [measured: number, meant: number]>>;
}

export interface Scene {
  readonly name: string;
  /** It acts on every proxy of the server. */
  readonly isAlone?: true;
  readonly play: (rig: Rig) => Promise<Seen>;
}

/** A timer may be early by its rounding (ms). */
export const EARLY_MS = 15;
/** A stall is believed after this long (ms). */
const STALL_MS = 150;

async function since(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}

const ends = ({ client, server }: { readonly client: End; readonly server: End }) => ({
  client: [client.text, client.closure],
  server: [server.text, server.closure],
});

export const scenes: readonly Scene[] = [
  {
    name: 'without toxics bytes pass both ways, and the end of one side closes the other',
    play: async (rig) => {
      const pair = await rig.pair();
      pair.client.write('question');
      await pair.server.received(8);
      pair.server.write('answer');
      await pair.client.received(6);
      pair.server.socket.end();
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'a half-closed client loses the answer',
    play: async (rig) => {
      const pair = await rig.pair();
      pair.client.write('question');
      pair.client.socket.end();
      await pair.server.closed();
      pair.server.write('late');
      await pair.client.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'a reset of the server reaches the client as an end',
    play: async (rig) => {
      const pair = await rig.pair();
      pair.client.write('question');
      await pair.server.received(8);
      pair.server.socket.resetAndDestroy();
      await pair.client.closed();
      return { facts: { client: [pair.client.text, pair.client.closure] } };
    },
  },
  {
    name: 'a client of an upstream that is down is accepted and closed',
    play: async (rig) => {
      await rig.goDown();
      const client = await rig.connect();
      await client.closed();
      return { facts: { client: [client.text, client.closure] } };
    },
  },
  {
    name: 'four megabytes pass unchanged',
    play: async (rig) => {
      const { client, server } = await rig.pair();
      const sent = Buffer.alloc(4_000_000);
      for (let at = 0; at < sent.length; at += 4) sent.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
      client.write(sent);
      await server.received(sent.length);
      return { facts: { hash: createHash('sha1').update(server.bytes).digest('hex'), bytes: server.bytes.length } };
    },
  },
  {
    name: 'latency delays each chunk by itself',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', attributes: { latency: 120 } });
      const pair = await rig.pair();
      const times: number[] = [];
      pair.server.write('a');
      times.push(await since(() => pair.client.received(1)));
      const startMs = performance.now();
      pair.server.write('b');
      await sleep(60);
      pair.server.write('c');
      await pair.client.received(2);
      times.push(performance.now() - startMs);
      await pair.client.received(3);
      times.push(performance.now() - startMs);
      return {
        facts: ends(pair),
        timesMs: { first: [times[0]!, 120], second: [times[1]!, 120], third: [times[2]!, 180] },
      };
    },
  },
  {
    name: 'latency of both directions and two latencies in one direction add up',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', name: 'a', attributes: { latency: 60 } });
      await rig.toxic({ type: 'latency', name: 'b', attributes: { latency: 50 } });
      await rig.toxic({ type: 'latency', stream: 'upstream', attributes: { latency: 40 } });
      const pair = await rig.pair();
      pair.client.write('ping');
      const upMs = await since(() => pair.server.received(4));
      pair.server.write('pong');
      const downMs = await since(() => pair.client.received(4));
      return { facts: ends(pair), timesMs: { up: [upMs, 40], down: [downMs, 110] } };
    },
  },
  {
    name: 'latency with jitter keeps the order',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', attributes: { latency: 20, jitter: 20 } });
      const pair = await rig.pair();
      for (const letter of 'abcdefgh') {
        pair.server.write(letter);
        await sleep(3);
      }
      await pair.client.received(8);
      return { facts: ends(pair) };
    },
  },
  {
    name: 'removing a latency lets go at once of all that it held, in order',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', name: 'cut', attributes: { latency: 1_000_000 } });
      const pair = await rig.pair();
      for (const letter of 'abc') {
        pair.server.write(letter);
        await sleep(10);
      }
      await sleep(50);
      const before = pair.client.text;
      await rig.remove('cut');
      const flushMs = await since(() => pair.client.received(3));
      return { facts: { before, ...ends(pair) }, timesMs: { flush: [flushMs, 0] } };
    },
  },
  {
    name: 'changing a latency lets go of the chunk in hand, and delays the others anew',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', name: 'cut', attributes: { latency: 1_000_000 } });
      const pair = await rig.pair();
      pair.server.write('a');
      await sleep(40);
      const startMs = performance.now();
      pair.server.write('b');
      await sleep(40);
      await rig.update('cut', { attributes: { latency: 300 } });
      await pair.client.received(1);
      const first = pair.client.text;
      await pair.client.received(2);
      return { facts: { first, ...ends(pair) }, timesMs: { second: [performance.now() - startMs, 300] } };
    },
  },
  {
    name: 'the end of a stream waits behind delayed data',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', attributes: { latency: 100 } });
      const pair = await rig.pair();
      pair.server.write('bye');
      pair.server.socket.end();
      const endMs = await since(() => pair.client.closed());
      await pair.server.closed();
      return { facts: ends(pair), timesMs: { end: [endMs, 100] } };
    },
  },
  {
    name: 'a toxic that comes while data is delayed does not touch what is let go then',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', attributes: { latency: 1_000_000 } });
      const pair = await rig.pair();
      pair.server.write('a');
      await sleep(40);
      await rig.toxic({ type: 'timeout', attributes: { timeout: 0 } });
      await pair.client.received(1);
      return { facts: ends(pair) };
    },
  },
  {
    name: 'bandwidth takes its time for each byte',
    play: async (rig) => {
      await rig.toxic({ type: 'bandwidth', attributes: { rate: 20 } });
      const pair = await rig.pair();
      pair.server.write(Buffer.alloc(6000, 'x'));
      const allMs = await since(() => pair.client.received(6000));
      return {
        facts: { bytes: pair.client.bytes.length, closure: pair.client.closure },
        timesMs: { all: [allMs, 300] },
      };
    },
  },
  {
    name: 'bandwidth sends a big chunk in parts of 100 ms',
    play: async (rig) => {
      await rig.toxic({ type: 'bandwidth', attributes: { rate: 5 } });
      const pair = await rig.pair();
      pair.server.write(Buffer.alloc(1200, 'x'));
      const firstMs = await since(() => pair.client.received(1));
      const allMs = firstMs + (await since(() => pair.client.received(1200)));
      return { facts: { first: pair.client.sizes[0] }, timesMs: { first: [firstMs, 100], all: [allMs, 240] } };
    },
  },
  {
    name: 'bandwidth of 0 stalls, and its removal lets go of everything',
    play: async (rig) => {
      await rig.toxic({ type: 'bandwidth', name: 'slow', attributes: { rate: 0 } });
      const pair = await rig.pair();
      pair.server.write('data');
      await sleep(STALL_MS);
      const before = [pair.client.text, pair.client.closure];
      await rig.remove('slow');
      await pair.client.received(4);
      return { facts: { before, ...ends(pair) } };
    },
  },
  {
    name: 'slow_close lets data pass and delays the end',
    play: async (rig) => {
      await rig.toxic({ type: 'slow_close', attributes: { delay: 150 } });
      const pair = await rig.pair();
      pair.server.write('bye');
      pair.server.socket.end();
      const startMs = performance.now();
      await pair.client.received(3);
      const earlyClosure = pair.client.closure;
      await pair.client.closed();
      const endMs = performance.now() - startMs;
      await pair.server.closed();
      return { facts: { earlyClosure, ...ends(pair) }, timesMs: { end: [endMs, 150] } };
    },
  },
  {
    name: 'removing slow_close closes what it delayed',
    play: async (rig) => {
      await rig.toxic({ type: 'slow_close', name: 'slow', attributes: { delay: 1_000_000 } });
      const pair = await rig.pair();
      pair.server.socket.end();
      await sleep(STALL_MS);
      const before = pair.client.closure;
      await rig.remove('slow');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: { before, ...ends(pair) } };
    },
  },
  {
    name: 'timeout drops data and closes after the last of it',
    play: async (rig) => {
      await rig.toxic({ type: 'timeout', attributes: { timeout: 700 } });
      const pair = await rig.pair();
      await sleep(50);
      pair.server.write('lost');
      const endMs = await since(() => pair.client.closed());
      await pair.server.closed();
      return { facts: ends(pair), timesMs: { end: [endMs, 700] } };
    },
  },
  {
    name: 'timeout closes a connection without data',
    play: async (rig) => {
      await rig.toxic({ type: 'timeout', stream: 'upstream', attributes: { timeout: 120 } });
      const pair = await rig.pair();
      const endMs = await since(() => pair.client.closed());
      await pair.server.closed();
      // The toxic began with the connection, a little before this clock.
      return { facts: ends(pair), timesMs: { end: [endMs + 60, 120] } };
    },
  },
  {
    name: 'timeout of 0 stays silent; its removal closes the connection, and the data never comes',
    play: async (rig) => {
      const pair = await rig.pair();
      await rig.toxic({ type: 'timeout', name: 'hole', attributes: { timeout: 0 } });
      pair.server.write('lost');
      pair.client.write('heard');
      await pair.server.received(5);
      await sleep(STALL_MS);
      const before = pair.client.closure;
      await rig.remove('hole');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: { before, ...ends(pair) } };
    },
  },
  {
    name: 'removing a timeout that no connection was drawn for closes them too',
    play: async (rig) => {
      const pair = await rig.pair();
      await rig.toxic({ type: 'timeout', name: 'hole', toxicity: 0, attributes: { timeout: 1 } });
      pair.server.write('passes');
      await pair.client.received(6);
      await rig.remove('hole');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'reset_peer resets both sides at the first data',
    play: async (rig) => {
      await rig.toxic({ type: 'reset_peer', attributes: { timeout: 0 } });
      const pair = await rig.pair();
      pair.client.write('question');
      await pair.server.received(8);
      pair.server.write('answer');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'reset_peer waits for its timeout',
    play: async (rig) => {
      await rig.toxic({ type: 'reset_peer', stream: 'upstream', attributes: { timeout: 120 } });
      const pair = await rig.pair();
      pair.client.write('question');
      const endMs = await since(() => pair.client.closed());
      await pair.server.closed();
      return { facts: ends(pair), timesMs: { end: [endMs, 120] } };
    },
  },
  {
    name: 'reset_peer on a connection that was open before is a plain close',
    play: async (rig) => {
      const pair = await rig.pair();
      await rig.toxic({ type: 'reset_peer', attributes: { timeout: 0 } });
      pair.server.write('answer');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'a connection that began under reset_peer ends with a reset even after its removal',
    play: async (rig) => {
      await rig.toxic({ type: 'reset_peer', name: 'reset', attributes: { timeout: 0 } });
      const pair = await rig.pair();
      await rig.remove('reset');
      pair.server.write('answer');
      await pair.client.received(6);
      await rig.proxy({ enabled: false });
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'slicer gives all bytes in order, slowly',
    play: async (rig) => {
      await rig.toxic({ type: 'slicer', attributes: { average_size: 10, size_variation: 0, delay: 20_000 } });
      const pair = await rig.pair();
      pair.server.write('abcdefghijklmnopqrstuvwxyzabcdefghijklmn');
      const allMs = await since(() => pair.client.received(40));
      return { facts: ends(pair), timesMs: { all: [allMs, 60] } };
    },
  },
  {
    name: 'removing a slicer sends the rest in one piece',
    play: async (rig) => {
      await rig.toxic({ type: 'slicer', name: 'cut', attributes: { average_size: 10, delay: 1_000_000 } });
      const pair = await rig.pair();
      pair.server.write('abcdefghijklmnopqrstuvwxyz');
      await pair.client.received(1);
      await rig.remove('cut');
      const restMs = await since(() => pair.client.received(26));
      return { facts: ends(pair), timesMs: { rest: [restMs, 0] } };
    },
  },
  {
    name: 'limit_data closes with its last byte',
    play: async (rig) => {
      await rig.toxic({ type: 'limit_data', attributes: { bytes: 10 } });
      const pair = await rig.pair();
      pair.server.write('abcdef');
      await pair.client.received(6);
      pair.server.write('ghijklm');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'limit_data closes at exactly its limit, and counts on through updates',
    play: async (rig) => {
      await rig.toxic({ type: 'limit_data', name: 'limit', stream: 'upstream', attributes: { bytes: 100 } });
      const pair = await rig.pair();
      pair.client.write('abcdef');
      await pair.server.received(6);
      await rig.update('limit', { attributes: { bytes: 8 } });
      pair.client.write('gh');
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'a toxicity of 0 does nothing, and raising it takes hold of open connections',
    play: async (rig) => {
      await rig.toxic({ type: 'latency', name: 'slow', toxicity: 0, attributes: { latency: 200 } });
      const pair = await rig.pair();
      pair.server.write('a');
      const firstMs = await since(() => pair.client.received(1));
      await rig.update('slow', { toxicity: 1 });
      pair.server.write('b');
      const secondMs = await since(() => pair.client.received(2));
      return { facts: ends(pair), timesMs: { first: [firstMs, 0], second: [secondMs, 200] } };
    },
  },
  {
    name: 'disabling closes connections and refuses new ones; enabling takes them again',
    play: async (rig) => {
      const pair = await rig.pair();
      await rig.proxy({ enabled: false });
      await pair.client.closed();
      await pair.server.closed();
      const refused = await rig.connect().catch((error: NodeJS.ErrnoException) => error.code);
      await rig.proxy({ enabled: true });
      const again = await rig.pair();
      again.client.write('back');
      await again.server.received(4);
      return { facts: { refused, ...ends(pair), again: again.server.text } };
    },
  },
  {
    name: 'a reset of the server removes toxics, which lets held data go',
    isAlone: true,
    play: async (rig) => {
      await rig.toxic({ type: 'latency', attributes: { latency: 1_000_000 } });
      const pair = await rig.pair();
      pair.server.write('held');
      pair.server.socket.end();
      await sleep(50);
      await rig.call('POST', '/reset');
      await pair.client.closed();
      await pair.server.closed();
      return { facts: ends(pair) };
    },
  },
  {
    name: 'toxics work in the order in which they were added',
    play: async (rig) => {
      await rig.toxic({ type: 'limit_data', attributes: { bytes: 4 } });
      await rig.toxic({ type: 'latency', attributes: { latency: 100 } });
      const pair = await rig.pair();
      pair.server.write('abcdefgh');
      const endMs = await since(() => pair.client.closed());
      await pair.server.closed();
      return { facts: ends(pair), timesMs: { end: [endMs, 100] } };
    },
  },
];
