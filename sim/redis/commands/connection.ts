/** PING, ECHO, SELECT, AUTH, HELLO, QUIT, RESET. CLIENT has a file of its own. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { parseInt64 } from '../numbers.ts';
import { array, bulk, EMPTY_ARRAY, int, mapOf, OK, type Reply, status } from '../reply.ts';
import { discardTransaction } from '../transaction.ts';
import { integerArgument } from './arguments.ts';

export const REDIS_VERSION = '7.0.15';

export const connectionCommands: Handlers = {
  ping(client, args) {
    if (args.length > 2) return errors.fail(errors.wrongArity('ping'));
    if (client.resp === 2 && client.isSubscriber) return array([bulk('pong'), bulk(args[1] ?? '')]);
    return args.length === 1 ? status('PONG') : bulk(args[1]!);
  },

  echo(_client, args) {
    return bulk(args[1]!);
  },

  select(client, args) {
    const number = integerArgument(args[1]!);
    const database = client.engine.databases[number];
    if (database === undefined) return errors.fail(errors.DB_INDEX);
    client.db = database;
    return OK;
  },

  quit(client) {
    client.closeAfterReply();
    return OK;
  },

  auth(client, args) {
    if (args.length > 3) return errors.fail(errors.SYNTAX);
    if (args.length === 2 && client.engine.acl.defaultUser.isPasswordless) {
      return errors.fail(errors.AUTH_WITHOUT_PASSWORD);
    }
    const name = args.length === 2 ? 'default' : args[1]!;
    authenticate(client, name, args[args.length - 1]!);
    return OK;
  },

  hello(client, args) {
    return hello(client, args);
  },

  reset(client) {
    discardTransaction(client);
    client.engine.pubsub.forget(client);
    client.engine.monitors.delete(client);
    client.isMonitor = false;
    client.db = client.engine.databases[0]!;
    client.resp = 2;
    client.name = '';
    client.replyMode = 'on';
    client.isNoEvict = false;
    const user = client.engine.acl.defaultUser;
    client.user = user;
    setAuthenticated(client, user.isPasswordless && user.isEnabled);
    return status('RESET');
  },
};

function authenticate(client: Client, name: string, password: string): void {
  const user = client.engine.acl.authenticate(name, password);
  client.user = user ?? errors.fail(errors.WRONG_PASSWORD);
  setAuthenticated(client, true);
}

function setAuthenticated(client: Client, isAuthenticated: boolean): void {
  client.isAuthenticated = isAuthenticated;
  client.decoder.isAuthenticated = isAuthenticated;
}

function hello(client: Client, args: readonly string[]): Reply {
  let version: bigint | null = null;
  let from = 1;
  if (args.length >= 2) {
    version = parseInt64(args[1]!);
    if (version === null) return errors.fail(errors.PROTO_NOT_AN_INTEGER);
    if (version < 2n || version > 3n) return errors.fail(errors.NO_PROTO);
    from = 2;
  }
  let name: string | null = null;
  let credentials: { readonly user: string; readonly password: string } | null = null;
  for (let at = from; at < args.length; at++) {
    const option = args[at]!.toUpperCase();
    const left = args.length - 1 - at;
    if (option === 'AUTH' && left >= 2) {
      credentials = { user: args[at + 1]!, password: args[at + 2]! };
      at += 2;
    } else if (option === 'SETNAME' && left >= 1) {
      name = args[at + 1]!;
      if (!isClientName(name)) return errors.fail(errors.CLIENT_NAME);
      at += 1;
    } else return errors.fail(errors.syntaxInHello(args[at]!));
  }
  if (credentials !== null) authenticate(client, credentials.user, credentials.password);
  if (!client.isAuthenticated) return errors.fail(errors.HELLO_NO_AUTH);
  if (name !== null) client.name = name;
  if (version !== null) client.resp = version === 3n ? 3 : 2;
  return mapOf([
    ['server', bulk('redis')],
    ['version', bulk(REDIS_VERSION)],
    ['proto', int(client.resp)],
    ['id', int(client.id)],
    ['mode', bulk('standalone')],
    ['role', bulk(client.engine.replication.isReplica ? 'replica' : 'master')],
    ['modules', EMPTY_ARRAY],
  ]);
}

/** A name is printable and has no space, so that CLIENT LIST can be split. */
export function isClientName(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code < 33 || code > 126) return false;
  }
  return true;
}
