/**
 * What Node itself would hold beyond a run, and through it the programs, the kernel and all the servers' data:
 *
 *  - the parsers of its HTTP client and server, each held until somebody frees it, which a program that has crashed never does, nor one
 *    whose connections are open when the run ends;
 *  - abort signals made of others (`AbortSignal.any`), held while somebody listens to them.
 *
 * One run at a time.
 */
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';

interface Parser {
  readonly socket: object | null;
}

/** The list of spare parsers in `lib/_http_common.js`, from which both sides take theirs and to which they return them. */
interface SpareParsers {
  alloc(): Parser;
  free(parser: Parser): boolean;
}

interface HttpCommon {
  readonly parsers: SpareParsers;
  freeParser(parser: Parser, request: undefined, socket: object | null): void;
}

const { parsers, freeParser } = createRequire(import.meta.url)('node:_http_common') as HttpCommon;
const { alloc, free } = parsers;
const taken = new Set<Parser>();

/** Signals below this number are not looked through. */
const SIGNALS_MIN = 64;
let signals: AbortSignal[] = [];
let signalsMax = SIGNALS_MIN;

/** A program made `signal` of others. */
export function noteCombinedSignal(signal: AbortSignal): void {
  if (signals.length >= signalsMax) {
    signals = signals.filter((one) => abortListeners(one).length > 0);
    signalsMax = Math.max(SIGNALS_MIN, 2 * signals.length);
  }
  signals.push(signal);
}

function abortListeners(signal: AbortSignal): ReturnType<typeof getEventListeners> {
  return getEventListeners(signal, 'abort');
}

/** Watches from now on; `release` lets go of what is left. */
export function watchLeftovers(): { release(): void } {
  parsers.alloc = function takeOne() {
    const parser = alloc.call(this);
    taken.add(parser);
    return parser;
  };
  parsers.free = function giveBack(parser) {
    taken.delete(parser);
    return free.call(this, parser);
  };
  return {
    release() {
      for (const parser of [...taken]) freeParser(parser, undefined, parser.socket);
      taken.clear();
      parsers.alloc = alloc;
      parsers.free = free;
      for (const signal of signals) {
        for (const listener of abortListeners(signal)) signal.removeEventListener('abort', listener as EventListener);
      }
      signals = [];
      signalsMax = SIGNALS_MIN;
    },
  };
}
