/** The real toxiproxy-server on a free port of the loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fetchToxiproxy } from '../../../scripts/fetch-toxiproxy.ts';
import { sleep } from '../../infra/proxy/rig.ts';

export class RealToxiproxy {
  readonly url: string;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#child = child;
  }

  static async start(): Promise<RealToxiproxy> {
    const port = await freePort();
    const child = spawn(fetchToxiproxy(), ['-host', '127.0.0.1', '-port', String(port)], {
      stdio: 'ignore',
      env: { ...process.env, LOG_LEVEL: 'fatal' },
    });
    const real = new RealToxiproxy(port, child);
    for (let attempt = 0; attempt < 400; attempt++) {
      const response = await fetch(`${real.url}/version`).catch(() => undefined);
      if (response?.ok === true) return real;
      if (child.exitCode !== null) break;
      await sleep(25);
    }
    throw new Error(`toxiproxy-server did not start on port ${port}.`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

export async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
