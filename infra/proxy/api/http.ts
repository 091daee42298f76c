/**
 * The API over HTTP: one table of routes, and one act after the other in the order of the requests.
 *
 * Differs: `/metrics` does not exist, as on a real server that was started without metrics.
 * Differs: answers have no `X-Toxiproxy-Request-Id` header.
 */
import http from 'node:http';
import { type Acts, type Answer, asApiError } from './acts.ts';
import { ApiError } from './api-error.ts';
import { text } from './show.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, (names: readonly string[], body: Buffer) => Answer | Promise<Answer>>>;
}

function routesOf(acts: Acts): readonly Route[] {
  const update: Route['methods'][string] = ([proxy], body) => acts.proxyUpdate(proxy!, body);
  const updateToxic: Route['methods'][string] = ([proxy, toxic], body) => acts.toxicUpdate(proxy!, toxic!, body);
  return [
    { path: /^\/reset$/, methods: { POST: () => acts.reset() } },
    {
      path: /^\/proxies$/,
      methods: { GET: () => acts.proxyIndex(), POST: (_names, body) => acts.proxyCreate(body) },
    },
    { path: /^\/populate$/, methods: { POST: (_names, body) => acts.populate(body) } },
    {
      path: /^\/proxies\/([^/]+)$/,
      methods: {
        GET: ([proxy]) => acts.proxyShow(proxy!),
        POST: update,
        PATCH: update,
        DELETE: ([proxy]) => acts.proxyDelete(proxy!),
      },
    },
    {
      path: /^\/proxies\/([^/]+)\/toxics$/,
      methods: {
        GET: ([proxy]) => acts.toxicIndex(proxy!),
        POST: ([proxy], body) => acts.toxicCreate(proxy!, body),
      },
    },
    {
      path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
      methods: {
        GET: ([proxy, toxic]) => acts.toxicShow(proxy!, toxic!),
        POST: updateToxic,
        PATCH: updateToxic,
        DELETE: ([proxy, toxic]) => acts.toxicDelete(proxy!, toxic!),
      },
    },
    { path: /^\/version$/, methods: { GET: () => acts.version() } },
  ];
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The API's server, not listening yet. */
export function createApi(acts: Acts): http.Server {
  const routes = routesOf(acts);
  let last: Promise<unknown> = Promise.resolve();
  return http.createServer((request, response) => {
    void readAll(request).then(
      (body) => {
        const reply = last.then(() => answer(routes, request, body));
        last = reply;
        return reply.then((ready) => send(request, response, ready));
      },
      // The client went away before its request was whole.
      () => response.destroy(),
    );
  });
}

async function readAll(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= BODY_BYTES_MAX) pieces.push(piece);
  }
  return bytes <= BODY_BYTES_MAX ? Buffer.concat(pieces) : undefined;
}

async function answer(
  routes: readonly Route[],
  request: http.IncomingMessage,
  body: Buffer | undefined,
): Promise<Reply> {
  const [, rawPath, query] = /^([^?]*)(.*)$/.exec(request.url ?? '/') as unknown as [string, string, string];
  const path = decoded(rawPath);
  if (path === undefined) return plain(400, '400 Bad Request');
  const clean = cleaned(path);
  if (clean !== path) return { status: 301, headers: { Location: encodeURI(clean) + query }, body: '' };
  const route = routes.find((candidate) => candidate.path.test(clean));
  if (route === undefined) return plain(404, '404 page not found\n');
  const act = route.methods[request.method ?? ''];
  if (act === undefined) return { status: 405, headers: {}, body: '' };
  if (request.headers['user-agent']?.startsWith('Mozilla/') === true) return plain(403, 'User agent not allowed\n');
  try {
    if (body === undefined) throw new ApiError(`the body is longer than ${BODY_BYTES_MAX} bytes`, 413);
    const { status, body: shown } = await act(route.path.exec(clean)!.slice(1), body);
    const type = shown.startsWith('{"version"') ? 'application/json;charset=utf-8' : 'application/json';
    return { status, headers: status === 204 ? {} : { 'Content-Type': type }, body: shown };
  } catch (error) {
    const { message, status } = asApiError(error);
    return plain(status, `{"error":${text(message)},"status":${status}}\n`);
  }
}

function plain(status: number, body: string): Reply {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
    body,
  };
}

function send(request: http.IncomingMessage, response: http.ServerResponse, { status, headers, body }: Reply): void {
  const hasLength = status !== 204 && request.method !== 'HEAD';
  response.writeHead(status, hasLength ? { ...headers, 'Content-Length': Buffer.byteLength(body) } : headers);
  response.end(body);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The path without empty, `.` and `..` parts, its last slash kept. */
function cleaned(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const isFolder = path.endsWith('/') && parts.length > 0;
  return `/${parts.join('/')}${isFolder ? '/' : ''}`;
}
