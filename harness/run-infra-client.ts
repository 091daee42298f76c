/**
 * The workload's process in infra: loads the scenario, says that it is ready, waits for the order to begin, runs the workload and ends. A
 * process of its own, so that what a workload leaves open goes with it.
 */
import * as http from 'node:http';
import { pathToFileURL } from 'node:url';
import { openChannel } from '../infra/processes/channel.ts';
import { Streams } from '../sim/kernel/streams.ts';
import type { Plan } from './plan/format.ts';
import type { Address, Durations, Scenario } from './scenario.ts';
import { createWorkloadTools, httpExchange } from './workload.ts';

/** What the workload needs to begin. */
export interface ClientOrder {
  readonly plan: Plan;
  readonly durations: Durations;
  readonly servers: Readonly<Record<string, Address>>;
  readonly processes: Readonly<Record<string, Address>>;
  /** Monotonic time of true time zero, µs. */
  readonly zeroMicros: number;
}

export type ClientNote = { readonly type: 'ready' } | { readonly type: 'finished'; readonly items: number };

const channel = openChannel();
const [scenarioFile] = process.argv.slice(2);
const module = (await import(pathToFileURL(scenarioFile!).href)) as { readonly default: Scenario };
const order = new Promise<ClientOrder>((resolve) => {
  // Only the wait for the order keeps the process alive; afterwards the workload does.
  process.channel?.ref();
  process.once('message', (message) => {
    process.channel?.unref();
    resolve(message as ClientOrder);
  });
});
channel.note({ type: 'ready' } satisfies ClientNote);
const { plan, durations, servers, processes, zeroMicros } = await order;
const streams = new Streams(plan.seed);
const tools = createWorkloadTools({
  exchange: httpExchange(http),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  stream: (name) => streams.of(name),
  record: channel.record,
  now: () => (Number(process.hrtime.bigint()) / 1_000 - zeroMicros) / 1_000,
  workload: plan.workload,
  durations,
  servers,
  processes,
});
await module.default.definition.workload.run(tools, plan.workload.draws);
channel.note({ type: 'finished', items: tools.itemCount } satisfies ClientNote);
// Connections that the workload left open must not keep it alive; what it said goes out first.
await channel.flush();
process.exit(0);
