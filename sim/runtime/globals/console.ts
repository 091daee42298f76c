/** `console` over the process's own stdout and stderr; its stopwatches go by the process's clock. */
import { Console } from 'node:console';
import type { Writable } from 'node:stream';
import type { VirtualPerformance } from './performance.ts';

/** The `console` of one incarnation. */
export function createConsole(stdout: Writable, stderr: Writable, performance: VirtualPerformance): Console {
  const console = new Console({ stdout, stderr, colorMode: false, ignoreErrors: true });
  const started = new Map<string, number>();
  const elapsed = (label: string): string => {
    const from = started.get(label);
    return from === undefined ? '' : `${label}: ${(performance.now() - from).toFixed(3)}ms`;
  };
  Object.assign(console, {
    Console,
    // There is no inspector to see these.
    profile: () => undefined,
    profileEnd: () => undefined,
    timeStamp: () => undefined,
    context: () => console,
    createTask: () => ({ run: (call: () => unknown) => call() }),
    time: (label = 'default') => started.set(String(label), performance.now()),
    timeLog: (label = 'default', ...data: unknown[]) => {
      const text = elapsed(String(label));
      if (text !== '') console.log(text, ...data);
    },
    timeEnd: (label = 'default') => {
      const text = elapsed(String(label));
      if (text !== '') console.log(text);
      started.delete(String(label));
    },
  });
  return console;
}
