/** Functions about sessions, transactions, settings, the log and notifications. Source: PostgreSQL 15 manual 9.26 and 9.27. */

import type { Backend } from '../backend.ts';
import { findRelation, schemaName, searchSchemas } from '../catalog/search-path.ts';
import { adminShutdown, failure, PgError, queryCanceled, settingUnknown } from '../errors.ts';
import { addNotification, PAYLOAD_BYTES_MAX } from '../notify.ts';
import { splitQualified } from '../session-context.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import type { Waiting } from '../wait.ts';
import { backendOf, type FunctionFamily } from './function.ts';

function blockers(backend: Backend): number[] {
  const { waiter } = backend;
  if (waiter === null) return [];
  const { hard, soft } = backend.engine.locks.blockersOf(waiter);
  return [...new Set([...hard.map((holder) => holder.processId), ...soft.map((other) => other.holder.processId)])];
}

function integers(items: readonly number[]): Datum {
  return items.length === 0
    ? { elementType: Oid.int4, dims: [], lower: [], items: [] }
    : { elementType: Oid.int4, dims: [items.length], lower: [1], items };
}

/** Queues a notification for the commit. */
export function notify(backend: Backend, channel: string, payload: string): void {
  if (channel === '') throw failure('22023', 'channel name cannot be empty');
  if (Buffer.byteLength(channel) >= 64) throw failure('22023', 'channel name too long');
  if (Buffer.byteLength(payload) >= PAYLOAD_BYTES_MAX) throw failure('22023', 'payload string too long');
  addNotification(backend.current().notifications, { channel, payload });
}

export const backendFunctions: FunctionFamily = {
  pg_sleep: {
    *wait(args, site): Waiting<Datum> {
      const seconds = args[0] as number;
      if (seconds > 0) yield* backendOf(site).sleep(Math.ceil(seconds * 1_000_000));
      return '';
    },
  },
  pg_notify: {
    call: (args, site) => {
      notify(backendOf(site), (args[0] as string | null) ?? '', (args[1] as string | null) ?? '');
      return '';
    },
  },
  pg_listening_channels: { callSet: (_args, site) => backendOf(site).engine.notifications.channelsOf(backendOf(site)) },
  pg_backend_pid: { call: (_args, site) => backendOf(site).processId },
  pg_cancel_backend: {
    call: (args, site) => {
      const target = backendOf(site).engine.backends.get(args[0] as number);
      if (target === undefined) {
        backendOf(site).client.notice(
          failure('01000', `PID ${args[0] as number} is not a PostgreSQL server process`, { severity: 'WARNING' }),
        );
        return false;
      }
      if (target.state === 'active' && target !== backendOf(site)) target.interrupt(queryCanceled());
      else if (target === backendOf(site)) throw queryCanceled();
      return true;
    },
  },
  pg_terminate_backend: {
    call: (args, site) => {
      const target = backendOf(site).engine.backends.get(args[0] as number);
      if (target === undefined) {
        backendOf(site).client.notice(
          failure('01000', `PID ${args[0] as number} is not a PostgreSQL server process`, { severity: 'WARNING' }),
        );
        return false;
      }
      if (target === backendOf(site)) throw adminShutdown();
      target.client.terminate(adminShutdown());
      return true;
    },
  },
  pg_blocking_pids: {
    call: (args, site) => {
      const target = backendOf(site).engine.backends.get(args[0] as number);
      return integers(target === undefined ? [] : blockers(target));
    },
  },
  set_config_by_name: {
    call: (args, site) => {
      const [name, value, isLocal] = args as [string | null, string | null, boolean | null];
      if (name === null) throw failure('22004', 'SET requires parameter name');
      const { settings } = backendOf(site);
      settings.set(name, value ?? undefined, isLocal === true);
      return settings.get(name) ?? '';
    },
  },
  show_config_by_name: { call: (args, site) => showSetting(backendOf(site), args[0] as string) },
  show_config_by_name_missing_ok: {
    call: (args, site) => {
      try {
        return showSetting(backendOf(site), args[0] as string);
      } catch (error) {
        if (args[1] === true && error instanceof PgError && error.fields.code === '42704') return null;
        throw error;
      }
    },
  },
  pg_current_xact_id: { call: (_args, site) => BigInt(backendOf(site).current().topXid()) },
  pg_current_xact_id_if_assigned: {
    call: (_args, site) => {
      const { xid } = backendOf(site).current().top;
      return xid === 0 ? null : BigInt(xid);
    },
  },
  pg_current_wal_lsn: { call: (_args, site) => lsnDatum(backendOf(site).engine.lsn) },
  pg_current_wal_insert_lsn: { call: (_args, site) => lsnDatum(backendOf(site).engine.lsn) },
  pg_current_wal_flush_lsn: { call: (_args, site) => lsnDatum(backendOf(site).engine.flushedLsn) },
  pg_is_in_recovery: { call: () => false },
  pg_last_wal_replay_lsn: { call: () => null },
  pg_last_wal_receive_lsn: { call: () => null },
  pg_last_xact_replay_timestamp: { call: () => null },
  current_user: { call: (_args, site) => backendOf(site).currentUser },
  session_user: { call: (_args, site) => backendOf(site).userName },
  current_database: { call: (_args, site) => backendOf(site).engine.options.database ?? 'postgres' },
  current_schema: {
    call: (_args, site) => {
      const first = backendOf(site).firstSchema();
      return first === 0 ? null : schemaName(backendOf(site), first);
    },
  },
  current_schemas: {
    call: (args, site) => {
      const backend = backendOf(site);
      const names = searchSchemas(backend)
        .map((oid) => schemaName(backend, oid))
        .filter((name) => args[0] === true || name !== 'pg_catalog');
      return {
        elementType: Oid.name,
        dims: names.length === 0 ? [] : [names.length],
        lower: names.length === 0 ? [] : [1],
        items: names,
      };
    },
  },
  to_regclass: {
    call: (args, site) => {
      const parts = splitQualified(args[0] as string);
      return (
        findRelation(backendOf(site), parts.length > 1 ? parts[parts.length - 2] : undefined, parts.at(-1) ?? '')
          ?.oid ?? null
      );
    },
  },
  pg_postmaster_start_time: { call: (_args, site) => backendOf(site).engine.startedMicros },
  pgsql_version: {
    call: () =>
      'PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit',
  },
  inet_client_addr: { call: () => null },
  inet_server_addr: { call: () => null },
};

function showSetting(backend: Backend, name: string): string {
  if (backend.settings.get(name) === undefined) throw settingUnknown(name);
  return backend.settings.show(name);
}

function lsnDatum(lsn: number): Datum {
  return BigInt(lsn);
}
