/** The floor of the HTTP bench: Node's client and server over a pair of streams in one process. */
import http from 'node:http';
import { Duplex } from 'node:stream';

class Half extends Duplex {
  other!: Half;
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: unknown, callback: () => void): void {
    process.nextTick(() => this.other.push(chunk));
    callback();
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  destroySoon(): void {
    this.destroy();
  }
}

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk;
  });
  request.on('end', () => response.end(`{"bytes":${body.length}}`));
});
class Agent extends http.Agent {
  override createConnection(): never {
    const client = new Half();
    const far = new Half();
    client.other = far;
    far.other = client;
    server.emit('connection', far);
    return client as never;
  }
}
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const post = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request({ host: 'x', path: '/x', method: 'POST', agent }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
    request.end('{"a":1}');
  });
const count = Number(process.env['COUNT']);
for (let index = 0; index < count / 10; index++) await post();
console.log('start');
for (let index = 0; index < count; index++) await post();
console.log('stop');
process.exit();
