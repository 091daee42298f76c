/** Runs the schema text of a new server: a session of the server's own, at the time of its start, at no cost. */
import { SeedstormError } from '../kernel/errors.ts';
import { Backend, type BackendClient } from './backend.ts';
import type { Engine } from './engine.ts';
import { PgError } from './errors.ts';
import { parseSql } from './sql/parse.ts';
import { openStatement, prepareStatement } from './sql/statement.ts';
import { resumed, type Waiting } from './wait.ts';

const SILENT: BackendClient = {
  notice: () => {},
  notification: () => {},
  notified: () => {},
  resume: () => {},
  terminate: () => {},
};

export function runSchema(engine: Engine, text: string): void {
  const backend = new Backend(engine, SILENT, 'postgres');
  try {
    const step = statements(backend, text).next();
    if (step.done !== true)
      throw new SeedstormError(
        'E_INPUT',
        'The schema of a simulated Postgres waits for a lock or sleeps; it must run through at once.',
      );
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
    const { code, message, position, detail, hint } = error.fields;
    const place =
      position === undefined
        ? ''
        : ` at character ${position} (${JSON.stringify(text.slice(position - 1, position + 40))})`;
    throw new SeedstormError(
      'E_INPUT',
      `The schema of a simulated Postgres failed${place}: ${code} ${message}${detail === undefined ? '' : ` ${detail}`}${hint === undefined ? '' : ` ${hint}`}`,
      { cause: error },
    );
  } finally {
    backend.close();
  }
}

function* statements(backend: Backend, text: string): Waiting<void> {
  for (const statement of parseSql(text)) {
    backend.startTransaction();
    backend.beginStatement();
    const prepared = yield* prepareStatement(backend, statement, []);
    const result = yield* openStatement(backend, prepared, []);
    yield* resumed(() => {
      while (result.next() !== null);
    });
    backend.transaction?.endCommand();
    yield* backend.endOfStatement();
    if (backend.blockState === 'implicit') yield* backend.commit();
  }
}
