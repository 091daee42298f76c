/**
 * Follows a request: its reply, and the exchanges that the receiver started while it was serving it, and so on. That is what the network
 * saw; a receiver that served two requests at once shows the calls of both.
 */
import type { Run } from './data.ts';

const FOLLOWED_MAX = 400;

/** Message indices, the given one included. */
export function follow(run: Run, message: number): ReadonlySet<number> {
  const { messages } = run;
  const replies = repliesOf(run);
  const followed = new Set<number>();
  const asked = messages.answers[message]! < 0 ? message : (indexOfId(run).get(messages.answers[message]!) ?? message);
  followed.add(message);
  const queue = [asked];
  while (queue.length > 0 && followed.size < FOLLOWED_MAX) {
    const request = queue.shift()!;
    followed.add(request);
    const reply = replies.get(messages.id[request]!);
    if (reply === undefined) continue;
    followed.add(reply);
    const host = run.hostOfString[messages.to[request]!]!;
    if (run.data.hosts[host]?.role === 'server') continue;
    for (let next = request + 1; next < reply && followed.size < FOLLOWED_MAX; next += 1) {
      const isOwn = messages.from[next] === messages.to[request] && messages.type[next] === 0;
      if (isOwn && messages.sent[next]! >= messages.arrived[request]! && !followed.has(next)) queue.push(next);
    }
  }
  return followed;
}

/** The message of a row; of an effect or a commit the request that arrived last before it. -1: none. */
export function messageOfRow(run: Run, row: number): number {
  const ref = run.rows.ref[row]!;
  if (ref >= 0) return ref;
  const record = run.data.records[-1 - ref]!;
  if (record.kind !== 'effect' && record.kind !== 'commit') return -1;
  const { messages } = run;
  let best = -1;
  for (let index = 0; index < messages.length && messages.sent[index]! <= record.at; index += 1) {
    if (messages.type[index] !== 0 || messages.flight[index]! < 0 || messages.arrived[index]! > record.at) continue;
    if (messages.strings[messages.to[index]!] !== record.host) continue;
    if (record.kind === 'effect' && messages.strings[messages.from[index]!] !== record.caller) continue;
    if (best < 0 || messages.arrived[index]! >= messages.arrived[best]!) best = index;
  }
  return best;
}

const idCache = new WeakMap<Run, Map<number, number>>();
const replyCache = new WeakMap<Run, Map<number, number>>();

/** Message index by id. */
export function indexOfId(run: Run): Map<number, number> {
  let index = idCache.get(run);
  if (index === undefined) {
    index = new Map();
    for (let message = 0; message < run.messages.length; message += 1) index.set(run.messages.id[message]!, message);
    idCache.set(run, index);
  }
  return index;
}

/** Message index of the first reply by the id of its request. */
export function repliesOf(run: Run): Map<number, number> {
  let replies = replyCache.get(run);
  if (replies === undefined) {
    replies = new Map();
    for (let message = 0; message < run.messages.length; message += 1) {
      const request = run.messages.answers[message]!;
      if (request >= 0 && !replies.has(request)) replies.set(request, message);
    }
    replyCache.set(run, replies);
  }
  return replies;
}
