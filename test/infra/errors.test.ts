import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { infraOptions } from '../../harness/cli/infra-flags.ts';
import { findPostgres, findRedis } from '../../infra/providers/executables.ts';
import { externalProvider } from '../../infra/providers/external.ts';

const folder = mkdtempSync(join(tmpdir(), 'seedstorm-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const redisNeeds = {
  type: 'redis',
  name: 'cache',
  password: undefined,
  appendfsync: 'everysec',
  maxmemory: 0,
} as const;
const context = { folder, listener: async () => ({ address: '127.0.0.1', port: 1 }), log: () => {} };

describe('each thing that infra mode lacks is one error that names the remedy', () => {
  it('a server program that is not there', () => {
    expect(() => findRedis({ PATH: folder })).toThrow(
      /no redis-server on PATH.*apt-get install redis-server.*--provider/,
    );
    expect(() => findPostgres({ PATH: folder, SEEDSTORM_POSTGRES_BIN: folder })).toThrow(/SEEDSTORM_POSTGRES_BIN/);
  });

  it('a version that is too old', () => {
    const program = join(folder, 'redis-server');
    writeFileSync(program, '#!/bin/sh\necho "Redis server v=5.0.3 sha=0"\n');
    chmodSync(program, 0o755);
    expect(() => findRedis({ PATH: folder })).toThrow(/v=5\.0\.3.*version 6 or newer/);
  });

  it('a URL that is missing, is none, or does not answer', async () => {
    const use = (url?: string) =>
      externalProvider({ urls: url === undefined ? {} : { cache: url }, mayTouchData: false })(redisNeeds, context);
    await expect(async () => use()).rejects.toThrow(/no URL for the server cache.*--server cache=redis:/);
    await expect(async () => use('http://x')).rejects.toThrow(/is no redis URL/);
    await expect(async () => use('redis://127.0.0.1:1')).rejects.toThrow(/does not answer.*--provider local/);
  });

  it('flags', () => {
    expect(() => infraOptions({ mode: 'real' }, {})).toThrow(/neither sim nor infra/);
    expect(() => infraOptions({ mode: 'infra', provider: 'cloud' }, {})).toThrow(/--provider/);
    expect(() => infraOptions({ mode: 'infra', server: 'cache' }, {})).toThrow(/NAME=VALUE/);
    expect(() => infraOptions({ mode: 'infra', image: 'mysql=x' }, {})).toThrow(/for redis or for postgres/);
    expect(infraOptions({ mode: 'sim' }, {})).toBeUndefined();
    expect(infraOptions({ mode: 'infra', server: ['a=x', 'b=y=z'] }, { TOXIPROXY_URL: 'u' })).toMatchObject({
      urls: { a: 'x', b: 'y=z' },
      toxiproxyUrl: 'u',
    });
  });
});
