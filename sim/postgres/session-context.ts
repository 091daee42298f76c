/** What types and functions may know of a session: clocks, settings, randomness, names. */
import type { Backend } from './backend.ts';
import { isVisible, relationByName, schemaName, splitIdentifiers } from './catalog/search-path.ts';
import { unsupported } from './errors.ts';
import { functionByOid, functionsByName } from './functions/function-row.ts';
import type { CallContext, CatalogNames } from './types/datum.ts';
import { quoteIdentifier, type TypeRegistry } from './types/index.ts';

export class SessionContext implements CallContext {
  readonly session: Backend;
  readonly catalogNames: CatalogNames;
  #version = -1;
  #timeZone = '';
  #dateStyle = '';
  #intervalStyle = '';
  #extraFloatDigits = 1;
  #byteaOutput = 'hex';

  constructor(backend: Backend) {
    this.session = backend;
    this.catalogNames = new Names(backend);
  }

  get transactionMicros(): number {
    return this.session.transaction?.startedMicros ?? this.clockMicros();
  }

  get statementMicros(): number {
    return this.session.statementMicros;
  }

  clockMicros(): number {
    return this.session.engine.context.clock.wallMicros();
  }

  get timeZone(): string {
    this.#refresh();
    return this.#timeZone;
  }

  get dateStyle(): string {
    this.#refresh();
    return this.#dateStyle;
  }

  get intervalStyle(): string {
    this.#refresh();
    return this.#intervalStyle;
  }

  get extraFloatDigits(): number {
    this.#refresh();
    return this.#extraFloatDigits;
  }

  get byteaOutput(): string {
    this.#refresh();
    return this.#byteaOutput;
  }

  get types(): TypeRegistry {
    return this.session.engine.types;
  }

  random(): number {
    return this.session.engine.randomStream.double();
  }

  randomBytes(length: number): Buffer {
    return this.session.engine.randomStream.bytes(length);
  }

  setting(name: string): string | undefined {
    return this.session.settings.get(name);
  }

  #refresh(): void {
    const { settings } = this.session;
    if (this.#version === settings.version) return;
    this.#timeZone = settings.value('TimeZone');
    this.#dateStyle = settings.value('DateStyle');
    this.#intervalStyle = settings.value('IntervalStyle');
    this.#extraFloatDigits = settings.integer('extra_float_digits');
    this.#byteaOutput = settings.value('bytea_output');
    this.#version = settings.version;
  }
}

class Names implements CatalogNames {
  readonly #backend: Backend;
  constructor(backend: Backend) {
    this.#backend = backend;
  }

  oidOf(kind: string, name: string): number {
    const backend = this.#backend;
    if (kind === 'regclass') {
      const parts = splitQualified(name);
      return relationByName(backend, parts.length > 1 ? parts[parts.length - 2] : undefined, parts.at(-1) ?? '').oid;
    }
    if (kind === 'regnamespace')
      return backend.engine.catalog.schemas.find(backend, 0, splitQualified(name)[0] ?? '')?.oid ?? 0;
    if (kind === 'regproc') return functionsByName(splitQualified(name).at(-1) ?? '')[0]?.oid ?? 0;
    throw unsupported(`input of type ${kind}`);
  }

  nameOf(kind: string, oid: number): string | null {
    const backend = this.#backend;
    if (kind === 'regclass') {
      const relation = backend.engine.catalog.relations.get(backend, oid);
      if (relation === null) return null;
      const name = quoteIdentifier(relation.name);
      return isVisible(backend, relation) ? name : `${quoteIdentifier(schemaName(backend, relation.schema))}.${name}`;
    }
    if (kind === 'regnamespace') return backend.engine.catalog.schemas.get(backend, oid)?.name ?? null;
    if (kind === 'regproc' || kind === 'regprocedure') return functionByOid(oid)?.name ?? null;
    return null;
  }
}

/** `a."B".c` to its parts. */
export function splitQualified(name: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (const character of name) {
    if (character === '"') {
      isQuoted = !isQuoted;
      part += character;
    } else if (character === '.' && !isQuoted) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  return parts.map((text) => splitIdentifiers(text)[0] ?? '');
}
