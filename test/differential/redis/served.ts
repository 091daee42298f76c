/** Simulated servers on real ports, beside real ones: what replication and cluster are compared with. */
import { type ServedPort, servePort } from '../../../harness/cli/serve-port.ts';
import { type RedisOptions, redisServer } from '../../../sim/redis/index.ts';
import { RealConnection, RealRedis } from './real-redis.ts';

/** A server that can be talked to, ours or the real one. */
export interface Spoken {
  readonly port: number;
  ask(...args: string[]): ReturnType<RealConnection['ask']>;
  stop(): Promise<void>;
}

export async function startReal(port: number, options: readonly string[] = []): Promise<Spoken> {
  const redis = await RealRedis.start(port, options);
  const connection = await redis.connect();
  return {
    port,
    ask: (...args) => connection.ask(...args),
    stop: async () => {
      connection.close();
      await redis.stop();
    },
  };
}

export async function startOurs(options: RedisOptions): Promise<Spoken & { readonly served: ServedPort }> {
  const served = await servePort(redisServer(options), { port: options.port ?? 0 });
  const connection = await RealConnection.open(served.port);
  return {
    port: served.port,
    served,
    ask: (...args) => connection.ask(...args),
    stop: async () => {
      connection.close();
      await served.close();
    },
  };
}

/** Waits until a condition holds; real servers need real time. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come about within 10 s`);
}
