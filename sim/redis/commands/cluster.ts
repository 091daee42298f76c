/** CLUSTER on a server that is no cluster node: each subcommand answers that it is disabled. */
import type { Handler, Handlers } from '../command.ts';
import * as errors from '../errors.ts';

const SUBCOMMANDS =
  'addslots addslotsrange bumpepoch count-failure-reports countkeysinslot delslots delslotsrange failover flushslots forget ' +
  'getkeysinslot info keyslot links meet myid nodes replicas replicate reset saveconfig set-config-epoch setslot shards slaves slots';

const refuse: Handler = () => errors.fail(errors.CLUSTER_DISABLED);

export const clusterCommands: Handlers = Object.fromEntries(
  SUBCOMMANDS.split(' ').map((name) => [`cluster|${name}`, refuse]),
);
