/**
 * A TCP connection as its two programs can notice it: RFC 9293 without sequence numbers.
 *
 * Bytes come whole and in order; what retransmission hides is hidden, so loss shows as lateness. Modelled: connect (refused, timed
 * out), the handshake done by the host while its process is paused, a receive window with back-pressure, half-close, reset, data for a
 * closed end answered by a reset. Left out: Nagle, urgent data, TIME_WAIT (ephemeral ports are plenty).
 * Differs: a peer that stays silent for ever is never given up by retransmission timeout (Linux: after about 15 minutes).
 */
import type { Actor, Work } from '../kernel/actor.ts';
import { assert } from '../kernel/assert.ts';
import type { Micros } from '../kernel/clock.ts';
import { Task } from '../kernel/event-queue.ts';
import type { Host } from './host.ts';
import type { MessageLabel } from './label.ts';
import type { DirectedLink } from './link.ts';
import type { Network } from './network.ts';

/** Bytes that may be under way and unread in one direction. */
const WINDOW_BYTES = 512 * 1024;
/** Largest segment, as on a loopback device. */
const SEGMENT_BYTES = 64 * 1024;
/** Linux gives up a connect after six retransmissions. */
const CONNECT_TIMEOUT_MICROS = 127_000_000;

export type SocketErrorCode = 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT' | 'EPIPE';

/** What an end tells its owner; every call is made inside the owner's actor. */
export interface EndpointOwner {
  connected(): void;
  connectFailed(code: SocketErrorCode): void;
  data(bytes: Buffer): void;
  /** The peer half-closed. */
  ended(): void;
  /** The connection was reset. */
  reset(): void;
  /** All queued bytes went into the window. */
  drained(): void;
}

export interface Listener {
  readonly actor: Actor;
  /** Protocol for labels, where it is known. */
  readonly protocol: 'redis' | 'postgres' | 'http' | undefined;
  /** Hands an established connection to the program, inside its actor. The owner must be set before it returns. */
  accept(endpoint: Endpoint): void;
}

/**
 * - `connecting`: SYN sent. `open`: both directions. `sent-fin`: we sent our last byte, the peer may send.
 * - `got-fin`: the peer sent its last byte, we may send. `closed`: nothing more.
 */
export type EndpointState = 'connecting' | 'open' | 'sent-fin' | 'got-fin' | 'closed';

type SegmentKind = 'syn' | 'syn-ack' | 'refused' | 'data' | 'fin' | 'rst' | 'credit';
const kindNumber: Readonly<Record<SegmentKind, number>> = {
  syn: 1,
  'syn-ack': 2,
  refused: 3,
  data: 4,
  fin: 5,
  rst: 6,
  credit: 7,
};

const NO_BYTES = Buffer.alloc(0);

/** What travels over a link. */
export class Segment extends Task implements Work {
  readonly kind: SegmentKind;
  readonly source: Endpoint;
  readonly bytes: Buffer;
  /** Messages that end in this segment, when labels are on. */
  messages: readonly MessageLabel[] | undefined;
  /** A fault lost it at its arrival. */
  isLost = false;
  /** A fault held it at its arrival: it arrives again, and is met by none. */
  hasArrived = false;

  constructor(kind: SegmentKind, source: Endpoint, bytes: Buffer) {
    super();
    this.kind = kind;
    this.source = source;
    this.bytes = bytes;
  }

  /** It reached the far host: past the link's barrier it goes to the receiver. */
  override fire(): void {
    this.source.network.arrive(this);
  }

  perform(): void {
    this.source.receiver.take(this);
  }
}

class OwnerCall implements Work {
  readonly #call: () => void;
  constructor(call: () => void) {
    this.#call = call;
  }
  perform(): void {
    this.#call();
  }
}

export class Endpoint {
  readonly network: Network;
  readonly host: Host;
  readonly port: number;
  readonly connection: number;
  state: EndpointState;
  /** The other end; absent while the SYN has not arrived. */
  peer: Endpoint | undefined;
  readonly remoteHost: Host;
  readonly remotePort: number;
  readonly outgoing: DirectedLink;
  actor: Actor;
  owner: EndpointOwner | undefined;
  isReading = true;
  bytesSent = 0;
  bytesReceived = 0;
  #unread: Buffer[] = [];
  #unreadFin = false;
  #outstanding = 0;
  /** Segments of ours that a fault holds on their way, in order. */
  held: Segment[] | undefined;
  #queued: Buffer[] = [];
  #queuedBytes = 0;
  #finQueued = false;
  #lastArrival: Micros = 0;
  #connectTimeout: Task | undefined;

