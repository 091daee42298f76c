/** Programs over `node:net`, each run on real Node and in sim. What a program cannot know beforehand (ports) it does not print. */
import type { ProgramOptions } from './both.ts';

export type Case = string | (ProgramOptions & { readonly program: string });

/**
 * `trace` notes the events of one end as they come and prints them at the exit, end by end: how the events of two ends interleave is
 * a matter of the network. `log` prints at once.
 */
const head = `import net from 'node:net';
const log = (...args) => console.log(...args);
const traces = {};
process.on('exit', () => { for (const name of Object.keys(traces).sort()) console.log(traces[name].join('\\n')); });
const trace = (name, socket, events = ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'drain', 'pause', 'resume', 'timeout', 'error', 'close']) => {
  for (const event of events) socket.on(event, (...args) => (traces[name] ??= []).push([name, event, ...args.map((a) => a instanceof Error ? a.message.replace(/:\\d+/, ':PORT') : Buffer.isBuffer(a) ? a.toString() : a)].join(' ')));
  return socket;
};
const facts = (error) => JSON.stringify({ ...error, port: typeof error.port, message: error.message.replace(/:\\d+/, ':PORT'), name: error.name });
const listen = (server, then) => server.listen(0, '127.0.0.1', () => then(server.address().port));
`;

