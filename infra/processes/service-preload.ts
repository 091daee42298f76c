/**
 * Preload of a service: what it records through `seedstorm/service` goes to the harness, and it knows its callers.
 *
 * A caller reaches it through a proxy, so that the address of the socket would be the proxy's. Each caller's proxy therefore leads to a
 * port of its own here (SEEDSTORM_CALLERS), whose connections the service's server takes with the caller's address.
 */
import { createServer, Server, type Socket } from 'node:net';
import { bindServiceSink } from '../../harness/service.ts';
import { openChannel } from './channel.ts';

interface Caller {
  readonly host: string;
  readonly port: number;
}

const { SEEDSTORM_CALLERS = '[]', SEEDSTORM_HOST = 'service', PORT, HOST } = process.env;
const callers = JSON.parse(SEEDSTORM_CALLERS) as readonly Caller[];
for (const name of ['SEEDSTORM_CALLERS', 'SEEDSTORM_HOST']) delete process.env[name];

const channel = openChannel();
// Callers' sockets carry the name itself as their address.
bindServiceSink({ host: SEEDSTORM_HOST, hostOf: (address) => address, record: channel.record });

// The overloads of `listen` do not matter here: what was given is passed on.
const listen = Server.prototype.listen as (this: Server, ...given: unknown[]) => Server;
Server.prototype.listen = function (this: Server, ...given: unknown[]) {
  this.once('listening', () => {
    const address = this.address();
    if (typeof address === 'object' && address !== null && String(address.port) === PORT) listenForCallers(this);
  });
  return listen.apply(this, given);
};

function listenForCallers(server: Server): void {
  for (const { host, port } of callers) {
    const entrance = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      Object.defineProperty(socket, 'remoteAddress', { configurable: true, get: () => host });
      server.emit('connection', socket);
    });
    entrance.unref();
    listen.call(entrance, port, HOST);
    server.once('close', () => entrance.close());
  }
}
