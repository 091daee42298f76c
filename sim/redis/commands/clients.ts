/** CLIENT and its subcommands (networking.c). Tracking is refused by name. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import type { Engine } from '../engine.ts';
import * as errors from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import { array, bulk, int, NIL, NO_REPLY, OK, type Reply } from '../reply.ts';
import { integerArgument } from './arguments.ts';
import { isClientName } from './connection.ts';
import { helpCommand } from './help.ts';

export const clientCommands: Handlers = {
  'client|id': (client) => int(client.id),
  'client|getname': (client) => (client.name === '' ? NIL : bulk(client.name)),

  'client|setname'(client, args) {
    if (!isClientName(args[2]!)) return errors.fail(errors.CLIENT_NAME);
    client.name = args[2]!;
    return OK;
  },

  'client|info': (client) => textReply(`${describeClient(client)}\n`),
  'client|list': (client, args) => textReply(listClients(client, args)),
  'client|kill': (client, args) => killClients(client, args),

  'client|pause'(client, args) {
    const mode = args.length === 4 ? args[3]!.toUpperCase() : 'ALL';
    if (args.length > 4 || (mode !== 'ALL' && mode !== 'WRITE')) return errors.fail(PAUSE_MODE);
    const ms = parseInt64(args[2]!);
    if (ms === null) return errors.fail(errors.TIMEOUT_NOT_AN_INTEGER);
    if (ms < 0n) return errors.fail(errors.TIMEOUT_NEGATIVE);
    pauseClients(client.engine, Number(ms), mode === 'ALL' ? 'all' : 'write');
    return OK;
  },

  'client|unpause'(client) {
    client.engine.pauseKind = null;
    client.engine.pauseTimer?.cancel();
    resumePostponed(client.engine);
    return OK;
  },

  'client|reply'(client, args) {
    switch (args[2]!.toUpperCase()) {
      case 'ON':
        client.replyMode = 'on';
        return OK;
      case 'OFF':
        client.replyMode = 'off';
        return NO_REPLY;
      case 'SKIP':
        if (client.replyMode !== 'off') client.replyMode = 'skip-next';
        return NO_REPLY;
      default:
        return errors.fail(errors.SYNTAX);
    }
  },

  'client|no-evict'(client, args) {
    const mode = args[2]!.toUpperCase();
    if (mode !== 'ON' && mode !== 'OFF') return errors.fail(errors.SYNTAX);
    client.isNoEvict = mode === 'ON';
    return OK;
  },

  'client|unblock'(client, args) {
    let isError = false;
    if (args.length === 4) {
      const reason = args[3]!.toUpperCase();
      if (reason !== 'TIMEOUT' && reason !== 'ERROR') return errors.fail(UNBLOCK_REASON);
      isError = reason === 'ERROR';
    } else if (args.length > 4) return errors.fail(errors.SYNTAX);
    const target = client.engine.clients.get(integerArgument(args[2]!));
    if (target?.blocked == null) return int(0);
    target.write(isError ? { kind: 'error', value: errors.UNBLOCKED } : client.engine.blocking.timeoutReplyOf(target)!);
    client.engine.blocking.unblock(target);
    return int(1);
  },

  'client|getredir': () => int(-1),

  'client|trackinginfo': () => ({
    kind: 'map',
    value: [
      [bulk('flags'), { kind: 'set', value: [bulk('off')] }],
      [bulk('redirect'), int(-1)],
      [bulk('prefixes'), array([])],
    ],
  }),

  'client|help': helpCommand('client'),
};

const PAUSE_MODE = 'ERR CLIENT PAUSE mode must be WRITE or ALL';
const UNBLOCK_REASON = 'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR';

/** Text that RESP3 marks as plain. */
export function textReply(text: string): Reply {
  return { kind: 'verbatim', format: 'txt', value: text };
}

type ClientKind = 'normal' | 'pubsub' | 'master' | 'replica';

function kindOf(client: Client): ClientKind {
  if (client.isReplica) return 'replica';
  return client.isSubscriber ? 'pubsub' : 'normal';
}

function kindArgument(text: string): ClientKind {
  const kind = text.toLowerCase();
  if (kind === 'slave') return 'replica';
  if (kind === 'normal' || kind === 'pubsub' || kind === 'master' || kind === 'replica') return kind;
  return errors.fail(`ERR Unknown client type '${errors.inMessage(text)}'`);
}

function listClients(client: Client, args: readonly string[]): string {
  let isListed = (_candidate: Client): boolean => true;
  if (args.length > 2) {
    const option = args[2]!.toUpperCase();
    if (option === 'TYPE' && args.length === 4) {
      const kind = kindArgument(args[3]!);
      isListed = (candidate) => kindOf(candidate) === kind;
    } else if (option === 'ID' && args.length >= 4) {
      const ids = new Set(args.slice(3).map((text) => clientIdArgument(text)));
      isListed = (candidate) => ids.has(candidate.id);
    } else return errors.fail(errors.SYNTAX);
  }
  let text = '';
  for (const candidate of client.engine.clients.values()) {
    if (isListed(candidate)) text += `${describeClient(candidate)}\n`;
  }
  return text;
}

function clientIdArgument(text: string): number {
  const id = parseInt64(text);
  return id === null ? errors.fail(errors.CLIENT_ID_INVALID) : Number(id);
}

