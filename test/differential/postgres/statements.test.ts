/** Single-session statements against the real server: rows, types, tags, notices and every field of errors must be the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedPort } from '../../../harness/cli/serve-port.ts';
import { servePostgres } from '../../sim/postgres/serve.ts';
import { hasRealServer, type RealServer, startRealServer } from './real-server.ts';
import { answers } from './statements.ts';

const FOLDER = new URL('./statements/', import.meta.url);

describe.skipIf(!hasRealServer)('statements against the real server', () => {
  let real: RealServer;
  let ours: ServedPort;

  beforeAll(async () => {
    real = await startRealServer();
    ours = await servePostgres();
  }, 60_000);

  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  for (const file of readdirSync(FOLDER).sort()) {
    test(file, async () => {
      const statements = readFileSync(new URL(file, FOLDER), 'utf8')
        .split(/;\s*\n(?=(?:(?:[^$]|\$(?!\$))*\$\$(?:[^$]|\$(?!\$))*\$\$)*(?:[^$]|\$(?!\$))*$)/)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      const theirs = await answers(real.port, statements);
      expect(await answers(ours.port, statements)).toEqual(theirs);
    });
  }
});
