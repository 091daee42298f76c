/**
 * The clearing house: an HTTP service of the surroundings. `GET /documents/KEY` hands out a document, and every handing out is recorded in the
 * ledger `reads`; `POST /charges` charges, which the ledger `charges` records.
 *
 * It honours `Idempotency-Key`: a repeated key gets the first reply, and no second charge.
 */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { record } from 'seedstorm/service';

const replies = new Map<string, string>();
const halfLatencyMsMax = Number(process.env.LATENCY_MS) / 2;

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', async () => {
    const callerAddress = request.socket.remoteAddress ?? '';
    const [, folder, key = ''] = (request.url ?? '').split('/');
    await sleep(Math.random() * halfLatencyMsMax);
    if (request.method === 'GET' && folder === 'documents') {
      record.effect({ ledger: 'reads', key, value: { key }, callerAddress });
      return send(response, 200, JSON.stringify({ key, lines: 3 }));
    }
    if (request.method !== 'POST' || folder !== 'charges') return send(response, 404, '{}');
    const idem = request.headers['idempotency-key'];
    const reply = charge(text, typeof idem === 'string' ? idem : undefined, callerAddress);
    await sleep(Math.random() * halfLatencyMsMax);
    send(response, 201, reply);
  });
});
server.listen(Number(process.env.PORT), process.env.HOST);

/** Looks at the key and charges at one instant, so that two requests with one key cannot both charge. */
function charge(text: string, idem: string | undefined, callerAddress: string): string {
  const before = idem === undefined ? undefined : replies.get(idem);
  if (before !== undefined) return before;
  const value = JSON.parse(text) as { readonly key: string; readonly amount: number };
  record.effect({ ledger: 'charges', key: value.key, value, callerAddress, ...(idem === undefined ? {} : { idem }) });
  const reply = JSON.stringify({ charged: value });
  if (idem !== undefined) replies.set(idem, reply);
  return reply;
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
