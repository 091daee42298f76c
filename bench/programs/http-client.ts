/** Sequential POSTs over one kept-alive connection: the same file in sim and on real Node. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const post = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(
      { host: process.env['HOST'], port: Number(process.env['PORT']), path: '/x', method: 'POST', agent },
      (response) => {
        response.resume();
        response.on('end', resolve);
      },
    );
    request.on('error', reject);
    request.end('{"a":1}');
  });
const count = Number(process.env['COUNT']);
for (let index = 0; index < count / 10; index++) await post();
console.log('start');
for (let index = 0; index < count; index++) await post();
console.log('stop');
agent.destroy();
