/** `seedstorm proxy`: the embedded proxy on its own, for programs and tests that speak to a Toxiproxy. */
import { startProxyServer } from '../../infra/proxy/index.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { exitCode } from './exit-codes.ts';

export interface ProxyOptions {
  readonly port: string;
  readonly host: string;
  readonly json?: boolean;
}

/** Runs until Ctrl-C or SIGTERM. */
export async function proxy(options: ProxyOptions): Promise<number> {
  const port = Number(options.port);
  if (!/^\d+$/.test(options.port) || port > 65_535)
    throw new SeedstormError('E_USAGE', `--port: "${options.port}" is not a port.`);
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const server = await startProxyServer({ host: options.host, port });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ format: 'seedstorm/proxy@1', host: server.host, port: server.port, url: server.url })}\n`
      : `seedstorm proxy listens on ${server.url}; Ctrl-C ends it.\n`,
  );
  await ended;
  await server.close();
  return exitCode.expected;
}
