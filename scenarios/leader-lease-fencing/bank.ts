/**
 * The bank: an HTTP service of the surroundings that charges for invoices, and takes its time as banks do. A charge happens in the middle
 * of a request's life, so a caller can be lost before it, and after it.
 *
 * It honours `Idempotency-Key`: a repeated key gets the first reply, and no second charge.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { record } from 'seedstorm/service';

const replies = new Map<string, string>();
const halfLatencyMsMax = Number(process.env.BANK_LATENCY_MS) / 2;

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', async () => {
    await sleep(Math.random() * halfLatencyMsMax);
    const key = request.headers['idempotency-key'];
    const reply = charge(text, typeof key === 'string' ? key : undefined, request.socket.remoteAddress ?? '');
    await sleep(Math.random() * halfLatencyMsMax);
    response.writeHead(200, { 'content-type': 'application/json' }).end(reply);
  });
});
server.listen(Number(process.env.PORT), process.env.HOST);

/** Looks at the key and charges at one instant, so that two requests with one key cannot both charge. */
function charge(text: string, idem: string | undefined, callerAddress: string): string {
  const before = idem === undefined ? undefined : replies.get(idem);
  if (before !== undefined) return before;
  const value = JSON.parse(text) as { readonly invoice: number; readonly amount: number };
  record.effect({
    ledger: 'bank',
    key: String(value.invoice),
    value,
    callerAddress,
    ...(idem === undefined ? {} : { idem }),
  });
  const reply = JSON.stringify({ charged: value });
  if (idem !== undefined) replies.set(idem, reply);
  return reply;
}
