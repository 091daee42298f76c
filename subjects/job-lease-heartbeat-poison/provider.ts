/** The clearing house that the workers call: it has the documents, and it charges. */
import { request as httpRequest } from 'node:http';
import { PermanentError } from '../job-system/index.ts';

export interface CallOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** One request; rejects when it is aborted, when there is no answer, and for every status but 2xx. */
export function call(baseUrl: string, { method, path, body, idempotencyKey, signal }: CallOptions): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string | number> = {
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, headers, ...(signal === undefined ? {} : { signal }) };
    const request = httpRequest(`${baseUrl}${path}`, options, (reply) => {
      let answer = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      reply.on('error', reject).on('end', () => {
        const { statusCode = 0 } = reply;
        if (statusCode < 300) resolve(JSON.parse(answer));
        else if (statusCode < 500 && statusCode !== 429) reject(new PermanentError(`HTTP ${statusCode}: ${answer}`));
        else reject(new Error(`HTTP ${statusCode}: ${answer}`));
      });
    });
    request.on('error', reject).end(text);
  });
}
