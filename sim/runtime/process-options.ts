/** What a virtual process is made from, and what it tells the world. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Host } from '../net/host.ts';
import type { Network } from '../net/network.ts';
import type { VirtualProcess } from './process.ts';

export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly error?: string }
  | { readonly kind: 'crashed' }
  | { readonly kind: 'signalled'; readonly signal: string };

export type ProcessState = 'running' | 'paused' | 'ended';

/** What a process tells the world. */
export interface ProcessObserver {
  ended(process: VirtualProcess, end: ProcessEnd): void;
  log(process: VirtualProcess, stream: 'stdout' | 'stderr', line: string): void;
}

export interface VirtualProcessOptions {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly host: Host;
  /** `worker-1`. */
  readonly name: string;
  readonly incarnation: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeZone: string;
  readonly observer: ProcessObserver;
  /** A service of the surroundings: its host answers the world's ports, 80 and 443, for it. */
  readonly isService?: boolean;
  /** Time of handling any event, before jitter, µs. */
  readonly cpuMicros: number;
}

/** Something that a process holds and that ends with it: a socket, a listener, a durable file handle. */
export interface Holding {
  /** Called when the process ends; `crash` tells a kill from an orderly exit. */
  release(crash: boolean): void;
}
