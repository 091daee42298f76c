/** Services under the names and ports of the outside world, and the modelled TLS in all its ways. */
import { describe, expect, it } from 'vitest';
import { createLabeller } from '../../../harness/labels/index.ts';
import { HELLO_PREFIX } from '../../../sim/runtime/modules/node-tls.ts';
import { runPrograms } from './programs.ts';

const bank = `import http from 'node:http'; http.createServer((req, res) => { let body = ''; req.on('data', (d) => body += d); req.on('end', () => res.end([req.method, req.url, req.headers.host, (req.socket as any).encrypted === true, body].join(' '))); }).listen(Number(process.env.PORT), process.env.HOST);`;
const asService = { role: 'service', env: { PORT: '8080', HOST: '0.0.0.0' } } as const;

describe('a service behind an outside name', () => {
  it('answers https on 443 and http on 80 while it listens on its own port by plain http', async () => {
    const { lines, end } = await runPrograms({
      aliases: { 'api.stripe.com': 'bank' },
      spec: asService,
      programs: {
        bank,
        client: `import https from 'node:https'; import http from 'node:http';
          console.log(await (await fetch('https://api.stripe.com/v1/charges', { method: 'POST', body: 'a=1' })).text());
          console.log(await (await fetch('http://api.stripe.com/plain')).text(), await (await fetch('http://bank:8080/own')).text());
          https.request({ host: 'api.stripe.com', path: '/request', method: 'PUT' }, (res) => { res.setEncoding('utf8'); res.on('data', (d) => console.log(d, res.socket.constructor.name, (res.socket as any).authorized)); res.on('end', () => process.exit()); }).end('x');`,
      },
      arrange: (world) => world.after(2000, () => world.kill('bank')),
    });
    expect(end.kind).toBe('quiescent');
    expect(lines.map((line) => line.replace('client: ', ''))).toEqual([
      'POST /v1/charges api.stripe.com true a=1',
      'GET /plain api.stripe.com false  GET /own bank:8080 false ',
      'PUT /request api.stripe.com true x TLSSocket true',
    ]);
  });

  it('gives way on 443 to a server of its own, before or after', async () => {
    const { lines } = await runPrograms({
      aliases: { 'api.example.com': 'bank' },
      spec: asService,
      programs: {
        bank: `import https from 'node:https'; ${bank} setTimeout(() => https.createServer({}, (req, res) => res.end('mine')).listen(443), 100); setTimeout(() => process.exit(), 5000);`,
        client: `setTimeout(async () => { console.log(await (await fetch('https://api.example.com/')).text()); process.exit(); }, 1000);`,
      },
    });
    expect(lines).toEqual(['client: mine']);
  });

  it('is labelled through the modelled TLS, however its bytes are split', () => {
    for (const size of [1, 7, 10_000]) {
      let id = 0;
      const labeller = createLabeller('http', () => ++id);
      const labels: string[] = [];
      const feed = (text: string, side: 'fromClient' | 'fromServer') => {
        const bytes = Buffer.from(text, 'latin1');
        for (let at = 0; at < bytes.length; at += size)
          for (const { label } of labeller[side](bytes.subarray(at, at + size)) ?? []) labels.push(label);
      };
      feed(`${HELLO_PREFIX}{"servername":"a"}\n`, 'fromClient');
      feed(`${HELLO_PREFIX}{"names":["a"]}\n`, 'fromServer');
      feed('POST /charge HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi', 'fromClient');
      feed('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'fromServer');
      expect(labels).toEqual(['POST /charge', '200 POST /charge']);
    }
  });
});

describe('tls over a socket that is open already', () => {
  it('upgrades both ends in place, as STARTTLS does, and closes both layers together', async () => {
    const { lines } = await runPrograms({
      programs: {
        server: `import net from 'node:net'; import tls from 'node:tls';
          net.createServer((raw) => { raw.once('data', (d) => { console.log('asked', String(d)); raw.write('S'); const s = new tls.TLSSocket(raw, { isServer: true }); s.on('secure', () => console.log('secure', (s as any).servername)); s.on('data', (x) => s.write('echo ' + x)); s.on('close', () => console.log('closed')); raw.on('close', () => console.log('raw closed')); }); }).listen(7); setTimeout(() => process.exit(), 5000);`,
        client: `import net from 'node:net'; import tls from 'node:tls';
          const raw = net.connect(7, 'server'); raw.write('STARTTLS'); raw.once('data', (d) => { console.log(String(d)); const s = tls.connect({ socket: raw, servername: 'server' }, () => { console.log('secureConnect', s.authorized, s.encrypted, s.remotePort, s.getPeerCertificate().subject.CN); s.write('hi'); }); s.setEncoding('utf8'); s.on('data', (x) => { console.log(x); s.end(); }); s.on('close', () => console.log('closed')); raw.on('close', () => console.log('raw closed')); });`,
      },
    });
    const of = (name: string) =>
      lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length + 2));
    expect(of('server')).toEqual(['asked STARTTLS', 'secure server', 'closed', 'raw closed']);
    expect(of('client')).toEqual(['S', 'secureConnect true true 7 server', 'echo hi', 'closed', 'raw closed']);
  });

  it('waits for a socket that still connects, and refuses a name that the certificate lacks', async () => {
    const { lines } = await runPrograms({
      programs: {
        server: `import tls from 'node:tls'; tls.createServer({}, (s) => s.end('hello')).listen(7); setTimeout(() => process.exit(), 5000);`,
        client: `import net from 'node:net'; import tls from 'node:tls';
          const s = tls.connect({ socket: net.connect(7, 'server'), servername: 'server' }); s.setEncoding('utf8'); s.on('data', (x) => console.log(x)); s.on('close', () => {
            tls.connect({ socket: net.connect(7, 'server'), servername: 'other.example' }).on('error', (e: any) => { console.log(e.code, e.host);
              tls.connect({ port: 7, host: 'server', servername: 'other.example', checkServerIdentity: () => undefined }, function () { console.log('custom check', this.authorized); this.destroy(); }); }); });`,
      },
    });
    expect(lines.filter((line) => line.startsWith('client'))).toEqual([
      'client: hello',
      'client: ERR_TLS_CERT_ALTNAME_INVALID other.example',
      'client: custom check true',
    ]);
  });
});
