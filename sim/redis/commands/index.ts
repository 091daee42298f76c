/** The list of command families. A new family is a file here and a line below. */
import type { Handlers } from '../command.ts';
import { clientCommands } from './clients.ts';
import { clusterCommands } from './cluster.ts';
import { connectionCommands } from './connection.ts';
import { hashCommands } from './hashes.ts';
import { keyCommands } from './keys.ts';
import { listCommands } from './lists.ts';
import { pubsubCommands } from './pubsub.ts';
import { serverCommands } from './server.ts';
import { stringCommands } from './strings.ts';
import { transactionCommands } from './transactions.ts';

export const HANDLERS: readonly Handlers[] = [
  connectionCommands,
  clientCommands,
  clusterCommands,
  serverCommands,
  keyCommands,
  stringCommands,
  hashCommands,
  listCommands,
  pubsubCommands,
  transactionCommands,
];
