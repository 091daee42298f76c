/**
 * Tampers with HTTP exchanges on their way, as a proxy between caller and service would do it: it refuses requests, replaces, corrupts,
 * truncates and delays, and delivers twice. Programs on both ends are unmodified.
 *
 * A message is gathered segment by segment at its arrival, from one that looks like its beginning to the one in which the labeller says
 * that it ends; what then has not the size of that one message (a pipelined one, one that had begun before the fault) goes on as it was.
 * Only messages that a fault is after are gathered. Replies without a length end with their connection and are never touched.
 */
import type { TamperOptions } from '../../harness/world.ts';
import { Lane, Slowness } from '../kernel/actor.ts';
import type { Stream } from '../kernel/stream.ts';
import { corrupted, headOf, statusReply, truncated } from './http-text.ts';
import type { MessageLabel } from './label.ts';
import type { Network } from './network.ts';
import type { Endpoint, EndpointOwner } from './socket.ts';
import { Segment } from './socket.ts';

/** Larger messages go on untouched: the sender's window must not fill while one is gathered. */
const GATHERED_BYTES_MAX = 256 * 1024;
/** Between client and server of modelled TLS a second connection would need a handshake of its own. */
const TLS_PORT = 443;

interface Fault {
  readonly options: TamperOptions;
  readonly stream: Stream;
  readonly matches: (from: string, to: string, label: string) => boolean;
  readonly bite: (detail: string) => void;
  hits: number;
  isLifted: boolean;
}

interface Exchange {
  /** Segments of a request, or a reply, that is not whole yet. */
  request: Segment[];
  requestFault: Fault | undefined;
  reply: Segment[];
  /** Faults that wait for the reply, by the id of the request. */
  readonly awaited: Map<number, { readonly fault: Fault; readonly label: string }>;
}

export class Tamperer {
  readonly #network: Network;
  readonly #faults: Fault[] = [];
  readonly #exchanges = new Map<number, Exchange>();
  /** Connections of copies, which are not tampered with. */
  readonly #copies = new Set<number>();
  #lane: Lane | undefined;

  constructor(network: Network) {
    this.#network = network;
  }

  /** True while there is something to do: asked for each segment. */
  get isActive(): boolean {
    return this.#faults.length > 0 || this.#exchanges.size > 0;
  }

  /** Puts a fault in force; the result lifts it. */
  add(options: TamperOptions, matches: Fault['matches'], bite: (detail: string) => void): () => void {
    const stream = this.#network.kernel.streams.of(`tamper/${options.link}/${options.label}/${options.how.kind}`);
    const fault: Fault = { options, stream, matches, bite, hits: 0, isLifted: false };
    this.#faults.push(fault);
    return () => {
      if (fault.isLifted) return;
      fault.isLifted = true;
      this.#faults.splice(this.#faults.indexOf(fault), 1);
    };
  }

  /** Looks at a segment that arrives; true when it must not go on now. */
  takes(segment: Segment, isFromClient: boolean): boolean {
    const { connection } = segment.source;
    if (this.#copies.has(connection)) return false;
    if (segment.kind === 'fin' || segment.kind === 'rst') {
      this.#flush(connection, isFromClient);
      // A caller may half-close and still read its reply.
      if (!isFromClient || segment.kind === 'rst') this.#exchanges.delete(connection);
    }
    if (segment.kind !== 'data') return false;
    return isFromClient ? this.#request(segment) : this.#reply(segment);
  }

  // Requests.

  #request(segment: Segment): boolean {
    const { connection } = segment.source;
    let exchange = this.#exchanges.get(connection);
    if (exchange === undefined || exchange.request.length === 0) {
      const label = labelAtStart(segment.bytes);
      const fault = label === undefined ? undefined : this.#chosen(segment, label);
      if (fault === undefined) return false;
      exchange ??= { request: [], requestFault: undefined, reply: [], awaited: new Map() };
      this.#exchanges.set(connection, exchange);
      exchange.requestFault = fault;
    }
    exchange.request.push(segment);
    const messages = segment.messages;
    if (messages === undefined) {
      if (sizeOf(exchange.request) > GATHERED_BYTES_MAX) this.#flush(connection, true);
      return true;
    }
    const segments = exchange.request;
    const fault = exchange.requestFault!;
    exchange.request = [];
    exchange.requestFault = undefined;
    const [message] = messages;
    if (messages.length !== 1 || message!.bytes !== sizeOf(segments) || !this.#strikes(fault)) passAll(segments);
    else this.#strikeRequest(exchange, fault, segments, message!);
    this.#forgetIdle(connection, exchange);
    return true;
  }

  /** The first fault in force that this request matches. */
  #chosen({ source }: Segment, label: string): Fault | undefined {
    const from = source.host.name;
    const to = source.remoteHost.name;
    return this.#faults.find((fault) => fault.hits < fault.options.count && fault.matches(from, to, label));
  }

