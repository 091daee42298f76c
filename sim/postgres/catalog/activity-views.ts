/**
 * pg_stat_activity and pg_locks: what sessions do and what they hold or wait for, made when read.
 * Source: PostgreSQL 15 manual 28.2.3 and 54.12. Differs: background processes, virtual transaction locks and fast-path marks are not shown;
 * wait events are told as Lock, Timeout and Client only.
 */
import type { Backend } from '../backend.ts';
import type { LockTag } from '../lock/lock-tag.ts';
import { LOCK_MODE_NAMES } from '../lock/lock-tag.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import type { Catalog } from './catalog.ts';
import { DATABASE_OID, PG_CATALOG_OID } from './catalog.ts';
import type { Column, Relation } from './objects.ts';

const INET = 869;
/** OID of the bootstrap superuser. */
const SUPERUSER_OID = 10;

export type Columns = readonly (readonly [name: string, type: number, typmod?: number])[];

const ACTIVITY: Columns = [
  ['datid', Oid.oid],
  ['datname', Oid.name],
  ['pid', Oid.int4],
  ['leader_pid', Oid.int4],
  ['usesysid', Oid.oid],
  ['usename', Oid.name],
  ['application_name', Oid.text],
  ['client_addr', INET],
  ['client_hostname', Oid.text],
  ['client_port', Oid.int4],
  ['backend_start', Oid.timestamptz],
  ['xact_start', Oid.timestamptz],
  ['query_start', Oid.timestamptz],
  ['state_change', Oid.timestamptz],
  ['wait_event_type', Oid.text],
  ['wait_event', Oid.text],
  ['state', Oid.text],
  ['backend_xid', Oid.xid],
  ['backend_xmin', Oid.xid],
  ['query_id', Oid.int8],
  ['query', Oid.text],
  ['backend_type', Oid.text],
];

const LOCKS: Columns = [
  ['locktype', Oid.text],
  ['database', Oid.oid],
  ['relation', Oid.oid],
  ['page', Oid.int4],
  ['tuple', Oid.int2],
  ['virtualxid', Oid.text],
  ['transactionid', Oid.xid],
  ['classid', Oid.oid],
  ['objid', Oid.oid],
  ['objsubid', Oid.int2],
  ['virtualtransaction', Oid.text],
  ['pid', Oid.int4],
  ['mode', Oid.text],
  ['granted', Oid.bool],
  ['fastpath', Oid.bool],
  ['waitstart', Oid.timestamptz],
];

/** Puts both views into a new catalog. */
export function addActivityViews(catalog: Catalog): void {
  catalog.relations.bootstrap(view(12101, 'pg_stat_activity', ACTIVITY, activityRows));
  catalog.relations.bootstrap(view(12102, 'pg_locks', LOCKS, lockRows));
}

/** A system view whose rows are made when it is read. */
export function view(oid: number, name: string, columns: Columns, rows: (backend: Backend) => Datum[][]): Relation {
  return {
    oid,
    name,
    schema: PG_CATALOG_OID,
    kind: 'v',
    owner: 'postgres',
    persistence: 'p',
    columns: columns.map(
      ([columnName, typeOid, typmod = -1], index): Column => ({
        name: columnName,
        number: index + 1,
        typeOid,
        typmod,
        isNotNull: false,
        isDropped: false,
        expression: null,
        generated: 'none',
        identity: 'none',
        missing: null,
      }),
    ),
    heap: null,
    index: null,
    sequence: null,
    view: null,
    rows: (session) => rows(session as Backend),
    typeOid: 0,
    onCommit: 'preserve',
    options: new Map(),
    partitioning: null,
    partition: null,
  };
}

function activityRows(reader: Backend): Datum[][] {
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
    return [
      DATABASE_OID,
      engine.options.database ?? 'postgres',
      backend.processId,
      null,
      SUPERUSER_OID,
      backend.userName,
      backend.settings.value('application_name'),
      null,
      null,
      null,
      backend.startedMicros,
      transaction?.startedMicros ?? null,
      backend.statementMicros === 0 ? null : backend.statementMicros,
      backend.stateChangedMicros,
      type,
      event,
      backend.state,
      transaction === null || transaction.top.xid === 0 ? null : transaction.top.xid,
      null,
      null,
      backend.queryText,
      'client backend',
    ];
  });
}

function lockRows(reader: Backend): Datum[][] {
  const rows: Datum[][] = [];
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

function lockRow(tag: LockTag, processId: number, mode: number, isGranted: boolean): Datum[] {
  const database = tag.kind === 'transactionid' ? null : tag.database;
  const relation = tag.kind === 'relation' || tag.kind === 'tuple' ? tag.relation : null;
  const page = tag.kind === 'tuple' ? Math.floor(tag.tid / 256) : null;
  const tuple = tag.kind === 'tuple' ? tag.tid % 256 : null;
  const xid = tag.kind === 'transactionid' ? tag.xid : null;
  const classId = tag.kind === 'advisory' ? tag.high >>> 0 : tag.kind === 'object' ? tag.classId : null;
  const objectId = tag.kind === 'advisory' ? tag.low >>> 0 : tag.kind === 'object' ? tag.object : null;
  const objectPart = tag.kind === 'advisory' ? tag.keys : tag.kind === 'object' ? 0 : null;
  return [
    tag.kind,
    database,
    relation,
    page,
    tuple,
    null,
    xid,
    classId,
    objectId,
    objectPart,
    null,
    processId,
    LOCK_MODE_NAMES[mode]!,
    isGranted,
    false,
    null,
  ];
}
