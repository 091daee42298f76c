/** Making catalog objects: names that are free, sequences, indexes with their entries. Shared by CREATE and ALTER. */
import type { Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Constraint, IndexInfo, IndexKey, Relation, TableShape } from '../../catalog/objects.ts';
import { failure, relationExists, uniqueNotBuilt, unsupported } from '../../errors.ts';
import { type SequenceOptions, SequenceState } from '../../storage/sequence.ts';
import { compareKeys, type KeyOrder, SortedIndex } from '../../storage/sorted-index.ts';
import type { Datum } from '../../types/datum.ts';
import { Oid, quoteIdentifier } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import { Execution } from '../execute/frame.ts';
import { widened } from '../execute/scan.ts';
import { parseSql } from '../parse.ts';
import { keyText, placeOf, rowFrame, tableRules } from '../table/rules.ts';
import { isLive } from '../table/write.ts';

/** NAMEDATALEN - 1. */
const NAME_BYTES_MAX = 63;

export const EMPTY_RELATION = {
  persistence: 'p',
  columns: [],
  heap: null,
  index: null,
  sequence: null,
  view: null,
  rows: null,
  typeOid: 0,
  onCommit: 'preserve',
  options: new Map(),
  partitioning: null,
  partition: null,
} as const satisfies Partial<Relation>;

/** makeObjectName: `first_second_label`, cut to fit, the longer of the two first. */
export function objectName(first: string, second: string | null, label: string): string {
  let a = first;
  let b = second ?? '';
  const overhead = label.length + 1 + (second === null ? 0 : 1);
  while (Buffer.byteLength(a) + Buffer.byteLength(b) + overhead > NAME_BYTES_MAX) {
    if (Buffer.byteLength(a) > Buffer.byteLength(b)) a = a.slice(0, -1);
    else b = b.slice(0, -1);
  }
  return second === null ? `${a}_${label}` : `${a}_${b}_${label}`;
}

/** A relation name that is free in the schema: the wanted one, or with a number. */
export function freeRelationName(
  backend: Backend,
  schema: number,
  first: string,
  second: string | null,
  label: string,
): string {
  for (let number = 0; ; number++) {
    const name = objectName(first, second, number === 0 ? label : `${label}${number}`);
    if (backend.engine.catalog.relations.find(backend, schema, name) === null) return name;
  }
}

/** Waits for whoever is creating or dropping the same name, then refuses a name in use. */
export function* requireFreeName(backend: Backend, schema: number, name: string): Waiting<void> {
  const { relations } = backend.engine.catalog;
  if (relations.find(backend, schema, name) !== null) throw relationExists(name);
  for (;;) {
    const xid = relations.runningWriter(backend, schema, name);
    if (xid === 0) break;
    yield* backend.awaitXid(xid);
    // The real server finds it by the unique index of pg_type or pg_class, and says so.
    if (relations.find(backend, schema, name) !== null)
      throw failure('23505', 'duplicate key value violates unique constraint "pg_type_typname_nsp_index"', {
        detail: `Key (typname, typnamespace)=(${name}, ${schema}) already exists.`,
        schema: 'pg_catalog',
        table: 'pg_type',
        constraint: 'pg_type_typname_nsp_index',
      });
  }
}

export function insertRelation(backend: Backend, relation: Relation): void {
  const { catalog } = backend.engine;
  catalog.relations.insert(backend.current().xid(), relation);
  if (relation.index !== null) catalog.linkIndex(relation.index.tableOid, relation.oid);
}

export function replaceRelation(backend: Backend, relation: Relation): void {
  backend.engine.catalog.relations.replace(backend.current().xid(), backend, relation);
}

export function insertConstraint(backend: Backend, constraint: Constraint): void {
  const { catalog } = backend.engine;
  catalog.constraints.insert(backend.current().xid(), constraint);
  catalog.linkConstraint(constraint);
}

export function shapeOf(backend: Backend, oid: number): TableShape {
  const { catalog } = backend.engine;
  const relation = catalog.relations.get(backend, oid);
  if (relation === null) throw failure('42P01', `could not open relation with OID ${oid}`);
  return catalog.shape(backend, relation, backend.transaction?.changedCatalog === true);
}

