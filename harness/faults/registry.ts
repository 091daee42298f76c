/** The list of all fault kinds. A new kind is one file and one line here, plus its function in index.ts. */
import { bandwidthKind } from './bandwidth.ts';
import { blackholeKind } from './blackhole.ts';
import { clockKind } from './clock.ts';
import { clockStepKind } from './clock-step.ts';
import { crashKind } from './crash.ts';
import { delayKind } from './delay.ts';
import { exitKind } from './exit.ts';
import { holdLockKind } from './hold-lock.ts';
import type { FaultKind } from './kind.ts';
import { lateRequestKind } from './late-request.ts';
import { partitionKind } from './partition.ts';
import { pauseKind } from './pause.ts';
import { poisonKind } from './poison.ts';
import { postgresRestartKind } from './postgres-restart.ts';
import { redisRestartKind } from './redis-restart.ts';
import { replyLostKind } from './reply-lost.ts';
import { resetKind } from './reset.ts';
import { terminateBackendsKind } from './terminate-backends.ts';

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
  postgresRestartKind,
  terminateBackendsKind,
  holdLockKind,
];

export const faultKinds: ReadonlyMap<string, FaultKind> = new Map(all.map((kind) => [kind.kind, kind]));
