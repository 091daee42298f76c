/** The floor of the query bench: pg alone, every reply there on the next tick. The canned bytes are those of the query bench's row. */
import { Duplex } from 'node:stream';
import pg from 'pg';

const message = (letter: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(letter, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const field = (name: string, type: number, size: number): Buffer =>
  Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(type), int16(size & 0xffff), int32(-1), int16(0)]);
const value = (text: string): Buffer => Buffer.concat([int32(text.length), Buffer.from(text)]);
const ready = message('Z', Buffer.from('I'));
const login = Buffer.concat([message('R', int32(0)), ready]);
const description = message('T', Buffer.concat([int16(2), field('id', 23, 4), field('name', 25, -1)]));
const row = message('D', Buffer.concat([int16(2), value('1'), value('item 1')]));
const done = Buffer.concat([message('C', Buffer.from('SELECT 1\0')), ready]);
const first = Buffer.concat([message('1', Buffer.alloc(0)), message('2', Buffer.alloc(0)), description, row, done]);
const next = Buffer.concat([message('2', Buffer.alloc(0)), description, row, done]);

class Stub extends Duplex {
  #writes = 0;
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, callback: () => void): void {
    const reply = this.#writes === 0 ? login : this.#writes === 1 ? first : next;
    this.#writes++;
    process.nextTick(() => this.push(reply));
    callback();
  }
  override _writev(_chunks: unknown, callback: () => void): void {
    this._write(undefined, undefined, callback);
  }
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

const client = new pg.Client({ user: 'x', database: 'x', password: 'x', stream: () => new Stub() as never });
await client.connect();
const count = Number(process.env['COUNT']);
const one = (id: number): Promise<unknown> =>
  client.query({ name: 'one', text: 'SELECT id, name FROM items WHERE id = $1', values: [id] });
for (let index = 0; index < count / 10; index++) await one(1);
console.log('start');
for (let index = 0; index < count; index++) await one(1);
console.log('stop');
process.exit();
