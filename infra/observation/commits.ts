/**
 * The commits of observed tables, in commit order, from a logical replication slot (DESIGN 12.7): trigger tables would give another order.
 *
 * The slot is read by a query, again and again, so that each answer also tells up to when the history is complete. An event trigger takes
 * observed tables into the publication when they are created, by the schema, a setup program or the subject itself.
 */
import type pg from 'pg';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { SocketAddress } from '../addresses.ts';
import { openSession } from '../postgres-session.ts';
import type { Credentials } from '../providers/server.ts';
import { type CommittedTransaction, TransactionDecoder } from './pgoutput.ts';
import { monotonicMicros } from './timeline.ts';

const READ_EVERY_MS = 40;
/** A commit has its time a little before it can be read. */
const FLUSH_MICROS = 20_000;

interface CommitsOptions {
  /** Name of the server, for errors. */
  readonly server: string;
  readonly address: SocketAddress;
  readonly credentials: Credentials;
  /** `schema.table`, or `table` for schema public. */
  readonly tables: readonly string[];
  /** SQL text to run when the database is new. */
  readonly schema: string;
  /** Name of slot and publication: unique in the cluster. */
  readonly slot: string;
  onCommit(commit: CommittedTransaction): void;
  /** The slot cannot be read. */
  onError(error: Error): void;
  /** All commits before this monotonic time (µs) have been told. */
  onProgress(monotonicMicros: number): void;
}

export interface Commits {
  /** Stops reading, and removes the slot where the server still answers. */
  close(): Promise<void>;
}

/**
 * Makes a new database ready: what observation needs, then the schema. Returns the reading of its commits, if any table is observed.
 * @throws SeedstormError `E_INPUT` for a schema that fails, and those of observation
 */
export async function prepareDatabase(options: CommitsOptions): Promise<Commits | undefined> {
  const { server, address, credentials, schema, tables } = options;
  const session = await openSession(address, credentials);
  let commits: Commits | undefined;
  try {
    if (tables.length > 0) {
      await prepareObservation(session, options);
      commits = startCommits(options);
    }
    if (schema !== '') await session.query(schema);
    return commits;
  } catch (error) {
    await commits?.close();
    if (error instanceof SeedstormError) throw error;
    throw new SeedstormError('E_INPUT', `The schema of ${server} failed: ${(error as Error).message}.`, {
      cause: error,
    });
  } finally {
    await session.end();
  }
}

/**
 * @throws SeedstormError `E_UNSUPPORTED` when the server does not write a logical log, or the user may not read it
 */
async function prepareObservation(session: pg.Client, options: CommitsOptions): Promise<void> {
  const { server, slot, tables } = options;
  const { rows } = await session.query<{ level: string; may: boolean }>(
    `SELECT current_setting('wal_level') AS level, rolsuper AS may FROM pg_roles WHERE rolname = current_user`,
  );
  const [{ level, may }] = rows as [{ level: string; may: boolean }];
  if (level !== 'logical')
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `The scenario observes tables of ${server}, whose wal_level is "${level}". Set wal_level = logical and restart it, or use --provider local.`,
    );
  if (!may)
    throw new SeedstormError(
      'E_UNSUPPORTED',
      `The scenario observes tables of ${server}, where the user of the URL is no superuser. Give the URL of one, or use --provider local.`,
    );
  const wanted = tables
    .map((table) => session.escapeLiteral(table.includes('.') ? table : `public.${table}`))
    .join(', ');
  // A schema by the name of the user would come first in everybody's search path.
  await session.query(`
    CREATE PUBLICATION ${slot};
    CREATE SCHEMA seedstorm_observation;
    CREATE FUNCTION seedstorm_observation.observe() RETURNS event_trigger LANGUAGE plpgsql AS $$
    DECLARE created record;
    BEGIN
      FOR created IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
        IF created.object_type = 'table' AND created.object_identity = ANY (ARRAY[${wanted}]) THEN
          EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', created.object_identity);
          EXECUTE format('ALTER PUBLICATION ${slot} ADD TABLE %s', created.object_identity);
        END IF;
      END LOOP;
    END $$;
    CREATE EVENT TRIGGER seedstorm_observe ON ddl_command_end
      WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') EXECUTE FUNCTION seedstorm_observation.observe();`);
  await session.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
}

/** Reads the slot until closed. A server that is down is tried again: its log is still there. */
function startCommits(options: CommitsOptions): Commits {
  const { tables } = options;
  const observed = new Map(tables.map((table) => [table.includes('.') ? table : `public.${table}`, table]));
  const decoder = new TransactionDecoder((schema, table) => observed.get(`${schema}.${table}`));
  let session: pg.Client | undefined;
  let isClosed = false;
  const told = new Set<string>();

  const read = async (): Promise<void> => {
    session ??= await openSession(options.address, options.credentials);
    const askedAt = monotonicMicros();
    const { rows } = await session.query<{ data: Buffer }>(
      `SELECT data FROM pg_logical_slot_get_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', $2)`,
      [options.slot, options.slot],
    );
    for (const { data } of rows) {
      const commit = decoder.message(data);
      // A server that crashed may not remember how far it was read.
      if (commit === undefined || told.has(commit.lsn)) continue;
      told.add(commit.lsn);
      options.onCommit(commit);
    }
    options.onProgress(askedAt - FLUSH_MICROS);
  };

  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  const loop = (): void => {
    reading = read().catch((error: Error & { readonly severity?: string }) => {
      // It is down, or coming up; but an error of the query itself stays.
      if (error.severity === 'ERROR' && !isClosed) options.onError(error);
      session?.end().catch(() => {});
      session = undefined;
    });
    void reading.then(() => {
      if (!isClosed) timer = setTimeout(loop, READ_EVERY_MS);
    });
  };
  loop();
  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await reading;
      await session?.end().catch(() => {});
    },
  };
}
