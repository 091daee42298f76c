import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^seedstorm$/, replacement: new URL('./harness/scenario.ts', import.meta.url).pathname },
      { find: /^seedstorm\/service$/, replacement: new URL('./harness/service.ts', import.meta.url).pathname },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    pool: 'forks',
    // Many tests wait for a server or a child: one more than two cores can run.
    maxWorkers: Math.max(2, Math.ceil(1.5 * availableParallelism())),
    env: { TZ: 'UTC' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
