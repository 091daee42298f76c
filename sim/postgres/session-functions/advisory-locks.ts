/** pg_advisory_lock and its kin. Source: PostgreSQL 15 manual 9.27.10. Session-level locks outlive the transaction and are counted. */
import type { Backend } from '../backend.ts';
import { DATABASE_OID } from '../catalog/catalog.ts';
import { failure } from '../errors.ts';
import { SESSION_OWNER } from '../lock/lock-manager.ts';
import { EXCLUSIVE, LOCK_MODE_NAMES, type LockMode, type LockTag, SHARE_LOCK } from '../lock/lock-tag.ts';
import type { Datum } from '../types/datum.ts';
import type { Waiting } from '../wait.ts';
import { backendOf, type FunctionFamily, type SessionFunction } from './function.ts';

/** One bigint, or two integers. */
function tagOf(args: readonly Datum[]): LockTag {
  if (args.length === 2)
    return { kind: 'advisory', database: DATABASE_OID, high: args[0] as number, low: args[1] as number, keys: 2 };
  const key = args[0] as bigint;
  return {
    kind: 'advisory',
    database: DATABASE_OID,
    high: Number(BigInt.asIntN(32, key >> 32n)),
    low: Number(BigInt.asIntN(32, key)),
    keys: 1,
  };
}

function ownerOf(backend: Backend, isTransactional: boolean): number {
  return isTransactional ? backend.current().current.owner : SESSION_OWNER;
}

function locking(mode: LockMode, isTransactional: boolean): SessionFunction {
  return {
    *wait(args, site): Waiting<Datum> {
      const backend = backendOf(site);
      yield* backend.lockAs(tagOf(args), mode, ownerOf(backend, isTransactional), true);
      return '';
    },
  };
}

function trying(mode: LockMode, isTransactional: boolean): SessionFunction {
  return {
    call: (args, site) => {
      const backend = backendOf(site);
      return (
        backend.engine.locks.acquire(backend, tagOf(args), mode, ownerOf(backend, isTransactional), false).kind ===
        'granted'
      );
    },
  };
}

function unlocking(mode: LockMode): SessionFunction {
  return {
    call: (args, site) => {
      const backend = backendOf(site);
      const isHeld = backend.engine.locks.release(backend, tagOf(args), mode, SESSION_OWNER);
      if (!isHeld)
        backend.client.notice(
          failure('01000', `you don't own a lock of type ${LOCK_MODE_NAMES[mode]}`, { severity: 'WARNING' }),
        );
      return isHeld;
    },
  };
}

export const advisoryLockFunctions: FunctionFamily = {
  pg_advisory_lock_int8: locking(EXCLUSIVE, false),
  pg_advisory_lock_int4: locking(EXCLUSIVE, false),
  pg_advisory_lock_shared_int8: locking(SHARE_LOCK, false),
  pg_advisory_lock_shared_int4: locking(SHARE_LOCK, false),
  pg_advisory_xact_lock_int8: locking(EXCLUSIVE, true),
  pg_advisory_xact_lock_int4: locking(EXCLUSIVE, true),
  pg_advisory_xact_lock_shared_int8: locking(SHARE_LOCK, true),
  pg_advisory_xact_lock_shared_int4: locking(SHARE_LOCK, true),
  pg_try_advisory_lock_int8: trying(EXCLUSIVE, false),
  pg_try_advisory_lock_int4: trying(EXCLUSIVE, false),
  pg_try_advisory_lock_shared_int8: trying(SHARE_LOCK, false),
  pg_try_advisory_lock_shared_int4: trying(SHARE_LOCK, false),
  pg_try_advisory_xact_lock_int8: trying(EXCLUSIVE, true),
  pg_try_advisory_xact_lock_int4: trying(EXCLUSIVE, true),
  pg_try_advisory_xact_lock_shared_int8: trying(SHARE_LOCK, true),
  pg_try_advisory_xact_lock_shared_int4: trying(SHARE_LOCK, true),
  pg_advisory_unlock_int8: unlocking(EXCLUSIVE),
  pg_advisory_unlock_int4: unlocking(EXCLUSIVE),
  pg_advisory_unlock_shared_int8: unlocking(SHARE_LOCK),
  pg_advisory_unlock_shared_int4: unlocking(SHARE_LOCK),
  pg_advisory_unlock_all: {
    call: (_args, site) => {
      const backend = backendOf(site);
      backend.engine.locks.releaseOwner(backend, SESSION_OWNER);
      return '';
    },
  },
};
