/**
 * Providers: where the real servers of a run come from.
 *
 *   server.ts        what a provider gives
 *   local.ts         children on loopback: local-redis.ts, local-postgres.ts, executables.ts (finds the programs)
 *   external.ts      servers that run already, by URL
 *   containers.ts    testcontainers
 */
import { containersProvider } from './containers.ts';
import { externalProvider } from './external.ts';
import { localProvider } from './local.ts';
import type { Provider, ProviderName } from './server.ts';

interface ProviderOptions {
  readonly provider: ProviderName;
  /** `external`: URL by the server's name in the scenario. */
  readonly urls: Readonly<Record<string, string>>;
  /** `external`: a Redis that is not empty may be written to. */
  readonly mayTouchData: boolean;
  /** `containers`: image by type; the official ones when absent. */
  readonly images: { readonly redis?: string; readonly postgres?: string };
}

export function providerOf(options: ProviderOptions): Provider {
  switch (options.provider) {
    case 'local':
      return localProvider;
    case 'external':
      return externalProvider(options);
    case 'containers':
      return containersProvider(options.images);
  }
}
