/** statement_timeout: runs work that is interrupted when it is not through in time. Time passes only while the work waits. */
import type { Timer } from '../kernel/clock.ts';
import type { Backend } from './backend.ts';
import { statementTimeout } from './errors.ts';
import type { Waiting } from './wait.ts';

export function* withStatementTimeout<T>(backend: Backend, work: Waiting<T>): Waiting<T> {
  const timeoutMs = backend.settings.integer('statement_timeout');
  let timer: Timer | null = null;
  if (timeoutMs > 0) timer = backend.engine.after(timeoutMs * 1000, () => backend.interrupt(statementTimeout()));
  try {
    return yield* work;
  } finally {
    timer?.cancel();
  }
}
