/**
 * What sim has of each `node:` module, for `seedstorm doctor` and the limits page. The modules themselves are in sim/runtime/modules; a
 * test holds this list against them.
 */

/**
 * - `virtual`: by the process's clock, network and disk. `pure`: Node's own, which touches none of these.
 * - `partly`: virtual but for the members in `refused`. `refused`: imports, and ends the run at its first use.
 */
export interface NodeSupport {
  readonly support: 'virtual' | 'pure' | 'partly' | 'refused';
  /** Members that refuse when used, of a module that is there otherwise. */
  readonly refused?: readonly string[];
  readonly note?: string;
}

const pure: NodeSupport = { support: 'pure' };
const virtual: NodeSupport = { support: 'virtual' };
const refused: NodeSupport = { support: 'refused' };

/** By name without `node:`. */
export const nodeSupport: Readonly<Record<string, NodeSupport>> = {
  assert: pure,
  'assert/strict': pure,
  async_hooks: { support: 'partly', refused: ['createHook'], note: 'hooks would see the whole realm' },
  buffer: pure,
  child_process: refused,
  cluster: refused,
  console: virtual,
  constants: pure,
  crypto: {
    support: 'partly',
    refused: [
      'generateKeyPair',
      'generateKeyPairSync',
      'generatePrime',
      'generatePrimeSync',
      'createDiffieHellman',
      'createECDH',
      'getDiffieHellman',
      'createDiffieHellmanGroup',
    ],
    note: 'what draws randomness inside OpenSSL, and signatures by EC, DSA and PSS keys',
  },
  dgram: refused,
  diagnostics_channel: virtual,
  dns: {
    support: 'partly',
    refused: [
      'resolve6',
      'resolveAny',
      'resolveCaa',
      'resolveCname',
      'resolveMx',
      'resolveNaptr',
      'resolveNs',
      'resolvePtr',
      'resolveSoa',
      'resolveSrv',
      'resolveTxt',
      'reverse',
      'Resolver',
    ],
    note: 'hosts have names and IPv4 addresses only',
  },
  domain: refused,
  events: pure,
  fs: {
    support: 'partly',
    refused: [
      'watch',
      'watchFile',
      'unwatchFile',
      'symlink',
      'symlinkSync',
      'link',
      'linkSync',
      'cp',
      'cpSync',
      'openAsBlob',
    ],
    note: 'no links and no watchers; outside the program’s folder and node_modules the disk is the host’s own',
  },
  http: virtual,
  http2: refused,
  https: virtual,
  inspector: refused,
  module: virtual,
  net: { support: 'partly', note: 'no Unix sockets, descriptors or onread buffers' },
  os: virtual,
  path: pure,
  perf_hooks: virtual,
  process: virtual,
  punycode: pure,
  querystring: pure,
  readline: pure,
  repl: refused,
  stream: pure,
  string_decoder: pure,
  sys: pure,
  timers: virtual,
  tls: {
    support: 'partly',
    refused: ['createSecurePair'],
    note: 'modelled: certificates and ciphers are not looked at',
  },
  trace_events: refused,
  tty: { support: 'partly', refused: ['ReadStream', 'WriteStream'], note: 'no descriptor is a terminal' },
  url: pure,
  util: pure,
  v8: { support: 'partly', note: 'heap figures are constants; snapshots and coverage are refused' },
  vm: {
    support: 'partly',
    refused: [
      'createContext',
      'runInContext',
      'runInNewContext',
      'createScript',
      'measureMemory',
      'SourceTextModule',
      'SyntheticModule',
    ],
    note: 'no further realms',
  },
  wasi: refused,
  worker_threads: {
    support: 'partly',
    refused: ['Worker', 'BroadcastChannel', 'moveMessagePortToContext', 'postMessageToThread'],
    note: 'message channels only, no threads',
  },
  zlib: virtual,
};

/** The entry of `fs/promises`, `node:fs` and the like; `refused` for a name that is not listed. */
export function supportOf(id: string): NodeSupport {
  const name = id.replace(/^node:/, '');
  return nodeSupport[name] ?? nodeSupport[name.split('/')[0]!] ?? refused;
}
