/**
 * The network: hosts, directed links, connections, names. It moves segments, applies what faults do to links, and tells the run's
 * observer of messages. It knows nothing of programs or servers but their listeners and ends.
 */
import type { LinkCondition, TamperOptions } from '../../harness/world.ts';
import type { Actor } from '../kernel/actor.ts';
import { assert } from '../kernel/assert.ts';
import type { Micros } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Host, HostClock } from './host.ts';
import type { ConnectionLabeller, LabellerFactory, MessageLabel } from './label.ts';
import { DirectedLink, type LatencyModel } from './link.ts';
import { Endpoint, kindNumber, type Listener, Segment } from './socket.ts';
import { Tamperer } from './tampering.ts';

/** Hears of messages, when labels are on. */
export interface MessageObserver {
  sent(link: DirectedLink, connection: number, message: MessageLabel, segment: Segment, at: Micros): void;
  held(link: DirectedLink, connection: number, message: MessageLabel): void;
  lost(link: DirectedLink, connection: number, message: MessageLabel): void;
  /** Before delivery. Returns true when the segment must not go on (a trigger lost it, or the link is cut now). */
  arriving(link: DirectedLink, connection: number, message: MessageLabel, segment: Segment): void;
  delivered(link: DirectedLink, connection: number, message: MessageLabel): void;
}

export interface NetworkOptions {
  readonly kernel: Kernel;
  readonly epochMicros: Micros;
  readonly latency: LatencyModel;
}

/** Between programs of one host there is no wire. */
const LOOPBACK: LatencyModel = { medianMicros: 25, sigma: 0.2 };

interface Connection {
  readonly client: Endpoint;
  labeller: ConnectionLabeller | undefined;
}

export class Network {
  readonly kernel: Kernel;
  readonly hosts = new Map<string, Host>();
  readonly #epochMicros: Micros;
  readonly #latency: LatencyModel;
  readonly #byAddress = new Map<string, Host>();
  /** By lower-case name: case does not count in names, and URLs lose it. */
  readonly #byName = new Map<string, Host>();
  readonly #aliases = new Map<string, string>();
  readonly #links = new Map<string, DirectedLink>();
  readonly #open = new Map<number, Connection>();
  readonly #tamperer = new Tamperer(this);
  #connections = 0;
  #messages = 0;
  #labels: LabellerFactory | undefined;
  #observer: MessageObserver | undefined;

  constructor(options: NetworkOptions) {
    this.kernel = options.kernel;
    this.#epochMicros = options.epochMicros;
    this.#latency = options.latency;
  }

  /** Turns labels on: from now on new connections are labelled. */
  observe(labels: LabellerFactory, observer: MessageObserver): void {
    this.#labels = labels;
    this.#observer = observer;
  }

