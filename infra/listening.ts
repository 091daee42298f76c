/** Whether something listens: looked up, not tried, since a program would notice a connection that says nothing. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { SocketAddress } from './addresses.ts';

const LISTEN = '0A';
const ANY_ADDRESS = '00000000';

/** True when a socket listens there. */
export async function listens(address: SocketAddress): Promise<boolean> {
  return process.platform === 'linux' ? listensOnLinux(address) : accepts(address);
}

/** proc(5): `sl local_address rem_address st ...`, addresses as hexadecimal words in the machine's byte order. */
function listensOnLinux({ address, port }: SocketAddress): boolean {
  const wantedPort = port.toString(16).toUpperCase().padStart(4, '0');
  const bytes = address.split('.').map(Number);
  const wantedAddress = bytes.toReversed().map(hexadecimal).join('');
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) =>
    readTable(file).some((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      if (state !== LISTEN) return false;
      const [host = '', at] = local.split(':');
      // On the IPv6 side the last word is that of the address, or zero for all addresses.
      const word = host.slice(-8);
      return at === wantedPort && (word === wantedAddress || word === ANY_ADDRESS);
    }),
  );
}

function readTable(file: string): readonly string[] {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}

function hexadecimal(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

function accepts({ address, port }: SocketAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const finish = (isListening: boolean): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
