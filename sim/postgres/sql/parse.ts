/**
 * SQL text to statements by the real parser (libpg-query, WebAssembly), remembered by text.
 * Invariant: the same text always gives the same, never changed tree. Locations in it are byte offsets of the whole text.
 * Differs: the grammar is that of PostgreSQL 18, so some newer syntax parses that 15 refuses; newer-syntax.ts refuses
 * again what programs are likely to send.
 */
import { hasSqlDetails, loadModule, type Node, parseSync } from 'libpg-query';
import { syntaxError } from '../errors.ts';
import { refuseNewerSyntax } from './newer-syntax.ts';

export interface ParsedStatement {
  readonly node: Node;
  /** The whole text that was sent, to which locations refer. */
  readonly text: string;
  /** The statement's own part of the text. */
  readonly source: string;
}

/** Loads the parser; must be awaited once in each real process before any text is parsed. */
export async function preparePostgres(): Promise<void> {
  await loadModule();
}

const TEXTS_MAX = 2000;
const CHARACTERS_MAX = 8_000_000;

/** Least recently used texts go first. */
class ParseCache {
  readonly #entries = new Map<string, readonly ParsedStatement[]>();
  #characters = 0;

  get(text: string): readonly ParsedStatement[] | undefined {
    const found = this.#entries.get(text);
    if (found !== undefined && this.#entries.size > TEXTS_MAX / 2) {
      this.#entries.delete(text);
      this.#entries.set(text, found);
    }
    return found;
  }

  set(text: string, statements: readonly ParsedStatement[]): void {
    this.#entries.set(text, statements);
    this.#characters += text.length;
    while (this.#entries.size > TEXTS_MAX || this.#characters > CHARACTERS_MAX) {
      const oldest = this.#entries.keys().next().value;
      if (oldest === undefined || oldest === text) return;
      this.#entries.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

/** The statements of a text; none for an empty one. Throws PgError 42601 with the position. */
export function parseSql(text: string, cache: ParseCache = sharedCache): readonly ParsedStatement[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const statements = parse(text);
  cache.set(text, statements);
  return statements;
}

/** Shared by all servers of a process: it holds only what follows from the text. */
const sharedCache = new ParseCache();

function parse(text: string): ParsedStatement[] {
  if (text.trim() === '') return [];
  try {
    const bytes = Buffer.from(text);
    const list: ParsedStatement[] = [];
    for (const { stmt, stmt_location: start = 0, stmt_len: length } of parseSync(text).stmts ?? []) {
      if (stmt === undefined) continue;
      refuseNewerSyntax(stmt, text);
      const source = bytes
        .subarray(start, length === undefined || length === 0 ? bytes.length : start + length)
        .toString();
      list.push({ node: stmt, text, source: source.trim() });
    }
    return list;
  } catch (error) {
    if (!(error instanceof Error) || !hasSqlDetails(error)) throw error;
    const at = error.sqlDetails?.cursorPosition ?? -1;
    throw syntaxError(error.sqlDetails?.message ?? error.message, at < 0 ? undefined : at + 1);
  }
}

/** A 1-based position in characters for a byte offset of the text; undefined when the offset is unknown. */
export function positionOf(text: string, at: number | undefined): number | undefined {
  if (at === undefined || at < 0 || text === '') return undefined;
  let bytes = 0;
  let characters = 0;
  for (const character of text) {
    if (bytes >= at) break;
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    characters += 1;
  }
  return characters + 1;
}