/** One line of CLIENT LIST. Buffer sizes are those of an idle client of the real server. */
function describeClient(client: Client): string {
  const { stream, engine } = client;
  const command = client.lastCommand?.name ?? 'NULL';
  const parts = [
    `id=${client.id}`,
    `addr=${addressOf(client)}`,
    `laddr=${stream?.localAddress}:${stream?.localPort}`,
    `fd=${client.id + 7}`,
    `name=${client.name}`,
    `age=${Math.floor((engine.nowMs - client.createdAtMs) / 1000)}`,
    `idle=${Math.floor((engine.nowMs - client.lastUsedAtMs) / 1000)}`,
    `flags=${flagsOf(client)}`,
    `db=${client.db.number}`,
    `sub=${client.channels.size}`,
    `psub=${client.patterns.size}`,
    `ssub=${client.shardChannels.size}`,
    `multi=${client.transaction === null ? -1 : client.transaction.length}`,
    'qbuf=26 qbuf-free=20448 argv-mem=10 multi-mem=0 rbs=16384 rbp=16384 obl=0 oll=0 omem=0 tot-mem=37658 events=r',
    `cmd=${command}`,
    `user=${client.user.name}`,
    'redir=-1',
    `resp=${client.resp}`,
  ];
  return parts.join(' ');
}

function flagsOf(client: Client): string {
  let flags = '';
  if (client.isMonitor) flags += 'O';
  if (client.isReplica) flags += 'S';
  if (client.isSubscriber) flags += 'P';
  if (client.transaction !== null) flags += 'x';
  if (client.blocked !== null) flags += 'b';
  if (client.isWatchBroken) flags += 'd';
  if (client.isClosing) flags += 'c';
  if (client.isNoEvict) flags += 'e';
  return flags === '' ? 'N' : flags;
}

function addressOf(client: Client): string {
  return `${client.stream?.remoteAddress}:${client.stream?.remotePort}`;
}

function killClients(client: Client, args: readonly string[]): Reply {
  const clients = [...client.engine.clients.values()];
  if (args.length === 3) {
    const target = clients.find((candidate) => addressOf(candidate) === args[2]);
    if (target === undefined) return errors.fail(errors.NO_SUCH_CLIENT);
    kill(client, target);
    return OK;
  }
  if (args.length % 2 === 1) return errors.fail(errors.SYNTAX);
  let isSelfSkipped = true;
  const conditions: ((candidate: Client) => boolean)[] = [];
  for (let at = 2; at < args.length; at += 2) {
    const option = args[at]!.toUpperCase();
    const text = args[at + 1]!;
    if (option === 'ID') {
      const id = parseInt64(text);
      if (id === null || id < 1n) return errors.fail('ERR client-id should be greater than 0');
      conditions.push((candidate) => candidate.id === Number(id));
    } else if (option === 'TYPE') {
      const kind = kindArgument(text);
      conditions.push((candidate) => kindOf(candidate) === kind);
    } else if (option === 'ADDR') conditions.push((candidate) => addressOf(candidate) === text);
    else if (option === 'LADDR') {
      conditions.push((candidate) => `${candidate.stream?.localAddress}:${candidate.stream?.localPort}` === text);
    } else if (option === 'USER') {
      if (!client.engine.acl.users.has(text)) return errors.fail(`ERR No such user '${errors.inMessage(text)}'`);
      conditions.push((candidate) => candidate.user.name === text);
    } else if (option === 'SKIPME') {
      const answer = text.toLowerCase();
      if (answer !== 'yes' && answer !== 'no') return errors.fail(errors.SYNTAX);
      isSelfSkipped = answer === 'yes';
    } else return errors.fail(errors.SYNTAX);
  }
  let killed = 0;
  for (const candidate of clients) {
    if (candidate === client && isSelfSkipped) continue;
    if (!conditions.every((condition) => condition(candidate))) continue;
    kill(client, candidate);
    killed += 1;
  }
  return int(killed);
}

/** A client that kills itself still gets its reply. */
function kill(client: Client, target: Client): void {
  if (target === client) client.closeAfterReply();
  else client.engine.kill(target);
}

/** CLIENT PAUSE, by a client or by an operator. */
export function pauseClients(engine: Engine, ms: number, kind: 'all' | 'write'): void {
  const isRunning = engine.pauseKind !== null;
  // A pause is only made longer and wider by another one.
  const untilMs = engine.nowMs + ms;
  engine.pausedUntilMs = isRunning ? Math.max(engine.pausedUntilMs, untilMs) : untilMs;
  engine.pauseKind = isRunning && engine.pauseKind === 'all' ? 'all' : kind;
  engine.pauseTimer?.cancel();
  engine.pauseTimer = engine.after(Math.max(0, engine.pausedUntilMs - engine.nowMs), () => {
    engine.pauseKind = null;
    resumePostponed(engine);
  });
}

function resumePostponed(engine: Engine): void {
  const clients = engine.postponed;
  engine.postponed = [];
  for (const waiting of clients) {
    const args = waiting.postponed;
    waiting.postponed = null;
    if (args === null || waiting.isClosed) continue;
    engine.dispatcher!.execute(waiting, args);
    engine.unblocked.push(waiting);
  }
}
