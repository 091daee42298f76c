/** `seedstorm serve redis|postgres`: puts a simulated server on a real port, for its own tools and for client test-suites. */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { ServerFactory } from '../../sim/kernel/server.ts';
import { exitCode } from './exit-codes.ts';
import { servePort } from './serve-port.ts';

export interface ServeOptions {
  readonly port: string;
  readonly host: string;
  readonly password?: string;
  readonly schema?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Runs until Ctrl-C. */
export async function serve(kind: string, options: ServeOptions): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SeedstormError('E_USAGE', `--port: "${options.port}" is not a port.`);
  const factory = await factoryOf(kind, options);
  const served = await servePort(factory, {
    port,
    host: options.host,
    ...(options.verbose === true ? { log: (line: string) => process.stderr.write(`${line}\n`) } : {}),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new SeedstormError(
        'E_USAGE',
        `Port ${port} on ${options.host} is taken. Choose another with --port, or 0 for any.`,
      );
    throw error;
  });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ format: 'seedstorm/serve@1', server: kind, host: options.host, port: served.port })}\n`
      : `seedstorm ${kind} listens on ${options.host}:${served.port}; Ctrl-C ends it.\n`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await served.close();
  return exitCode.expected;
}

async function factoryOf(kind: string, { password, schema }: ServeOptions): Promise<ServerFactory> {
  switch (kind) {
    case 'redis': {
      const { redisServer } = await import('../../sim/redis/index.ts');
      return redisServer(password === undefined ? {} : { requirepass: password });
    }
    case 'postgres': {
      const { postgresServer, preparePostgres } = await import('../../sim/postgres/index.ts');
      await preparePostgres();
      return postgresServer({
        ...(schema === undefined ? {} : { schema }),
        ...(password === undefined
          ? {}
          : { users: { postgres: { password } }, authentication: 'scram-sha-256' as const }),
      });
    }
    default:
      throw new SeedstormError('E_USAGE', `serve: "${kind}" is neither redis nor postgres.`);
  }
}
