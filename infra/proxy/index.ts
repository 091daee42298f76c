/**
 * The embedded proxy: Toxiproxy's HTTP API and toxics in this process, and hooks that see each labelled message before its delivery.
 *
 * Read in this order:
 *   messages.ts     what the hooks see and may do (`on` triggers are built on it)
 *   server.ts       `startProxyServer`: the simple entry; everything below serves it
 *
 * What does not live here: which proxies a run needs, triggers and their counts (`infra/world.ts`), labels (`harness/labels`).
 */
export type { Arrival, MessageHooks, ProxyMessage, Route, ToxicBite } from './messages.ts';
export { type ProxyServer, type ProxyServerOptions, startProxyServer } from './server.ts';
