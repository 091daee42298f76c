/**
 * The messages that the embedded proxy tells of: they meet triggers, are held until a fault is in force, lost or held for longer by faults,
 * and recorded in a traced run.
 */
import type { UnplacedRecord } from '../harness/history/record.ts';
import type { Trigger } from '../harness/plan/format.ts';
import type { Lift, MessageOnLink } from '../harness/world.ts';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { NetworkOptions, ProxyNetwork } from './network.ts';
import type { Arrival, ProxyMessage } from './proxy/index.ts';
import { Triggers } from './triggers.ts';

const PREVIEW_BYTES = 128;

export interface MessageGateOptions {
  /** Takes message records; absent: the run is not traced. */
  readonly record: ((record: UnplacedRecord) => void) | undefined;
  readonly network: () => ProxyNetwork;
}

export class MessageGate {
  readonly hooks: NetworkOptions['hooks'];
  readonly #options: MessageGateOptions;
  readonly #triggers = new Triggers();
  #arriving: Arrival | undefined;
  /** Messages that a fault holds. */
  readonly #held = new Set<number>();

  constructor(options: MessageGateOptions) {
    this.#options = options;
    this.hooks = {
      ...(options.record === undefined
        ? {}
        : {
            sent: (message, bytes) => this.#note(message, 'sent', bytes),
            lost: (message) => this.#note(message, 'lost'),
          }),
      arriving: (arrival) => {
        this.#arriving = arrival;
        const isMet = this.#triggers.meet('before', arrival.message);
        this.#arriving = undefined;
        if (isMet) this.#holdUntilInForce(arrival);
      },
      delivered: (message) => {
        this.#note(message, 'delivered');
        if (this.#triggers.meet('after', message)) this.#holdUntilInForce(undefined);
      },
    };
  }

  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift {
    return this.#triggers.watch(trigger, callback);
  }

  /** Loses the message that a trigger is meeting. */
  drop(message: MessageOnLink): void {
    this.#arrivalOf(message).drop();
  }

  /** Keeps the message that a trigger is meeting, and what follows it on its connection. */
  hold(message: MessageOnLink): Lift {
    const arrival = this.#arrivalOf(message);
    arrival.hold();
    this.#held.add(message.id);
    return () => {
      this.#held.delete(message.id);
      arrival.release();
    };
  }

  #arrivalOf(message: MessageOnLink): Arrival {
    const arriving = this.#arriving;
    if (arriving?.message.id !== message.id)
      throw new SeedstormError('E_ASSERT', `A message is acted upon that is not arriving: "${message.label}".`);
    return arriving;
  }

  /** Nothing moves between a trigger's message and the moment when its fault is in force. */
  #holdUntilInForce(arrival: Arrival | undefined): void {
    arrival?.hold();
    const network = this.#options.network();
    const thaw = network.freeze();
    void network.settled().then(() => {
      thaw();
      // A fault may hold it for longer.
      if (arrival !== undefined && !this.#held.has(arrival.message.id)) arrival.release();
    });
  }

  #note(message: ProxyMessage, phase: 'sent' | 'delivered' | 'lost', lastBytes?: Buffer): void {
    const { id, link, label, type, bytes, connection, answers } = message;
    this.#options.record?.({
      kind: 'message',
      host: phase === 'delivered' ? link.to : link.from,
      id,
      from: link.from,
      to: link.to,
      label,
      type,
      bytes,
      phase,
      connection,
      ...(answers === undefined ? {} : { answers }),
      ...(lastBytes === undefined ? {} : { preview: lastBytes.toString('latin1', 0, PREVIEW_BYTES) }),
    });
  }
}
