/**
 * pg_stat_activity and pg_locks: what sessions do and what they hold or wait for, made when read.
 * Source: PostgreSQL 15 manual 28.2.3 and 54.12. Differs: background processes, virtual transaction locks and fast-path marks are not shown;
 * wait events are told as Lock, Timeout and Client only.
 */
import type { Backend } from '../backend.ts';
import type { LockTag } from '../lock/lock-tag.ts';
import { LOCK_MODE_NAMES } from '../lock/lock-tag.ts';
import { DATABASE_OID } from './catalog.ts';
import type { NamedRow, RowMakers } from './system-relations.ts';

export const activityMakers: RowMakers = { pg_stat_activity: activityRows, pg_locks: lockRows };

function activityRows(reader: Backend): NamedRow[] {
  const { engine } = reader;
  return [...engine.backends.values()].map((backend) => {
    const isActive = backend.state === 'active';
    const [type, event] =
      backend.waiter !== null
        ? ['Lock', backend.waiter.lock.tag.kind]
        : isActive
          ? [null, null]
          : ['Client', 'ClientRead'];
    const { transaction } = backend;
    return {
      datid: DATABASE_OID,
      datname: engine.options.database ?? 'postgres',
      pid: backend.processId,
      usesysid: engine.roles.oidOf(reader, backend.userName),
      usename: backend.userName,
      application_name: backend.settings.value('application_name'),
      backend_start: backend.startedMicros,
      xact_start: transaction?.startedMicros ?? null,
      query_start: backend.statementMicros === 0 ? null : backend.statementMicros,
      state_change: backend.stateChangedMicros,
      wait_event_type: type,
      wait_event: event,
      state: backend.state,
      backend_xid: transaction === null || transaction.top.xid === 0 ? null : transaction.top.xid,
      query: backend.queryText,
      backend_type: 'client backend',
    };
  });
}

function lockRows(reader: Backend): NamedRow[] {
  const rows: NamedRow[] = [];
  for (const lock of reader.engine.locks.locks.values()) {
    for (const grant of lock.grants.values()) {
      for (let mode = 1; mode < LOCK_MODE_NAMES.length; mode++) {
        if ((grant.mask & (1 << mode)) !== 0) rows.push(lockRow(lock.tag, grant.holder.processId, mode, true));
      }
    }
    for (const waiter of lock.queue) rows.push(lockRow(lock.tag, waiter.holder.processId, waiter.mode, false));
  }
  return rows;
}

function lockRow(tag: LockTag, pid: number, mode: number, granted: boolean): NamedRow {
  return {
    locktype: tag.kind,
    database: tag.kind === 'transactionid' ? null : tag.database,
    relation: tag.kind === 'relation' || tag.kind === 'tuple' ? tag.relation : null,
    page: tag.kind === 'tuple' ? Math.floor(tag.tid / 256) : null,
    tuple: tag.kind === 'tuple' ? tag.tid % 256 : null,
    transactionid: tag.kind === 'transactionid' ? tag.xid : null,
    classid: tag.kind === 'advisory' ? tag.high >>> 0 : tag.kind === 'object' ? tag.classId : null,
    objid: tag.kind === 'advisory' ? tag.low >>> 0 : tag.kind === 'object' ? tag.object : null,
    objsubid: tag.kind === 'advisory' ? tag.keys : tag.kind === 'object' ? 0 : null,
    pid,
    mode: LOCK_MODE_NAMES[mode]!,
    granted,
    fastpath: false,
  };
}