  constructor(options: {
    network: Network;
    host: Host;
    port: number;
    remoteHost: Host;
    remotePort: number;
    connection: number;
    actor: Actor;
    state: EndpointState;
  }) {
    this.network = options.network;
    this.host = options.host;
    this.port = options.port;
    this.remoteHost = options.remoteHost;
    this.remotePort = options.remotePort;
    this.connection = options.connection;
    this.actor = options.actor;
    this.state = options.state;
    this.outgoing = options.network.link(options.host.name, options.remoteHost.name);
  }

  /** Itself seen from its peer's segments: the end that receives. */
  get receiver(): Endpoint {
    const { peer } = this;
    assert(peer !== undefined, 'a segment has no receiver');
    return peer;
  }

  get bytesQueued(): number {
    return this.#queuedBytes;
  }

  get canSend(): boolean {
    return this.state === 'open' || this.state === 'got-fin';
  }

  /** Sends a SYN; the owner hears `connected` or `connectFailed`. */
  connect(): void {
    assert(this.state === 'connecting', 'a connect from another state');
    this.#transmit('syn', NO_BYTES);
    this.#connectTimeout = this.network.kernel.at(this.network.kernel.localNow() + CONNECT_TIMEOUT_MICROS, () => {
      if (this.state !== 'connecting') return;
      this.#close();
      this.#callOwner(() => this.owner?.connectFailed('ETIMEDOUT'));
    });
  }

  /**
   * Sends bytes, which must not change afterwards. Returns false when they wait for the window; `drained` follows.
   */
  send(bytes: Buffer): boolean {
    if (!this.canSend || this.#finQueued) return true;
    if (this.#queuedBytes > 0 || this.#outstanding >= WINDOW_BYTES) {
      this.#queued.push(bytes);
      this.#queuedBytes += bytes.length;
      return false;
    }
    this.#transmitData(bytes);
    return true;
  }

  /** Half-closes after all queued bytes. */
  shutdown(): void {
    if (!this.canSend || this.#finQueued) return;
    this.#finQueued = true;
    if (this.#queuedBytes === 0) this.#sendFin();
  }

  /** Closes both directions at once. Unread bytes make it a reset, as the host's TCP does. */
  close(): void {
    if (this.state === 'closed') return;
    if (this.state === 'connecting') {
      this.#close();
      return;
    }
    const mustReset = this.#unread.length > 0;
    if (mustReset) this.#transmit('rst', NO_BYTES);
    else if (this.state === 'open' || this.state === 'got-fin') this.#transmit('fin', NO_BYTES);
    this.#close();
  }

  /** Sends RST and forgets everything. */
  resetNow(): void {
    if (this.state === 'closed') return;
    if (this.state !== 'connecting') this.#transmit('rst', NO_BYTES);
    this.#close();
  }

  /** The network broke the connection: the owner sees ECONNRESET (or a refused connect). */
  breakNow(): void {
    if (this.state === 'closed') return;
    const wasConnecting = this.state === 'connecting';
    this.#close();
    this.#callOwner(() => (wasConnecting ? this.owner?.connectFailed('ECONNRESET') : this.owner?.reset()));
  }

  pauseReading(): void {
    this.isReading = false;
  }

  resumeReading(): void {
    if (this.isReading) return;
    this.isReading = true;
    if (this.#unread.length > 0 || this.#unreadFin) this.#callOwner(() => this.#deliverUnread());
  }

  /** Takes a segment that has passed the link; runs inside the owner's actor. */
  take(segment: Segment): void {
    switch (segment.kind) {
      case 'syn-ack':
        this.established();
        return;
      case 'refused':
        if (this.state !== 'connecting') return;
        this.#close();
        this.owner?.connectFailed('ECONNREFUSED');
        return;
      case 'data':
        this.#takeData(segment);
        break;
      case 'fin':
        this.#takeFin();
        break;
      case 'rst':
        if (this.state === 'closed') return;
        this.#close();
        this.owner?.reset();
        return;
      case 'credit':
        this.#flush();
        return;
      case 'syn':
        assert(false, 'a SYN reached an end');
    }
    if (segment.messages !== undefined) this.network.delivered(segment);
  }

  /** The handshake is over. */
  established(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    if (this.#connectTimeout !== undefined) this.network.kernel.queue.cancel(this.#connectTimeout);
    this.owner?.connected();
  }

  /** Answers for this end before it exists as a program's socket: the host's own SYN-ACK. */
  acknowledgeConnect(): void {
    this.#transmit('syn-ack', NO_BYTES);
  }

  #takeData(segment: Segment): void {
    const { source, bytes } = segment;
    source.#outstanding -= bytes.length;
    if (this.state === 'closed') {
      // Data for a closed end is answered by a reset.
      this.#transmit('rst', NO_BYTES);
      return;
    }
    this.bytesReceived += bytes.length;
    if (source.#queuedBytes > 0 && source.#outstanding < WINDOW_BYTES / 2) this.#transmit('credit', NO_BYTES);
    if (this.isReading) {
      this.actor.cpu += bytes.length / 1024;
      this.owner?.data(bytes);
    } else {
      this.#unread.push(bytes);
      source.#outstanding += bytes.length;
    }
  }

  #takeFin(): void {
    switch (this.state) {
      case 'open':
        this.state = 'got-fin';
        break;
      case 'sent-fin':
        this.#close();
        break;
      case 'connecting':
      case 'got-fin':
      case 'closed':
        return;
    }
    if (this.#unread.length > 0) this.#unreadFin = true;
    else this.owner?.ended();
  }

  #deliverUnread(): void {
    while (this.isReading && this.#unread.length > 0) {
      const bytes = this.#nextUnread();
      const { peer } = this;
      if (peer !== undefined) {
        peer.#outstanding -= bytes.length;
        if (peer.#queuedBytes > 0 && peer.#outstanding < WINDOW_BYTES / 2 && this.state !== 'closed') {
          this.#transmit('credit', NO_BYTES);
        }
      }
      this.owner?.data(bytes);
    }
    if (this.isReading && this.#unread.length === 0 && this.#unreadFin) {
      this.#unreadFin = false;
      this.owner?.ended();
    }
  }

  /** What one read takes from the host's buffer: segments that waited come as one piece, up to the size of a program's buffer. */
  #nextUnread(): Buffer {
    const unread = this.#unread;
    let size = unread[0]!.length;
    let count = 1;
    while (count < unread.length && size + unread[count]!.length <= SEGMENT_BYTES) size += unread[count++]!.length;
    if (count === 1) return unread.shift()!;
    return Buffer.concat(unread.splice(0, count), size);
  }

  #flush(): void {
    while (this.#queued.length > 0 && this.#outstanding < WINDOW_BYTES && this.canSend) {
      const bytes = this.#queued.shift()!;
      this.#queuedBytes -= bytes.length;
      this.#transmitData(bytes);
    }
    if (this.#queuedBytes > 0) return;
    if (this.#finQueued && this.canSend) this.#sendFin();
    this.owner?.drained();
  }

  #sendFin(): void {
    this.#transmit('fin', NO_BYTES);
    if (this.state === 'got-fin') this.#close();
    else this.state = 'sent-fin';
  }

  #transmitData(bytes: Buffer): void {
    if (bytes.length <= SEGMENT_BYTES) {
      this.#outstanding += bytes.length;
      this.bytesSent += bytes.length;
      this.#transmit('data', bytes);
      return;
    }
    for (let offset = 0; offset < bytes.length; offset += SEGMENT_BYTES) {
      this.#transmitData(bytes.subarray(offset, offset + SEGMENT_BYTES));
    }
  }

  #transmit(kind: SegmentKind, bytes: Buffer): void {
    const segment = new Segment(kind, this, bytes);
    const { network } = this;
    const departure = network.kernel.localNow();
    network.departs(segment, departure);
    this.schedule(segment, departure);
  }

  /** Sends a segment on its way at a time; also used again when a held one goes on. */
  schedule(segment: Segment, departure: Micros): void {
    const arrival = Math.max(this.#lastArrival, this.outgoing.arrivalOf(departure, segment.bytes.length));
    this.#lastArrival = arrival;
    this.network.kernel.queue.push(arrival, segment);
  }

  // What faults do to segments on their way.

  /** Holds segments that have arrived, and all that follow them on this connection. */
  hold(segments: readonly Segment[]): void {
    this.held ??= [];
    for (const segment of segments) {
      segment.hasArrived = true;
      this.held.push(segment);
    }
  }

  /** Lets go on what was held, in order. */
  release(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const segment of held) this.schedule(segment, this.network.kernel.now);
  }

  /** Bytes under way became more, or fewer, than were sent. */
  reconsider(difference: number): void {
    this.#outstanding += difference;
  }

  /** The network ends this direction in the sender's name. */
  deliverFin(): void {
    this.network.pass(new Segment('fin', this, NO_BYTES));
  }

  #close(): void {
    this.state = 'closed';
    this.#queued = [];
    this.#queuedBytes = 0;
    if (this.#connectTimeout !== undefined) this.network.kernel.queue.cancel(this.#connectTimeout);
    this.network.forget(this);
  }

  #callOwner(call: () => void): void {
    const work = new OwnerCall(call);
    this.network.kernel.at(this.network.kernel.localNow(), () => this.actor.dispatch(work));
  }
}

export { kindNumber };
