/** MULTI, EXEC, WATCH: queueing is in `dispatch.ts`, the keys that a client watches are here. */
import type { Client } from './client.ts';
import type { Database } from './keyspace.ts';

/** Watches a key in the client's database, once. */
export function watchKey(client: Client, key: string): void {
  const database = client.db;
  if (client.watched.some((watched) => watched.database === database && watched.key === key)) return;
  const value = database.keys.get(key);
  const wasExpired = value !== undefined && isExpired(value.expireAtMs, client.engine.nowMs);
  client.watched.push({ database, key, wasExpired });
  const watchers = database.watchers.get(key);
  if (watchers === undefined) database.watchers.set(key, new Set([client]));
  else watchers.add(client);
}

export function unwatchAll(client: Client): void {
  for (const { database, key } of client.watched) {
    const watchers = database.watchers.get(key);
    if (watchers?.delete(client) === true && watchers.size === 0) database.watchers.delete(key);
  }
  client.watched = [];
  client.isWatchBroken = false;
}

/** Whether a watched key has passed its expiry since the watch began: as good as a change, even if nobody has deleted it yet. */
export function hasWatchedExpired(client: Client): boolean {
  for (const watched of client.watched) {
    if (watched.wasExpired) continue;
    const value = watched.database.keys.get(watched.key);
    if (value !== undefined && isExpired(value.expireAtMs, client.engine.nowMs)) return true;
  }
  return false;
}

/** Watchers of keys that a flush removes, or that differ after a swap, lose their watch. */
export function breakWatches(database: Database, isAffected: (key: string) => boolean): void {
  for (const [key, clients] of database.watchers) {
    if (!isAffected(key)) continue;
    for (const client of clients) client.isWatchBroken = true;
  }
}

export function discardTransaction(client: Client): void {
  client.transaction = null;
  client.isTransactionBroken = false;
  unwatchAll(client);
}

function isExpired(expireAtMs: number, nowMs: number): boolean {
  return expireAtMs >= 0 && expireAtMs < nowMs;
}
