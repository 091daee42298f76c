/**
 * Numbers, times and records in words, the same in the terminal, on the page and in the browser. Nothing here knows HTML; texts from
 * programs pass through `printable`, so that neither a terminal nor a reader can be misled by what they contain.
 */
import type { HistoryRecord } from '../harness/history/record.ts';

// C0 and C1 controls, zero-width and bidirectional controls, the byte order mark: they would hide or reorder text. Tabs and line feeds stay.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with characters that cannot be seen written as `\x00` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** `printable` on one line of at most `limit` characters. */
export function oneLine(text: string, limit = 200): string {
  const line = printable(text)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\t/g, ' ');
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** True time in seconds with ms: `12.410 s`. */
export function seconds(micros: number, digits = 3): string {
  return `${(micros / 1e6).toFixed(digits)} s`;
}

/** A length of time in the unit that fits it: `820 µs`, `4.2 ms`, `20 s`, `3 min 20 s`. */
export function duration(micros: number): string {
  const size = Math.abs(micros);
  if (size < 1000) return `${Math.round(micros)} µs`;
  if (size < 1e6) return `${short(micros / 1e3)} ms`;
  if (size < 120e6) return `${short(micros / 1e6)} s`;
  if (size < 7200e6) return twoUnits(micros / 1e6, 60, 'min', 's');
  if (size < 172_800e6) return twoUnits(micros / 60e6, 60, 'h', 'min');
  return twoUnits(micros / 3600e6, 24, 'd', 'h');
}

/** An integer with commas between thousands. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 seed`, `2 seeds`. */
export function plural(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** Time of day on a node's clock, UTC: `00:00:12.410`; with the date where it is another day than `epochMs`. */
export function clockTime(unixMs: number, epochMs: number): string {
  // A stepped clock can leave the range of Date.
  if (!Number.isFinite(unixMs) || Math.abs(unixMs) > 8.64e15) return `${unixMs} ms`;
  const iso = new Date(unixMs).toISOString();
  const time = iso.slice(11, 23);
  return iso.slice(0, 10) === new Date(epochMs).toISOString().slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`;
}

/** A value on one line: a small flat object as `amount 57, currency EUR`, others as compact JSON. */
export function valueText(value: unknown, limit = 160): string {
  if (value === undefined) return '';
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const entries = Object.entries(value);
    const isFlat = entries.every(([, item]) => item === null || typeof item !== 'object');
    if (entries.length > 0 && entries.length <= 6 && isFlat) {
      return oneLine(entries.map(([name, item]) => `${name} ${String(item)}`).join(', '), limit);
    }
  }
  return oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)), limit);
}

const rowVerb = { insert: 'insert into', update: 'update', delete: 'delete from' } as const;
const phaseWord = { invoke: 'invoked', ok: 'ok', fail: 'failed', info: 'unknown outcome' } as const;
const faultWord = { start: '', bit: 'bit: ', heal: 'over: ' } as const;
const processWord = {
  started: 'started',
  paused: 'paused',
  resumed: 'resumed',
  crashed: 'crashed',
  exited: 'exited',
  signalled: 'received a signal',
} as const;

/** One record in words, less its time; the host is named only where the sentence needs it. */
export function describeRecord(record: HistoryRecord): string {
  switch (record.kind) {
    case 'op': {
      const what = [record.f, record.key, valueText(record.value, 80)].filter(
        (part) => part !== undefined && part !== '',
      );
      const error = record.error === undefined ? '' : `: ${record.error}`;
      return oneLine(`${what.join(' ')} — ${phaseWord[record.phase]}${error}`);
    }
    case 'effect': {
      const value = record.value === undefined ? '' : ` (${valueText(record.value, 80)})`;
      const idem = record.idem === undefined ? '' : `, idempotency key ${record.idem}`;
      return oneLine(`${record.ledger} recorded ${record.key}${value}, asked by ${record.caller}${idem}`);
    }
    case 'commit':
      return oneLine(
        `${record.server} committed transaction ${record.tx}: ${record.rows.map(describeRow).join('; ')}`,
        240,
      );
    case 'fault':
      return oneLine(`${faultWord[record.phase]}${record.detail.replace(/: over$/, '')}`, 240);
    case 'process':
      return oneLine(describeProcess(record));
    case 'message':
      return oneLine(`${record.from} → ${record.to}: ${record.label}`, 240);
    case 'log':
      return oneLine(record.text, 400);
    case 'metric':
      return oneLine(`${record.name} = ${record.value}`);
    case 'mark':
      return oneLine(`${record.name} ${valueText(record.value, 120)}`.trim());
  }
}

function describeProcess(record: Extract<HistoryRecord, { kind: 'process' }>): string {
  const parts = [`${record.process ?? record.host} ${processWord[record.state]}`];
  if (record.state === 'started' && (record.incarnation ?? 1) > 1)
    parts.push(`again (incarnation ${record.incarnation})`);
  if (record.code !== undefined) parts.push(`with code ${record.code}`);
  if (record.signal !== undefined) parts.push(record.signal);
  if (record.error !== undefined) parts.push(`: ${record.error}`);
  return parts.join(' ').replace(' : ', ': ');
}

interface CommittedRow {
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  readonly old?: Readonly<Record<string, unknown>> | undefined;
  readonly new?: Readonly<Record<string, unknown>> | undefined;
}

function describeRow(row: CommittedRow): string {
  const before = row.old ?? {};
  const after = row.new ?? row.old ?? {};
  const cells: string[] = [];
  for (const [column, value] of Object.entries(after)) {
    const old = before[column];
    if (row.op === 'update' && column in before && JSON.stringify(old) !== JSON.stringify(value)) {
      cells.push(`${column} ${valueText(old, 30)} → ${valueText(value, 30)}`);
    } else if (cells.length < 3) cells.push(`${column} ${valueText(value, 30)}`);
  }
  return `${rowVerb[row.op]} ${row.table} (${cells.join(', ')})`;
}

function short(value: number): string {
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function twoUnits(value: number, base: number, large: string, small: string): string {
  const whole = Math.round(value);
  const high = Math.trunc(whole / base);
  const low = Math.abs(whole % base);
  return low === 0 ? `${high} ${large}` : `${high} ${large} ${low} ${small}`;
}