export const cases: Readonly<Record<string, Case>> = {
  'an ordinary exchange: order of all events on both sides': `${head}
    const server = net.createServer((s) => { trace('server', s, ['data', 'end', 'finish', 'error', 'close']); s.on('data', (d) => s.write(String(d).toUpperCase())); });
    server.on('close', () => log('server closed'));
    listen(server, (port) => {
      log('listening', server.listening);
      const s = trace('client', net.connect(port, '127.0.0.1'));
      log(s.connecting, s.pending, s.readyState);
      s.write('one'); 
      s.once('data', () => { s.end('two', () => log('end callback')); server.close((e) => log('close callback', e)); });
      s.on('close', () => log(s.destroyed, s.readyState, s.bytesRead, s.bytesWritten, s.pending));
    });`,
  'half-close: a client that ends first still hears the rest': `${head}
    const server = net.createServer({ allowHalfOpen: true }, (s) => { trace('server', s, ['data', 'end', 'finish', 'close']); s.on('end', () => { log(s.readyState); s.write('late'); setTimeout(() => s.end('st'), 20); }); });
    listen(server, (port) => {
      const s = trace('client', net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), ['data', 'end', 'finish', 'close']);
      s.end('bye'); s.on('finish', () => log(s.readyState)); s.on('close', () => server.close());
    });`,
  'without allowHalfOpen the other side is ended by itself': `${head}
    const server = net.createServer((s) => { trace('server', s, ['data', 'end', 'finish', 'close']); s.resume(); s.on('end', () => { log(s.writable, s.writableEnded); setImmediate(() => log('later', s.writable, s.writableEnded)); }); });
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1'), ['end', 'finish', 'close']); s.resume(); s.end('x'); s.on('close', () => server.close()); });`,
  'a refused connection: fields of the error': `${head}
    listen(net.createServer(), (port) => { });
    const probe = net.createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => {
      const s = trace('client', net.connect(port, '127.0.0.1')); s.on('error', (e) => log(facts(e), Object.keys(e).join(), s.destroyed, s.connecting)); s.on('close', () => process.exit()); s.write('lost', (e) => log('write', e && e.code));
    }); });`,
  'a refused connection without an error listener ends the process': `${head}
    const probe = net.createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => { net.connect(port, '127.0.0.1'); }); });
    process.on('exit', (code) => log('exit event', code));`,
  'an unknown name': `${head}
    const s = trace('client', net.connect(80, 'no-such-host.invalid')); s.on('error', (e) => log(facts(e), e.hostname, Object.keys(e).join()));`,
  'connect by name: lookup event': `${head}
    const server = net.createServer((s) => s.end()); server.listen(0, '127.0.0.1', () => { 
      const lookup = (name, options, callback) => { log('asked', name, options.all, options.family, options.hints); options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4); };
      const s = trace('client', net.connect({ port: server.address().port, host: 'somewhere', lookup }), ['lookup', 'connect', 'close']); s.resume(); s.on('close', () => server.close());
    });`,
  'a lookup that fails': `${head}
      const lookup = (name, options, callback) => callback(Object.assign(new Error('nope'), { code: 'EX' }));
      trace('client', net.connect({ port: 1, host: 'somewhere', lookup }), ['lookup', 'error', 'close']);`,
  'destroy on either side': `${head}
    const server = net.createServer((s) => { trace('server', s, ['data', 'end', 'finish', 'error', 'close']); s.on('data', () => s.destroy()); });
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1'), ['data', 'end', 'finish', 'error', 'close']); s.resume(); s.write('x'); s.on('close', () => server.close()); });`,
  'destroy with an error': `${head}
    const server = net.createServer((s) => { trace('server', s, ['data', 'end', 'finish', 'error', 'close']); s.resume(); });
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1')); s.on('connect', () => { s.destroy(new Error('mine')); log('after', s.destroyed, s.readyState, s.errored && s.errored.message); s.write('y', (e) => log('write', e.code, e.message)); }); s.on('close', () => server.close()); });`,
  'destroy before the connection': `${head}
    const server = net.createServer((s) => log('accepted'));
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1')); s.write('x', (e) => log('write', e && e.code, e && e.message)); s.destroy(); s.on('close', () => { setTimeout(() => server.close(), 20); }); });`,
  'resetAndDestroy is seen as ECONNRESET': `${head}
    const server = net.createServer((s) => { trace('server', s, ['data', 'end', 'error', 'close']); s.on('error', (e) => log(facts(e), Object.keys(e).join())); s.resume(); });
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1')); s.on('connect', () => setTimeout(() => s.resetAndDestroy(), 10)); s.on('close', () => setTimeout(() => server.close(), 20)); });`,
  'a write to a peer that is gone: EPIPE or ECONNRESET': `${head}
    const server = net.createServer((s) => s.destroy());
    listen(server, (port) => { const s = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }); s.resume(); s.on('end', () => { s.write('a'); setTimeout(() => s.write('b', (e) => log('write', e.code, e.syscall, e.message, e.errno)), 30); }); trace('client', s, ['error', 'close']); s.on('close', () => server.close()); });`,
  'write after end, and after the other side ended': `${head}
    const server = net.createServer((s) => s.end('bye'));
    listen(server, (port) => { const s = trace('client', net.connect(port, '127.0.0.1'), ['end', 'error', 'close']); s.resume(); s.on('end', () => { setImmediate(() => s.write('x', (e) => log('callback', e.code, e.message))); }); s.on('close', () => server.close()); 
      const t = net.connect(port, '127.0.0.1'); t.on('connect', () => { t.end(); t.write('z', (e) => log('t', e.code, e.message)); }); t.on('error', (e) => log('t error', e.code, e.message)); t.resume(); t.on('close', (bad) => log('t close', bad)); });`,
  'idle timeout': `${head}
    const server = net.createServer((s) => { s.on('error', () => {}); s.resume(); });
    listen(server, (port) => { const s = trace('client', net.connect({ port, host: '127.0.0.1', timeout: 40 }), ['connect', 'timeout', 'close']); log(s.timeout); setTimeout(() => s.write('x'), 25); let n = 0; s.on('timeout', () => { log(++n, s.timeout, s.destroyed); if (n === 2) s.destroy(); else s.setTimeout(20, () => log('called')); }); s.on('close', () => server.close()); });`,
  'pause and resume': `${head}
    const server = net.createServer((s) => { s.write('a'); setTimeout(() => s.end('b'), 15); });
    listen(server, (port) => { const s = net.connect(port, '127.0.0.1'); s.setEncoding('utf8'); log(s.isPaused()); s.pause(); log(s.isPaused()); trace('client', s, ['data', 'end', 'pause', 'resume', 'close']); log(s.isPaused()); setTimeout(() => { log('resuming'); s.resume(); }, 60); s.on('close', () => server.close()); });`,
  'pauseOnConnect and a later read': `${head}
    const server = net.createServer({ pauseOnConnect: true }, (s) => { log(s.isPaused()); setTimeout(() => { s.on('data', (d) => log('got', String(d))); s.resume(); s.on('end', () => server.close()); }, 20); });
    listen(server, (port) => { net.connect(port, '127.0.0.1').end('hello'); });`,
  'pipe a large body through an echo': `${head}
    const server = net.createServer((s) => s.pipe(s));
    listen(server, (port) => { const s = net.connect(port, '127.0.0.1'); let n = 0; let sum = 0; s.on('data', (d) => { n += d.length; for (let i = 0; i < d.length; i += 997) sum += 1; }); s.on('end', () => { log(n, s.bytesRead, s.bytesWritten); server.close(); }); for (let i = 0; i < 40; i++) s.write(Buffer.alloc(65_000, i)); s.end(); });`,
  'getConnections, and close waits for connections': `${head}
    const server = net.createServer((s) => { s.resume(); server.getConnections((e, n) => { log('connections', e, n); server.close(() => log('closed')); log(server.listening, server.address()); server.getConnections((e, n) => log('still', n)); setTimeout(() => s.end(), 20); s.on('close', () => log('socket closed')); }); });
    server.on('close', () => log('close event'));
    listen(server, (port) => { net.connect(port, '127.0.0.1').resume(); });`,
  'closing twice, and closing what never listened': `${head}
    const server = net.createServer(); server.on('close', () => log('close')); server.close((e) => log(e.code, e.message, e.name, Object.keys(e).join()));
    const other = net.createServer().listen(0, '127.0.0.1', () => { other.close((e) => log('first', e)); other.close((e) => log('second', e.code)); other.on('close', () => log('other close')); });`,
  'a port that is taken': `${head}
    const one = net.createServer().listen(0, '127.0.0.1', () => { const two = net.createServer(); two.on('error', (e) => { log(facts(e), Object.keys(e).join()); one.close(); }); two.listen(one.address().port, '127.0.0.1', () => log('never')); log(two.listening); });`,
  'a port that is taken, on all addresses': `${head}
    const one = net.createServer().listen(0, () => { log(JSON.stringify({ ...one.address(), port: 0 })); const two = net.createServer(); two.on('error', (e) => { log(e.message.replace(/\\d+$/, 'PORT'), e.address); one.close(); }); two.listen(one.address().port); });`,
  'listen twice': `${head}
    const one = net.createServer().listen(0, '127.0.0.1', () => { try { one.listen(0); } catch (e) { log(e.code, e.message, e.name); } one.close(); });`,
  'maxConnections drops': `${head}
    const server = net.createServer((s) => { s.resume(); }); server.maxConnections = 1; server.on('drop', (d) => log('drop', Object.keys(d).join(), d.remoteFamily, d.localAddress));
    listen(server, (port) => { const a = net.connect(port, '127.0.0.1', () => { const b = trace('b', net.connect(port, '127.0.0.1'), ['connect', 'end', 'error', 'close']); b.resume(); b.on('close', () => { a.end(); server.close(); }); }); a.resume(); });`,
  'addresses of both ends': `${head}
    const server = net.createServer((s) => { log(s.remoteAddress, s.remoteFamily, typeof s.remotePort, s.localAddress, s.localPort === server.address().port, s.localFamily); s.end(); });
    listen(server, (port) => { const s = net.connect(port, '127.0.0.1'); log(s.remoteAddress, JSON.stringify(s.address())); s.on('connect', () => { log(s.remoteAddress, s.remotePort === port, s.localAddress, s.remoteFamily, JSON.stringify({ ...s.address(), port: 0 })); }); s.resume(); s.on('close', () => { log(s.remoteAddress, s.localAddress); server.close(); }); });`,
  'a server on all addresses sees mapped ones': `${head}
    const server = net.createServer((s) => { log(s.remoteAddress, s.remoteFamily, s.localAddress, s.localFamily); s.end(); });
    server.listen(0, () => { const s = net.connect(server.address().port, '127.0.0.1'); s.resume(); s.on('close', () => server.close()); });`,
  'bad arguments': `${head}
    for (const call of [() => net.connect(70000), () => net.connect({}), () => net.connect({ port: 'abc' }), () => net.connect({ port: -1 }), () => net.createServer().listen(-1), () => net.createServer(5), () => new net.Socket().setTimeout(-1), () => new net.Socket().setTimeout('x'), () => net.createServer().listen({}), () => net.connect({ port: 1, host: 5 }), () => net.connect({ port: 1, lookup: 5 }), () => new net.Socket().write(null), () => new net.Socket().write(5), () => net.connect({ port: 1, localAddress: 'x' }) , () => net.connect()])
      try { const r = call(); log('no throw'); r.on?.('error', (e) => log(e.code)); r.close?.(); } catch (e) { log(e.name, e.code, e.message); }`,
  'connect after close: a socket is used again': `${head}
    let n = 0; const server = net.createServer((s) => { s.end('hi ' + ++n); });
    listen(server, (port) => { const s = new net.Socket(); s.setEncoding('utf8'); s.on('data', (d) => log(d)); s.on('close', (bad) => { log('close', bad); if (n < 2) s.connect(port, '127.0.0.1'); else server.close(); }); s.connect(port, '127.0.0.1'); });`,
  'cork, writev, and callbacks of writes in order': `${head}
    const server = net.createServer((s) => { let t = ''; s.on('data', (d) => t += d); s.on('end', () => log(t)); });
    listen(server, (port) => { const s = net.connect(port, '127.0.0.1'); s.cork(); for (const x of 'abc') s.write(x, () => log('written', x)); s.write('€', 'utf8', () => log('euro')); s.write('00ff', 'hex'); process.nextTick(() => s.uncork()); log(s.bytesWritten, s.writableLength); s.on('connect', () => { log(s.bytesWritten); s.write('x', () => { log('x', s.bytesWritten); s.end(); }); }); s.on('close', () => server.close()); s.resume(); });`,
  'a signal aborts a connection and a server': `${head}
    const a = new AbortController(); const server = net.createServer((s) => s.resume()).listen({ port: 0, host: '127.0.0.1', signal: a.signal }, () => {
      const c = new AbortController(); const s = trace('client', net.connect({ port: server.address().port, host: '127.0.0.1', signal: c.signal })); s.on('error', (e) => log(e.name, e.code)); s.on('connect', () => c.abort()); s.on('close', () => a.abort()); });
    server.on('close', () => log('server closed'));`,
  'async iteration over a socket': `${head}
    const server = net.createServer(async (s) => { for await (const d of s) { log('server', String(d)); s.end('bye'); } log('over'); server.close(); });
    listen(server, async (port) => { const s = net.connect(port, '127.0.0.1'); s.write('hi'); for await (const d of s) log('client', String(d)); log('done', s.destroyed); });`,
  'unref lets the process end': `${head}
    const server = net.createServer((s) => { s.unref(); }); listen(server, (port) => { const s = net.connect(port, '127.0.0.1', () => { s.unref(); server.unref(); log('unref'); }); }); process.on('exit', (c) => log('exit', c));`,
  'net as functions and constants': `${head}
    const s = net.Socket(); log(s instanceof net.Socket, net.Stream === net.Socket, net.Server() instanceof net.Server, net.isIP('::1'), net.createConnection.length, net.Socket.name, net.Server.name, s.constructor.name);
    log(Object.keys(new net.Server()).join(), s.readyState, s.connecting, s.pending, s.bytesRead, s.bytesWritten, s.bufferSize, s.remoteAddress, s.timeout, s.allowHalfOpen);
    class Mine extends net.Socket {} log(new Mine() instanceof net.Socket, new Mine().constructor.name);`,
};
