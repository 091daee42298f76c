/**
 * `node:worker_threads`: threads are refused, message channels are virtual. A port delivers by an event of its process, one message
 * at a time, structured-cloned when it is posted.
 */
import { EventEmitter } from 'node:events';
import * as real from 'node:worker_threads';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

type Handler = ((event: { readonly data: unknown; readonly type: string; readonly target: unknown }) => void) | null;

/** Taken at load: while a process is current, the name is its own. */
const { MessageEvent } = globalThis;

/** Of Node's class, but not made by it: that reads the real clock for its time stamp. */
function messageEvent(target: unknown, type: string, data: unknown): Parameters<NonNullable<Handler>>[0] {
  const fields: PropertyDescriptorMap = {};
  for (const [name, value] of Object.entries({ data, type, target, currentTarget: target, ports: [], timeStamp: 0 }))
    fields[name] = { value, enumerable: true, configurable: true };
  return Object.create(MessageEvent.prototype, fields) as Parameters<NonNullable<Handler>>[0];
}

class VirtualMessagePort extends EventEmitter {
  readonly #process: VirtualProcess;
  #other: VirtualMessagePort | undefined;
  readonly #queue: unknown[] = [];
  readonly #handlers = new Map<unknown, (...args: unknown[]) => void>();
  #isStarted = false;
  #isClosed = false;
  #isScheduled = false;
  #isRef = false;
  #onmessage: Handler = null;

  constructor(process: VirtualProcess) {
    super();
    this.#process = process;
    super.on('newListener', (name: string) => {
      if (name !== 'message') return;
      this.ref();
      this.start();
    });
  }

  static pair(process: VirtualProcess): [VirtualMessagePort, VirtualMessagePort] {
    const one = new VirtualMessagePort(process);
    const other = new VirtualMessagePort(process);
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  postMessage(value: unknown, transfer?: unknown): void {
    const list = Array.isArray(transfer)
      ? transfer
      : ((transfer as { transfer?: unknown[] } | undefined)?.transfer ?? []);
    const ports = list.filter((item) => item instanceof VirtualMessagePort);
    const others = list.filter((item) => !(item instanceof VirtualMessagePort));
    // A port itself cannot be cloned by the realm: it is carried as it is.
    const data = ports.length > 0 ? value : structuredClone(value, { transfer: others as never });
    const other = this.#other;
    if (other === undefined || other.#isClosed || this.#isClosed) return;
    other.#queue.push(data);
    other.#schedule();
  }

  /** Takes a message at once: `receiveMessageOnPort`. */
  receive(): { message: unknown } | undefined {
    return this.#queue.length === 0 ? undefined : { message: this.#queue.shift() };
  }

  start(): void {
    this.#isStarted = true;
    this.#schedule();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.unref();
    this.#later(() => this.emit('close'));
    this.#other?.close();
  }

  ref(): void {
    if (!this.#isRef && !this.#isClosed && this.#process.isAlive) this.#process.ref();
    this.#isRef = true;
  }

  unref(): void {
    if (this.#isRef && this.#process.isAlive) this.#process.unref();
    this.#isRef = false;
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  get onmessage(): Handler {
    return this.#onmessage;
  }

  set onmessage(handler: Handler) {
    if (this.#onmessage !== null) this.removeEventListener('message', this.#onmessage);
    this.#onmessage = handler;
    if (handler !== null) this.addEventListener('message', handler);
    else this.unref();
  }

  addEventListener(name: string, handler: unknown): void {
    const call = (data: unknown): void => (handler as NonNullable<Handler>)(messageEvent(this, name, data));
    this.#handlers.set(handler, call);
    this.on(name, call);
  }

  removeEventListener(name: string, handler: unknown): void {
    const call = this.#handlers.get(handler);
    if (call !== undefined) this.off(name, call);
  }

  #schedule(): void {
    if (!this.#isStarted || this.#isScheduled || this.#queue.length === 0) return;
    this.#isScheduled = true;
    this.#later(() => {
      this.#isScheduled = false;
      if (this.#isClosed || this.#queue.length === 0) return;
      const data = this.#queue.shift();
      this.#schedule();
      this.emit('message', data);
    });
  }

  #later(call: () => void): void {
    const { kernel } = this.#process;
    kernel.at(kernel.localNow(), () => this.#process.dispatch({ perform: call }));
  }
}

/** `node:worker_threads` of one incarnation. */
export function createWorkerThreads(process: VirtualProcess): Record<string, unknown> {
  const environment = new Map<unknown, unknown>();
  class MessageChannel {
    readonly port1: VirtualMessagePort;
    readonly port2: VirtualMessagePort;
    constructor() {
      [this.port1, this.port2] = VirtualMessagePort.pair(process);
    }
  }
  return {
    isMainThread: true,
    isInternalThread: false,
    threadId: 0,
    threadName: '',
    parentPort: null,
    workerData: null,
    resourceLimits: {},
    SHARE_ENV: real.SHARE_ENV,
    MessageChannel,
    MessagePort: VirtualMessagePort,
    receiveMessageOnPort: (port: VirtualMessagePort) => port.receive(),
    Worker: refusing(process, 'new worker_threads.Worker'),
    BroadcastChannel: refusing(process, 'new BroadcastChannel'),
    moveMessagePortToContext: refusing(process, 'worker_threads.moveMessagePortToContext'),
    postMessageToThread: refusing(process, 'worker_threads.postMessageToThread'),
    markAsUntransferable: real.markAsUntransferable,
    getEnvironmentData: (key: unknown) => environment.get(key),
    setEnvironmentData: (key: unknown, value: unknown) => void environment.set(key, value),
  };
}
