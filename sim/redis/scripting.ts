/** The scripts that a server knows, by the SHA-1 of their source. A restart forgets them all, as in Redis. */
import { createHash } from 'node:crypto';
import type { CompiledScript, ScriptEngine } from './script-engine.ts';

export interface KnownScript {
  readonly sha: string;
  readonly compiled: CompiledScript;
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

  /**
   * Compiles a script unless it is known.
   * @throws LuaCompileError
   */
  load(source: string): KnownScript {
    let sha = this.#shas.get(source);
    if (sha === undefined) sha = createHash('sha1').update(source, 'latin1').digest('hex');
    const known = this.#scripts.get(sha);
    if (known !== undefined) return known;
    const script: KnownScript = { sha, compiled: this.#engine.compileScript(source, sha) };
    this.#shas.set(source, sha);
    this.#scripts.set(sha, script);
    return script;
  }

  flush(): void {
    this.#scripts.clear();
    this.#shas.clear();
  }
}
