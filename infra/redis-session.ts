/** The harness's own words with a real Redis: one command, one connection. */
import { connect } from 'node:net';
import { SeedstormError } from '../sim/kernel/errors.ts';
import type { SocketAddress } from './addresses.ts';

/**
 * Sends a command and waits for its reply.
 * @throws SeedstormError `E_CHILD` with the server's error reply, or where none came
 */
export async function redisCommand(
  address: SocketAddress,
  password: string | undefined,
  command: readonly string[],
): Promise<void> {
  await redisReplies(address, password === undefined ? [command] : [['AUTH', password], command]);
}

/** Sends commands, and returns the text of all replies once there are as many lines as commands. For simple replies only. */
export function redisReplies(
  address: SocketAddress,
  commands: readonly (readonly string[])[],
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.address, port: address.port, timeout: 5_000 });
    let text = '';
    const fail = (why: string): void => {
      socket.destroy();
      reject(new SeedstormError('E_CHILD', `Redis at ${address.address}:${address.port}: ${why}.`));
    };
    socket.once('connect', () => socket.write(commands.map(encode).join('')));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const lines = text.split('\r\n');
      const error = lines.find((line) => line.startsWith('-'));
      if (error !== undefined) fail(error.slice(1));
      else if (lines.length > commands.length) {
        socket.destroy();
        resolve(lines.slice(0, commands.length));
      }
    });
    socket.once('error', (error) => fail(error.message));
    socket.once('timeout', () => fail('no reply within 5 s'));
    socket.once('close', () => fail('the connection ended without a reply'));
  });
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
