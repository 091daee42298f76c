/**
 * LISTEN and NOTIFY: who listens to what, and the delivery of what a commit sends.
 * Source: PostgreSQL 15 manual, NOTIFY and LISTEN. Equal notifications of one transaction are sent once; the sender gets its own; a session
 * inside a transaction gets them when it ends.
 */
import type { Notification } from './transaction.ts';

export interface Listener {
  readonly processId: number;
  /** Takes a notification that a commit sent; tells its client when it may. */
  deliver(processId: number, notification: Notification): void;
}

/** Bytes of a payload, exclusive. */
export const PAYLOAD_BYTES_MAX = 8000;

export class NotificationHub {
  readonly #channels = new Map<string, Set<Listener>>();

  listen(listener: Listener, channel: string): void {
    const listeners = this.#channels.get(channel);
    if (listeners === undefined) this.#channels.set(channel, new Set([listener]));
    else listeners.add(listener);
  }

  unlisten(listener: Listener, channel: string): void {
    const listeners = this.#channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#channels.delete(channel);
  }

  unlistenAll(listener: Listener): void {
    for (const channel of this.channelsOf(listener)) this.unlisten(listener, channel);
  }

  channelsOf(listener: Listener): string[] {
    const list: string[] = [];
    for (const [channel, listeners] of this.#channels) if (listeners.has(listener)) list.push(channel);
    return list;
  }

  /** Sends the notifications of one committed transaction, in order. */
  send(processId: number, notifications: readonly Notification[]): void {
    for (const notification of notifications) {
      for (const listener of [...(this.#channels.get(notification.channel) ?? [])])
        listener.deliver(processId, notification);
    }
  }
}

/** Adds a notification to a transaction's list unless an equal one is there. */
export function addNotification(list: Notification[], notification: Notification): void {
  for (const known of list)
    if (known.channel === notification.channel && known.payload === notification.payload) return;
  list.push(notification);
}