const SEQUENCE_LIMITS: ReadonlyMap<number, bigint> = new Map([
  [Oid.int2, 32767n],
  [Oid.int4, 2147483647n],
  [Oid.int8, 9223372036854775807n],
]);

/** Options of CREATE SEQUENCE over defaults, or over those that a sequence has. */
export function sequenceOptions(
  nodes: readonly Node[] | undefined,
  base: SequenceOptions | null,
  typeOid: number,
): { readonly options: SequenceOptions; readonly restart: bigint | null | undefined } {
  const given = new Map<string, Node | undefined>();
  for (const node of nodes ?? []) if ('DefElem' in node) given.set(node.DefElem.defname ?? '', node.DefElem.arg);
  const number = (name: string): bigint | undefined => {
    const arg = given.get(name);
    return arg === undefined ? undefined : integerOf(arg);
  };
  const type = base?.typeOid ?? typeOid;
  const limit = SEQUENCE_LIMITS.get(type);
  if (limit === undefined) throw failure('22023', 'sequence type must be smallint, integer, or bigint');
  const increment = number('increment') ?? base?.increment ?? 1n;
  if (increment === 0n) throw failure('22023', 'INCREMENT must not be zero');
  const max =
    number('maxvalue') ?? (given.has('maxvalue') || base === null ? (increment > 0n ? limit : -1n) : base.max);
  const min =
    number('minvalue') ?? (given.has('minvalue') || base === null ? (increment > 0n ? 1n : -limit - 1n) : base.min);
  if (min >= max) throw failure('22023', `MINVALUE (${min}) must be less than MAXVALUE (${max})`);
  const start = number('start') ?? base?.start ?? (increment > 0n ? min : max);
  if (start < min) throw failure('22023', `START value (${start}) cannot be less than MINVALUE (${min})`);
  if (start > max) throw failure('22023', `START value (${start}) cannot be greater than MAXVALUE (${max})`);
  const cycle = given.get('cycle');
  const isCycling =
    cycle === undefined ? (base?.isCycling ?? false) : 'Boolean' in cycle && cycle.Boolean.boolval === true;
  return {
    options: { typeOid: type, start, increment, min, max, cache: number('cache') ?? base?.cache ?? 1n, isCycling },
    restart: given.has('restart') ? (number('restart') ?? null) : undefined,
  };
}

function integerOf(node: Node): bigint {
  if ('Integer' in node) return BigInt(node.Integer.ival ?? 0);
  if ('Float' in node) return BigInt(node.Float.fval ?? '0');
  throw unsupported('this sequence option');
}

export function createSequence(
  backend: Backend,
  schema: number,
  name: string,
  options: SequenceOptions,
  owner: { readonly table: number; readonly column: number; readonly isIdentity: boolean } | null,
  persistence: Relation['persistence'],
): Relation {
  const oid = backend.engine.catalog.newOid();
  const relation: Relation = {
    ...EMPTY_RELATION,
    oid,
    name,
    schema,
    kind: 'S',
    owner: backend.currentUser,
    persistence,
    columns: ['last_value', 'log_cnt', 'is_called'].map((column, index) => ({
      name: column,
      number: index + 1,
      typeOid: column === 'is_called' ? Oid.bool : Oid.int8,
      typmod: -1,
      isNotNull: true,
      isDropped: false,
      expression: null,
      generated: 'none',
      identity: 'none',
      missing: null,
    })),
    sequence: {
      options,
      state: new SequenceState(options.start),
      ownerTable: owner?.table ?? 0,
      ownerColumn: owner?.column ?? 0,
      isIdentity: owner?.isIdentity ?? false,
    },
    rows: (session) => {
      const sequence = (session as Backend).engine.catalog.relations.get(session as Backend, oid)?.sequence;
      return sequence === undefined || sequence === null
        ? []
        : [[sequence.state.lastValue, sequence.state.logCount, sequence.state.isCalled]];
    },
  };
  insertRelation(backend, relation);
  return relation;
}

