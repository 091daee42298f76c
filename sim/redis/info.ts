/** The sections of INFO: what clients and operators look at, in Redis's order and spelling. Fields of the machine itself are left out. */
import type { Client } from './client.ts';
import { REDIS_VERSION } from './commands/connection.ts';
import type { Engine } from './engine.ts';
import type { MasterLink } from './replication/master-link.ts';

type Section = (engine: Engine) => string[];

const SECTIONS: readonly (readonly [string, string, Section])[] = [
  ['server', 'Server', serverSection],
  ['clients', 'Clients', clientsSection],
  ['memory', 'Memory', memorySection],
  ['persistence', 'Persistence', persistenceSection],
  ['stats', 'Stats', statsSection],
  ['replication', 'Replication', replicationSection],
  ['cpu', 'CPU', cpuSection],
  ['modules', 'Modules', () => []],
  ['commandstats', 'Commandstats', commandSection],
  ['errorstats', 'Errorstats', errorSection],
  ['cluster', 'Cluster', () => ['cluster_enabled:0']],
  ['keyspace', 'Keyspace', keyspaceSection],
];

/** Left out unless asked for, by name or by `all`. */
const NOT_DEFAULT = new Set(['commandstats']);

/** INFO's text for the asked sections; the default ones when none is asked for. */
export function infoText(client: Client, names: readonly string[]): string {
  const asked = new Set(names.map((name) => name.toLowerCase()));
  const isAll = asked.has('all') || asked.has('everything');
  const isDefault = asked.size === 0 || asked.has('default');
  const parts: string[] = [];
  for (const [name, title, section] of SECTIONS) {
    const isShown = isAll
      ? name !== 'modules' || asked.has('everything')
      : asked.has(name) || (isDefault && !NOT_DEFAULT.has(name));
    if (!isShown) continue;
    const lines = section(client.engine);
    parts.push(`# ${title}\r\n${lines.map((line) => `${line}\r\n`).join('')}`);
  }
  return parts.join('\r\n');
}

function serverSection(engine: Engine): string[] {
  const uptime = Math.floor((engine.nowMs - engine.startedAtMs) / 1000);
  return [
    `redis_version:${REDIS_VERSION}`,
    'redis_git_sha1:00000000',
    'redis_git_dirty:0',
    'redis_build_id:0',
    'redis_mode:standalone',
    'os:Linux',
    'arch_bits:64',
    'monotonic_clock:POSIX clock_gettime',
    'multiplexing_api:epoll',
    'atomicvar_api:c11-builtin',
    'gcc_version:12.2.0',
    'process_id:1',
    'process_supervised:no',
    `run_id:${engine.runId}`,
    `tcp_port:${engine.port}`,
    `server_time_usec:${engine.nowMicros}`,
    `uptime_in_seconds:${uptime}`,
    `uptime_in_days:${Math.floor(uptime / 86400)}`,
    `hz:${engine.config.get('hz')}`,
    `configured_hz:${engine.config.get('hz')}`,
    `lru_clock:${Math.floor(engine.nowMs / 1000) & 0xffffff}`,
    'executable:/usr/bin/redis-server',
    'config_file:',
    'io_threads_active:0',
  ];
}

function clientsSection(engine: Engine): string[] {
  return [
    `connected_clients:${engine.clients.size}`,
    'cluster_connections:0',
    `maxclients:${engine.config.maxClients}`,
    'client_recent_max_input_buffer:20480',
    'client_recent_max_output_buffer:0',
    `blocked_clients:${engine.blocking.blockedCount}`,
    'tracking_clients:0',
    'clients_in_timeout_table:0',
  ];
}

function memorySection(engine: Engine): string[] {
  const used = engine.usedMemory();
  let dataset = 0;
  for (const database of engine.databases) dataset += database.bytes;
  return [
    `used_memory:${used}`,
    `used_memory_human:${humanBytes(used)}`,
    `used_memory_rss:${used}`,
    `used_memory_rss_human:${humanBytes(used)}`,
    `used_memory_peak:${used}`,
    `used_memory_peak_human:${humanBytes(used)}`,
    `used_memory_dataset:${dataset}`,
    `used_memory_scripts_eval:0`,
    `number_of_cached_scripts:${engine.scripts.size}`,
    `number_of_functions:${engine.functions.functionCount}`,
    `number_of_libraries:${engine.functions.libraryCount}`,
    `maxmemory:${engine.config.maxmemoryBytes}`,
    `maxmemory_human:${humanBytes(engine.config.maxmemoryBytes)}`,
    `maxmemory_policy:${engine.config.maxmemoryPolicy}`,
    'mem_fragmentation_ratio:1.00',
    'mem_not_counted_for_evict:0',
    'mem_allocator:jemalloc-5.2.1',
    'active_defrag_running:0',
    'lazyfree_pending_objects:0',
  ];
}

function persistenceSection(engine: Engine): string[] {
  const { persistence, config } = engine;
  return [
    'loading:0',
    'async_loading:0',
    `rdb_changes_since_last_save:${persistence.changesSinceSave}`,
    'rdb_bgsave_in_progress:0',
    `rdb_last_save_time:${Math.floor(persistence.lastSaveMs / 1000)}`,
    'rdb_last_bgsave_status:ok',
    `aof_enabled:${config.isAppendOnly ? 1 : 0}`,
    'aof_rewrite_in_progress:0',
    'aof_rewrite_scheduled:0',
    'aof_last_bgrewrite_status:ok',
    'aof_last_write_status:ok',
  ];
}

