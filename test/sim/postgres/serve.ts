/** Puts a simulated Postgres on a free real port for tests with real clients. */
import { type ServedPort, servePort } from '../../../harness/cli/serve-port.ts';
import type { Commit } from '../../../sim/kernel/server.ts';
import { type PostgresOptions, postgresServer, preparePostgres } from '../../../sim/postgres/index.ts';

export async function servePostgres(
  options: PostgresOptions = {},
  commit?: (commit: Commit) => void,
): Promise<ServedPort> {
  await preparePostgres();
  return servePort(postgresServer(options), { port: 0, ...(commit === undefined ? {} : { commit }) });
}