  #strikes(fault: Fault): boolean {
    const { share } = fault.options;
    if (fault.isLifted || fault.hits >= fault.options.count) return false;
    return share >= 1 || fault.stream.double() < share;
  }

  #strikeRequest(exchange: Exchange, fault: Fault, segments: Segment[], message: MessageLabel): void {
    const { how } = fault.options;
    switch (how.kind) {
      case 'refuse':
        this.#hit(fault, `"${message.label}" was refused with ${how.status}`);
        this.#refuse(segments, message, how.status);
        return;
      case 'delay-request':
        this.#hit(fault, `"${message.label}" came late`);
        holdFor(segments, how.delayMs);
        return;
      case 'duplicate':
        if (segments[0]!.source.remotePort !== TLS_PORT) {
          this.#hit(fault, `"${message.label}" came twice`);
          this.#copyLater(segments, how.delayMs);
        }
        passAll(segments);
        return;
      case 'replace':
      case 'corrupt':
      case 'truncate':
      case 'delay-reply':
        exchange.awaited.set(message.id, { fault, label: message.label });
        passAll(segments);
        return;
    }
  }

  #hit(fault: Fault, detail: string): void {
    fault.hits++;
    fault.bite(detail);
  }

  /** Answers in the service's place. */
  #refuse(segments: readonly Segment[], message: MessageLabel, status: number): void {
    const { source } = segments[0]!;
    source.reconsider(-sizeOf(segments));
    this.#network.noteLost(source, message);
    const reply = statusReply(status, headOf(bytesOf(segments)));
    const { peer } = source;
    // Labels go by the order of requests and replies: the service's end says it, though the service knows nothing.
    if (peer !== undefined && peer.canSend) peer.send(reply);
  }

  /** Sends a copy of a request on a connection of its own. */
  #copyLater(segments: readonly Segment[], delayMs: number): void {
    const { kernel } = this.#network;
    const { host, remoteHost, remotePort } = segments[0]!.source;
    const bytes = Buffer.from(bytesOf(segments));
    this.#lane ??= new Lane(kernel, 'network', 0, new Slowness());
    const lane = this.#lane;
    kernel.at(kernel.now + Math.round(delayMs * 1000), () => {
      const endpoint = this.#network.open(host, remoteHost, remotePort, lane);
      this.#copies.add(endpoint.connection);
      endpoint.owner = new CopyOwner(endpoint, bytes, () => this.#copies.delete(endpoint.connection));
      endpoint.connect();
    });
  }

  // Replies.

  #reply(segment: Segment): boolean {
    const { connection } = segment.source;
    const exchange = this.#exchanges.get(connection);
    if (exchange === undefined || (exchange.awaited.size === 0 && exchange.reply.length === 0)) return false;
    exchange.reply.push(segment);
    const { messages } = segment;
    if (messages === undefined) {
      if (sizeOf(exchange.reply) > GATHERED_BYTES_MAX) this.#flush(connection, false);
      return true;
    }
    const segments = exchange.reply;
    exchange.reply = [];
    const [message] = messages;
    const awaited = message?.answers === undefined ? undefined : exchange.awaited.get(message.answers);
    if (messages.length !== 1 || awaited === undefined || message!.bytes !== sizeOf(segments)) {
      for (const { answers } of messages) if (answers !== undefined) exchange.awaited.delete(answers);
      passAll(segments);
    } else {
      exchange.awaited.delete(message!.answers!);
      this.#strikeReply(awaited.fault, awaited.label, segments, message!);
    }
    this.#forgetIdle(connection, exchange);
    return true;
  }

  #strikeReply(fault: Fault, label: string, segments: Segment[], message: MessageLabel): void {
    const { how } = fault.options;
    if (fault.isLifted) {
      passAll(segments);
      return;
    }
    const whole = bytesOf(segments);
    switch (how.kind) {
      case 'replace':
        this.#hit(fault, `"${label}" was executed, and answered with ${how.status}`);
        substitute(segments, statusReply(how.status, headOf(whole)), { ...message, label: `${how.status} ${label}` });
        return;
      case 'corrupt': {
        const changed = corrupted(whole, fault.stream);
        if (changed === undefined) break;
        this.#hit(fault, `the reply to "${label}" was corrupted`);
        substitute(segments, changed, message);
        return;
      }
      case 'truncate': {
        const part = truncated(whole);
        if (part === undefined) break;
        this.#hit(fault, `the reply to "${label}" broke off`);
        const { source } = segments[0]!;
        substitute(segments, part, undefined);
        source.deliverFin();
        return;
      }
      case 'delay-reply':
        this.#hit(fault, `the reply to "${label}" came late`);
        holdFor(segments, how.delayMs);
        return;
    }
    passAll(segments);
  }

  /** What was gathered goes on: it is no whole message, or too large. */
  #flush(connection: number, isFromClient: boolean): void {
    const exchange = this.#exchanges.get(connection);
    if (exchange === undefined) return;
    const segments = isFromClient ? exchange.request : exchange.reply;
    if (isFromClient) {
      exchange.request = [];
      exchange.requestFault = undefined;
    } else exchange.reply = [];
    passAll(segments);
    this.#forgetIdle(connection, exchange);
  }

  #forgetIdle(connection: number, { request, reply, awaited }: Exchange): void {
    if (request.length === 0 && reply.length === 0 && awaited.size === 0) this.#exchanges.delete(connection);
  }
}

