/** Programs over `node:http` and `fetch`, each run on real Node and in sim. */
import type { Case } from './net.cases.ts';

const head = `import http from 'node:http'; import net from 'node:net'; import { once } from 'node:events';
const log = (...args) => console.log(...args);
const plain = (text) => String(text).replace(/Date: [^\\r]*/g, 'Date: DATE').replace(/localhost:\\d+|127.0.0.1:\\d+/g, 'HOST').replaceAll('\\r\\n', '|');
const serve = async (handler, options = {}) => { const server = http.createServer(options, handler); server.listen(0, '127.0.0.1'); await once(server, 'listening'); return [server, server.address().port]; };
const ask = (options, body) => new Promise((resolve, reject) => { const r = http.request({ host: '127.0.0.1', ...options }, (res) => { let text = ''; res.setEncoding('utf8'); res.on('data', (d) => text += d); res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text, res, socket: r.socket, reused: r.reusedSocket })); res.on('error', reject); res.on('aborted', () => log('aborted')); }); r.on('error', reject); r.end(body); });
/** Sends raw text, returns all that comes until the end. */
const raw = (port, text, wait = 0) => new Promise((resolve) => { const s = net.connect(port, '127.0.0.1'); let got = ''; s.on('data', (d) => got += d); s.on('close', () => resolve(plain(got))); s.on('error', (e) => log('raw', e.code)); s.write(text); if (wait > 0) setTimeout(() => s.end(), wait); });
`;