  addHost(name: string): Host {
    assert(!this.hosts.has(name), `host ${name} exists twice`);
    const number = this.hosts.size + 1;
    const host = new Host(name, `10.0.${number >> 8}.${number & 255}`, new HostClock(this.#epochMicros));
    this.hosts.set(name, host);
    this.#byName.set(name.toLowerCase(), host);
    this.#byAddress.set(host.address, host);
    return host;
  }

  /** Makes an outside name stand for a host. */
  addAlias(name: string, host: string): void {
    this.#aliases.set(name.toLowerCase(), host.toLowerCase());
  }

  /** The host of a name or an address as `from` sees it, or undefined (ENOTFOUND). */
  resolve(nameOrAddress: string, from: Host): Host | undefined {
    const name = nameOrAddress.toLowerCase();
    if (name === 'localhost' || name === '::1' || name.startsWith('127.') || name === '0.0.0.0' || name === '::')
      return from;
    return this.#byAddress.get(name) ?? this.#byName.get(this.#aliases.get(name) ?? name);
  }

  /** All names under which a host is reached: what its certificate is made out to. */
  namesOf(host: Host): readonly string[] {
    const aliases = [...this.#aliases].filter(([, target]) => target === host.name.toLowerCase()).map(([name]) => name);
    return [host.name.toLowerCase(), ...aliases];
  }

  hostByAddress(address: string): Host | undefined {
    return this.#byAddress.get(address);
  }

  link(from: string, to: string): DirectedLink {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new DirectedLink(from, to, from === to ? LOOPBACK : this.#latency, this.kernel.streams.of(`link/${key}`));
      this.#links.set(key, link);
    }
    return link;
  }

  /** A client's end towards a host and port; the caller sets its owner and calls `connect`. */
  open(from: Host, to: Host, remotePort: number, actor: Actor): Endpoint {
    const endpoint = new Endpoint({
      network: this,
      host: from,
      port: from.ephemeralPort(),
      remoteHost: to,
      remotePort,
      connection: ++this.#connections,
      actor,
      state: 'connecting',
    });
    this.#open.set(endpoint.connection, { client: endpoint, labeller: undefined });
    return endpoint;
  }

  /** Puts a condition on a directed link; the result lifts it. */
  disturb(from: string, to: string, condition: LinkCondition, bite: (detail: string) => void): () => void {
    const link = this.link(from, to);
    const lift = link.disturb(condition, bite);
    let isLifted = false;
    return () => {
      if (isLifted) return;
      isLifted = true;
      for (const segment of lift()) {
        if (condition.kind === 'blackhole') continue;
        segment.source.schedule(segment, this.kernel.now);
      }
      if (condition.kind === 'blackhole') this.#breakHoled(link);
    };
  }

  /** Tampers with HTTP exchanges; the result lifts it. */
  tamper(
    options: TamperOptions,
    matches: (from: string, to: string, label: string) => boolean,
    bite: (detail: string) => void,
  ): () => void {
    return this.#tamperer.add(options, matches, bite);
  }

  /** Resets every connection between two hosts; returns how many there were. */
  reset(one: string, other: string): number {
    let count = 0;
    for (const { client } of [...this.#open.values()]) {
      const from = client.host.name;
      const to = client.remoteHost.name;
      if ((from === one && to === other) || (from === other && to === one)) {
        this.breakConnection(client.connection);
        count++;
      }
    }
    return count;
  }

  /** Breaks a connection: both ends see a reset. */
  breakConnection(connection: number): void {
    const entry = this.#open.get(connection);
    if (entry === undefined) return;
    const { client } = entry;
    const { peer } = client;
    client.breakNow();
    peer?.breakNow();
    this.#open.delete(connection);
  }

  forget(endpoint: Endpoint): void {
    const { peer } = endpoint;
    if (peer === undefined || peer.state === 'closed') this.#open.delete(endpoint.connection);
  }

  departs(segment: Segment, departure: Micros): void {
    const { source } = segment;
    if (segment.kind === 'data') this.#label(segment, departure);
    const { hash } = this.kernel;
    hash.integer(departure);
    hash.word((kindNumber[segment.kind] << 24) | (source.connection & 0xff_ffff));
    hash.word((source.port << 16) ^ source.remotePort);
    if (segment.bytes.length > 0) hash.bytes(segment.bytes);
    hash.onFold?.(hash.digest(), () => this.#describe(segment, departure));
  }

  arrive(segment: Segment): void {
    const { source } = segment;
    const link = source.outgoing;
    const { messages } = segment;
    if (source.held !== undefined) {
      source.held.push(segment);
      return;
    }
    if (link.isDisturbed && this.#isStopped(link, segment)) return;
    if (messages !== undefined && this.#observer !== undefined && !segment.hasArrived) {
      for (const message of messages) this.#observer.arriving(link, source.connection, message, segment);
      // A fault that a message triggered is in force now, before its delivery.
      if (segment.isLost) return;
      if (link.isDisturbed && this.#isStopped(link, segment)) return;
      if (source.held !== undefined) return;
    }
    if (
      this.#tamperer.isActive &&
      !segment.hasArrived &&
      this.#tamperer.takes(segment, this.#open.get(source.connection)?.client === source)
    )
      return;
    this.pass(segment);
  }

  /** Hands a segment that nothing stops to its receiver. */
  pass(segment: Segment): void {
    const { source } = segment;
    if (segment.kind === 'syn') {
      this.#takeSyn(source);
      return;
    }
    const { peer } = source;
    if (peer === undefined) return;
    // The host itself answers for an end that no program holds any more.
    if (peer.state === 'closed') peer.take(segment);
    else peer.actor.dispatch(segment);
  }

  /** A message will not be delivered. */
  noteLost(source: Endpoint, message: MessageLabel): void {
    this.#observer?.lost(source.outgoing, source.connection, message);
  }

  delivered(segment: Segment): void {
    if (this.#observer === undefined) return;
    for (const message of segment.messages!)
      this.#observer.delivered(segment.source.outgoing, segment.source.connection, message);
  }

  #isStopped(link: DirectedLink, segment: Segment): boolean {
    const { barrier } = link;
    if (barrier === 'open') return false;
    const { source, messages } = segment;
    link.stopped(
      `${segment.kind === 'data' ? `${segment.bytes.length} bytes` : segment.kind.toUpperCase()} from ${link.from} to ${link.to} ${barrier === 'cut' ? 'were held' : 'were lost'}`,
    );
    if (barrier === 'cut') {
      link.hold(segment);
      if (segment.kind === 'syn' && link.connectsSilently)
        source.actor.dispatch({ perform: () => source.established() });
    } else {
      this.#holed.add(source.connection);
    }
    if (messages !== undefined && this.#observer !== undefined) {
      for (const message of messages) {
        if (barrier === 'cut') this.#observer.held(link, source.connection, message);
        else this.#observer.lost(link, source.connection, message);
      }
    }
    return true;
  }

  readonly #holed = new Set<number>();

  #breakHoled(link: DirectedLink): void {
    for (const connection of [...this.#holed]) {
      const client = this.#open.get(connection)?.client;
      if (client === undefined) {
        this.#holed.delete(connection);
        continue;
      }
      const isOnLink =
        [client.host.name, client.remoteHost.name].includes(link.from) &&
        [client.host.name, client.remoteHost.name].includes(link.to);
      if (!isOnLink) continue;
      this.#holed.delete(connection);
      this.breakConnection(connection);
    }
  }

  #takeSyn(client: Endpoint): void {
    if (client.state === 'closed') return;
    const listener: Listener | undefined = client.remoteHost.listeners.get(client.remotePort);
    const server = new Endpoint({
      network: this,
      host: client.remoteHost,
      port: client.remotePort,
      remoteHost: client.host,
      remotePort: client.port,
      connection: client.connection,
      actor: listener?.actor ?? client.actor,
      state: listener === undefined ? 'closed' : 'open',
    });
    client.peer = server;
    server.peer = client;
    if (listener === undefined) {
      const refusal = new Segment('refused', server, Buffer.alloc(0));
      this.departs(refusal, this.kernel.now);
      server.schedule(refusal, this.kernel.now);
      return;
    }
    const connection = this.#open.get(client.connection);
    if (this.#labels !== undefined && connection !== undefined) {
      connection.labeller = this.#labels(listener.protocol, () => ++this.#messages);
    }
    server.acknowledgeConnect();
    listener.actor.dispatch({ perform: () => listener.accept(server) });
  }

  #label(segment: Segment, departure: Micros): void {
    const { source } = segment;
    const connection = this.#open.get(source.connection);
    const labeller = connection?.labeller;
    if (connection === undefined || labeller === undefined) return;
    const isClient = connection.client === source;
    segment.messages = isClient ? labeller.fromClient(segment.bytes) : labeller.fromServer(segment.bytes);
    if (segment.messages === undefined) return;
    for (const message of segment.messages)
      this.#observer?.sent(source.outgoing, source.connection, message, segment, departure);
  }

  #describe(segment: Segment, departure: Micros): string {
    const { source } = segment;
    const preview = segment.bytes.length === 0 ? '' : ` ${JSON.stringify(segment.bytes.toString('latin1', 0, 64))}`;
    return `${(departure / 1e6).toFixed(6)} s ${source.host.name}:${source.port} > ${source.remoteHost.name}:${source.remotePort} ${segment.kind} ${segment.bytes.length}${preview}`;
  }
}
