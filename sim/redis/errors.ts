/**
 * Every error text of Redis 7.0 that the simulated server can send, code first and without the leading `-`. Texts are the real server's, to
 * the byte; what only this simulator says starts with `ERR seedstorm:`.
 */
import { error, type Reply } from './reply.ts';

/** Ends a command with an error reply. Thrown before the command has changed anything; no Error, since nobody reads its stack. */
export class CommandFailure {
  readonly reply: Reply;
  constructor(text: string) {
    this.reply = error(text);
  }
}

/** Ends the current command with this error. */
export function fail(text: string): never {
  throw new CommandFailure(text);
}

/** Text as C prints it with `%s`: up to the first NUL, and an error line holds no line break. */
export function inMessage(text: string): string {
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)).replace(/[\r\n]/g, ' ');
}

/** Text as it ends a message: without the line breaks at its own end. */
function atEnd(text: string): string {
  const end = text.indexOf('\0');
  return inMessage((end < 0 ? text : text.slice(0, end)).replace(/[\r\n]+$/, ''));
}

// General.
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const SYNTAX = 'ERR syntax error';
export const NO_SUCH_KEY = 'ERR no such key';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const NOT_A_FLOAT = 'ERR value is not a valid float';
export const OUT_OF_RANGE = 'ERR value is out of range';
export const NOT_POSITIVE = 'ERR value is out of range, must be positive';
export const INDEX_OUT_OF_RANGE = 'ERR index out of range';
export const OFFSET_OUT_OF_RANGE = 'ERR offset is out of range';
export const OVERFLOW = 'ERR increment or decrement would overflow';
export const DECREMENT_OVERFLOW = 'ERR decrement would overflow';
export const NAN_OR_INFINITY = 'ERR increment would produce NaN or Infinity';
export const NAN_OR_INFINITY_ARGUMENT = 'ERR value is NaN or Infinity';
export const STRING_TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
export const INVALID_CURSOR = 'ERR invalid cursor';
export const SAME_OBJECT = 'ERR source and destination objects are the same';
export const DB_INDEX = 'ERR DB index is out of range';
export const TIMEOUT_NOT_A_FLOAT = 'ERR timeout is not a float or out of range';
export const TIMEOUT_NOT_AN_INTEGER = 'ERR timeout is not an integer or out of range';
export const TIMEOUT_NEGATIVE = 'ERR timeout is negative';
export const TIMEOUT_RANGE = 'ERR timeout is out of range';
export const NUMKEYS_POSITIVE = 'ERR numkeys should be greater than 0';
export const NUMKEYS_TOO_MANY = "ERR Number of keys can't be greater than number of args";
export const LIMIT_NEGATIVE = "ERR LIMIT can't be negative";
export const COUNT_POSITIVE = 'ERR count should be greater than 0';
export const UNBLOCKED = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

export function wrongArity(command: string): string {
  return `ERR wrong number of arguments for '${command}' command`;
}

export function unknownCommand(args: readonly string[]): string {
  let shown = '';
  for (let index = 1; index < args.length && shown.length < 128; index++) {
    shown += `'${cut(args[index]!, 128 - shown.length)}' `;
  }
  return `ERR unknown command '${inMessage(cut(args[0]!, 128))}', with args beginning with: ${atEnd(shown)}`;
}

export function unknownSubcommand(container: string, subcommand: string): string {
  return `ERR unknown subcommand '${inMessage(cut(subcommand, 128))}'. Try ${container.toUpperCase()} HELP.`;
}

export function unknownSubcommandOrArity(container: string, subcommand: string): string {
  return `ERR unknown subcommand or wrong number of arguments for '${inMessage(cut(subcommand, 128))}'. Try ${container.toUpperCase()} HELP.`;
}

function cut(text: string, length: number): string {
  const end = text.indexOf('\0');
  return text.slice(0, end < 0 ? length : Math.min(length, end));
}

export function outOfRangeBetween(low: number | string, high: number | string): string {
  return `ERR value is out of range, value must between ${low} and ${high}`;
}

export function invalidExpire(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}

/** A command or option that this simulator knows and does not simulate. */
export function notSimulated(what: string): string {
  return `ERR seedstorm: ${what} is not simulated; see docs/limits.md`;
}

