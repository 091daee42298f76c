/**
 * The simulated Redis 7.0.
 *
 * The simple entry is `redisServer(options)`, a factory for the kernel. Reading order:
 * `server.ts` (connections, crash, start) → `dispatch.ts` (from a request to a reply) → `engine.ts` (state, time, events) →
 * `commands/<family>.ts`. Below them: `keyspace.ts` and `values/` (data), `expiry.ts`, `eviction.ts`, `blocking.ts`, `transaction.ts`,
 * `pubsub.ts`, `persistence.ts`, `propagation.ts` (the stream of effects), `acl.ts`, `config.ts`, `info.ts`; `command-table.ts` and
 * `config-table.ts` are data. `wire/` is the protocol and knows nothing of the rest; `lua/` runs scripts behind `script-engine.ts`.
 * `replication/` is the stream to and from other servers, `rdb/` the format in which data goes there. `errors.ts` has every error text.
 *
 * All text inside is byte strings (latin1); see `reply.ts`. Not here: Sentinel and cluster, and what `docs/limits.md` lists.
 */
export type { Reply } from './reply.ts';
export { type RedisOptions, redisServer } from './server.ts';
export { ReplyDecoder } from './wire/decode-reply.ts';
export { RequestDecoder } from './wire/decode-request.ts';
export { encodeReply, encodeRequest } from './wire/encode.ts';
