/**
 * The effect ledger: an ordinary HTTP service of the surroundings that records every `POST` it accepts as an effect of the outside world
 * (a charge, a mail, a shipment). By default it does not deduplicate: what arrives twice happens twice.
 *
 * Environment: `PORT`, `HOST`; `LEDGER_NAME`, the ledger's name in the history (default `ledger`); `LEDGER_KEY`, the body's field with
 * the business key, besides `key`; `LEDGER_IDEMPOTENCY=1`, which makes it honour `Idempotency-Key` as draft-ietf-httpapi-idempotency-key
 * says: a repeated key gets the first reply and no second effect, and 422 when it comes with another body.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { record } from 'seedstorm/service';

const ledger = process.env.LEDGER_NAME ?? 'ledger';
const keyField = process.env.LEDGER_KEY;
const isIdempotent = process.env.LEDGER_IDEMPOTENCY === '1';
const bodyBytesMax = 1024 * 1024;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

interface Remembered {
  /** The body that came with the key at first. */
  readonly text: string;
  readonly reply: Reply;
}

const effects: { readonly key: string; readonly value: unknown; readonly idem?: string }[] = [];
const remembered = new Map<string, Remembered>();

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/effects') return send(response, { status: 200, body: effects });
  if (request.method !== 'POST')
    return send(response, { status: 405, body: { error: `the ledger takes POST, not ${request.method}` } });
  readBody(request, (text) => {
    if (text === undefined) {
      send(response, { status: 413, body: { error: `the body is larger than ${bodyBytesMax} bytes` } });
      // The rest of the body is not wanted.
      response.once('finish', () => request.destroy());
    } else send(response, accept(request, text));
  });
});
server.listen(Number(process.env.PORT ?? 0), process.env.HOST);

/** Calls back with the whole body, or undefined once it is too large; not at all when the request breaks off. */
function readBody(request: IncomingMessage, done: (text: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    const wasSmall = bytes <= bodyBytesMax;
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
    else if (wasSmall) done(undefined);
  });
  request.on('end', () => {
    if (bytes <= bodyBytesMax) done(Buffer.concat(chunks).toString('utf8'));
  });
  request.on('error', () => {
    // The caller went away: what did not arrive whole did not happen.
  });
}

/** Nothing waits between the look at the key and the effect, so that concurrent repeats of a key make one effect. */
function accept(request: IncomingMessage, text: string): Reply {
  const header = request.headers['idempotency-key'];
  const idem = typeof header === 'string' ? header : undefined;
  const before = isIdempotent && idem !== undefined ? remembered.get(idem) : undefined;
  if (before !== undefined) {
    if (before.text === text) return before.reply;
    return { status: 422, body: { error: `Idempotency-Key "${idem}" came with another body before` } };
  }
  const parsed = parse(text);
  if (parsed === undefined) return { status: 400, body: { error: 'the body is not JSON' } };
  const key = keyOf(parsed.value) ?? request.url ?? '/';
  effects.push({ key, value: parsed.value, ...(idem === undefined ? {} : { idem }) });
  record.effect({
    ledger,
    key,
    value: parsed.value,
    callerAddress: request.socket.remoteAddress ?? '',
    ...(idem === undefined ? {} : { idem }),
  });
  const reply: Reply = { status: 201, body: { ok: true, n: effects.length } };
  if (isIdempotent && idem !== undefined) remembered.set(idem, { text, reply });
  return reply;
}

function parse(text: string): { readonly value: unknown } | undefined {
  if (text === '') return { value: {} };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function keyOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const key = fields.key ?? (keyField === undefined ? undefined : fields[keyField]);
  return key === undefined || key === null ? undefined : String(key);
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
