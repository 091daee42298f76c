/** toxiproxy-node-client works with the embedded proxy as it is, and what only the embedded proxy says is said. */
import { Toxiproxy } from 'toxiproxy-node-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyServer, type ProxyServerOptions, startProxyServer } from '../../../infra/proxy/index.ts';

describe('toxiproxy-node-client', () => {
  let server: ProxyServer;
  beforeAll(async () => {
    server = await startProxyServer();
  });
  afterAll(() => server.close());

  test('makes, changes, lists and removes proxies and toxics', async () => {
    const client = new Toxiproxy(server.url);
    expect(await client.getVersion()).toBe('{"version": "2.12.0"}\n');
    const proxy = await client.createProxy({ name: 'redis', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
    expect(proxy.listen).toMatch(/^127\.0\.0\.1:\d+$/);
    const toxic = await proxy.addToxic({
      name: 'slow',
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 10, jitter: 1 },
    });
    const changed = await toxic.update({
      name: 'slow',
      type: 'latency',
      stream: 'downstream',
      toxicity: 0.5,
      attributes: { latency: 20, jitter: 1 },
    });
    expect(changed.attributes).toEqual({ latency: 20, jitter: 1 });
    expect((await proxy.getToxic('slow')).toxicity).toBe(0.5);
    await toxic.remove();
    expect((await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream })).enabled).toBe(
      false,
    );
    await client.populate([{ name: 'pg', listen: '127.0.0.1:0', upstream: '127.0.0.1:2' }]);
    await client.reset();
    const all = await client.getAll();
    expect(Object.keys(all).sort()).toEqual(['pg', 'redis']);
    expect(all['redis']!.enabled).toBe(true);
    await proxy.remove();
    await expect(client.get('redis')).rejects.toThrow('Request failed with status code 404');
  });
});

describe('the embedded proxy', () => {
  const post = async (options: ProxyServerOptions, path: string, body: string): Promise<unknown> => {
    const server = await startProxyServer(options);
    try {
      return await (await fetch(server.url + path, { method: 'POST', body })).json();
    } finally {
      await server.close();
    }
  };
  const everywhere = JSON.stringify({ name: 'a', listen: '0.0.0.0:0', upstream: '127.0.0.1:1' });

  test('binds nothing but loopback addresses', async () => {
    expect(await post({}, '/proxies', everywhere)).toEqual({
      error:
        'listen tcp 0.0.0.0:0: this proxy server binds loopback addresses only; write 127.0.0.1, or start it with another --host',
      status: 500,
    });
  });

  test('binds other addresses once its API does', async () => {
    expect(await post({ host: '0.0.0.0' }, '/proxies', everywhere)).toMatchObject({ name: 'a', enabled: true });
  });

  test('refuses a body that is too long', async () => {
    expect(await post({}, '/proxies', ' '.repeat(17 * 1024 * 1024))).toEqual({
      error: 'the body is longer than 16777216 bytes',
      status: 413,
    });
  });

  test('says which port is taken', async () => {
    const server = await startProxyServer();
    await expect(startProxyServer({ port: server.port })).rejects.toThrow(
      `Port ${server.port} on 127.0.0.1 is taken. Choose another with --port, or 0 for any.`,
    );
    await server.close();
  });
});
