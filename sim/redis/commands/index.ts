/** The list of command families. A new family is a file here and a line below. */
import type { Handlers } from '../command.ts';
import { accessCommands } from './access.ts';
import { bitfieldCommands } from './bitfield.ts';
import { bitmapCommands } from './bitmaps.ts';
import { clientCommands } from './clients.ts';
import { clusterCommands } from './cluster.ts';
import { connectionCommands } from './connection.ts';
import { dumpCommands } from './dump.ts';
import { functionCommands } from './functions.ts';
import { hashCommands } from './hashes.ts';
import { hyperLogLogCommands } from './hyperloglogs.ts';
import { introspectionCommands } from './introspection.ts';
import { keyCommands } from './keys.ts';
import { listCommands } from './lists.ts';
import { pubsubCommands } from './pubsub.ts';
import { replicationCommands } from './replication.ts';
import { scriptCommands } from './scripts.ts';
import { serverCommands } from './server.ts';
import { setCommands } from './sets.ts';
import { sortCommands } from './sort.ts';
import { sortedSetAlgebraCommands } from './sorted-set-algebra.ts';
import { sortedSetRangeCommands } from './sorted-set-ranges.ts';
import { sortedSetCommands } from './sorted-sets.ts';
import { streamGroupCommands } from './stream-groups.ts';
import { streamInfoCommands } from './stream-info.ts';
import { streamReadingCommands } from './stream-reading.ts';
import { streamCommands } from './streams.ts';
import { stringCommands } from './strings.ts';
import { transactionCommands } from './transactions.ts';

export const HANDLERS: readonly Handlers[] = [
  connectionCommands,
  clientCommands,
  clusterCommands,
  serverCommands,
  replicationCommands,
  keyCommands,
  dumpCommands,
  stringCommands,
  hashCommands,
  listCommands,
  pubsubCommands,
  transactionCommands,
  scriptCommands,
  functionCommands,
  accessCommands,
  introspectionCommands,
  bitmapCommands,
  bitfieldCommands,
  hyperLogLogCommands,
  sortCommands,
  streamCommands,
  streamReadingCommands,
  streamGroupCommands,
  streamInfoCommands,
  setCommands,
  sortedSetCommands,
  sortedSetRangeCommands,
  sortedSetAlgebraCommands,
];