// Connection, authentication, protocol.
export const NO_AUTH = 'NOAUTH Authentication required.';
export const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
export const AUTH_WITHOUT_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
export const NO_PROTO = 'NOPROTO unsupported protocol version';
export const PROTO_NOT_AN_INTEGER = 'ERR Protocol version is not an integer or out of range';
export const HELLO_NO_AUTH =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time';
export const CLIENT_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';
export const NO_SUCH_CLIENT = 'ERR No such client';
export const CLIENT_ID_INVALID = 'ERR Invalid client ID';
export const MAX_CLIENTS = 'ERR max number of clients reached';

export function syntaxInHello(option: string): string {
  return `ERR Syntax error in HELLO option '${inMessage(option)}'`;
}

export function noPermissionCommand(command: string): string {
  return `NOPERM this user has no permissions to run the '${command}' command`;
}
export const NO_PERMISSION_KEY = 'NOPERM this user has no permissions to access one of the keys used as arguments';
export const NO_PERMISSION_CHANNEL =
  'NOPERM this user has no permissions to access one of the channels used as arguments';

// Transactions, pub/sub, blocking, scripts.
export const EXEC_ABORT = 'EXECABORT Transaction discarded because of previous errors.';
export const EXEC_WITHOUT_MULTI = 'ERR EXEC without MULTI';
export const DISCARD_WITHOUT_MULTI = 'ERR DISCARD without MULTI';
export const NESTED_MULTI = 'ERR MULTI calls can not be nested';
export const WATCH_INSIDE_MULTI = 'ERR WATCH inside MULTI is not allowed';
export const NOT_IN_MULTI = 'ERR Command not allowed inside a transaction';
export const DENY_BLOCKING_SHARD = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client";
export const NOT_IN_SCRIPT = 'ERR This Redis command is not allowed from script';
export const NO_SCRIPT = 'NOSCRIPT No matching script. Please use EVAL.';
export const SCRIPT_FLUSH = 'ERR SCRIPT FLUSH only support SYNC|ASYNC option';
export const SCRIPT_DEBUG = 'ERR Use SCRIPT DEBUG YES/SYNC/NO';
export const SHEBANG_INVALID = 'ERR Invalid script shebang';
export const NOT_BUSY = 'NOTBUSY No scripts in execution right now.';
export const WRITE_IN_READ_ONLY_SCRIPT = 'ERR Write commands are not allowed from read-only scripts.';
export const WRITING_SCRIPT_READ_ONLY = 'ERR Can not execute a script with write flag using *_ro command.';
export const SCRIPT_OUT_OF_MEMORY =
  "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'";
export const UNKNOWN_IN_SCRIPT = 'ERR Unknown Redis command called from script';
export const ARITY_IN_SCRIPT = 'ERR Wrong number of args calling Redis command from script';
export const OUT_OF_MEMORY_IN_SCRIPT = "OOM command not allowed when used memory > 'maxmemory'.";
export const NEGATIVE_KEY_COUNT = "ERR Number of keys can't be negative";
export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
export const CLUSTER_DISABLED = 'ERR This instance has cluster support disabled';

/** @param message what is wrong, as the Lua compiler words it */
export function compileFailure(message: string): string {
  return `ERR Error compiling script (new function): ${atEnd(message)}`;
}

// Function libraries.
export const NO_SUCH_FUNCTION = 'ERR Function not found';
export const NO_SUCH_LIBRARY = 'ERR Library not found';
export const NO_FUNCTIONS = 'ERR No functions registered';
export const KEY_COUNT = 'ERR Bad number of keys provided';
export const FUNCTION_FLUSH = 'ERR FUNCTION FLUSH only supports SYNC|ASYNC option';
export const LIBRARY_NAME_MISSING = 'ERR library name argument was not given';
export const LIBRARY_WITHOUT_METADATA = 'ERR Missing library metadata';
export const LIBRARY_METADATA = 'ERR Invalid library metadata';
export const LIBRARY_WITHOUT_NAME = 'ERR Library name was not given';
export const LIBRARY_NAMED_TWICE = 'ERR Invalid metadata value, name argument was given multiple times';
export const LIBRARY_NAME =
  'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

/** @param message what is wrong, as the Lua engine words it */
export function libraryFailure(message: string): string {
  return `ERR ${atEnd(message)}`;
}

export function libraryExists(name: string): string {
  return `ERR Library '${name}' already exists`;
}

export function functionExists(name: string): string {
  return `ERR Function ${name} already exists`;
}

