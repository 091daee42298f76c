/**
 * Function libraries (functions.c): loaded once, kept beside the keys, and saved with them, since they are part of the dataset.
 *
 * A library's first line, `#!lua name=mylib`, tells its engine and name. Names of functions are one space for all libraries and match in any
 * case; names of libraries match exactly.
 */
import * as errors from './errors.ts';
import { compileLibrary, type LuaHost, type RegisteredFunction } from './lua/index.ts';
import { splitArguments } from './wire/decode-request.ts';

export interface FunctionLibrary {
  readonly name: string;
  /** As it was loaded, first line and all. */
  readonly code: string;
  readonly functions: readonly RegisteredFunction[];
}

export class FunctionLibraries {
  readonly #libraries = new Map<string, FunctionLibrary>();
  /** By name in lower case. */
  readonly #functions = new Map<string, RegisteredFunction>();

  /** In the order in which they were loaded. */
  get all(): IterableIterator<FunctionLibrary> {
    return this.#libraries.values();
  }

  get libraryCount(): number {
    return this.#libraries.size;
  }

  get functionCount(): number {
    return this.#functions.size;
  }

  find(functionName: string): RegisteredFunction | undefined {
    return this.#functions.get(functionName.toLowerCase());
  }

  /**
   * Loads a library; a failure leaves everything as it was.
   * @param host gets what the code logs meanwhile
   * @returns the library's name
   * @throws CommandFailure
   */
  load(code: string, { host, isReplacing }: { readonly host: LuaHost; readonly isReplacing: boolean }): string {
    const { name, body } = readFirstLine(code);
    const old = this.#libraries.get(name);
    if (old !== undefined && !isReplacing) return errors.fail(errors.libraryExists(name));
    const library: FunctionLibrary = { name, code, functions: compile(body, host) };
    if (library.functions.length === 0) return errors.fail(errors.NO_FUNCTIONS);
    for (const { name: functionName } of library.functions) {
      const other = this.find(functionName);
      if (other !== undefined && old?.functions.includes(other) !== true)
        return errors.fail(errors.functionExists(functionName));
    }
    if (old !== undefined) this.delete(name);
    this.#libraries.set(name, library);
    for (const each of library.functions) this.#functions.set(each.name.toLowerCase(), each);
    return name;
  }

  /** @returns whether there was such a library */
  delete(name: string): boolean {
    const library = this.#libraries.get(name);
    if (library === undefined) return false;
    for (const each of library.functions) this.#functions.delete(each.name.toLowerCase());
    return this.#libraries.delete(name);
  }

  flush(): void {
    this.#libraries.clear();
    this.#functions.clear();
  }
}

function compile(body: string, host: LuaHost): readonly RegisteredFunction[] {
  try {
    return compileLibrary(body, host);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'LuaCompileError') throw thrown;
    return errors.fail(errors.libraryFailure(thrown.message));
  }
}

/** The name in the first line, and the code after it; the line break stays, so that line numbers hold. */
function readFirstLine(code: string): { readonly name: string; readonly body: string } {
  if (!code.startsWith('#!')) return errors.fail(errors.LIBRARY_WITHOUT_METADATA);
  const end = code.indexOf('\n');
  const words = end < 0 ? null : splitArguments(code.slice(0, end));
  if (words === null) return errors.fail(errors.LIBRARY_METADATA);
  let name: string | undefined;
  for (const word of words.slice(1)) {
    if (word.slice(0, 5).toLowerCase() !== 'name=') return errors.fail(errors.libraryMetadataValue(word));
    if (name !== undefined) return errors.fail(errors.LIBRARY_NAMED_TWICE);
    name = word.slice(5);
  }
  if (name === undefined) return errors.fail(errors.LIBRARY_WITHOUT_NAME);
  if (!/^[A-Za-z0-9_]+$/.test(name)) return errors.fail(errors.LIBRARY_NAME);
  const engine = words[0]!.slice(2);
  if (engine.toLowerCase() !== 'lua') return errors.fail(errors.unknownEngine(engine));
  return { name, body: code.slice(end) };
}
