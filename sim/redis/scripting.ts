/** The scripts that a server knows, by the SHA-1 of their source. A restart forgets them all, as in Redis. */
import { createHash } from 'node:crypto';
import * as errors from './errors.ts';
import type { FunctionFlag } from './lua/index.ts';
import type { CompiledScript, ScriptEngine } from './script-engine.ts';

export interface KnownScript {
  readonly sha: string;
  readonly compiled: CompiledScript;
  /** What its first line declares; null without such a line. */
  readonly flags: readonly FunctionFlag[] | null;
}

export class ScriptCache {
  readonly #engine: ScriptEngine;
  readonly #scripts = new Map<string, KnownScript>();
  /** SHA by source: hashing a long script for each EVAL would cost more than running it. */
  readonly #shas = new Map<string, string>();

  constructor(engine: ScriptEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#scripts.size;
  }

  find(sha: string): KnownScript | undefined {
    return this.#scripts.get(sha.toLowerCase());
  }

  /** What a script that may not be known yet declares; null for a script without declaration, or with a broken one. */
  flagsOf(source: string): readonly FunctionFlag[] | null {
    if (!source.startsWith('#!')) return null;
    try {
      return readShebang(source).flags;
    } catch (thrown) {
      if (!(thrown instanceof errors.CommandFailure)) throw thrown;
      return null;
    }
  }

  /**
   * Compiles a script unless it is known.
   * @throws LuaCompileError
   */
  load(source: string): KnownScript {
    let sha = this.#shas.get(source);
    if (sha === undefined) sha = createHash('sha1').update(source, 'latin1').digest('hex');
    const known = this.#scripts.get(sha);
    if (known !== undefined) return known;
    const { flags, body } = readShebang(source);
    const compiled = this.#engine.compileScript(body, sha);
    const script: KnownScript = { sha, compiled, flags };
    this.#shas.set(source, sha);
    this.#scripts.set(sha, script);
    return script;
  }

  flush(): void {
    this.#scripts.clear();
    this.#shas.clear();
  }
}

/** What a script or function may declare, in the order in which Redis lists it. */
export const SCRIPT_FLAGS: readonly FunctionFlag[] = [
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
];

/** A first line `#!lua flags=no-writes,...` is taken off; its line break stays, so that line numbers hold. */
function readShebang(source: string): { readonly flags: readonly FunctionFlag[] | null; readonly body: string } {
  if (!source.startsWith('#!')) return { flags: null, body: source };
  const end = source.indexOf('\n');
  if (end < 0) return errors.fail(errors.SHEBANG_INVALID);
  const words = source
    .slice(0, end)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words[0] !== '#!lua') return errors.fail(errors.shebangEngine(words[0]!));
  const flags: FunctionFlag[] = [];
  for (const word of words.slice(1)) {
    if (!word.startsWith('flags=')) return errors.fail(errors.shebangOption(word));
    for (const flag of word.slice(6).split(',')) {
      if (flag === '') continue;
      const known = SCRIPT_FLAGS.find((each) => each === flag);
      if (known === undefined) return errors.fail(errors.shebangFlag(flag));
      flags.push(known);
    }
  }
  return { flags, body: source.slice(end) };
}
