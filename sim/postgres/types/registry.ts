/**
 * The types of one database: the built-in ones from rows/type-rows.ts and what CREATE TYPE and CREATE DOMAIN add.
 * Invariant: a PgType is made once per registry and OID, and forgotten only by `remove`. Nothing here is shared between databases.
 */

import { arrayBehaviour, vectorBehaviour } from './array.ts';
import type { TypeBehaviour } from './behaviour.ts';
import { BuiltType, builtinOidByName, builtinRowByOid, builtinTypeRows, type TypeRow } from './built-type.ts';
import { builtinBehaviours, missingBehaviour, pseudoBehaviour } from './builtin-types.ts';
import type { CallContext, Datum, PgRecord, PgType, RecordField } from './datum.ts';
import { pgError } from './errors.ts';
import { multirangeBehaviour, rangeBehaviour, rangeSubtypes } from './range.ts';
import { recordBehaviour } from './record.ts';
import { truncateName } from './text.ts';
import { quoteIdentifier, scalarTypeName, typeAliases } from './type-names.ts';

export interface EnumDefinition {
  readonly oid: number;
  readonly arrayOid: number;
  readonly name: string;
  /** In sort order; the registry keeps its own copy. */
  readonly labels: readonly string[];
}

export interface CompositeDefinition {
  readonly oid: number;
  readonly arrayOid: number;
  readonly name: string;
  readonly relationOid: number;
  readonly fields: readonly RecordField[];
}

export interface DomainDefinition {
  readonly oid: number;
  readonly arrayOid: number;
  readonly name: string;
  readonly baseOid: number;
  readonly baseTypmod: number;
  readonly isNotNull: boolean;
  /** Throws when the value (null included) breaks NOT NULL or a CHECK of the domain. */
  check(datum: Datum, context: CallContext): void;
}

const userRow = {
  len: -1,
  byVal: false,
  isPreferred: false,
  delimiter: ',',
  elementOid: 0,
  align: 'd',
  storage: 'x',
  collation: 0,
  typmodIn: '-',
  typmodOut: '-',
  baseOid: 0,
  baseTypmod: -1,
  isNotNull: false,
  relationOid: 0,
};

export class TypeRegistry {
  /** Rows of the user's types; those of the built-in ones never change and are shared. */
  readonly #rows = new Map<number, TypeRow>();
  readonly #types = new Map<number, PgType>();
  readonly #labels = new Map<number, string[]>();
  readonly #fields = new Map<number, readonly RecordField[]>();
  readonly #domains = new Map<number, DomainDefinition>();
  /** How error texts name a type of the user; the engine sets it to add a schema outside the search path. */
  displayName: (oid: number, name: string) => string = (_oid, name) => quoteIdentifier(name);
  /** How a regtype text finds a type of the user; absent, only built-in names are found. */
  lookup: ((name: string) => number | undefined) | undefined = undefined;

