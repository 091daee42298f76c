/**
 * What the API can do, on the set of proxies: reads a body, acts, gives the answer's body. Acts never overlap (`http.ts` runs one after the
 * other), so none needs a lock.
 */
import type { AppliedToxic, Direction } from '../applied-toxic.ts';
import { type ProxyOptions, ToxicProxy } from '../proxy.ts';
import { toxicKinds } from '../toxics/index.ts';
import { noop } from '../toxics/noop.ts';
import type { Attributes, ToxicKind } from '../toxics/toxic.ts';
import { ApiError, apiErrors } from './api-error.ts';
import { type Field, fill, fillList, type Structure } from './body-fields.ts';
import { type BodyNode, readBody } from './body-text.ts';
import { showProxies, showProxy, showToxic, showToxics, text } from './show.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export type ProxySettings = Omit<ProxyOptions, 'name' | 'listen' | 'upstream'>;

/** Toxiproxy's release whose API and toxics these are. */
export const TOXIPROXY_VERSION = '2.12.0';

interface WantedProxy {
  name: string;
  listen: string;
  upstream: string;
  isEnabled: boolean;
}

const ok = (body: string): Answer => ({ status: 200, body });
const created = (body: string): Answer => ({ status: 201, body });
const noContent: Answer = { status: 204, body: '' };

export class Acts {
  readonly proxies = new Map<string, ToxicProxy>();
  readonly #settings: ProxySettings;

  constructor(settings: ProxySettings) {
    this.#settings = settings;
  }

  version(): Answer {
    return ok(`{"version": "${TOXIPROXY_VERSION}"}\n`);
  }

  proxyIndex(): Answer {
    return ok(showProxies([...this.proxies.values()]));
  }

