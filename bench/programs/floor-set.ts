/** The floor of the SET bench: ioredis alone, every reply there on the next tick. */
import { Duplex } from 'node:stream';
import { Redis } from 'ioredis';

class Stub extends Duplex {
  connecting = false;
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, callback: () => void): void {
    process.nextTick(() => this.push('+OK\r\n'));
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
}

class Connector {
  connecting = false;
  check(): boolean {
    return true;
  }
  async connect(): Promise<unknown> {
    const stub = new Stub();
    setImmediate(() => stub.emit('connect'));
    return stub;
  }
  disconnect(): void {}
}

const redis = new Redis({
  Connector: Connector as never,
  enableReadyCheck: false,
  protocol: 2,
  disableClientInfo: true,
} as never);
const count = Number(process.env['COUNT']);
for (let index = 0; index < count / 10; index++) await redis.set('key', 'value');
console.log('start');
for (let index = 0; index < count; index++) await redis.set('key', 'value');
console.log('stop');
process.exit();
