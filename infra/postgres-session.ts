/** The harness's own sessions with a real Postgres: for its set-up, for observation, and for acts. */
import type pg from 'pg';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { SocketAddress } from './addresses.ts';
import type { Credentials } from './providers/server.ts';

/** By this name the harness knows its own sessions again: acts upon all sessions leave them alone. */
export const OWN_APPLICATION = 'seedstorm';

/**
 * Opens a session.
 * @throws SeedstormError `E_NOT_FOUND` when the package pg is not installed; else the client's error
 */
export async function openSession({ address, port }: SocketAddress, credentials: Credentials): Promise<pg.Client> {
  const { Client } = await loadPg();
  const client = new Client({
    host: address,
    port,
    user: credentials.user,
    password: credentials.password ?? '',
    database: credentials.database ?? 'postgres',
    application_name: OWN_APPLICATION,
    // Decoding tells the log of each reading, which would drown what the log says of the programs.
    options: '-c log_min_messages=fatal',
    connectionTimeoutMillis: 5_000,
  });
  // A server that goes down ends its sessions; who uses one sees it in the next query.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function loadPg(): Promise<typeof pg> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    throw new SeedstormError(
      'E_NOT_FOUND',
      'Infra mode speaks to Postgres through the package pg, which is not installed. Install it with: npm install --save-dev pg',
      { cause: error },
    );
  }
}
