/**
 * When two replies count as equal. Bytes first; where they differ, only the freedom that Redis itself has is allowed, and each freedom is a
 * function here whose name says what is let go.
 */

import { encodeReply, type Reply, ReplyDecoder } from '../../../sim/redis/index.ts';

type Loosen = (reply: Reply) => Reply;

/** Order is free: large hashes and sets, and names of keys and channels. */
const doSorted: Loosen = (reply) => {
  if (reply.kind !== 'array' && reply.kind !== 'set') return reply;
  const items = [...reply.value].sort(byText);
  return { kind: reply.kind, value: items };
};

/** Order of pairs is free, in a flat array or a map. */
const doSortedPairs: Loosen = (reply) => {
  if (reply.kind === 'map')
    return { kind: 'map', value: [...reply.value].sort((left, right) => byText(left[0], right[0])) };
  if (reply.kind !== 'array') return reply;
  const pairs: Reply[][] = [];
  for (let at = 0; at < reply.value.length; at += 2) pairs.push(reply.value.slice(at, at + 2));
  pairs.sort((left, right) => byText(left[0]!, right[0]!));
  return { kind: 'array', value: pairs.flat() };
};

/** Which members come is random: only their number and kind count. */
const doCounted: Loosen = (reply) => {
  if (reply.kind === 'array') return { kind: 'array', value: reply.value.map(doCounted) };
  if (reply.kind === 'bulk' || reply.kind === 'double') return { kind: 'bulk', value: '?' };
  return reply;
};

/** Milliseconds that depend on when the command came: rounded to seconds, of which one may be missing. */
const doRounded: Loosen = (reply) => {
  if (reply.kind !== 'int' || reply.value < 1000) return reply;
  return { kind: 'int', value: Math.round(reply.value / 10_000) };
};

/** Cursor and sorted names. */
const doSortedScan: Loosen = (reply) => {
  if (reply.kind !== 'array' || reply.value.length !== 2) return reply;
  return { kind: 'array', value: [reply.value[0]!, doSorted(reply.value[1]!)] };
};

const doSortedScanPairs: Loosen = (reply) => {
  if (reply.kind !== 'array' || reply.value.length !== 2) return reply;
  return { kind: 'array', value: [reply.value[0]!, doSortedPairs(reply.value[1]!)] };
};

/** Times of delivery and sight, in the order of XINFO's columns: any integer that looks like a time or an idle span. */
const doTimeless: Loosen = (reply) => {
  switch (reply.kind) {
    case 'array':
      return { kind: 'array', value: reply.value.map(doTimeless) };
    case 'map':
      return {
        kind: 'map',
        value: reply.value.map(([key, value]): [Reply, Reply] => [key, isIdle(key) ? ZERO : doTimeless(value)]),
      };
    case 'int':
      return reply.value > 1_600_000_000_000 ? ZERO : reply;
    default:
      return reply;
  }
};

/** XINFO CONSUMERS in RESP2: the value after `idle`. */
const doIdleless: Loosen = (reply) => {
  if (reply.kind !== 'array') return doTimeless(reply);
  return {
    kind: 'array',
    value: reply.value.map((item, at) => (at > 0 && isIdle(reply.value[at - 1]!) ? ZERO : doIdleless(item))),
  };
};

/** XPENDING's third column is an idle span. */
const doIdleColumn: Loosen = (reply) => {
  if (reply.kind !== 'array') return reply;
  return {
    kind: 'array',
    value: reply.value.map((row) =>
      row.kind === 'array' && row.value.length === 4
        ? { kind: 'array', value: row.value.map((cell, at) => (at === 2 ? ZERO : cell)) }
        : row,
    ),
  };
};

/** HELLO tells the client's number. */
const doAnonymous: Loosen = (reply) => {
  if (reply.kind === 'map')
    return { kind: 'map', value: reply.value.filter(([key]) => key.kind !== 'bulk' || key.value !== 'id') };
  if (reply.kind !== 'array') return reply;
  return { kind: 'array', value: reply.value.map((item, at) => (at === 7 ? ZERO : item)) };
};

/** The prose of key-spec notes is left out of our table. */
const doNoteless: Loosen = (reply) => {
  if (reply.kind === 'map') {
    const pairs = reply.value.filter(([key]) => key.kind !== 'bulk' || key.value !== 'notes');
    return { kind: 'map', value: pairs.map(([key, value]): [Reply, Reply] => [key, doNoteless(value)]) };
  }
  if (reply.kind !== 'array' && reply.kind !== 'set') return reply;
  const items = reply.value.filter((item, at) => {
    const before = reply.value[at - 1];
    return !(item.kind === 'bulk' && item.value === 'notes') && !(before?.kind === 'bulk' && before.value === 'notes');
  });
  const told = items.map(doNoteless);
  // The order of commands and subcommands is that of a hash table.
  if (told.every((item) => item.kind === 'array' || item.kind === 'map')) told.sort(byText);
  return { kind: reply.kind, value: told };
};

