/** The list of all fault kinds. A new kind is one file and one line here, plus its function in index.ts. */
import { bandwidthKind } from './bandwidth.ts';
import { blackholeKind } from './blackhole.ts';
import { calendarKind } from './calendar.ts';
import { clockKind } from './clock.ts';
import { clockStepKind } from './clock-step.ts';
import { connectionLimitKind } from './connection-limit.ts';
import { crashKind } from './crash.ts';
import { delayKind } from './delay.ts';
import { diskKind } from './disk.ts';
import { duplicateKind } from './duplicate.ts';
import { exitKind } from './exit.ts';
import { herdKind } from './herd.ts';
import { holdLockKind } from './hold-lock.ts';
import { httpKind } from './http.ts';
import type { FaultKind } from './kind.ts';
import { lateRequestKind } from './late-request.ts';
import { loadBurstKind } from './load-burst.ts';
import { loadShuffleKind } from './load-shuffle.ts';
import { loadSkewKind } from './load-skew.ts';
import { partitionKind } from './partition.ts';
import { pauseKind } from './pause.ts';
import { poisonKind } from './poison.ts';
import { postgresRestartKind } from './postgres-restart.ts';
import { redisFailoverKind } from './redis-failover.ts';
import { redisFlushKind } from './redis-flush.ts';
import { redisMemoryKind } from './redis-memory.ts';
import { redisPauseKind } from './redis-pause.ts';
import { redisRestartKind } from './redis-restart.ts';
import { reorderKind } from './reorder.ts';
import { replyLostKind } from './reply-lost.ts';
import { resetKind } from './reset.ts';
import { resetAtCommitKind } from './reset-at-commit.ts';
import { slowKind } from './slow.ts';
import { stallKind } from './stall.ts';
import { stormKind } from './storm.ts';
import { terminateBackendsKind } from './terminate-backends.ts';
import { timeZoneKind } from './time-zone.ts';

const all: readonly FaultKind[] = [
  partitionKind,
  delayKind,
  bandwidthKind,
  blackholeKind,
  resetKind,
  replyLostKind,
  lateRequestKind,
  crashKind,
  pauseKind,
  exitKind,
  poisonKind,
  clockKind,
  clockStepKind,
  redisRestartKind,
  redisFailoverKind,
  postgresRestartKind,
  terminateBackendsKind,
  holdLockKind,
  httpKind,
  duplicateKind,
  reorderKind,
  slowKind,
  stallKind,
  stormKind,
  loadBurstKind,
  loadSkewKind,
  loadShuffleKind,
  herdKind,
  calendarKind,
  timeZoneKind,
  resetAtCommitKind,
  connectionLimitKind,
  redisMemoryKind,
  redisPauseKind,
  redisFlushKind,
  diskKind,
];

export const faultKinds: ReadonlyMap<string, FaultKind> = new Map(all.map((kind) => [kind.kind, kind]));
