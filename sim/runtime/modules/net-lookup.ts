/** The lookup before a connect, asked as Node asks it. */
import type { VirtualProcess } from '../process.ts';
import type { ConnectOptions } from './net-arguments.ts';
import { createLookup, type LookupOptions } from './node-dns.ts';

/** `dns.ADDRCONFIG`, which Node asks for unless a family is given. */
const ADDRESS_CONFIG = 32;

export interface FoundAddress {
  readonly error: unknown;
  /** Absent when the lookup failed. */
  readonly address: string | undefined;
  readonly family: number | string | undefined;
  /** Whether the socket speaks of it by its event `lookup`. */
  readonly isTold: boolean;
}

/** Looks a name up by the program's own function or the host's resolver. */
export function lookUp(
  process: VirtualProcess,
  name: string,
  options: ConnectOptions,
  done: (found: FoundAddress) => void,
): void {
  const { family, hints = 0 } = options;
  const isOneFamily = family === 4 || family === 6;
  const wantsAll = !isOneFamily && options.autoSelectFamily !== false && options.localAddress === undefined;
  const query: LookupOptions = {
    ...(family === undefined ? {} : { family }),
    hints: isOneFamily || hints !== 0 ? hints : ADDRESS_CONFIG,
    ...(wantsAll ? { all: true } : {}),
  };
  const lookup = options.lookup ?? createLookup(process);
  lookup(name, query, (error, found, foundFamily) => {
    const [first] = Array.isArray(found) ? found : [{ address: found as string, family: foundFamily }];
    const address = error === null || error === undefined ? first?.address : undefined;
    done({
      error,
      address,
      family: address === undefined ? undefined : (first?.family ?? 4),
      // With `all` Node speaks of a lookup only when it failed, or when it has several addresses to try.
      isTold: !wantsAll || address === undefined,
    });
  });
}
