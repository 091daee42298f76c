/** Channels, patterns and shard channels: who listens, and delivery in order of subscription. Sharded channels are a space of their own. */
import type { Client } from './client.ts';
import { globMatches } from './glob.ts';
import { bulk, int, NIL, type Reply } from './reply.ts';

export class PubSub {
  readonly channels = new Map<string, Set<Client>>();
  readonly patterns = new Map<string, Set<Client>>();
  readonly shardChannels = new Map<string, Set<Client>>();

  /** Delivers a message. @returns the number of receivers */
  publish(channel: string, message: string): number {
    let receivers = deliver(this.channels.get(channel), pushOf('message', bulk(channel), bulk(message)));
    for (const [pattern, clients] of this.patterns) {
      if (!globMatches(pattern, channel)) continue;
      const reply: Reply = {
        kind: 'push',
        value: [bulk('pmessage'), bulk(pattern), bulk(channel), bulk(message)],
      };
      receivers += deliver(clients, reply);
    }
    return receivers;
  }

  /** Delivers a message to a shard channel. @returns the number of receivers */
  publishShard(channel: string, message: string): number {
    return deliver(this.shardChannels.get(channel), pushOf('smessage', bulk(channel), bulk(message)));
  }

  subscribe(client: Client, channel: string): void {
    join(this.channels, client.channels, channel, client);
    client.push(pushOf('subscribe', bulk(channel), int(ordinaryCount(client))));
  }

  unsubscribe(client: Client, channel: string): void {
    leave(this.channels, client.channels, channel, client);
    client.push(pushOf('unsubscribe', bulk(channel), int(ordinaryCount(client))));
  }

  subscribePattern(client: Client, pattern: string): void {
    join(this.patterns, client.patterns, pattern, client);
    client.push(pushOf('psubscribe', bulk(pattern), int(ordinaryCount(client))));
  }

  unsubscribePattern(client: Client, pattern: string): void {
    leave(this.patterns, client.patterns, pattern, client);
    client.push(pushOf('punsubscribe', bulk(pattern), int(ordinaryCount(client))));
  }

  subscribeShard(client: Client, channel: string): void {
    join(this.shardChannels, client.shardChannels, channel, client);
    client.push(pushOf('ssubscribe', bulk(channel), int(client.shardChannels.size)));
  }

  unsubscribeShard(client: Client, channel: string): void {
    leave(this.shardChannels, client.shardChannels, channel, client);
    client.push(pushOf('sunsubscribe', bulk(channel), int(client.shardChannels.size)));
  }

  /** The answer to an UNSUBSCRIBE that found nothing to leave. */
  nothingToLeave(client: Client, verb: 'unsubscribe' | 'punsubscribe' | 'sunsubscribe'): void {
    const count = verb === 'sunsubscribe' ? client.shardChannels.size : ordinaryCount(client);
    client.push(pushOf(verb, NIL, int(count)));
  }

  /** Takes a client out everywhere, silently. */
  forget(client: Client): void {
    for (const channel of [...client.channels]) leave(this.channels, client.channels, channel, client);
    for (const pattern of [...client.patterns]) leave(this.patterns, client.patterns, pattern, client);
    for (const channel of [...client.shardChannels]) leave(this.shardChannels, client.shardChannels, channel, client);
  }
}

function ordinaryCount(client: Client): number {
  return client.channels.size + client.patterns.size;
}

function pushOf(verb: string, subject: Reply, detail: Reply): Reply {
  return { kind: 'push', value: [bulk(verb), subject, detail] };
}

function deliver(clients: Set<Client> | undefined, reply: Reply): number {
  if (clients === undefined) return 0;
  for (const client of clients) client.push(reply);
  return clients.size;
}

function join(all: Map<string, Set<Client>>, own: Set<string>, name: string, client: Client): void {
  own.add(name);
  const clients = all.get(name);
  if (clients === undefined) all.set(name, new Set([client]));
  else clients.add(client);
}

function leave(all: Map<string, Set<Client>>, own: Set<string>, name: string, client: Client): void {
  own.delete(name);
  const clients = all.get(name);
  if (clients?.delete(client) === true && clients.size === 0) all.delete(name);
}
