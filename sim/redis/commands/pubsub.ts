/** SUBSCRIBE and its kin, PUBLISH, PUBSUB, and the sharded forms. Replies are pushes, one per channel, written by `../pubsub.ts`. */
import type { Client } from '../client.ts';
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { globMatches } from '../glob.ts';
import { array, bulk, bulks, int, NO_REPLY, type Reply } from '../reply.ts';
import { helpCommand } from './help.ts';

export const pubsubCommands: Handlers = {
  subscribe(client, args) {
    return subscribe(args, (channel) => client.engine.pubsub.subscribe(client, channel));
  },

  psubscribe(client, args) {
    return subscribe(args, (pattern) => client.engine.pubsub.subscribePattern(client, pattern));
  },

  ssubscribe(client, args) {
    // Unlike the two above it is refused inside MULTI.
    if (client.isBlockingDenied) return errors.fail(errors.DENY_BLOCKING_SHARD);
    return subscribe(args, (channel) => client.engine.pubsub.subscribeShard(client, channel));
  },

  unsubscribe(client, args) {
    const names = args.length > 1 ? args.slice(1) : [...client.channels];
    for (const name of names) client.engine.pubsub.unsubscribe(client, name);
    if (names.length === 0) client.engine.pubsub.nothingToLeave(client, 'unsubscribe');
    return NO_REPLY;
  },

  punsubscribe(client, args) {
    const names = args.length > 1 ? args.slice(1) : [...client.patterns];
    for (const name of names) client.engine.pubsub.unsubscribePattern(client, name);
    if (names.length === 0) client.engine.pubsub.nothingToLeave(client, 'punsubscribe');
    return NO_REPLY;
  },

  sunsubscribe(client, args) {
    const names = args.length > 1 ? args.slice(1) : [...client.shardChannels];
    for (const name of names) client.engine.pubsub.unsubscribeShard(client, name);
    if (names.length === 0) client.engine.pubsub.nothingToLeave(client, 'sunsubscribe');
    return NO_REPLY;
  },

  publish(client, args) {
    const receivers = client.engine.pubsub.publish(args[1]!, args[2]!);
    client.engine.walked(receivers);
    if (client.engine.replication.hasFollowers) client.engine.propagation.publication(client.db.number, args);
    return int(receivers);
  },

  spublish(client, args) {
    return int(client.engine.pubsub.publishShard(args[1]!, args[2]!));
  },

  'pubsub|channels'(client, args) {
    return channelNames(client.engine.pubsub.channels.keys(), args);
  },

  'pubsub|shardchannels'(client, args) {
    return channelNames(client.engine.pubsub.shardChannels.keys(), args);
  },

  'pubsub|numsub'(client, args) {
    return subscriberCounts(client.engine.pubsub.channels, args);
  },

  'pubsub|shardnumsub'(client, args) {
    return subscriberCounts(client.engine.pubsub.shardChannels, args);
  },

  'pubsub|numpat'(client) {
    return int(client.engine.pubsub.patterns.size);
  },

  'pubsub|help': helpCommand('pubsub'),
};

function subscribe(args: readonly string[], join: (name: string) => void): Reply {
  for (let index = 1; index < args.length; index++) join(args[index]!);
  return NO_REPLY;
}

function channelNames(names: Iterable<string>, args: readonly string[]): Reply {
  if (args.length > 3) return errors.fail(errors.unknownSubcommandOrArity('pubsub', args[1]!));
  const pattern = args[2];
  const found: string[] = [];
  for (const name of names) if (pattern === undefined || globMatches(pattern, name)) found.push(name);
  return bulks(found);
}

function subscriberCounts(channels: ReadonlyMap<string, ReadonlySet<Client>>, args: readonly string[]): Reply {
  const replies: Reply[] = [];
  for (let index = 2; index < args.length; index++) {
    replies.push(bulk(args[index]!), int(channels.get(args[index]!)?.size ?? 0));
  }
  return array(replies);
}
