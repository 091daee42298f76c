/**
 * The embedded proxy: Toxiproxy's HTTP API and toxics in this process, and hooks that see each labelled message before its delivery.
 *
 * Read in this order:
 *   server.ts       `startProxyServer`: the simple entry; everything below serves it
 *   messages.ts     what the hooks see and may do (`on` triggers are built on it)
 *   proxy.ts        a listener, its toxics, its connections; `connection.ts` is two sockets and two lines
 *   line.ts         one direction: source → `stage.ts` for each toxic → `gate.ts` → `outlet.ts`, of `chunk.ts`
 *   toxics/         the toxics, one file each
 *   api/            HTTP: `http.ts` the routes, `acts.ts` what they do, `body-*.ts` and `show.ts` JSON as Go reads and writes it
 *
 * What does not live here: which proxies a run needs, triggers and their counts (`infra/world.ts`), labels (`harness/labels`).
 */
export type { Arrival, MessageHooks, ProxyMessage, Route, ToxicBite } from './messages.ts';
export { type ProxyServer, type ProxyServerOptions, startProxyServer } from './server.ts';