/** Order is free at every level: libraries, and the functions of each. */
const doSortedDeeply: Loosen = (reply) => {
  if (reply.kind === 'map') {
    return { kind: 'map', value: reply.value.map(([key, value]): [Reply, Reply] => [key, doSortedDeeply(value)]) };
  }
  if (reply.kind !== 'array') return reply;
  return doSorted({ kind: 'array', value: reply.value.map(doSortedDeeply) });
};

/** Which of several names that are taken is told depends on a hash. */
const doNameless: Loosen = (reply) => {
  if (reply.kind !== 'error') return reply;
  return { kind: 'error', value: reply.value.replace(/^ERR Function \w+ already/, 'ERR Function ? already') };
};

const ZERO: Reply = { kind: 'int', value: 0 };

function isIdle(key: Reply): boolean {
  return key.kind === 'bulk' && key.value === 'idle';
}

const LOOSE: Readonly<Record<string, Loosen>> = {
  SMEMBERS: doSorted,
  SINTER: doSorted,
  SUNION: doSorted,
  SDIFF: doSorted,
  SPOP: doSorted,
  KEYS: doSorted,
  HKEYS: doSorted,
  HVALS: doSorted,
  HGETALL: doSortedPairs,
  HSCAN: doSortedScanPairs,
  SSCAN: doSortedScan,
  ZSCAN: doSortedScanPairs,
  SCAN: doSortedScan,
  SRANDMEMBER: doCounted,
  HRANDFIELD: doCounted,
  ZRANDMEMBER: doCounted,
  RANDOMKEY: doCounted,
  TTL: doRounded,
  PTTL: doRounded,
  EXPIRETIME: doRounded,
  PEXPIRETIME: doRounded,
  XPENDING: doIdleColumn,
  XINFO: doIdleless,
  HELLO: doAnonymous,
  CONFIG: doSortedPairs,
  ACL: doSorted,
  COMMAND: doNoteless,
  'COMMAND LIST': doSorted,
  PUBSUB: doSorted,
  'FUNCTION LIST': doSortedDeeply,
  'FUNCTION LOAD': doNameless,
  'PUBSUB NUMSUB': doSortedPairs,
};

/**
 * Compares what one step wrote to one connection.
 * @param names the commands whose replies these are, oldest first: one for a plain command, the queue for EXEC
 */
export function sameReplies(real: string, ours: string, names: readonly string[], isExec: boolean): boolean {
  if (real === ours) return true;
  const left = decodeAll(real);
  const right = decodeAll(ours);
  if (left.some(isPatternMessage)) return doSortedMessages(left) === doSortedMessages(right);
  if (names[0] === 'UNSUBSCRIBE' || names[0] === 'SUNSUBSCRIBE') return doSortedLeaves(left) === doSortedLeaves(right);
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    const loosened = isExec
      ? loosenExec(left[at]!, right[at]!, names)
      : [loosen(left[at]!, names[0] ?? ''), loosen(right[at]!, names[0] ?? '')];
    if (encodeReply(loosened[0]!, 3) !== encodeReply(loosened[1]!, 3)) return false;
  }
  return true;
}

function isPatternMessage(reply: Reply): boolean {
  if (reply.kind !== 'array' && reply.kind !== 'push') return false;
  const verb = reply.value[0];
  return verb?.kind === 'bulk' && (verb.value === 'pmessage' || verb.value === 'message');
}

/** Which of several matching patterns is served first is free. */
function doSortedMessages(replies: readonly Reply[]): string {
  const messages = replies.filter(isPatternMessage).map((reply) => encodeReply(reply, 3));
  const others = replies.filter((reply) => !isPatternMessage(reply)).map((reply) => encodeReply(reply, 3));
  return JSON.stringify([messages.sort(), others]);
}

/** Leaving all channels goes in the order of a hash table: names and counts as two lists. */
function doSortedLeaves(replies: readonly Reply[]): string {
  const names: string[] = [];
  const counts: string[] = [];
  for (const reply of replies) {
    const items = reply.kind === 'array' || reply.kind === 'push' ? reply.value : [reply, reply, reply];
    names.push(encodeReply(items[1]!, 3));
    counts.push(encodeReply(items[2]!, 3));
  }
  return JSON.stringify([names.sort(), counts]);
}

function loosenExec(left: Reply, right: Reply, names: readonly string[]): [Reply, Reply] {
  if (left.kind !== 'array' || right.kind !== 'array') return [left, right];
  return [
    { kind: 'array', value: left.value.map((reply, at) => loosen(reply, names[at] ?? '')) },
    { kind: 'array', value: right.value.map((reply, at) => loosen(reply, names[at] ?? '')) },
  ];
}

function loosen(reply: Reply, name: string): Reply {
  const rule = LOOSE[name] ?? LOOSE[name.split(' ')[0]!];
  return rule === undefined ? reply : rule(reply);
}

function decodeAll(bytes: string): Reply[] {
  const decoder = new ReplyDecoder();
  decoder.push(Buffer.from(bytes, 'latin1'));
  const replies: Reply[] = [];
  for (let reply = decoder.next(); reply !== null; reply = decoder.next()) replies.push(reply);
  return replies;
}

function byText(left: Reply, right: Reply): number {
  const one = encodeReply(left, 3);
  const other = encodeReply(right, 3);
  return one < other ? -1 : one > other ? 1 : 0;
}
