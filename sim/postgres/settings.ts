/**
 * Run-time settings: one flat table of what a client may read or set, and the values of one session with the layers of SET and SET LOCAL.
 * Source: PostgreSQL 15 manual, chapter 20 and SET. Left out: settings that only tune the real server; asking for one that is not listed gives
 * 42704 as an unknown name does.
 */
import { PgError, settingCannotChange, settingInvalid, settingOutOfRange, settingUnknown } from './errors.ts';

interface SettingDefinition {
  readonly name: string;
  readonly kind: 'text' | 'bool' | 'int' | 'enum';
  readonly initial: string;
  /** Unit of an integer: what it is kept in. */
  readonly unit?: 'ms' | 's' | 'kB' | '8kB' | 'min';
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** Told to the client by ParameterStatus. */
  readonly isReported?: boolean;
  /** `internal` can never be set; `server` only in the server's own configuration. */
  readonly context?: 'internal' | 'server' | 'backend';
}

const text = (name: string, initial: string, more: Partial<SettingDefinition> = {}): SettingDefinition => ({
  name,
  kind: 'text',
  initial,
  ...more,
});
const bool = (name: string, initial: string, more: Partial<SettingDefinition> = {}): SettingDefinition => ({
  name,
  kind: 'bool',
  initial,
  ...more,
});
const int = (name: string, initial: string, more: Partial<SettingDefinition> = {}): SettingDefinition => ({
  name,
  kind: 'int',
  initial,
  ...more,
});
const choice = (
  name: string,
  initial: string,
  values: readonly string[],
  more: Partial<SettingDefinition> = {},
): SettingDefinition => ({
  name,
  kind: 'enum',
  initial,
  values,
  ...more,
});

