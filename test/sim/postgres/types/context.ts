/** A session for tests of types and functions: fixed instant, zone and styles, a counting source of randomness. */
import type { CallContext } from '../../../../sim/postgres/types/datum.ts';
import { TypeRegistry } from '../../../../sim/postgres/types/index.ts';

export interface ContextOptions {
  readonly timeZone?: string;
  readonly dateStyle?: string;
  readonly intervalStyle?: string;
  readonly extraFloatDigits?: number;
  readonly byteaOutput?: string;
}

/** 2024-07-01 10:00:00 UTC. */
export const testMicros = 1_719_828_000_000_000;

export function testContext(options: ContextOptions = {}): CallContext {
  let drawn = 0;
  return {
    transactionMicros: testMicros,
    statementMicros: testMicros,
    clockMicros: () => testMicros + 5,
    timeZone: options.timeZone ?? 'UTC',
    dateStyle: options.dateStyle ?? 'ISO, MDY',
    intervalStyle: options.intervalStyle ?? 'postgres',
    extraFloatDigits: options.extraFloatDigits ?? 1,
    byteaOutput: options.byteaOutput ?? 'hex',
    random: () => 0.25,
    randomBytes: (length) => Buffer.alloc(length, ++drawn),
    setting: () => undefined,
    types: new TypeRegistry(),
  };
}
