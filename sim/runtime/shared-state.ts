/**
 * Settings of the realm that are one variable for all but belong to each program: `Error.stackTraceLimit`,
 * `EventEmitter.defaultMaxListeners` and their like. While a process handles an event its own values are in force; afterwards the
 * realm's are again. A process that never sets one pays a comparison per event.
 */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

/** Values of one process that differ from the realm's. */
interface Own {
  stackTraceLimit: number | undefined;
  defaultMaxListeners: number;
  captureRejections: boolean;
  inspect: Options | undefined;
}

type Options = Record<string, unknown>;
type Emitter = typeof EventEmitter & { captureRejections: boolean };

const emitter = EventEmitter as Emitter;
const options = inspect.defaultOptions as Options;
const optionNames = Object.keys(options);

/** The settings of one process. */
export class SharedState {
  #own: Own | undefined;
  #stackTraceLimit = 0;
  #defaultMaxListeners = 0;
  #captureRejections = false;
  #inspect: Options | undefined;

  /** The program has `node:util`: from now on the defaults of `inspect` are watched as well. */
  watchInspect(): void {
    this.#inspect ??= { ...options };
  }

  /** The process begins to run. */
  enter(): void {
    this.#stackTraceLimit = Error.stackTraceLimit;
    this.#defaultMaxListeners = emitter.defaultMaxListeners;
    this.#captureRejections = emitter.captureRejections;
    if (this.#own !== undefined) put(this.#own);
  }

  /** It is done: what it changed is kept for its next event. */
  leave(): void {
    const own: Own | undefined = this.#own;
    if (
      own === undefined &&
      Error.stackTraceLimit === this.#stackTraceLimit &&
      emitter.defaultMaxListeners === this.#defaultMaxListeners &&
      emitter.captureRejections === this.#captureRejections &&
      !this.#hasOtherInspect()
    )
      return;
    this.#own = {
      stackTraceLimit: Error.stackTraceLimit,
      defaultMaxListeners: emitter.defaultMaxListeners,
      captureRejections: emitter.captureRejections,
      inspect: this.#inspect === undefined ? undefined : { ...options },
    };
    put({
      stackTraceLimit: this.#stackTraceLimit,
      defaultMaxListeners: this.#defaultMaxListeners,
      captureRejections: this.#captureRejections,
      inspect: this.#inspect,
    });
  }

  #hasOtherInspect(): boolean {
    const before = this.#inspect;
    if (before === undefined) return false;
    for (const name of optionNames) if (options[name] !== before[name]) return true;
    return false;
  }
}

function put({ stackTraceLimit, defaultMaxListeners, captureRejections, inspect: defaults }: Own): void {
  if (defaults !== undefined) Object.assign(options, defaults);
  if (stackTraceLimit === undefined) Reflect.deleteProperty(Error, 'stackTraceLimit');
  else Error.stackTraceLimit = stackTraceLimit;
  emitter.defaultMaxListeners = defaultMaxListeners;
  emitter.captureRejections = captureRejections;
}