/** The caller's side of a copy: sends it, reads nothing. */
class CopyOwner implements EndpointOwner {
  readonly #endpoint: Endpoint;
  readonly #bytes: Buffer;
  readonly #over: () => void;

  constructor(endpoint: Endpoint, bytes: Buffer, over: () => void) {
    this.#endpoint = endpoint;
    this.#bytes = bytes;
    this.#over = over;
  }

  connected(): void {
    this.#endpoint.send(this.#bytes);
  }
  connectFailed(): void {
    this.#over();
  }
  data(): void {}
  ended(): void {
    this.#endpoint.close();
    this.#over();
  }
  reset(): void {
    this.#over();
  }
  drained(): void {}
}

/** `POST /charge` at the beginning of a request. */
function labelAtStart(bytes: Buffer): string | undefined {
  const end = bytes.indexOf('\r\n');
  const line = bytes.toString('latin1', 0, end < 0 ? Math.min(bytes.length, 2048) : end);
  const parts = /^([A-Z]+) ([^ ?]*)(?:\?[^ ]*)? HTTP\/1\.[01]$/.exec(line);
  return parts === null ? undefined : `${parts[1]} ${parts[2]}`;
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((size, { bytes }) => size + bytes.length, 0);
}

function bytesOf(segments: readonly Segment[]): Buffer {
  return segments.length === 1 ? segments[0]!.bytes : Buffer.concat(segments.map(({ bytes }) => bytes));
}

function passAll(segments: readonly Segment[]): void {
  for (const segment of segments) segment.source.network.pass(segment);
}

/** Holds the segments, and all that follows them on their connection. */
function holdFor(segments: readonly Segment[], delayMs: number): void {
  const { source } = segments[0]!;
  const { kernel } = source.network;
  source.hold(segments);
  kernel.at(kernel.now + Math.round(delayMs * 1000), () => source.release());
}

/** Delivers other bytes in the place of a message. */
function substitute(segments: readonly Segment[], bytes: Buffer, message: MessageLabel | undefined): void {
  const { source } = segments[0]!;
  source.reconsider(bytes.length - sizeOf(segments));
  const segment = new Segment('data', source, bytes);
  segment.messages = message === undefined ? undefined : [{ ...message, bytes: bytes.length }];
  source.network.pass(segment);
}
