/** `node:tty`: no descriptor of a virtual process is a terminal. */
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

/** `node:tty` of one incarnation. */
export function createTty(process: VirtualProcess): Record<string, unknown> {
  return {
    isatty: () => false,
    ReadStream: refusing(process, 'new tty.ReadStream'),
    WriteStream: refusing(process, 'new tty.WriteStream'),
  };
}