const MS_MAX = 2147483647;
const LEVELS = ['debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'debug', 'log', 'notice', 'warning', 'error'];
const ISOLATION = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'];

const DEFINITIONS: readonly SettingDefinition[] = [
  text('application_name', '', { isReported: true }),
  text('client_encoding', 'UTF8', { isReported: true }),
  text('DateStyle', 'ISO, MDY', { isReported: true }),
  bool('default_transaction_read_only', 'off', { isReported: true }),
  bool('in_hot_standby', 'off', { isReported: true, context: 'internal' }),
  bool('integer_datetimes', 'on', { isReported: true, context: 'internal' }),
  choice('IntervalStyle', 'postgres', ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'], {
    isReported: true,
  }),
  bool('is_superuser', 'on', { isReported: true, context: 'internal' }),
  text('server_encoding', 'UTF8', { isReported: true, context: 'internal' }),
  text('server_version', '15.18 (Debian 15.18-0+deb12u1)', { isReported: true, context: 'internal' }),
  text('session_authorization', 'postgres', { isReported: true }),
  bool('standard_conforming_strings', 'on', { isReported: true }),
  text('TimeZone', 'Etc/UTC', { isReported: true }),
  int('server_version_num', '150018', { context: 'internal' }),
  int('max_connections', '100', { context: 'server' }),
  int('block_size', '8192', { context: 'internal' }),
  int('max_identifier_length', '63', { context: 'internal' }),
  int('max_index_keys', '32', { context: 'internal' }),
  text('lc_collate', 'C', { context: 'internal' }),
  text('lc_ctype', 'C', { context: 'internal' }),
  text('lc_messages', 'C'),
  text('lc_monetary', 'C'),
  text('lc_numeric', 'C'),
  text('lc_time', 'C'),
  text('search_path', '"$user", public'),
  text('role', 'none'),
  int('statement_timeout', '0', { unit: 'ms', min: 0, max: MS_MAX }),
  int('lock_timeout', '0', { unit: 'ms', min: 0, max: MS_MAX }),
  int('idle_in_transaction_session_timeout', '0', { unit: 'ms', min: 0, max: MS_MAX }),
  int('idle_session_timeout', '0', { unit: 'ms', min: 0, max: MS_MAX }),
  int('deadlock_timeout', '1000', { unit: 'ms', min: 1, max: MS_MAX }),
  int('wal_writer_delay', '200', { unit: 'ms', min: 1, max: 10000, context: 'server' }),
  int('tcp_keepalives_idle', '7200', { unit: 's', min: 0, max: MS_MAX }),
  int('tcp_keepalives_interval', '75', { unit: 's', min: 0, max: MS_MAX }),
  int('tcp_keepalives_count', '9', { min: 0, max: MS_MAX }),
  choice('synchronous_commit', 'on', ['local', 'remote_write', 'remote_apply', 'on', 'off']),
  bool('fsync', 'on', { context: 'server' }),
  choice('wal_level', 'replica', ['minimal', 'replica', 'logical'], { context: 'server' }),
  choice('default_transaction_isolation', 'read committed', ISOLATION),
  bool('default_transaction_deferrable', 'off'),
  choice('transaction_isolation', 'read committed', ISOLATION),
  bool('transaction_read_only', 'off'),
  bool('transaction_deferrable', 'off'),
  int('extra_float_digits', '1', { min: -15, max: 3 }),
  choice('bytea_output', 'hex', ['escape', 'hex']),
  choice('xmloption', 'content', ['content', 'document']),
  choice('client_min_messages', 'notice', LEVELS),
  choice('log_min_messages', 'warning', [...LEVELS, 'fatal', 'panic']),
  choice('log_statement', 'none', ['none', 'ddl', 'mod', 'all']),
  int('log_min_duration_statement', '-1', { unit: 'ms', min: -1, max: MS_MAX }),
  bool('log_lock_waits', 'off'),
  bool('row_security', 'on'),
  bool('check_function_bodies', 'on'),
  bool('escape_string_warning', 'on'),
  choice('backslash_quote', 'safe_encoding', ['safe_encoding', 'on', 'off']),
  bool('quote_all_identifiers', 'off'),
  bool('transform_null_equals', 'off'),
  bool('array_nulls', 'on'),
  choice('session_replication_role', 'origin', ['origin', 'replica', 'local']),
  text('default_tablespace', ''),
  text('temp_tablespaces', ''),
  text('default_table_access_method', 'heap'),
  choice('default_toast_compression', 'pglz', ['pglz', 'lz4']),
  bool('default_with_oids', 'off', { context: 'internal' }),
  int('work_mem', '4096', { unit: 'kB', min: 64, max: MS_MAX }),
  int('maintenance_work_mem', '65536', { unit: 'kB', min: 1024, max: MS_MAX }),
  int('temp_buffers', '1024', { unit: '8kB', min: 100, max: MS_MAX }),
  int('shared_buffers', '16384', { unit: '8kB', context: 'server' }),
  int('effective_cache_size', '524288', { unit: '8kB', min: 1, max: MS_MAX }),
  bool('enable_seqscan', 'on'),
  bool('enable_indexscan', 'on'),
  bool('enable_indexonlyscan', 'on'),
  bool('enable_bitmapscan', 'on'),
  bool('enable_hashjoin', 'on'),
  bool('enable_mergejoin', 'on'),
  bool('enable_nestloop', 'on'),
  bool('enable_sort', 'on'),
  bool('enable_hashagg', 'on'),
  bool('enable_material', 'on'),
  bool('enable_memoize', 'on'),
  bool('jit', 'on'),
  int('max_parallel_workers_per_gather', '2', { min: 0, max: 1024 }),
  int('from_collapse_limit', '8', { min: 1, max: MS_MAX }),
  int('join_collapse_limit', '8', { min: 1, max: MS_MAX }),
  choice('plan_cache_mode', 'auto', ['auto', 'force_generic_plan', 'force_custom_plan']),
  choice('constraint_exclusion', 'partition', ['partition', 'on', 'off']),
  choice('password_encryption', 'scram-sha-256', ['md5', 'scram-sha-256']),
  int('gin_fuzzy_search_limit', '0', { min: 0, max: MS_MAX }),
  bool('synchronize_seqscans', 'on'),
  bool('hot_standby', 'on', { context: 'server' }),
  text('data_directory', '/var/lib/postgresql/15/main', { context: 'server' }),
  text('listen_addresses', '*', { context: 'server' }),
  int('port', '5432', { context: 'server' }),
  text('log_timezone', 'Etc/UTC', { context: 'server' }),
  bool('ssl', 'off', { context: 'server' }),
  bool('track_activities', 'on'),
  bool('track_counts', 'on'),
  bool('autovacuum', 'on', { context: 'server' }),
  int('max_prepared_transactions', '0', { context: 'server' }),
  int('max_locks_per_transaction', '64', { context: 'server' }),
];

const BY_NAME: ReadonlyMap<string, SettingDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
);

/** Names in the order in which SHOW ALL lists them. */
export const SETTING_NAMES: readonly string[] = DEFINITIONS.map((definition) => definition.name).sort((a, b) =>
  a.toLowerCase() < b.toLowerCase() ? -1 : 1,
);

export function settingDefinition(name: string): SettingDefinition | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Names sent as ParameterStatus at startup, in order. */
export const REPORTED_SETTINGS: readonly string[] = DEFINITIONS.filter(
  (definition) => definition.isReported === true,
).map((definition) => definition.name);

