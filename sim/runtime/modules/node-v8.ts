/** `node:v8` and `node:vm`: what depends on the collector or makes another realm is refused; heap figures are constants. */
import * as realV8 from 'node:v8';
import * as realVm from 'node:vm';
import type { VirtualProcess } from '../process.ts';
import { refusing } from '../refusal.ts';

const MIB = 1 << 20;

/** `node:v8` of one incarnation. */
export function createV8(process: VirtualProcess): Record<string, unknown> {
  const module: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(realV8)) {
    if (name !== 'default') module[name] = typeof value === 'function' ? refusing(process, `v8.${name}`) : value;
  }
  const heap = {
    total_heap_size: 32 * MIB,
    total_heap_size_executable: MIB,
    total_physical_size: 32 * MIB,
    total_available_size: 2048 * MIB,
    used_heap_size: 16 * MIB,
    heap_size_limit: 2096 * MIB,
    malloced_memory: MIB,
    peak_malloced_memory: MIB,
    does_zap_garbage: 0,
    number_of_native_contexts: 1,
    number_of_detached_contexts: 0,
    total_global_handles_size: 8192,
    used_global_handles_size: 4096,
    external_memory: MIB,
  };
  return Object.assign(module, {
    serialize: realV8.serialize,
    deserialize: realV8.deserialize,
    Serializer: realV8.Serializer,
    Deserializer: realV8.Deserializer,
    DefaultSerializer: realV8.DefaultSerializer,
    DefaultDeserializer: realV8.DefaultDeserializer,
    getHeapStatistics: () => ({ ...heap }),
    getHeapSpaceStatistics: () => [],
    getHeapCodeStatistics: () => ({}),
    setFlagsFromString: () => undefined,
    cachedDataVersionTag: () => 0,
    startupSnapshot: { isBuildingSnapshot: () => false },
  });
}

/** `node:vm` of one incarnation: this realm only. */
export function createVm(process: VirtualProcess): Record<string, unknown> {
  const { Script, compileFunction, runInThisContext, isContext, constants } = realVm as unknown as Record<
    string,
    unknown
  >;
  const module: Record<string, unknown> = { Script, compileFunction, runInThisContext, isContext, constants };
  for (const name of [
    'createContext',
    'createScript',
    'runInContext',
    'runInNewContext',
    'measureMemory',
    'SourceTextModule',
    'SyntheticModule',
    'Module',
  ]) {
    module[name] = refusing(process, `vm.${name}`);
  }
  return module;
}
