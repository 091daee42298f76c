/**
 * A simulated PostgreSQL 15.
 *
 * Simple entry: `await preparePostgres()` once a process, then `postgresServer(options)` as a ServerFactory.
 * Reading order: server.ts (connections, crash), session.ts (one conversation), backend.ts (one session's transaction, locks, waits),
 * sql/statement.ts (from text to rows), sql/resolve (names and types), sql/plan (choice of access), sql/execute (plan nodes), sql/table
 * (writing rows), sql/utility (statements that are no queries), lock/ and storage/ below them. wait.ts says how anything waits.
 * procedural/ holds functions of the user: routine.ts (calls), sql-function.ts, plpgsql/ (program.ts, interpreter.ts), trigger.ts.
 * types/ and functions/ hold values and functions; wire/ the protocol, which labels and the proxy share.
 * What does not live here: time, sockets, disk. They come in by the ServerContext.
 */
export type { Costs, PostgresOptions, RoleOptions } from './options.ts';
export { postgresServer } from './server.ts';
export { preparePostgres } from './sql/parse.ts';
export { BackendDecoder, FrontendDecoder } from './wire/decode.ts';
export { BackendWriter, FrontendWriter } from './wire/encode.ts';
export type { BackendMessage, FrontendMessage } from './wire/messages.ts';