  async proxyCreate(body: Buffer): Promise<Answer> {
    const wanted = { name: '', listen: '', upstream: '', isEnabled: true };
    fill(readBody(body), proxyStructure(wanted));
    if (wanted.name === '') throw apiErrors.missingField('name');
    if (wanted.upstream === '') throw apiErrors.missingField('upstream');
    if (this.proxies.has(wanted.name)) throw apiErrors.proxyAlreadyExists();
    return created(showProxy(await this.#add(wanted)));
  }

  async populate(body: Buffer): Promise<Answer> {
    const done: ToxicProxy[] = [];
    try {
      for (const wanted of readWantedProxies(readBody(body))) done.push(await this.#addOrReplace(wanted));
    } catch (error) {
      const { message, status } = asApiError(error);
      return { status, body: `{"error":${text(message)},"status":${status},"proxies":${listOf(done)}}` };
    }
    return created(`{"proxies":${listOf(done)}}`);
  }

  proxyShow(name: string): Answer {
    return ok(showProxy(this.#proxy(name)));
  }

  async proxyUpdate(name: string, body: Buffer): Promise<Answer> {
    const proxy = this.#proxy(name);
    const { listen, upstream, isEnabled } = proxy;
    const wanted = { name, listen, upstream, isEnabled };
    fill(readBody(body), proxyStructure(wanted));
    await proxy.update(wanted);
    return ok(showProxy(proxy));
  }

  proxyDelete(name: string): Answer {
    this.#proxy(name).stop();
    this.proxies.delete(name);
    return noContent;
  }

  /** Starts every proxy and removes every toxic. */
  async reset(): Promise<Answer> {
    for (const proxy of this.proxies.values()) {
      await proxy.start();
      proxy.removeToxics();
    }
    return noContent;
  }

  toxicIndex(name: string): Answer {
    return ok(showToxics(this.#proxy(name)));
  }

  toxicCreate(name: string, body: Buffer): Answer {
    const proxy = this.#proxy(name);
    const toxic = readToxic(readBody(body), (other) => proxy.toxic(other) !== undefined);
    proxy.addToxic(toxic);
    return ok(showToxic(toxic));
  }

  toxicShow(name: string, toxic: string): Answer {
    return ok(showToxic(this.#toxic(name, toxic)));
  }

  toxicUpdate(name: string, toxicName: string, body: Buffer): Answer {
    const toxic = this.#toxic(name, toxicName);
    const { kind, attributes } = toxic;
    let { toxicity } = toxic;
    fill(readBody(body), {
      type: 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }',
      prefix: '.',
      fields: {
        attributes: { type: 'structure', structure: attributesStructure(kind, attributes) },
        toxicity: { type: 'float32', set: (value) => (toxicity = value) },
      },
    });
    toxic.toxicity = toxicity;
    this.#proxy(name).updateToxic(toxic);
    return ok(showToxic(toxic));
  }

  toxicDelete(name: string, toxic: string): Answer {
    this.#proxy(name).removeToxic(this.#toxic(name, toxic));
    return noContent;
  }

  #proxy(name: string): ToxicProxy {
    const proxy = this.proxies.get(name);
    if (proxy === undefined) throw apiErrors.proxyNotFound();
    return proxy;
  }

  #toxic(name: string, toxicName: string): AppliedToxic {
    const toxic = this.#proxy(name).toxic(toxicName);
    if (toxic === undefined) throw apiErrors.toxicNotFound();
    return toxic;
  }

  async #add({ name, listen, upstream, isEnabled }: WantedProxy): Promise<ToxicProxy> {
    const proxy = new ToxicProxy({ ...this.#settings, name, listen, upstream });
    if (isEnabled) await proxy.start();
    this.proxies.set(name, proxy);
    return proxy;
  }

  /** A proxy with the same addresses stays as it is, toxics and all. */
  async #addOrReplace(wanted: WantedProxy): Promise<ToxicProxy> {
    const existing = this.proxies.get(wanted.name);
    if (existing !== undefined) {
      if (!(await existing.differsFrom(wanted))) return existing;
      existing.stop();
    }
    return this.#add(wanted);
  }
}

/** What went wrong, as the API tells it; an error without a status of its own is a 500. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(error instanceof Error ? error.message : String(error), 500);
}

function listOf(proxies: readonly ToxicProxy[]): string {
  return proxies.length === 0 ? 'null' : `[${proxies.map(showProxy).join(',')}]`;
}

function proxyFields(wanted: WantedProxy): Record<string, Field> {
  return {
    name: { type: 'string', set: (value) => (wanted.name = value) },
    listen: { type: 'string', set: (value) => (wanted.listen = value) },
    upstream: { type: 'string', set: (value) => (wanted.upstream = value) },
    enabled: { type: 'bool', set: (value) => (wanted.isEnabled = value) },
    Logger: { type: 'structure', structure: { type: 'zerolog.Logger', prefix: '', fields: {} } },
  };
}

function proxyStructure(wanted: WantedProxy): Structure {
  return { type: 'toxiproxy.Proxy', prefix: 'Proxy.', fields: proxyFields(wanted) };
}

/** Of a proxy to populate, all but `enabled` is the plain proxy's. */
const embeddedFields: ReadonlySet<string> = new Set(['name', 'listen', 'upstream', 'Logger']);

function readWantedProxies(node: BodyNode): readonly WantedProxy[] {
  const type = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
  const all: WantedProxy[] = [];
  const structureOf = (): Structure => {
    const wanted = { name: '', listen: '', upstream: '', isEnabled: true };
    all.push(wanted);
    return { type, prefix: '.', embedded: { prefix: 'Proxy.', fields: embeddedFields }, fields: proxyFields(wanted) };
  };
  fillList(node, `[]${type}`, structureOf);
  for (const [index, { name, upstream }] of all.entries()) {
    if (name === '') throw apiErrors.missingField(`name at proxy ${index + 1}`);
    if (upstream === '') throw apiErrors.missingField(`upstream at proxy ${index + 1}`);
  }
  return all;
}

function attributesStructure(kind: ToxicKind, attributes: Attributes): Structure {
  const fields = kind.attributes.map(({ name, type }): [string, Field] => [
    name,
    { type, set: (value) => (attributes[name] = value) },
  ]);
  return {
    type: `toxics.${kind.structure}`,
    prefix: `${kind.structure}.attributes.`,
    fields: Object.fromEntries(fields),
  };
}

/** Read twice, as the real server does: the type decides what the attributes are. */
function readToxic(node: BodyNode, isTaken: (name: string) => boolean): AppliedToxic {
  let name = '';
  let type = '';
  let stream = 'downstream';
  let toxicity = 1;
  fill(node, {
    type: 'toxics.ToxicWrapper',
    prefix: 'ToxicWrapper.',
    fields: {
      attributes: { type: 'structure', structure: attributesStructure(noop, {}) },
      name: { type: 'string', set: (value) => (name = value) },
      type: { type: 'string', set: (value) => (type = value) },
      stream: { type: 'string', set: (value) => (stream = value) },
      toxicity: { type: 'float32', set: (value) => (toxicity = value) },
    },
  });
  const direction = stream.toLowerCase();
  if (!isDirection(direction)) throw apiErrors.invalidStream();
  if (name === '') name = `${type}_${stream}`;
  const kind = toxicKinds.get(type);
  if (kind === undefined) throw apiErrors.invalidToxicType();
  if (isTaken(name)) throw apiErrors.toxicAlreadyExists();
  const attributes: Attributes = {};
  fill(node, {
    type: '',
    prefix: '.',
    fields: { attributes: { type: 'structure', structure: attributesStructure(kind, attributes) } },
  });
  return { kind, name, stream, direction, toxicity, attributes, hasBitten: false };
}

function isDirection(text: string): text is Direction {
  return text === 'upstream' || text === 'downstream';
}
