/**
 * Preload of a program whose clock a plan shifts: `Date` and `performance.timeOrigin` follow the file named by SEEDSTORM_CLOCK (see
 * clock-control.ts). Worker threads and Node children inherit it through NODE_OPTIONS.
 *
 * Differs: in infra monotonic time (`performance.now`, `process.hrtime`, timers) does not drift along with a clock that runs fast or slow,
 * `Intl.DateTimeFormat().format()` without a date and file times show the host's own clock, and servers keep the host's clock.
 */
import { openSync, readSync } from 'node:fs';
import { CLOCK_FILE_BYTES, shiftAt } from '../clock-control.ts';

const RealDate = globalThis.Date;
const numbers = new Float64Array(CLOCK_FILE_BYTES / 8);
const bytes = new Uint8Array(numbers.buffer);
const hrtime = process.hrtime.bigint.bind(process.hrtime);

function install(path: string): void {
  const file = openSync(path, 'r');
  const shiftMs = (): number => {
    do readSync(file, bytes, 0, CLOCK_FILE_BYTES, 0);
    while (numbers[0] !== numbers[4]);
    const state = { offsetMs: numbers[1]!, driftPpm: numbers[2]!, anchorMs: numbers[3]! };
    return shiftAt(state, Number(hrtime()) / 1e6);
  };
  const realNow = RealDate.now;
  const now = (): number => Math.floor(realNow() + shiftMs());
  const shifted = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  // `new Date().constructor` is the shifted one as well.
  RealDate.prototype.constructor = shifted;
  globalThis.Date = shifted;
  const timeOrigin = performance.timeOrigin + shiftMs();
  Object.defineProperty(performance, 'timeOrigin', { configurable: true, enumerable: true, get: () => timeOrigin });
}

const path = process.env['SEEDSTORM_CLOCK'];
if (path !== undefined && path !== '') install(path);