export function unknownEngine(name: string): string {
  return `ERR Engine '${inMessage(name)}' not found`;
}

export function libraryMetadataValue(word: string): string {
  return `ERR Invalid metadata value given: ${atEnd(word)}`;
}

export function unknownLoadOption(option: string): string {
  return `ERR Unknown option given: ${atEnd(option)}`;
}

export function unknownListArgument(argument: string): string {
  return `ERR Unknown argument ${atEnd(argument)}`;
}

export function shebangEngine(word: string): string {
  return `ERR Unexpected engine in script shebang: ${atEnd(word)}`;
}

export function shebangFlag(flag: string): string {
  return `ERR Unexpected flag in script shebang: ${atEnd(flag)}`;
}

export function shebangOption(option: string): string {
  return `ERR Unknown lua shebang option: ${atEnd(option)}`;
}

export function pubsubOnly(command: string): string {
  return `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
}

// Strings, bitmaps, HyperLogLog.
export const BIT_OFFSET = 'ERR bit offset is not an integer or out of range';
export const BIT_VALUE = 'ERR bit is not an integer or out of range';
export const BIT_ARGUMENT = 'ERR The bit argument must be 1 or 0.';
export const BITOP_NOT = 'ERR BITOP NOT must be called with a single source key.';
export const BITFIELD_TYPE =
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';
export const BITFIELD_OVERFLOW = 'ERR Invalid OVERFLOW type specified';
export const BITFIELD_READ_ONLY = 'ERR BITFIELD_RO only supports the GET subcommand';
export const HLL_INVALID = 'WRONGTYPE Key is not a valid HyperLogLog string value.';
export const HLL_CORRUPT = 'INVALIDOBJ Corrupted HLL object detected';
export const LCS_BOTH = 'ERR If you want both the length and indexes, please just use IDX.';
export const LCS_STRINGS_ONLY = 'ERR The specified keys must contain string values';

// Hashes, lists, sets, sorted sets.
export const HASH_NOT_AN_INTEGER = 'ERR hash value is not an integer';
export const HASH_NOT_A_FLOAT = 'ERR hash value is not a float';
export const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";
export const LPOS_COUNT_NEGATIVE = "ERR COUNT can't be negative";
export const LPOS_MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";
export const SCORE_NAN = 'ERR resulting score is not a number (NaN)';
export const ZADD_INCR_PAIR = 'ERR INCR option supports a single increment-element pair';
export const ZADD_NX_XX = 'ERR XX and NX options at the same time are not compatible';
export const ZADD_GT_LT_NX = 'ERR GT, LT, and/or NX options at the same time are not compatible';
export const MIN_MAX_FLOAT = 'ERR min or max is not a float';
export const MIN_MAX_LEX = 'ERR min or max not valid string range item';
export const WEIGHT_FLOAT = 'ERR weight value is not a float';
export const ZRANGE_LIMIT = 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
export const ZRANGE_WITHSCORES_LEX = 'ERR syntax error, WITHSCORES not supported in combination with BYLEX';

export function atLeastOneKey(command: string): string {
  return `ERR at least 1 input key is needed for '${command}' command`;
}

// Keys.
export const EXPIRE_NX_OTHERS = 'ERR NX and XX, GT or LT options at the same time are not compatible';
export const EXPIRE_GT_LT = 'ERR GT and LT options at the same time are not compatible';
export const SORT_NOT_A_DOUBLE = "ERR One or more scores can't be converted into double";
export const OBJECT_LFU =
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
export const OBJECT_LRU =
  'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

export function unsupportedOption(option: string): string {
  return `ERR Unsupported option ${atEnd(option)}`;
}

// Streams.
export const STREAM_ID = 'ERR Invalid stream ID specified as stream command argument';
export const STREAM_ID_SMALL = 'ERR The ID specified in XADD is equal or smaller than the target stream top item';
export const STREAM_ID_ZERO = 'ERR The ID specified in XADD must be greater than 0-0';
export const STREAM_EXHAUSTED = 'ERR The stream has exhausted the last possible ID, unable to add more items';
export const STREAM_START_INTERVAL = 'ERR invalid start ID for the interval';
export const STREAM_END_INTERVAL = 'ERR invalid end ID for the interval';
export const MAXLEN_NEGATIVE = 'ERR The MAXLEN argument must be >= 0.';
export const MAXLEN_MINID = 'ERR syntax error, MAXLEN and MINID options at the same time are not compatible';
export const TRIM_LIMIT = 'ERR syntax error, LIMIT cannot be used without the special ~ option';
export const TRIM_LIMIT_STRATEGY = 'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy';
export const TRIM_LIMIT_NEGATIVE = 'ERR The LIMIT argument must be >= 0.';
export const XTRIM_STRATEGY = 'ERR syntax error, XTRIM must be called with a trimming strategy';
export const XREAD_DOLLAR_GROUP =
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.';
export const XREAD_GREATER =
  'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.';
export const XREAD_GROUP_OPTION = 'ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.';
export const XREAD_NOACK_OPTION = 'ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.';
export const XREADGROUP_NO_GROUP = 'ERR Missing GROUP option for XREADGROUP';
export const GROUP_EXISTS = 'BUSYGROUP Consumer Group name already exists';
export const XGROUP_NO_KEY =
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.';
export const STREAM_DELETED = 'UNBLOCKED the stream key no longer exists';
export const BLOCKED_GROUP_GONE = 'NOGROUP the consumer group this client was blocked on no longer exists';
export const ENTRIES_READ = 'ERR value for ENTRIESREAD must be positive or -1';
export const XSETID_SMALL = 'ERR The ID specified in XSETID is smaller than the target stream top item';
export const XSETID_SMALL_DELETED = 'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id';
export const XSETID_ENTRIES = 'ERR The entries_added specified in XSETID is smaller than the target stream length';
export const ENTRIES_ADDED_POSITIVE = 'ERR entries_added must be positive';
export const MIN_IDLE = 'ERR Invalid min-idle-time argument for XCLAIM';
export const MIN_IDLE_AUTO = 'ERR Invalid min-idle-time argument for XAUTOCLAIM';
export const XCLAIM_IDLE = 'ERR Invalid IDLE option argument for XCLAIM';
export const XCLAIM_TIME = 'ERR Invalid TIME option argument for XCLAIM';
export const XCLAIM_RETRYCOUNT = 'ERR Invalid RETRYCOUNT option argument for XCLAIM';
export const XAUTOCLAIM_COUNT = 'ERR COUNT must be > 0';

export function noGroup(key: string, group: string): string {
  return `NOGROUP No such key '${inMessage(key)}' or consumer group '${inMessage(group)}'`;
}

export function noGroupForKey(group: string, key: string): string {
  return `NOGROUP No such consumer group '${inMessage(group)}' for key name '${inMessage(key)}'`;
}

export function noGroupInRead(key: string, group: string): string {
  return `NOGROUP No such key '${inMessage(key)}' or consumer group '${inMessage(group)}' in XREADGROUP with GROUP option`;
}

/** XREADGROUP says the same. */
export const STREAM_UNBALANCED =
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";

export function unrecognizedClaimOption(option: string): string {
  return `ERR Unrecognized XCLAIM option '${inMessage(option)}'`;
}

export const INVALID_COMMAND = 'ERR Invalid command specified';
export const NO_KEY_ARGUMENTS = 'ERR The command has no key arguments';
export const INVALID_ARGUMENT_COUNT = 'ERR Invalid number of arguments specified for command';
export const INVALID_ARGUMENTS = 'ERR Invalid arguments specified for command';
export const ACL_NO_FILE =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.';

// DUMP and RESTORE.
export const KEY_BUSY = 'BUSYKEY Target key name already exists.';
export const RESTORE_TTL = 'ERR Invalid TTL value, must be >= 0';
export const RESTORE_IDLETIME = 'ERR Invalid IDLETIME value, must be >= 0';
export const RESTORE_FREQUENCY = 'ERR Invalid FREQ value, must be >= 0 and <= 255';
export const RESTORE_CHECKSUM = 'ERR DUMP payload version or checksum are wrong';
export const RESTORE_FORMAT = 'ERR Bad data format';

// Replication.
export const READ_ONLY_REPLICA = "READONLY You can't write against a read only replica.";
export const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';
export const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
export const MASTER_DOWN_FOR_SCRIPT =
  "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script.";
export const NO_MASTER_LINK = "NOMASTERLINK Can't SYNC while not connected with my master";
export const MASTER_PORT = 'ERR Invalid master port';
export const ROLE_CHANGED =
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)';
export const WAIT_ON_REPLICA =
  'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.';

export function unrecognizedReplconf(option: string): string {
  return `ERR Unrecognized REPLCONF option: ${atEnd(option)}`;
}