function statsSection(engine: Engine): string[] {
  const { stats } = engine;
  return [
    `total_connections_received:${stats.connectionsReceived}`,
    `total_commands_processed:${stats.commandsProcessed}`,
    'instantaneous_ops_per_sec:0',
    `total_net_input_bytes:${stats.bytesReceived}`,
    `total_net_output_bytes:${stats.bytesSent}`,
    `rejected_connections:${stats.rejectedConnections}`,
    `sync_full:${engine.replication.fullSyncs}`,
    `sync_partial_ok:${engine.replication.partialSyncs}`,
    `sync_partial_err:${engine.replication.partialSyncsRefused}`,
    `expired_keys:${stats.expiredKeys}`,
    `evicted_keys:${stats.evictedKeys}`,
    'evicted_clients:0',
    `keyspace_hits:${stats.keyspaceHits}`,
    `keyspace_misses:${stats.keyspaceMisses}`,
    `pubsub_channels:${engine.pubsub.channels.size}`,
    `pubsub_patterns:${engine.pubsub.patterns.size}`,
    `pubsubshard_channels:${engine.pubsub.shardChannels.size}`,
    `total_error_replies:${stats.errorReplies}`,
  ];
}

function replicationSection(engine: Engine): string[] {
  const { replication, config } = engine;
  const { link, backlog } = replication;
  const lines = link === null ? ['role:master'] : masterLines(engine, link);
  lines.push(`connected_slaves:${replication.replicas.size}`);
  if (config.minReplicasToWrite > 0 && config.minReplicasMaxLagSeconds > 0) {
    lines.push(`min_slaves_good_slaves:${replication.goodReplicas}`);
  }
  let number = 0;
  for (const { address, port, state, ackOffset, ackAtSeconds } of replication.replicas.values()) {
    const lag = state === 'online' ? replication.nowSeconds - ackAtSeconds : 0;
    lines.push(`slave${number}:ip=${address},port=${port},state=${state},offset=${ackOffset},lag=${lag}`);
    number += 1;
  }
  return [
    ...lines,
    'master_failover_state:no-failover',
    `master_replid:${replication.id}`,
    `master_replid2:${replication.secondId}`,
    `master_repl_offset:${replication.offset}`,
    `second_repl_offset:${replication.secondOffset}`,
    `repl_backlog_active:${backlog === null ? 0 : 1}`,
    `repl_backlog_size:${config.get('repl-backlog-size')}`,
    `repl_backlog_first_byte_offset:${backlog === null ? 0 : backlog.firstOffset}`,
    `repl_backlog_histlen:${backlog === null ? 0 : backlog.length}`,
  ];
}

function masterLines(engine: Engine, link: MasterLink): string[] {
  const { replication, config } = engine;
  return [
    'role:slave',
    `master_host:${link.host}`,
    `master_port:${link.port}`,
    `master_link_status:${link.isUp ? 'up' : 'down'}`,
    `master_last_io_seconds_ago:${link.isUp ? replication.nowSeconds - link.ioAtSeconds : -1}`,
    `master_sync_in_progress:${link.state === 'sync' ? 1 : 0}`,
    `slave_read_repl_offset:${link.isUp ? link.readOffset : replication.offset}`,
    `slave_repl_offset:${replication.offset}`,
    ...(link.isUp ? [] : [`master_link_down_since_seconds:${replication.nowSeconds - link.downSinceSeconds}`]),
    `slave_priority:${config.get('replica-priority')}`,
    `slave_read_only:${config.isReplicaReadOnly ? 1 : 0}`,
    `replica_announced:${config.get('replica-announced') === 'yes' ? 1 : 0}`,
  ];
}

function cpuSection(engine: Engine): string[] {
  const seconds = (engine.busyMicros / 1e6).toFixed(6);
  return [`used_cpu_sys:0.000000`, `used_cpu_user:${seconds}`];
}

function commandSection(engine: Engine): string[] {
  const lines: string[] = [];
  for (const command of engine.table.all.values()) {
    if (command.calls === 0 && command.rejectedCalls === 0) continue;
    const perCall = command.calls === 0 ? 0 : command.micros / command.calls;
    lines.push(
      `cmdstat_${command.name}:calls=${command.calls},usec=${Math.round(command.micros)},usec_per_call=${perCall.toFixed(2)},` +
        `rejected_calls=${command.rejectedCalls},failed_calls=${command.failedCalls}`,
    );
  }
  return lines;
}

function errorSection(engine: Engine): string[] {
  return [...engine.stats.errors].map(([code, count]) => `errorstat_${code}:count=${count}`);
}

function keyspaceSection(engine: Engine): string[] {
  const lines: string[] = [];
  for (const database of engine.databases) {
    if (database.size === 0) continue;
    lines.push(
      `db${database.number}:keys=${database.size},expires=${database.volatile.size},avg_ttl=${averageTtl(engine, database)}`,
    );
  }
  return lines;
}

function averageTtl(engine: Engine, database: Engine['databases'][number]): number {
  if (database.volatile.size === 0) return 0;
  let total = 0;
  for (const key of database.volatile) total += Math.max(0, database.keys.get(key)!.expireAtMs - engine.nowMs);
  return Math.floor(total / database.volatile.size);
}

/** Bytes as `1.50M`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const units = ['K', 'M', 'G', 'T', 'P'];
  let size = bytes / 1024;
  let at = 0;
  while (size >= 1024 && at < units.length - 1) {
    size /= 1024;
    at += 1;
  }
  return `${size.toFixed(2)}${units[at]}`;
}
