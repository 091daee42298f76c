/** The server half of the HTTP bench. */
import http from 'node:http';

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk;
  });
  request.on('end', () => response.end(`{"bytes":${body.length}}`));
});
server.listen(Number(process.env['PORT']), process.env['HOST'], () => console.log('listening'));
process.on('SIGTERM', () => process.exit());
