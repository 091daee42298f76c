/**
 * Functions that touch the engine: sequences, advisory locks, sessions, settings, notifications. Same rows of pg_proc as every other function;
 * keyed by prosrc. Families: sequences.ts, advisory-locks.ts, backend-control.ts, definitions.ts.
 */
import { advisoryLockFunctions } from './advisory-locks.ts';
import { backendFunctions } from './backend-control.ts';
import { definitionFunctions } from './definitions.ts';
import type { SessionFunction } from './function.ts';
import { sequenceFunctions } from './sequences.ts';

export const sessionFunctions: ReadonlyMap<string, SessionFunction> = new Map(
  [sequenceFunctions, advisoryLockFunctions, backendFunctions, definitionFunctions].flatMap((family) =>
    Object.entries(family),
  ),
);
