/** The life of a worker process: it listens and works until SIGTERM or SIGINT, ends what it has begun, closes, and exits with 0. */
import type { Server } from 'node:http';
import { errorText } from './failure.ts';

export interface WorkerProcessOptions {
  readonly worker: { run(): Promise<void>; stop(): void };
  readonly api: Server;
  /** Default the environment's `PORT`; without it nothing listens. */
  readonly port?: number;
  readonly host?: string;
  /** Closes connections to the stores. */
  readonly close: () => Promise<void>;
}

/** Upper bound on closing: a store that does not answer must not keep the process alive. */
const closeMsMax = 3_000;

/** Resolves never: the process exits. */
export async function runWorkerProcess({ worker, api, close, ...where }: WorkerProcessOptions): Promise<never> {
  const port = where.port ?? (process.env.PORT === undefined ? undefined : Number(process.env.PORT));
  if (port !== undefined) api.listen(port, where.host ?? process.env.HOST ?? '127.0.0.1');
  const stop = () => {
    // New requests go elsewhere; what is under way is answered.
    api.close();
    worker.stop();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await worker.run();
  const closed = close().catch((error: unknown) => console.error('close:', errorText(error)));
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, closeMsMax))]);
  process.exit(0);
}