  #row(oid: number): TypeRow | undefined {
    return builtinRowByOid.get(oid) ?? this.#rows.get(oid);
  }

  /** The type of an OID, or undefined. */
  find(oid: number): PgType | undefined {
    const known = this.#types.get(oid);
    if (known !== undefined) return known;
    const row = this.#row(oid);
    if (row === undefined) return undefined;
    const type = this.#build(row);
    this.#types.set(oid, type);
    return type;
  }

  /** The type of an OID; throws as the server does for a dropped type. */
  byOid(oid: number): PgType {
    const type = this.find(oid);
    if (type === undefined) throw pgError('XX000', `cache lookup failed for type ${oid}`);
    return type;
  }

  /** A built-in type by its pg_type name, which is also what the parser makes of SQL spellings such as `integer`. */
  builtin(name: string): PgType | undefined {
    const oid = builtinOidByName.get(name);
    return oid === undefined ? undefined : this.find(oid);
  }

  /** All rows of pg_type this registry has, built-in first. */
  *rows(): IterableIterator<TypeRow> {
    yield* builtinTypeRows;
    yield* this.#rows.values();
  }

  /** The SQL name of a type, such as `character varying(3)[]`; `typmod` is omitted where error texts show none. */
  formatType(oid: number, typmod: number | null = null): string {
    const type = this.find(oid);
    if (type === undefined) return oid === 0 ? '-' : '???';
    const isArray = type.elementOid !== 0 && type.category === 'A' && type.len === -1 && this.#isTrueArray(oid);
    const scalar = isArray ? this.byOid(type.elementOid) : type;
    const shown =
      builtinOidByName.has(scalar.name) && scalar.oid < 16384
        ? quoteIdentifier(scalar.name)
        : this.displayName(scalar.oid, scalar.name);
    return scalarTypeName(scalar, typmod, shown) + (isArray ? '[]' : '');
  }

  #isTrueArray(oid: number): boolean {
    return this.#row(oid)?.inputFunction === 'array_in';
  }

  /** The element type when the OID is a true array (not int2vector), otherwise 0. */
  elementOf(oid: number): number {
    const row = this.#row(oid);
    return row !== undefined && row.inputFunction === 'array_in' ? row.elementOid : 0;
  }

  arrayOf(oid: number): number {
    return this.#row(oid)?.arrayOid ?? 0;
  }

  /** The subtype of a range type, otherwise 0. */
  rangeSubtype(oid: number): number {
    const row = this.#row(oid);
    return row !== undefined && row.type === 'r' ? rangeSubtypes[row.name]! : 0;
  }

  /** The type under any nesting of domains. */
  baseOf(oid: number): number {
    let current = oid;
    for (let row = this.#row(current); row !== undefined && row.type === 'd'; row = this.#row(current))
      current = row.baseOid;
    return current;
  }

  /** A type by the text of regtype: a name with optional modifiers and brackets; undefined when unknown. */
  parseTypeName(text: string): number | undefined {
    const match = /^\s*(.*?)\s*(?:\([^)]*\))?(\s+with(?:out)? time zone)?\s*((?:\[\d*\]\s*)*)$/i.exec(text);
    if (match === null) return undefined;
    const raw = match[1]!;
    const isQuoted = raw.startsWith('"') && raw.endsWith('"');
    const base = isQuoted
      ? raw.slice(1, -1).replaceAll('""', '"')
      : `${raw}${match[2] ?? ''}`.toLowerCase().replace(/\s+/g, ' ');
    const bare = base.startsWith('pg_catalog.') ? base.slice(11) : base;
    const oid = builtinOidByName.get(isQuoted ? bare : (typeAliases[bare] ?? bare)) ?? this.lookup?.(raw);
    if (oid === undefined) return undefined;
    return match[3] === '' ? oid : this.arrayOf(oid) || undefined;
  }

  /** The fields of a composite type by OID; empty for anything else. */
  compositeFields(oid: number): readonly RecordField[] {
    return this.#fields.get(this.baseOf(oid)) ?? [];
  }

  /** The fields of a row value, named or anonymous. */
  fieldsOf(record: PgRecord): readonly RecordField[] {
    return record.fields ?? this.compositeFields(record.type);
  }

  enumLabels(oid: number): readonly string[] {
    return this.#labels.get(oid) ?? [];
  }

  domain(oid: number): DomainDefinition | undefined {
    return this.#domains.get(oid);
  }

  defineEnum(definition: EnumDefinition): void {
    this.#labels.set(definition.oid, [...definition.labels]);
    this.#add({
      ...userRow,
      oid: definition.oid,
      name: definition.name,
      len: 4,
      byVal: true,
      type: 'e',
      category: 'E',
      arrayOid: definition.arrayOid,
      align: 'i',
      storage: 'p',
      inputFunction: 'enum_in',
      outputFunction: 'enum_out',
      receiveFunction: 'enum_recv',
      sendFunction: 'enum_send',
    });
  }

  /** Puts a label into an enum: before the label at `index`, at the end when it equals the count. */
  addEnumLabel(oid: number, label: string, index: number): void {
    this.#labels.get(oid)?.splice(index, 0, label);
  }

  renameEnumLabel(oid: number, from: string, to: string): void {
    const labels = this.#labels.get(oid);
    if (labels !== undefined) labels[labels.indexOf(from)] = to;
  }

  defineComposite(definition: CompositeDefinition): void {
    this.#fields.set(definition.oid, definition.fields);
    this.#add({
      ...userRow,
      oid: definition.oid,
      name: definition.name,
      type: 'c',
      category: 'C',
      arrayOid: definition.arrayOid,
      relationOid: definition.relationOid,
      inputFunction: 'record_in',
      outputFunction: 'record_out',
      receiveFunction: 'record_recv',
      sendFunction: 'record_send',
    });
  }

  /** Replaces the fields after ALTER TABLE or ALTER TYPE; values made before keep their own length. */
  setFields(oid: number, fields: readonly RecordField[]): void {
    this.#fields.set(oid, fields);
  }

  defineDomain(definition: DomainDefinition): void {
    this.#domains.set(definition.oid, definition);
    const base = this.#row(definition.baseOid)!;
    this.#add({
      ...base,
      oid: definition.oid,
      name: definition.name,
      type: 'd',
      isPreferred: false,
      arrayOid: definition.arrayOid,
      elementOid: base.elementOid,
      inputFunction: 'domain_in',
      receiveFunction: 'domain_recv',
      baseOid: definition.baseOid,
      baseTypmod: definition.baseTypmod,
      isNotNull: definition.isNotNull,
      typmodIn: '-',
      typmodOut: '-',
    });
  }

  rename(oid: number, name: string): void {
    const row = this.#row(oid)!;
    this.#rows.set(oid, { ...row, name });
    this.#types.delete(oid);
    const array = this.#row(row.arrayOid);
    if (array !== undefined) {
      this.#rows.set(array.oid, { ...array, name: truncateName(`_${name}`) });
      this.#types.delete(array.oid);
    }
  }

  /** Forgets a type of the user and its array type. */
  remove(oid: number): void {
    const row = this.#row(oid);
    for (const gone of row === undefined ? [oid] : [oid, row.arrayOid]) {
      this.#rows.delete(gone);
      this.#types.delete(gone);
      this.#labels.delete(gone);
      this.#fields.delete(gone);
      this.#domains.delete(gone);
    }
  }

  #add(row: TypeRow): void {
    this.#rows.set(row.oid, row);
    this.#types.delete(row.oid);
    if (row.arrayOid === 0) return;
    this.#types.delete(row.arrayOid);
    this.#rows.set(row.arrayOid, {
      ...userRow,
      oid: row.arrayOid,
      name: truncateName(`_${row.name}`),
      type: 'b',
      category: 'A',
      elementOid: row.oid,
      arrayOid: 0,
      align: row.align === 'd' ? 'd' : 'i',
      collation: row.collation,
      inputFunction: 'array_in',
      outputFunction: 'array_out',
      receiveFunction: 'array_recv',
      sendFunction: 'array_send',
    });
  }

  #build(row: TypeRow): PgType {
    const behaviour = this.#behaviourOf(row);
    if (row.type === 'd') return new BuiltType(row, behaviour, () => this.#comparable(row.baseOid));
    if (row.inputFunction === 'array_in') return new BuiltType(row, behaviour, () => this.#comparable(row.elementOid));
    return new BuiltType(row, behaviour, null);
  }

  #comparable(oid: number): { ordered: boolean; hashable: boolean } {
    const type = this.byOid(oid);
    return { ordered: type.isOrdered, hashable: type.isHashable };
  }

  #behaviourOf(row: TypeRow): TypeBehaviour {
    if (row.type === 'd') return this.#domainBehaviour(row);
    if (row.type === 'e') return this.#enumBehaviour(row);
    if (row.type === 'c' || row.name === 'record') return recordBehaviour(this, row.oid);
    if (row.type === 'r') return rangeBehaviour(this, row.oid, rangeSubtypes[row.name]!);
    if (row.type === 'm') return multirangeBehaviour(row.name);
    if (row.inputFunction === 'array_in') return arrayBehaviour(() => this.byOid(row.elementOid));
    if (row.name === 'int2vector' || row.name === 'oidvector') return vectorBehaviour(() => this.byOid(row.elementOid));
    const known = builtinBehaviours[row.name];
    if (known !== undefined) return known;
    return row.type === 'p' ? pseudoBehaviour(row.name) : missingBehaviour(row.name);
  }

  #enumBehaviour(row: TypeRow): TypeBehaviour {
    const labels = this.#labels.get(row.oid)!;
    const parse = (text: string): string => {
      if (!labels.includes(text)) {
        throw pgError('22P02', `invalid input value for enum ${this.displayName(row.oid, row.name)}: "${text}"`);
      }
      return text;
    };
    return {
      input: parse,
      output: (datum) => datum as string,
      receive: (bytes) => parse(bytes.toString('utf8')),
      send: (datum) => Buffer.from(datum as string, 'utf8'),
      compare: (left, right) => labels.indexOf(left as string) - labels.indexOf(right as string),
      hashKey: (datum) => datum as string,
    };
  }

  #domainBehaviour(row: TypeRow): TypeBehaviour {
    const base = (): PgType => this.byOid(row.baseOid);
    const definition = this.#domains.get(row.oid)!;
    const checked = (datum: Datum, context: CallContext): Datum => {
      definition.check(datum, context);
      return datum;
    };
    return {
      input: (text, _typmod, context) => checked(base().input(text, row.baseTypmod, context), context),
      output: (datum, context) => base().output(datum, context),
      receive: (bytes, _typmod, context) => checked(base().receive(bytes, row.baseTypmod, context), context),
      send: (datum, context) => base().send(datum, context),
      compare: (left, right) => base().compare(left, right),
      hashKey: (datum) => base().hashKey(datum),
    };
  }
}