/** `nextval('schema.name'::regclass)` as parsed. */
export function nextvalExpression(schema: string, name: string): Node {
  const qualified = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`.replaceAll("'", "''");
  return parsedExpression(`nextval('${qualified}'::regclass)`);
}

export function parsedExpression(text: string): Node {
  const node = parseSql(`SELECT ${text}`)[0]!.node;
  if (!('SelectStmt' in node)) throw unsupported('this expression');
  const target = node.SelectStmt.targetList?.[0];
  if (target === undefined || !('ResTarget' in target)) throw unsupported('this expression');
  return target.ResTarget.val!;
}

export interface IndexDefinition {
  readonly name: string;
  readonly keys: readonly IndexKey[];
  readonly keyNames: readonly string[];
  readonly included: readonly number[];
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  readonly nullsNotDistinct: boolean;
  readonly isImmediate: boolean;
  readonly predicate: Node | null;
  readonly method: string;
}

export function keyOrders(backend: Backend, keys: readonly IndexKey[]): KeyOrder[] {
  return keys.map((key) => {
    const type = backend.engine.types.byOid(key.typeOid);
    return {
      compare: (left, right) => type.compare(left, right),
      isDescending: key.isDescending,
      nullsFirst: key.nullsFirst,
    };
  });
}

/** Creates an index and enters the rows that are there. */
export function createIndex(backend: Backend, table: Relation, definition: IndexDefinition): Relation {
  const tree = new SortedIndex(keyOrders(backend, definition.keys));
  const info: IndexInfo = {
    tableOid: table.oid,
    keys: definition.keys,
    included: definition.included,
    method: definition.method,
    isUnique: definition.isUnique,
    nullsNotDistinct: definition.nullsNotDistinct,
    isPrimary: definition.isPrimary,
    isValid: true,
    isImmediate: definition.isImmediate,
    predicate: definition.predicate,
    tree,
  };
  const relation: Relation = {
    ...EMPTY_RELATION,
    oid: backend.engine.catalog.newOid(),
    name: definition.name,
    schema: table.schema,
    kind: 'i',
    owner: table.owner,
    persistence: table.persistence,
    columns: definition.keys.map((key, index) => ({
      name: definition.keyNames[index]!,
      number: index + 1,
      typeOid: key.typeOid,
      typmod: -1,
      isNotNull: false,
      isDropped: false,
      expression: null,
      generated: 'none',
      identity: 'none',
      missing: null,
    })),
    index: info,
  };
  insertRelation(backend, relation);
  fillIndex(backend, table.oid, relation);
  return relation;
}

/** Enters every version that somebody may still see; refuses live duplicates of a unique index. */
export function fillIndex(backend: Backend, tableOid: number, index: Relation): void {
  const shape = shapeOf(backend, tableOid);
  const rules = tableRules(backend, shape).indexes.find((candidate) => candidate.index.oid === index.oid);
  if (rules === undefined || shape.relation.heap === null) return;
  const info = index.index!;
  const execution = new Execution(
    backend,
    { commit: backend.status.latest, command: backend.current().command, owner: backend },
    [],
  );
  for (let tuple = shape.relation.heap.first; tuple !== null; tuple = tuple.following) {
    if (backend.status.isAborted(tuple.xmin)) continue;
    const row = widened(tuple, shape.relation);
    const frame = rowFrame(execution, row);
    if (rules.predicate !== null && !rules.predicate(frame)) continue;
    const key: Datum[] = rules.keys.map((value) => value(frame));
    if (
      info.isUnique &&
      isLive(backend, tuple) &&
      (info.nullsNotDistinct || !key.includes(null)) &&
      hasLiveEqual(backend, info, key)
    ) {
      throw uniqueNotBuilt(
        placeOf(backend, shape.relation),
        index.name,
        keyText(
          execution,
          rules.keyNames,
          info.keys.map((column) => column.typeOid),
          key,
        ),
      );
    }
    info.tree.insert(key, tuple);
    tuple.entries.push({ index: info, key });
  }
}

function hasLiveEqual(backend: Backend, info: IndexInfo, key: readonly Datum[]): boolean {
  const position = info.tree.seek(key, key.length, false);
  for (let block = position.block, at = position.at; block < info.tree.blocks.length; block++, at = 0) {
    for (const entry of info.tree.blocks[block]!.slice(at)) {
      if (compareKeys(info.tree.orders, entry.key, key, key.length) !== 0) return false;
      if (isLive(backend, entry.tuple)) return true;
    }
  }
  return false;
}