type Layer = ReadonlyMap<string, string>;
const EMPTY: Layer = new Map();

/** Both layers at one instant, for savepoints. */
export interface SettingsMark {
  readonly session: Layer;
  readonly local: Layer;
}

/** Values of one session. Layers are replaced and never changed, so that a mark is two references. */
export class Settings {
  /** What the server's configuration, the role and the startup packet say: the target of RESET. */
  readonly #initial = new Map<string, string>();
  #session: Layer = EMPTY;
  #local: Layer = EMPTY;
  /** Counts changes, for caches of derived values. */
  version = 0;

  mark(): SettingsMark {
    return { session: this.#session, local: this.#local };
  }

  restore(mark: SettingsMark): void {
    this.#swap(mark.session, mark.local);
  }

  /** A commit keeps SET and ends SET LOCAL. */
  endTransaction(): void {
    if (this.#local !== EMPTY) this.#swap(this.#session, EMPTY);
  }

  setInitial(name: string, value: string): void {
    const definition = settingDefinition(name);
    this.#initial.set(
      name.toLowerCase(),
      definition === undefined ? value : normalise(definition, value, this.get(name) ?? ''),
    );
    this.version += 1;
  }

  /** @returns the canonical value, or undefined when there is no such setting */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#local.get(key) ?? this.#session.get(key) ?? this.#initial.get(key) ?? BY_NAME.get(key)?.initial;
  }

  /** A setting that is in the table. */
  value(name: string): string {
    return this.get(name)!;
  }

  isOn(name: string): boolean {
    return this.value(name) === 'on';
  }

  integer(name: string): number {
    return Number(this.value(name));
  }

  /** As SHOW prints it, with its unit. */
  show(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw settingUnknown(name);
    const definition = settingDefinition(name);
    return definition === undefined ? value : display(definition, value);
  }

