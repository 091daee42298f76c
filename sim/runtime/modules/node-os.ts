/** `node:os`: a plain Linux machine of one core, the same on every machine; the host's name is the virtual one. */
import * as real from 'node:os';
import type { VirtualProcess } from '../process.ts';

const GIB = 1 << 30;

/** `node:os` of one incarnation. */
export function createOs(process: VirtualProcess): Record<string, unknown> {
  const cpu = { model: 'seedstorm', speed: 2000, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
  return {
    EOL: '\n',
    constants: real.constants,
    devNull: '/dev/null',
    arch: () => 'x64',
    platform: () => 'linux',
    type: () => 'Linux',
    release: () => '6.1.0',
    version: () => '#1 SMP',
    machine: () => 'x86_64',
    endianness: () => 'LE',
    hostname: () => process.host.name,
    homedir: () => '/home/node',
    tmpdir: () => '/tmp',
    userInfo: () => ({ uid: 1000, gid: 1000, username: 'node', homedir: '/home/node', shell: '/bin/sh' }),
    uptime: () => Math.floor(process.monotonicMicros() / 1e6) + 86_400,
    loadavg: () => [0, 0, 0],
    totalmem: () => 4 * GIB,
    freemem: () => 2 * GIB,
    cpus: () => [cpu],
    availableParallelism: () => 1,
    getPriority: () => 0,
    setPriority: () => undefined,
    networkInterfaces: () => ({
      eth0: [
        {
          address: process.host.address,
          netmask: '255.255.0.0',
          family: 'IPv4',
          mac: '02:00:00:00:00:01',
          internal: false,
          cidr: `${process.host.address}/16`,
        },
      ],
    }),
  };
}
