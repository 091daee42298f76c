/** REPLICAOF, ROLE, WAIT, and what a replica says to its master: REPLCONF, PSYNC. The state behind them is in `../replication/`. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { parseInt64, parseSafeInteger } from '../numbers.ts';
import { array, bulk, bulks, int, NO_REPLY, OK, type Reply, status } from '../reply.ts';
import { integerArgument, rangedArgument } from './arguments.ts';

export const replicationCommands: Handlers = {
  replicaof,
  slaveof: replicaof,

  role(client) {
    const { link, replicas, offset } = client.engine.replication;
    if (link === null) {
      const online = [...replicas.values()].filter(({ state }) => state === 'online');
      const told = online.map(({ address, port, ackOffset }) => bulks([address, String(port), String(ackOffset)]));
      return array([bulk('master'), int(offset), array(told)]);
    }
    return array([bulk('slave'), bulk(link.host), int(link.port), bulk(link.state), int(link.isUp ? offset : -1)]);
  },

  wait(client, args) {
    const { replication, blocking } = client.engine;
    if (replication.isReplica) return errors.fail(errors.WAIT_ON_REPLICA);
    const wanted = integerArgument(args[1]!);
    const timeoutMs = integerArgument(args[2]!, errors.TIMEOUT_NOT_AN_INTEGER);
    if (timeoutMs < 0) return errors.fail(errors.TIMEOUT_NEGATIVE);
    const offset = client.writeOffset;
    const count = replication.countAcknowledged(offset);
    if (count >= wanted || client.isBlockingDenied) return int(count);
    blocking.block(client, {
      kind: 'wait',
      keys: [],
      timeoutMs,
      timeoutReply: () => int(replication.countAcknowledged(offset)),
      isServedByLoss: false,
      attempt: (waiter) => {
        const acknowledged = replication.countAcknowledged(offset);
        if (acknowledged < wanted) return false;
        waiter.write(int(acknowledged));
        return true;
      },
    });
    replication.askForAcks();
    return NO_REPLY;
  },

  psync(client, args) {
    if (client.isReplica) return NO_REPLY;
    const offset = parseSafeInteger(args[2]!);
    client.engine.replication.attach(client, args[1]!, Number.isNaN(offset) ? -1 : offset);
    return NO_REPLY;
  },

  replconf,
};

function replicaof(client: Client, args: string[]): Reply {
  const { engine } = client;
  const { replication } = engine;
  const [, host, portText] = args as [string, string, string];
  if (host.toUpperCase() === 'NO' && portText.toUpperCase() === 'ONE') {
    replication.lead();
    engine.config.note('replicaof', '');
    return OK;
  }
  if (client.isReplica) return errors.fail('ERR Command is not valid when client is a replica.');
  const port = rangedArgument(portText, 0, 65535, errors.MASTER_PORT);
  const { link } = replication;
  if (link !== null && link.host.toLowerCase() === host.toLowerCase() && link.port === port) {
    return status('OK Already connected to specified master');
  }
  replication.follow(host, port);
  engine.config.note('replicaof', `${host} ${port}`);
  return OK;
}

function replconf(client: Client, args: string[]): Reply {
  if (args.length % 2 === 0) return errors.fail(errors.SYNTAX);
  const { replication } = client.engine;
  for (let at = 1; at < args.length; at += 2) {
    const value = args[at + 1]!;
    switch (args[at]!.toLowerCase()) {
      case 'listening-port':
        replication.announced(client).port = integerArgument(value);
        break;
      case 'ip-address':
        replication.announced(client).announcedAddress = value;
        break;
      case 'capa':
        if (value.toLowerCase() === 'eof') replication.announced(client).knowsEofMark = true;
        else if (value.toLowerCase() === 'psync2') replication.announced(client).knowsIdChanges = true;
        break;
      case 'ack': {
        const offset = parseInt64(value);
        if (client.isReplica && offset !== null) replication.acknowledged(client, Number(offset));
        return NO_REPLY;
      }
      case 'getack':
        return NO_REPLY;
      case 'rdb-only':
      case 'rdb-filter-only':
        return errors.fail(errors.notSimulated(`REPLCONF ${args[at]!.toLowerCase()}`));
      default:
        return errors.fail(errors.unrecognizedReplconf(args[at]!));
    }
  }
  return OK;
}
