/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. Queueing itself is in `dispatch.ts`. */
import type { Handlers } from '../command.ts';
import * as errors from '../errors.ts';
import { error, NIL_ARRAY, NO_REPLY, OK } from '../reply.ts';
import { discardTransaction, hasWatchedExpired, unwatchAll, watchKey } from '../transaction.ts';

export const transactionCommands: Handlers = {
  multi(client) {
    if (client.transaction !== null) return errors.fail(errors.NESTED_MULTI);
    client.transaction = [];
    client.isTransactionBroken = false;
    return OK;
  },

  exec(client) {
    if (client.transaction === null) return errors.fail(errors.EXEC_WITHOUT_MULTI);
    if (hasWatchedExpired(client)) client.isWatchBroken = true;
    if (client.isTransactionBroken || client.isWatchBroken) {
      const reply = client.isTransactionBroken ? error(errors.EXEC_ABORT) : NIL_ARRAY;
      discardTransaction(client);
      return reply;
    }
    // The watch ends before the commands run: they must not break it themselves, and WATCH starts anew afterwards.
    unwatchAll(client);
    client.engine.dispatcher!.executeQueue(client);
    discardTransaction(client);
    client.engine.propagation.replace(client.db.number);
    return NO_REPLY;
  },

  discard(client) {
    if (client.transaction === null) return errors.fail(errors.DISCARD_WITHOUT_MULTI);
    discardTransaction(client);
    return OK;
  },

  watch(client, args) {
    if (client.transaction !== null) return errors.fail(errors.WATCH_INSIDE_MULTI);
    // A watch that is broken already cannot be mended, so there is no need to watch more.
    if (client.isWatchBroken) return OK;
    for (let index = 1; index < args.length; index++) watchKey(client, args[index]!);
    return OK;
  },

  unwatch(client) {
    unwatchAll(client);
    return OK;
  },
};
