/**
 * A client's connection and the one to the upstream that belongs to it: two sockets, two lines.
 *
 * A socket is closed as a whole, without a shutdown before: the kernel then sends FIN, or RST when there are bytes that nobody read. With
 * `resetsSockets` it always sends RST.
 */
import type net from 'node:net';
import { type ConnectionLabeller, createLabeller, type MessageLabel } from '../../harness/labels/index.ts';
import type { AppliedToxic, Direction } from './applied-toxic.ts';
import type { MessageEnd } from './chunk.ts';
import type { Freezer } from './freezer.ts';
import { Gate, TrackedMessage } from './gate.ts';
import { Line } from './line.ts';
import type { MessageHooks, Route } from './messages.ts';
import { Outlet } from './outlet.ts';

/** What all connections of a proxy server share. */
export interface Surroundings {
  readonly hooks: MessageHooks | undefined;
  readonly freezer: Freezer;
  readonly nextConnection: () => number;
  readonly nextMessage: () => number;
}

export interface ConnectionOptions extends Surroundings {
  readonly proxy: string;
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly toxics: Readonly<Record<Direction, readonly AppliedToxic[]>>;
  /** Called once, when both sockets are closed. */
  readonly onClose: () => void;
}

export class Connection {
  readonly id: number;
  readonly #options: ConnectionOptions;
  readonly #resetsSockets: boolean;
  readonly #lines: Readonly<Record<Direction, Line>>;
  #socketsOpen = 2;

  constructor(options: ConnectionOptions) {
    this.id = options.nextConnection();
    this.#options = options;
    const { client, server, toxics, hooks } = options;
    this.#resetsSockets = [...toxics.upstream, ...toxics.downstream].some(({ kind }) => kind.resetsSockets);
    const route = hooks?.route(options.proxy);
    const labeller = route === undefined ? undefined : createLabeller(route.protocol, options.nextMessage);
    const line = (direction: Direction): Line => {
      const [source, target] = direction === 'upstream' ? [client, server] : [server, client];
      const outlet = new Outlet(target, () => this.#close(target));
      const gate = route === undefined ? undefined : this.#gate(outlet);
      const label = gate === undefined ? undefined : this.#label(direction, route!, labeller!, gate);
      const onBite = (toxic: AppliedToxic) => this.#bite(toxic);
      return new Line({ source, outlet, gate, label, onBite }, toxics[direction]);
    };
    this.#lines = { upstream: line('upstream'), downstream: line('downstream') };
    for (const socket of [client, server]) {
      // Why a socket failed matters to no toxic; `close` follows in any case.
      socket.on('error', () => {});
      socket.once('close', () => this.#onSocketClose());
    }
    this.#lines.upstream.start();
    this.#lines.downstream.start();
  }

  line(direction: Direction): Line {
    return this.#lines[direction];
  }

  /** Closes both sockets at once. */
  close(): void {
    this.#close(this.#options.client);
    this.#close(this.#options.server);
  }

  /** Closes both sockets with RST. */
  reset(): void {
    this.#options.client.resetAndDestroy();
    this.#options.server.resetAndDestroy();
  }

  #close(socket: net.Socket): void {
    if (this.#resetsSockets) socket.resetAndDestroy();
    else socket.destroy();
  }

  #onSocketClose(): void {
    this.#socketsOpen -= 1;
    if (this.#socketsOpen > 0) return;
    this.#lines.upstream.dispose();
    this.#lines.downstream.dispose();
    this.#options.onClose();
  }

  #gate(outlet: Outlet): Gate {
    const { hooks, freezer } = this.#options;
    return new Gate({ hooks: hooks!, freezer, outlet, reset: () => this.reset() });
  }

  #label(
    direction: Direction,
    { client, server }: Route,
    labeller: ConnectionLabeller,
    gate: Gate,
  ): (bytes: Buffer) => readonly MessageEnd[] | undefined {
    const link = direction === 'upstream' ? { from: client, to: server } : { from: server, to: client };
    const track = ({ id, type, label, bytes, answers }: MessageLabel): TrackedMessage =>
      new TrackedMessage({ id, link, type, label, bytes, answers, connection: this.id, proxy: this.#options.proxy });
    return (bytes) => {
      const labels = direction === 'upstream' ? labeller.fromClient(bytes) : labeller.fromServer(bytes);
      let start = 0;
      return labels?.map((label) => {
        const message = track(label);
        gate.sent(message, bytes.subarray(start, label.end));
        start = label.end;
        return { end: label.end, message };
      });
    };
  }

  #bite(toxic: AppliedToxic): void {
    const { hooks, proxy } = this.#options;
    if (toxic.hasBitten) return;
    toxic.hasBitten = true;
    hooks?.bitten?.({ proxy, toxic: toxic.name, connection: this.id });
  }
}
