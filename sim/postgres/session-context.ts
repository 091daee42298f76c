/** What types and functions may know of a session: clocks, settings, randomness, names. */
import type { Backend } from './backend.ts';
import { findType, isVisible, relationByName, schemaName, splitIdentifiers } from './catalog/search-path.ts';
import { failure, unsupported } from './errors.ts';
import { functionByOid } from './functions/function-row.ts';
import { functionCandidates } from './functions-port.ts';
import type { CallContext, CatalogNames } from './types/datum.ts';
import { operatorByOid, quoteIdentifier, type TypeRegistry } from './types/index.ts';

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
    if (kind === 'regtype') {
      const isArray = name.trimEnd().endsWith('[]');
      const parts = splitQualified(isArray ? name.trimEnd().slice(0, -2) : name);
      const oid = findType(backend, parts.length > 1 ? parts[parts.length - 2] : undefined, parts.at(-1) ?? '');
      return isArray && oid !== 0 ? backend.engine.types.arrayOf(oid) : oid;
    }
    if (kind === 'regrole') {
      const role = backend.engine.roles.find(backend, splitQualified(name)[0] ?? '');
      if (role === null) throw failure('42704', `role "${name}" does not exist`);
      return role.oid;
    }
    if (kind === 'regproc') return this.#functionOid(name);
    if (kind === 'regprocedure') return this.#procedureOid(name);
    throw unsupported(`input of type ${kind}`);
  }

  #functionOid(name: string): number {
    const parts = splitQualified(name);
    const found = functionCandidates(
      this.#backend,
      parts.length > 1 ? parts[parts.length - 2] : undefined,
      parts.at(-1) ?? '',
    );
    if (found.length === 0) throw failure('42883', `function "${name}" does not exist`);
    if (found.length > 1) throw failure('42725', `more than one function named "${name}"`);
    return found[0]!.oid;
  }

  #procedureOid(text: string): number {
    const open = text.indexOf('(');
    if (open < 0 || !text.trimEnd().endsWith(')')) throw failure('22P02', 'expected a left parenthesis');
    const parts = splitQualified(text.slice(0, open).trim());
    const inside = text
      .trimEnd()
      .slice(open + 1, -1)
      .trim();
    const { types } = this.#backend.engine;
    const wanted = inside === '' ? [] : inside.split(',').map((word) => types.parseTypeName(word.trim()) ?? 0);
    const found = functionCandidates(
      this.#backend,
      parts.length > 1 ? parts[parts.length - 2] : undefined,
      parts.at(-1) ?? '',
    ).find((row) => row.argTypes.join() === wanted.join());
    if (found === undefined) throw failure('42883', `function "${text}" does not exist`);
    return found.oid;
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
    if (kind === 'regrole') {
      const role = backend.engine.catalog.roles.get(backend, oid);
      return role === null ? null : quoteIdentifier(role.name);
    }
    if (kind === 'regproc' || kind === 'regprocedure') {
      const object = backend.engine.catalog.functions.get(backend, oid);
      const row = object?.row ?? functionByOid(oid);
      if (row === undefined) return null;
      const isHidden =
        object !== null && !functionCandidates(backend, undefined, row.name).some((one) => one.oid === oid);
      const name = `${isHidden ? `${quoteIdentifier(schemaName(backend, object.schema))}.` : ''}${quoteIdentifier(row.name)}`;
      return kind === 'regproc'
        ? name
        : `${name}(${row.argTypes.map((type) => backend.engine.types.formatType(type)).join(',')})`;
    }
    if (kind === 'regoper' || kind === 'regoperator') return operatorByOid(oid)?.name ?? null;
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
