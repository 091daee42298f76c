/**
 * The HTTP face of a worker process: `POST /jobs` enqueues, `GET /metrics` is for the scraper, `GET /health` for the load balancer.
 *
 * Enqueueing is repeatable: a client that got no answer sends the same job again and gets the same id.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorText } from './failure.ts';
import type { JobStore, NewJob } from './job.ts';
import type { Metrics } from './metrics.ts';

export interface HttpApiOptions {
  // The API does not run jobs, so it need not know the transaction.
  readonly store: Pick<JobStore<never>, 'enqueue' | 'depths'>;
  readonly metrics: Metrics;
  /** Called after a new job was stored. */
  readonly onEnqueued?: () => void;
}

/** Makes the server; the caller lets it listen. */
export function createHttpApi({ store, metrics, onEnqueued = () => {} }: HttpApiOptions): Server {
  return createServer((request, response) => {
    route(request)
      .then(({ status, body }) => send(response, status, body))
      .catch((error: unknown) => send(response, 503, { error: errorText(error) }));
  });

  async function route(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
    const where = `${request.method} ${request.url}`;
    if (where === 'POST /jobs') {
      const job = parseJob(await textOf(request));
      if (typeof job === 'string') return { status: 400, body: { error: job } };
      const { id, isNew } = await store.enqueue(job);
      metrics.count('jobs_enqueued_total', { type: job.type, new: String(isNew) });
      if (isNew) onEnqueued();
      return { status: isNew ? 201 : 200, body: { id } };
    }
    if (where === 'GET /metrics') {
      const { queued, running, dead, oldestMs } = await store.depths();
      metrics.gauge('jobs_depth', queued, { state: 'queued' });
      metrics.gauge('jobs_depth', running, { state: 'running' });
      metrics.gauge('jobs_depth', dead, { state: 'dead' });
      metrics.gauge('jobs_oldest_age_seconds', oldestMs / 1000);
      return { status: 200, body: metrics.text() };
    }
    if (where === 'GET /health') return { status: 200, body: 'ok\n' };
    return { status: 404, body: { error: `nothing at ${where}` } };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

/** The job, or what is wrong with it. */
function parseJob(text: string): NewJob | string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'the body is not JSON';
  }
  if (typeof body !== 'object' || body === null) return 'the body is not an object';
  const { type, key, payload, delayMs } = body as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || type === '') return '"type" must be a text';
  if (typeof key !== 'string' || key === '') return '"key" must be a text';
  if (delayMs !== undefined && (typeof delayMs !== 'number' || !(delayMs >= 0))) return '"delayMs" must be 0 or more';
  return { type, key, payload, ...(delayMs === undefined ? {} : { delayMs }) };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