export const cases: Readonly<Record<string, Case>> = {
  'the bytes of ordinary replies': `${head}
    const [server, port] = await serve((req, res) => {
      if (req.url === '/a') { res.setHeader('X-A', 'b'); res.end('hello'); }
      else if (req.url === '/b') { res.writeHead(201, { 'X-B': ['1', '2'], 'content-type': 'text/plain' }); res.write('x'); res.end('y'); }
      else if (req.url === '/c') { res.writeHead(204); res.end(); }
      else if (req.url === '/d') { res.writeHead(304, 'Same', ['x-d', '1']); res.end(); }
      else if (req.url === '/e') { res.sendDate = false; res.end(); }
      else if (req.url === '/f') { res.setHeader('Date', 'mine'); res.setHeader('Connection', 'close'); res.end('z'); }
      else if (req.url === '/g') { res.writeHead(200, { date: 'own', 'x-after': 1 }); res.end(); }
      else if (req.url === '/h') { res.setHeader('Trailer', 'X-T'); res.write('q'); res.addTrailers({ 'X-T': 'end' }); res.end(); }
      else if (req.url === '/i') { res.writeEarlyHints({ link: '</s.css>; rel=preload' }); res.end('hinted'); }
      else if (req.url === '/j') { res.setHeader('Connection', 'keep-alive'); res.setHeader('Content-Length', 2); res.end('ok'); }
      else { res.statusCode = 404; res.statusMessage = 'Nope'; res.end(); }
    });
    for (const path of 'abcdefghijk') log(await raw(port, 'GET /' + path + ' HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'));
    for (const path of 'ab') log(await raw(port, 'GET /' + path + ' HTTP/1.0\\r\\n\\r\\n'));
    log(await raw(port, 'HEAD /a HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'));
    server.close();`,
  'pipelined requests are answered in order on one connection': `${head}
    const [server, port] = await serve((req, res) => { setTimeout(() => res.end(req.url), req.url === '/1' ? 30 : 5); });
    log(await raw(port, 'GET /1 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nGET /2 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nGET /3 HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'));
    server.close();`,
  'what a client sends': `${head}
    const server = net.createServer((s) => { let got = ''; s.on('data', (d) => { got += d; if (got === 'hello' || /\\r\\n\\r\\n(.*0\\r\\n\\r\\n|hello|)$/s.test(got) && !/100-continue/.test(got)) { log(plain(got)); got = ''; s.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); } else if (/100-continue\\r/.test(got)) { log(plain(got)); got = ''; s.write('HTTP/1.1 100 Continue\\r\\n\\r\\n'); } }); s.on('error', () => {}); }).listen(0, '127.0.0.1'); await once(server, 'listening'); const { port } = server.address();
    const send = (options, ...writes) => new Promise((resolve) => { const r = http.request({ host: '127.0.0.1', port, ...options }, (res) => { res.resume(); res.on('end', () => { resolve(); }); }); r.on('continue', () => { log('continue'); r.end('hello'); }); if (options.headers?.Expect) { r.flushHeaders(); return; } for (const w of writes.slice(0, -1)) r.write(w); r.end(writes.at(-1)); });
    await send({}); await send({ agent: false, path: '/q?a=1', auth: 'u:p' }); await send({ method: 'POST' }, 'hello'); await send({ method: 'PUT' }, 'a', 'bc', 'd'); await send({ method: 'DELETE', headers: { 'X-Y': 1, accept: ['a', 'b'] } });
    await send({ method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 5 } }); await send({ agent: new http.Agent({ keepAlive: false }) });
    http.globalAgent.destroy(); server.close();`,
  'a keep-alive agent uses its socket again, and queues beyond maxSockets': `${head}
    const ports = new Set(); const [server, port] = await serve((req, res) => { ports.add(req.socket.remotePort); setTimeout(() => res.end(req.url), 5); });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }); agent.on('free', () => log('free'));
    const one = await ask({ port, agent, path: '/1' }); log(one.text, one.reused, one.headers.connection, one.headers['keep-alive']);
    const more = await Promise.all(['/2', '/3', '/4', '/5'].map((path) => ask({ port, agent, path }))); log(more.map((m) => m.text + m.reused).join());
    await new Promise((r) => setTimeout(r, 10)); log(ports.size, Object.values(agent.sockets).flat().length, Object.values(agent.freeSockets).flat().length, Object.keys(agent.requests).length);
    agent.destroy(); server.close(() => log('closed'));`,
  'the default agent keeps alive and lets the process end': `${head}
    let connections = 0; const [server, port] = await serve((req, res) => res.end('x')); server.on('connection', () => connections++);
    await ask({ port }); await new Promise((r) => setImmediate(r)); const second = await ask({ port }); log(connections, second.reused); server.close(() => log('closed'));`,
  'server.close with idle, busy and silent connections': `${head}
    const [server, port] = await serve((req, res) => { if (req.url === '/slow') setTimeout(() => res.end('slow'), 60); else res.end('quick'); });
    const agent = new http.Agent({ keepAlive: true }); await ask({ port, agent, path: '/quick' });
    const slow = ask({ port, agent: new http.Agent({ keepAlive: true }), path: '/slow' });
    const silent = net.connect(port, '127.0.0.1'); silent.on('close', () => log('silent closed')); silent.on('error', () => {}); silent.resume();
    await new Promise((r) => setTimeout(r, 20));
    server.close((e) => log('closed', e)); log(server.listening);
    server.getConnections((e, n) => log('connections', n));
    const s = await slow; log(s.text, s.headers.connection);
    setTimeout(() => silent.destroy(), 30); process.on('exit', () => log('exit'));`,
  'closeAllConnections and closeIdleConnections': `${head}
    const [server, port] = await serve((req, res) => { if (req.url === '/never') res.write('part'); else res.end('x'); });
    const agent = new http.Agent({ keepAlive: true }); const idle = await ask({ port, agent }); idle.socket.on('close', (bad) => log('idle closed', bad));
    const never = ask({ port, path: '/never', agent: new http.Agent({ keepAlive: true }) }).catch((e) => log(e.code, e.message)); await new Promise((r) => setTimeout(r, 20));
    server.closeIdleConnections(); await new Promise((r) => setTimeout(r, 20)); log('then all'); server.closeAllConnections(); await never; server.close(() => log('closed'));`,
  'a request destroyed before, during and after the reply': `${head}
    const seen = []; const [server, port] = await serve((req, res) => { req.on('aborted', () => seen.push('server aborted')); req.on('error', (e) => seen.push('server req ' + e.code + e.message)); res.on('close', () => seen.push('server res close ' + res.writableFinished)); if (req.url === '/part') { res.write('part'); } });
    const run = (path, when) => new Promise((resolve) => { const r = http.get({ port, host: '127.0.0.1', path, agent: false }, (res) => { log('response'); res.on('data', () => { if (when === 'data') r.destroy(); }); res.on('aborted', () => log('aborted')); res.on('error', (e) => log('res error', e.code, e.message)); res.on('close', () => log('res close', res.complete)); }); r.on('abort', () => log('abort event')); r.on('error', (e) => log('error', e.code, e.message)); r.on('close', () => { log('close', r.destroyed); setTimeout(resolve, 20); }); if (when === 'now') r.destroy(); if (when === 'soon') setTimeout(() => r.destroy(), 20); if (when === 'mine') setTimeout(() => r.destroy(new Error('mine')), 20); if (when === 'abort') setTimeout(() => r.abort(), 20); });
    for (const when of ['now', 'soon', 'mine', 'abort']) { log('--', when); await run('/', when); } log('-- data'); await run('/part', 'data'); log(seen.join()); server.close();`,
  'a server that destroys, resets or ends early': `${head}
    const [server, port] = await serve((req, res) => { if (req.url === '/destroy') req.socket.destroy(); else if (req.url === '/part') { res.write('x'); setTimeout(() => res.destroy(), 10); } else if (req.url === '/short') { res.writeHead(200, { 'content-length': 10 }); res.write('abc'); setTimeout(() => req.socket.end(), 10); } else if (req.url === '/reset') req.socket.resetAndDestroy(); else { res.on('error', (e) => log('res', e.code)); res.end('x'); res.write('y'); } });
    for (const path of ['/destroy', '/part', '/short', '/reset', '/late']) await ask({ port, path, agent: false }).then((r) => log(path, r.text), (e) => log(path, e.code, e.message)); server.close();`,
  'timeouts of a request and of a server': `${head}
    const [server, port] = await serve((req, res) => {}); server.setTimeout(80, (s) => { log('server timeout'); s.destroy(); });
    await new Promise((resolve) => { const r = http.get({ port, host: '127.0.0.1', agent: false, timeout: 30 }); r.on('timeout', () => { log('timeout', r.destroyed); }); r.on('error', (e) => log(e.code)); r.on('close', resolve); });
    await new Promise((resolve) => { const r = http.get({ port, host: '127.0.0.1', agent: false }); r.setTimeout(30, () => { log('set'); r.destroy(); }); r.on('error', (e) => log(e.code)); r.on('close', resolve); });
    server.close();`,
  'headers that are too large, too many, or malformed': `${head}
    const [server, port] = await serve((req, res) => res.end(String(Object.keys(req.headers).length)), { maxHeaderSize: 1000 }); server.on('clientError', (e, s) => { log(e.code, e.bytesParsed > 0, e.message); if (s.writable) s.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n'); });
    log(await raw(port, 'GET / HTTP/1.1\\r\\nHost: x\\r\\nX: ' + 'a'.repeat(2000) + '\\r\\n\\r\\n')); log(await raw(port, 'nonsense\\r\\n\\r\\n'));
    server.removeAllListeners('clientError'); log(await raw(port, 'GET / HTTP/1.1\\r\\nHost: x\\r\\nX: ' + 'a'.repeat(2000) + '\\r\\n\\r\\n')); log(await raw(port, 'nonsense\\r\\n\\r\\n')); log(await raw(port, 'GET / HTTP/1.1\\r\\n\\r\\n'));
    server.close();`,
  'a reply that is too large in headers for the client': `${head}
    const server = net.createServer((s) => { s.resume(); s.end('HTTP/1.1 200 OK\\r\\nX: ' + 'a'.repeat(20000) + '\\r\\n\\r\\n'); }).listen(0, '127.0.0.1'); await once(server, 'listening');
    await ask({ port: server.address().port, agent: false }).catch((e) => log(e.code, e.message)); 
    const other = net.createServer((s) => { s.resume(); s.end('rubbish'); }).listen(0, '127.0.0.1'); await once(other, 'listening'); await ask({ port: other.address().port, agent: false }).catch((e) => log(e.code, e.message)); server.close(); other.close();`,
  'a slow request gets 408 at a check of the connections': `${head}
    const [server, port] = await serve((req, res) => { res.end(); }, { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 });
    log(await raw(port, 'GET / HTTP/1.1\\r\\n')); log(await raw(port, 'POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5\\r\\n\\r\\nab')); server.close();`,
  'an idle keep-alive connection is closed by the server': `${head}
    const [server, port] = await serve((req, res) => { res.end('x'); }); server.keepAliveTimeout = 60;
    log(await raw(port, 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')); server.close();`,
  'upgrade on both sides': `${head}
    const [server, port] = await serve((req, res) => res.end('no')); server.on('upgrade', (req, socket, rest) => { log('upgrade', req.headers.upgrade, rest.length, socket instanceof net.Socket, socket.listenerCount('data'), socket.listenerCount('close')); socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\nhi'); socket.on('data', (d) => socket.write(d)); socket.on('end', () => socket.end()); });
    const r = http.request({ port, host: '127.0.0.1', headers: { Connection: 'Upgrade', Upgrade: 'echo' } }); r.end(); const [res, socket, rest] = await once(r, 'upgrade'); log(res.statusCode, String(rest)); socket.setEncoding('utf8'); socket.on('data', (d) => { log('echo', d); socket.end(); }); socket.write('ping'); await once(socket, 'close'); server.close(() => log('closed'));`,
  'CONNECT makes a tunnel': `${head}
    const [server, port] = await serve(() => {}); server.on('connect', (req, socket, rest) => { log(req.url); socket.write('HTTP/1.1 200 Connection Established\\r\\n\\r\\n'); socket.pipe(socket); });
    const r = http.request({ port, host: '127.0.0.1', method: 'CONNECT', path: 'example.com:443' }); r.end(); const [res, socket] = await once(r, 'connect'); log(res.statusCode); socket.setEncoding('utf8'); socket.on('data', (d) => { log(d); socket.end(); }); socket.write('through'); await once(socket, 'close'); server.close(() => log('closed'));`,
  'Expect: 100-continue is answered by itself, by checkContinue, or refused': `${head}
    const [server, port] = await serve((req, res) => { let t = ''; req.on('data', (d) => t += d); req.on('end', () => res.end(t)); });
    const go = () => new Promise((resolve) => { const r = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false, headers: { Expect: '100-continue' } }, (res) => { let t = ''; res.on('data', (d) => t += d); res.on('end', () => { log(res.statusCode, t); resolve(); }); }); r.on('continue', () => { log('continue'); r.end('body'); }); r.flushHeaders(); r.on('error', (e) => log(e.code)); });
    await go(); server.on('checkContinue', (req, res) => { log('check'); res.writeHead(417); res.end('no'); }); await go(); server.close();`,
  'HEAD, 204 and 304 have no body for the client either': `${head}
    const [server, port] = await serve((req, res) => { if (req.url === '/204') { res.statusCode = 204; res.end(); } else if (req.url === '/304') { res.statusCode = 304; res.end(); } else { res.setHeader('content-length', 5); res.end('hello'); } });
    const agent = new http.Agent({ keepAlive: true }); for (const [method, path] of [['HEAD', '/'], ['GET', '/204'], ['GET', '/304'], ['GET', '/']]) { const r = await ask({ port, agent, method, path }); log(method, path, r.status, r.text, r.headers['content-length'], r.headers['transfer-encoding'], r.reused); } agent.destroy(); server.close();`,
  'streams: back-pressure and order of events of a reply': `${head}
    const [server, port] = await serve((req, res) => { for (const e of ['finish', 'close', 'prefinish']) res.on(e, () => log('res', e)); for (const e of ['end', 'close']) req.on(e, () => log('req', e)); req.resume(); req.on('end', () => { res.write('a'.repeat(100)); log(res.headersSent, res.writableEnded); res.end(() => log('end callback')); log(res.writableEnded, res.writableFinished); }); });
    const r = await ask({ port, agent: false, method: 'POST' }, 'x'.repeat(70000)); log(r.text.length, r.res.complete); server.close();`,
  maxRequestsPerSocket: `${head}
    const [server, port] = await serve((req, res) => res.end('x')); server.maxRequestsPerSocket = 2; log(await raw(port, 'GET /1 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nGET /2 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nGET /3 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')); server.close();`,
  'names and shapes': `${head}
    const [server, port] = await serve((req, res) => { log(req.constructor.name, res.constructor.name, req.socket.constructor.name, res instanceof http.ServerResponse, req instanceof http.IncomingMessage); res.end(); });
    log(server instanceof http.Server, server instanceof net.Server, server.constructor.name, server.constructor === http.Server, http.Server.name, http.Agent.name, http.globalAgent instanceof http.Agent, http.ClientRequest.name, http.ServerResponse.name);
    log(Object.keys(server).join()); log(server.timeout, server.keepAliveTimeout, server.headersTimeout, server.requestTimeout, server.maxHeadersCount);
    const r = http.get({ port, host: '127.0.0.1', agent: false }); log(r.constructor.name, r instanceof http.ClientRequest); await once(r, 'response').then(([res]) => res.resume());
    function Old(options) { http.Agent.call(this, options); } Object.setPrototypeOf(Old.prototype, http.Agent.prototype); const old = new Old({ maxSockets: 3 }); log(old.maxSockets, old instanceof http.Agent); class Mine extends http.Server {} log(new Mine() instanceof http.Server, http.Server() instanceof http.Server, http.Agent() instanceof http.Agent); server.close();`,
  'fetch: redirects, streams, errors, abort, keep-alive': `${head}
    let connections = 0; const [server, port] = await serve((req, res) => { if (req.url === '/r') { res.writeHead(302, { location: '/to' }); res.end(); } else if (req.url === '/loop') { res.writeHead(302, { location: '/loop' }); res.end(); } else if (req.url === '/stream') { res.write('a'); setTimeout(() => { res.write('b'); res.end('c'); }, 15); } else if (req.url === '/cut') { res.write('a'); setTimeout(() => res.destroy(), 15); } else if (req.url === '/gone') req.socket.destroy(); else if (req.url === '/slow') {} else { let t = ''; req.on('data', (d) => t += d); req.on('end', () => { res.setHeader('set-cookie', ['a=1', 'b=2']); res.end(req.method + req.url + t + (req.headers['content-type'] ?? '') + (req.headers['content-length'] ?? '-')); }); } }); server.on('connection', () => connections++);
    const base = 'http://127.0.0.1:' + port; const r = await fetch(base + '/r'); log(r.status, r.redirected, r.url === base + '/to', await r.text(), r.headers.getSetCookie().join()); log((await fetch(base + '/r', { redirect: 'manual' })).status); await fetch(base + '/r', { redirect: 'error' }).catch((e) => log(e.name, e.message, e.cause?.message)); await fetch(base + '/loop').catch((e) => log(e.message, e.cause?.message));
    const s = await fetch(base + '/stream'); const parts = []; for await (const part of s.body) parts.push(Buffer.from(part).toString()); log(parts.join(''), s.bodyUsed);
    await (await fetch(base + '/cut')).text().catch((e) => log(e.name, e.message, e.cause?.code)); await fetch(base + '/gone').catch((e) => log(e.name, e.message, e.cause?.code, e.cause?.message)); await fetch('http://127.0.0.1:1/').catch((e) => log(e.message, e.cause?.code, e.cause?.message)); await fetch('http://no-such-host.invalid/').catch((e) => log(e.message, e.cause?.code, e.cause?.message)); await fetch('nope:').catch((e) => log(e.message, e.cause?.message)); await fetch('x').catch((e) => log(e.message, e.cause?.code));
    const c = new AbortController(); setTimeout(() => c.abort(), 10); await fetch(base + '/slow', { signal: c.signal }).catch((e) => log(e.name, e.message, e.code)); await fetch(base + '/slow', { signal: AbortSignal.timeout(20) }).catch((e) => log(e.name, e.message, e.code)); const d = new AbortController(); d.abort(new Error('why')); await fetch(base, { signal: d.signal }).catch((e) => log(e.message));
    log(await (await fetch(base + '/p', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } })).text()); log(await (await fetch(base + '/u', { method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).text()); log(await (await fetch(base + '/s', { method: 'POST', duplex: 'half', body: new ReadableStream({ start(k) { k.enqueue(Buffer.from('streamed')); k.close(); } }) })).text());
    const form = new FormData(); form.set('f', new Blob(['file'], { type: 'text/x' }), 'n.txt'); const echoed = await (await fetch(base + '/f', { method: 'POST', body: form })).text(); log(/filename="n.txt"\\r\\nContent-Type: text\\/x\\r\\n\\r\\nfile/.test(echoed));
    connections = 0; for (let i = 0; i < 3; i++) await (await fetch(base + '/k')).text(); log(connections <= 1, new Response('x').status, new Request(base).method, new Headers({ a: 'b' }).get('A'), Object.prototype.toString.call(await fetch(base + '/t').then((x) => x.blob())));
    server.closeAllConnections(); server.close(); process.exit();`,
};
