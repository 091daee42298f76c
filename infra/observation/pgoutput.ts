/**
 * Decodes `pgoutput`, the logical replication protocol of Postgres (manual: "Logical Replication Message Formats", protocol version 1),
 * into committed transactions. Values become what sim records: numbers for small integers and floats, booleans, parsed JSON, else text.
 *
 * What stands outside a transaction, or concerns no row (types, origins, messages), is left out; so is TRUNCATE, which sim does not
 * record either.
 */

export interface RowChange {
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly old?: Readonly<Record<string, unknown>>;
  readonly new?: Readonly<Record<string, unknown>>;
}

export interface CommittedTransaction {
  readonly tx: number;
  readonly lsn: string;
  /** Unix time of the commit by the server's clock, µs. */
  readonly wallMicros: number;
  readonly rows: readonly RowChange[];
}

interface Column {
  readonly name: string;
  readonly type: number;
}
interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Unix time of 2000-01-01, from which Postgres counts, µs. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;
const BOOL = 16;
const numberTypes = new Set([21, 23, 26, 700, 701]);
const jsonTypes = new Set([114, 3802]);

/** Decodes one slot's messages, in order. `nameOf` tells as what a table is recorded, or undefined for one that nobody observes. */
export class TransactionDecoder {
  readonly #nameOf: (schema: string, table: string) => string | undefined;
  readonly #relations = new Map<number, Relation>();
  #rows: RowChange[] = [];
  #xid = 0;

  constructor(nameOf: (schema: string, table: string) => string | undefined) {
    this.#nameOf = nameOf;
  }

  /** Takes one message; returns the transaction that it ends, unless nothing observed has changed in it. */
  message(bytes: Buffer): CommittedTransaction | undefined {
    const cursor = new Cursor(bytes);
    switch (cursor.letter()) {
      case 'B':
        cursor.skip(16);
        this.#xid = cursor.uint32();
        this.#rows = [];
        return undefined;
      case 'R':
        this.#relation(cursor);
        return undefined;
      case 'I':
        this.#change('insert', cursor);
        return undefined;
      case 'U':
        this.#change('update', cursor);
        return undefined;
      case 'D':
        this.#change('delete', cursor);
        return undefined;
      case 'C': {
        cursor.skip(1);
        const lsn = cursor.lsn();
        cursor.skip(8);
        const wallMicros = Number(cursor.int64()) + POSTGRES_EPOCH_MICROS;
        const rows = this.#rows;
        this.#rows = [];
        return rows.length === 0 ? undefined : { tx: this.#xid, lsn, wallMicros, rows };
      }
      default:
        return undefined;
    }
  }

  #relation(cursor: Cursor): void {
    const id = cursor.uint32();
    const schema = cursor.text() || 'pg_catalog';
    const name = cursor.text();
    cursor.skip(1);
    const columns: Column[] = [];
    for (let left = cursor.uint16(); left > 0; left--) {
      cursor.skip(1);
      const column = { name: cursor.text(), type: cursor.uint32() };
      cursor.skip(4);
      columns.push(column);
    }
    this.#relations.set(id, { schema, name, columns });
  }

  #change(op: RowChange['op'], cursor: Cursor): void {
    const relation = this.#relations.get(cursor.uint32())!;
    const table = this.#nameOf(relation.schema, relation.name);
    if (table === undefined) return;
    let old: Record<string, unknown> | undefined;
    let letter = cursor.letter();
    if (letter === 'O' || letter === 'K') {
      old = readRow(relation, cursor, undefined);
      if (op === 'update') letter = cursor.letter();
    }
    const row = letter === 'N' ? readRow(relation, cursor, old) : undefined;
    this.#rows.push({ table, op, ...(old === undefined ? {} : { old }), ...(row === undefined ? {} : { new: row }) });
  }
}

function readRow(
  { columns }: Relation,
  cursor: Cursor,
  old: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  const count = cursor.uint16();
  for (let index = 0; index < count; index++) {
    const { name, type } = columns[index]!;
    const kind = cursor.letter();
    if (kind === 't') row[name] = plainValue(type, cursor.string(cursor.uint32()));
    // A large value that did not change is not sent again.
    else row[name] = kind === 'u' ? (old?.[name] ?? null) : null;
  }
  return row;
}

function plainValue(type: number, text: string): unknown {
  if (type === BOOL) return text === 't';
  if (jsonTypes.has(type)) return JSON.parse(text);
  if (!numberTypes.has(type)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.#at += count;
  }

  letter(): string {
    return String.fromCharCode(this.#bytes[this.#at++]!);
  }

  uint16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  /** `16/B374D848`. */
  lsn(): string {
    const high = this.uint32();
    return `${high.toString(16).toUpperCase()}/${this.uint32().toString(16).toUpperCase()}`;
  }

  string(length: number): string {
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  /** Up to the next zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }
}