  /** SET and SET LOCAL; `undefined` is DEFAULT. */
  set(name: string, value: string | undefined, isLocal: boolean): void {
    const key = name.toLowerCase();
    const definition = BY_NAME.get(key);
    if (definition === undefined && !key.includes('.')) throw settingUnknown(name);
    if (definition?.context !== undefined) throw settingCannotChange(definition.name, definition.context);
    const fitted =
      value === undefined
        ? (this.#initial.get(key) ?? definition?.initial ?? '')
        : definition === undefined
          ? value
          : normalise(definition, value, this.get(name) ?? '');
    this.put(key, fitted, isLocal);
  }

  /** Sets without a check: what the engine itself keeps in settings. */
  put(name: string, value: string, isLocal: boolean): void {
    const key = name.toLowerCase();
    const local = new Map(this.#local);
    if (isLocal) {
      local.set(key, value);
      this.#swap(this.#session, local);
      return;
    }
    const session = new Map(this.#session);
    session.set(key, value);
    local.delete(key);
    this.#swap(session, local.size === 0 ? EMPTY : local);
  }

  /** Names of all settings with a value, sorted. */
  names(): string[] {
    const own = [...this.#session.keys(), ...this.#local.keys(), ...this.#initial.keys()].filter(
      (name) => !BY_NAME.has(name),
    );
    return [...new Set([...DEFINITIONS.map((one) => one.name), ...own])].sort();
  }

  resetAll(): void {
    this.#swap(EMPTY, EMPTY);
  }

  #swap(session: Layer, local: Layer): void {
    if (session === this.#session && local === this.#local) return;
    this.#session = session;
    this.#local = local;
    this.version += 1;
  }
}

const TRUE_WORDS = ['true', 'yes', 'on', '1'];
const FALSE_WORDS = ['false', 'no', 'off', '0'];

/** A boolean as Postgres reads one: any unique prefix of true, false, yes, no, on, off, or 1 and 0. */
export function parseBool(value: string): boolean | undefined {
  const word = value.trim().toLowerCase();
  if (word === '' || word === 'o') return undefined;
  if (TRUE_WORDS.some((candidate) => candidate.startsWith(word) && (candidate !== 'on' || word === 'on'))) return true;
  if (FALSE_WORDS.some((candidate) => candidate.startsWith(word) && (candidate !== 'off' || word.length > 1)))
    return false;
  return undefined;
}

function normalise(definition: SettingDefinition, value: string, current: string): string {
  switch (definition.kind) {
    case 'bool': {
      const parsed = parseBool(value);
      if (parsed === undefined)
        throw new PgError({ code: '22023', message: `parameter "${definition.name}" requires a Boolean value` });
      return parsed ? 'on' : 'off';
    }
    case 'enum': {
      const word = value.toLowerCase();
      const values = definition.values ?? [];
      if (values.includes(word)) return word;
      const asBool = values.includes('on') ? parseBool(value) : undefined;
      if (asBool !== undefined) return asBool ? 'on' : 'off';
      throw settingInvalid(definition.name, value, `Available values: ${values.join(', ')}.`);
    }
    case 'int':
      return String(integerSetting(definition, value));
    case 'text':
      return normaliseText(definition, value, current);
  }
}

const ENCODINGS: ReadonlySet<string> = new Set(['utf8', 'unicode', 'utf-8']);

function normaliseText(definition: SettingDefinition, value: string, current: string): string {
  if (definition.name === 'client_encoding') {
    if (ENCODINGS.has(value.toLowerCase().replaceAll("'", ''))) return 'UTF8';
    // Differs: only UTF8 is spoken; any other encoding is refused as an unknown one. A client that asks for LATIN1 can tell.
    throw settingInvalid(definition.name, value);
  }
  if (definition.name === 'DateStyle') return dateStyle(value, current);
  if (definition.name === 'application_name') return value.slice(0, 63);
  return value;
}

const STYLES: ReadonlyMap<string, string> = new Map([
  ['iso', 'ISO'],
  ['sql', 'SQL'],
  ['postgres', 'Postgres'],
  ['german', 'German'],
]);
const ORDERS: ReadonlyMap<string, string> = new Map([
  ['mdy', 'MDY'],
  ['us', 'MDY'],
  ['noneuropean', 'MDY'],
  ['dmy', 'DMY'],
  ['euro', 'DMY'],
  ['european', 'DMY'],
  ['ymd', 'YMD'],
]);

/** What is not said stays as it is, but German alone means day before month. */
function dateStyle(value: string, current: string): string {
  let [style = 'ISO', order = 'MDY'] = current.split(', ');
  let hasOrder = false;
  for (const part of value.split(',')) {
    const word = part.trim().toLowerCase();
    if (STYLES.has(word)) style = STYLES.get(word)!;
    else if (ORDERS.has(word)) {
      order = ORDERS.get(word)!;
      hasOrder = true;
    } else if (word !== 'default') throw settingInvalid('DateStyle', value);
  }
  if (style === 'German' && !hasOrder) order = 'DMY';
  return `${style}, ${order}`;
}

/** Factors of each unit over the one that a setting is kept in. */
const UNITS: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  ms: [
    ['d', 86400000],
    ['h', 3600000],
    ['min', 60000],
    ['s', 1000],
    ['ms', 1],
    ['us', 0.001],
  ],
  s: [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
    ['ms', 0.001],
  ],
  min: [
    ['d', 1440],
    ['h', 60],
    ['min', 1],
  ],
  kB: [
    ['TB', 1073741824],
    ['GB', 1048576],
    ['MB', 1024],
    ['kB', 1],
    ['B', 1 / 1024],
  ],
  '8kB': [
    ['TB', 134217728],
    ['GB', 131072],
    ['MB', 128],
    ['kB', 0.125],
  ],
};

function integerSetting(definition: SettingDefinition, value: string): number {
  const match = /^\s*([+-]?(?:0x[0-9a-f]+|\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  if (match === null) throw settingInvalid(definition.name, value);
  const unit = match[2]!;
  let factor = 1;
  if (unit !== '') {
    const units = definition.unit === undefined ? undefined : UNITS[definition.unit];
    const found = units?.find(([name]) => name === unit);
    if (found === undefined) {
      const valid =
        definition.unit === undefined
          ? undefined
          : definition.unit === 'kB' || definition.unit === '8kB'
            ? '"B", "kB", "MB", "GB", and "TB"'
            : '"us", "ms", "s", "min", "h", and "d"';
      throw settingInvalid(
        definition.name,
        value,
        valid === undefined ? undefined : `Valid units for this parameter are ${valid}.`,
      );
    }
    factor = found[1];
  }
  const number = Math.round(Number(match[1]) * factor);
  const min = definition.min ?? -MS_MAX;
  const max = definition.max ?? MS_MAX;
  if (number < min || number > max) throw settingOutOfRange(definition.name, number, min, max, definition.unit);
  return number;
}

function display(definition: SettingDefinition, value: string): string {
  if (definition.kind !== 'int' || definition.unit === undefined) return value;
  const number = Number(value);
  if (number <= 0) return value;
  for (const [unit, factor] of UNITS[definition.unit]!) {
    if (factor >= 1 && number % factor === 0) return `${number / factor}${unit}`;
    if (factor < 1 && definition.unit === '8kB') return `${number * 8}${unit}`;
  }
  return value;
}
