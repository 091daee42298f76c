/** generate_series of every type it takes. Rows come lazily, so a LIMIT stops it. */
import type { CallContext, Datum, Interval, Numeric } from '../types/datum.ts';
import { invalidParameter } from '../types/errors.ts';
import { compareInterval } from '../types/interval.ts';
import { add, compareNumeric, one, sign } from '../types/numeric.ts';
import { addIntervalToInstant, addIntervalToLocal } from './datetime-arithmetic.ts';
import type { SetImplementation } from './implementation.ts';

const zeroStep = (): Error => invalidParameter('step size cannot equal zero');

function* integers(start: number, stop: number, step: number): Generator<Datum> {
  if (step === 0) throw zeroStep();
  // A step past the type's range ends the series, as in the server.
  for (let value = start; step > 0 ? value <= stop : value >= stop; value += step) yield value;
}

function* bigints(start: bigint, stop: bigint, step: bigint): Generator<Datum> {
  if (step === 0n) throw zeroStep();
  for (let value = start; step > 0n ? value <= stop : value >= stop; value += step) yield value;
}

function* decimals(start: Numeric, stop: Numeric, step: Numeric): Generator<Datum> {
  for (const [value, name] of [
    [start, 'start'],
    [stop, 'stop'],
    [step, 'step'],
  ] as const) {
    const what = name === 'step' ? 'step size' : `${name} value`;
    if (value.special === 1) throw invalidParameter(`${what} cannot be NaN`);
    if (value.special !== 0) throw invalidParameter(`${what} cannot be infinity`);
  }
  const direction = sign(step);
  if (direction === 0) throw zeroStep();
  for (let value = start; direction * compareNumeric(value, stop) <= 0; value = add(value, step)) yield value;
}

type Adder = (micros: number, step: Interval, context: CallContext) => number;

function* moments(start: number, stop: number, step: Interval, context: CallContext, adder: Adder): Generator<Datum> {
  const direction = compareInterval(step, { months: 0, days: 0, micros: 0 });
  if (direction === 0) throw zeroStep();
  for (let value = start; direction > 0 ? value <= stop : value >= stop; value = adder(value, step, context))
    yield value;
}

const num = (datum: Datum | undefined): number => datum as number;
const big = (datum: Datum | undefined): bigint => datum as bigint;
const dec = (datum: Datum | undefined): Numeric => datum as Numeric;

export const seriesSets: Record<string, SetImplementation> = {
  generate_series_int4: (a) => integers(num(a[0]), num(a[1]), 1),
  generate_series_step_int4: (a) => integers(num(a[0]), num(a[1]), num(a[2])),
  generate_series_int8: (a) => bigints(big(a[0]), big(a[1]), 1n),
  generate_series_step_int8: (a) => bigints(big(a[0]), big(a[1]), big(a[2])),
  generate_series_numeric: (a) => decimals(dec(a[0]), dec(a[1]), one),
  generate_series_step_numeric: (a) => decimals(dec(a[0]), dec(a[1]), dec(a[2])),
};

export const datetimeSets: Record<string, SetImplementation> = {
  generate_series_timestamp: (a, context) =>
    moments(num(a[0]), num(a[1]), a[2] as Interval, context, addIntervalToLocal),
  generate_series_timestamptz: (a, context) =>
    moments(num(a[0]), num(a[1]), a[2] as Interval, context, addIntervalToInstant),
};
