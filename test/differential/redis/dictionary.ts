/** What templates draw from: few keys, so that they collide; mostly their own type's, now and then another's; and numbers at the edges. */
import fc from 'fast-check';
import type { Dictionary } from './template.ts';

function keys(prefix: string): fc.Arbitrary<string> {
  return fc.constantFrom(`${prefix}1`, `${prefix}2`, `${prefix}3`);
}

const anyKey = fc.constantFrom('s1', 's2', 'l1', 'l2', 'h1', 'h2', 'e1', 'e2', 'z1', 'z2', 'x1', 'none');

function mostly(prefix: string): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: keys(prefix) }, { weight: 1, arbitrary: anyKey });
}

const LONG = 'long-'.repeat(14);

const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'hello', 'world', '1', '2', '10', '-5') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '3.14', '0', ' 1', '01', '\x00\xff', 'a\r\nb', LONG, '9223372036854775807', '1e5'),
  },
);

const smallInt = fc.constantFrom('0', '1', '2', '3', '5', '-1', '-2', '-3', '10', '-10');
const oddInt = fc.constantFrom(
  '100',
  '-100',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775806',
  '9223372036854775808',
  '2147483648',
  '-2147483649',
  '4294967296',
  'abc',
  '',
  ' 1',
  '1 ',
  '01',
  '1.5',
  '+1',
  '-0',
  '1\x00',
);

const float = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('0', '1', '-1', '2', '1.5', '3.1', '0.1', '0.2', '-2.5', '100', '3') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'inf',
      '-inf',
      '+inf',
      'nan',
      '1e400',
      '-0',
      '3.0e-5',
      '123456789.123456789',
      '5e-324',
      '.5',
      '5.',
      '1e17',
      '1e16',
      '123456789012345678',
      '1e-7',
      '0x10',
      '17179869184.5',
      'abc',
      '',
      ' 1',
      '1 ',
      'infinity',
    ),
  },
);

const streamId = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('1-1', '1-2', '2-0', '2-1', '3-0', '3-1', '4-5', '5-0', '5-1', '6-0', '7-7'),
  },
  { weight: 3, arbitrary: fc.constantFrom('0', '0-0', '1', '2', '3', '5', '9') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '18446744073709551615-18446744073709551615',
      '18446744073709551615',
      '18446744073709551616',
      '1-x',
      'abc',
      '',
      '-',
      '+',
      '1-',
      '-1',
      '0-1',
      '1-*',
      '01-01',
    ),
  },
);

const libraryHead = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('#!lua name=one\n', '#!lua name=two\n', '#!LUA NAME=one\n', '#!lua  name="two"\n'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      '#!lua name=one',
      '#!lua\n',
      '#!\n',
      '#! lua name=one\n',
      '#!js name=one\n',
      '#!lua name=\n',
      '#!lua name=o-e\n',
      '#!lua name=one name=two\n',
      '#!lua name=one flags=no-writes\n',
      '#!lua name=one "\n',
    ),
  },
);

const functionBody = fc.constantFrom(
  'function(keys, args) return {keys[1], args[1]} end',
  'function(keys, args) return redis.call("SET", keys[1], args[1]) end',
  'function(keys) return redis.pcall("INCR", keys[1]) end',
  'function(keys) return redis.call("GET", keys[1]) end',
  'function(keys, args) local n = #args redis.setresp(3) return {n, redis.call("HGETALL", keys[1])} end',
  'function() count = 1 end',
  'function() return KEYS end',
  'function() return redis.register_function("x", function() end) end',
  'function(keys, args) return redis.error_reply("MY " .. args[1]) end',
  'function() return redis.call("NOPE") end',
  'function() error("boom") end',
  'function() error({err = "MINE x"}) end',
  'function() return math.floor(2.5) .. tostring(redis.sha1hex("")) end',
  'print',
);

/** No library has two names that differ in case only: redis-server 7.0.15 crashes when it unloads one. */
const registration = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('f', 'f', 'g', 'h', 'f g'), functionBody)
      .map(([name, body]) => `redis.register_function('${name}', ${body})`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('ro', 'g', 'h'),
        functionBody,
        fc.constantFrom(
          "'no-writes'",
          "'allow-oom','no-writes'",
          '',
          "'zork'",
          "'no-cluster','allow-stale','no-writes'",
        ),
      )
      .map(
        ([name, body, flags]) =>
          `redis.register_function{function_name='${name}', callback=${body}, flags={${flags}}, description='of ${name}'}`,
      ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'local shared = 1 redis.register_function("h", function() shared = shared + 1 return shared end)',
      'redis.call("GET", "s1")',
      'redis.register_function("f")',
      'redis.register_function{callback=function() end}',
      'redis.register_function{function_name="f"}',
      'redis.register_function("f", function() end, 1)',
      'redis.register_function{function_name="f", callback=function() end, other=1}',
      'redis.log(redis.LOG_NOTICE, "loading")',
      'error("boom")',
      'x = 1',
      'retur 1',
      'local t = {} t.x.y = 1',
      'return redis.nope',
      'return KEYS',
    ),
  },
);

export const DICTIONARY: Dictionary = {
  s: mostly('s'),
  l: mostly('l'),
  h: mostly('h'),
  e: mostly('e'),
  z: mostly('z'),
  x: mostly('x'),
  p: mostly('p'),
  key: anyKey,
  value,
  member: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e') }, { weight: 3, arbitrary: value }),
  number: fc.constantFrom('1', '2', '3', '10', '-5', '7', '100'),
  field: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('f', 'g', 'h') }, { weight: 1, arbitrary: value }),
  int: fc.oneof({ weight: 6, arbitrary: smallInt }, { weight: 1, arbitrary: oddInt }),
  count: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('0', '1', '2', '3', '10') },
    { weight: 1, arbitrary: oddInt },
  ),
  // A large negative count would draw for ever, on both servers.
  draw: fc.constantFrom(
    '0',
    '1',
    '2',
    '5',
    '-1',
    '-3',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    'abc',
    '',
    '1.5',
  ),
  read: fc.constantFrom('0', '1', '2', '10', '-1', '-2', 'x'),
  numkeys: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('1', '2') },
    { weight: 1, arbitrary: fc.constantFrom('0', '3', '-1', 'x') },
  ),
  // Nothing between a thousand and 4 GiB: strings of hundreds of megabytes say no more and take long.
  offset: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('0', '1', '3', '7', '8', '15', '20') },
    { weight: 1, arbitrary: fc.constantFrom('100', '-1', '4294967296', '9223372036854775807', 'abc', '', '01', '1.5') },
  ),
  float,
  bound: fc.oneof(
    { weight: 4, arbitrary: float },
    { weight: 1, arbitrary: float.map((text) => `(${text}`) },
    { weight: 1, arbitrary: fc.constantFrom('-inf', '+inf') },
  ),
  lex: fc.constantFrom('-', '+', '[a', '(a', '[b', '(c', '[d', '[', '(', 'a', ''),
  ttl: fc.oneof({ weight: 8, arbitrary: fc.constantFrom('100', '1000', '200000') }, { weight: 1, arbitrary: oddInt }),
  at: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('4102444800', '4102444801', '4102448400') },
    { weight: 1, arbitrary: oddInt },
  ),
  atms: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('4102444800000', '4102444800001') },
    { weight: 1, arbitrary: oddInt },
  ),
  id: streamId,
  edge: fc.oneof(
    { weight: 3, arbitrary: streamId },
    { weight: 1, arbitrary: streamId.map((id) => `(${id}`) },
    { weight: 2, arbitrary: fc.constantFrom('-', '+') },
  ),
  group: fc.constantFrom('g', 'g', 'g2', ''),
  consumer: fc.constantFrom('c', 'd', ''),
  pattern: fc.constantFrom('*', 's*', '?1', '[lh]*', '[^s]*', 'x\\1', 'none', '', '[a-z]1', '*1'),
  bit: fc.constantFrom('0', '1', '1', '0', '2', '-1', 'x'),
  bitfield: fc.constantFrom('u8', 'i8', 'u4', 'i5', 'u1', 'i64', 'u63', 'u64', 'i65', 'x8', 'u', 'i16', 'u16'),
  bitoffset: fc.constantFrom('0', '1', '8', '#0', '#1', '#2', '-1', '#x', '100', '5'),
  channel: fc.constantFrom('ch1', 'ch2', 'news'),
  chpattern: fc.constantFrom('ch*', 'n?ws', '*'),
  junk: fc.constantFrom('', 'junk', '-1', '0', 'NX', '\x00'),
  db: fc.constantFrom('0', '1', '0', '15', '16', '-1', 'x'),
  timeout: fc.oneof(
    { weight: 8, arbitrary: fc.constant('0') },
    { weight: 1, arbitrary: fc.constantFrom('-1', 'x', '1e30', 'inf', '') },
  ),
  script: fc.constantFrom(
    'return redis.call("GET", KEYS[1])',
    'return redis.pcall("INCR", KEYS[1])',
    'return {redis.call("SET", KEYS[1], ARGV[1]), redis.call("TYPE", KEYS[1])}',
    'redis.call("RPUSH", KEYS[1], ARGV[1], "x") return redis.call("LRANGE", KEYS[1], 0, -1)',
    'redis.setresp(3) return redis.call("HGETALL", KEYS[1])',
    'redis.setresp(3) return redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES")',
    'return redis.call("ZSCORE", KEYS[1], ARGV[1])',
    'return redis.call("NOPE")',
    'return redis.call("GET")',
    'return redis.call("SUBSCRIBE", "x")',
    'return redis.call("CONFIG", "NOPE")',
    'redis.call("SELECT", 1) return redis.call("DBSIZE")',
    'return redis.call("EXPIRE", KEYS[1], 100)',
    'return redis.error_reply("MY " .. KEYS[1])',
    'return {1, 2.7, "three", false, nil, 4}',
    'return tonumber(ARGV[1])',
    'return cjson.encode({KEYS[1], ARGV[1]})',
    'error("boom")',
    'retur 1',
    '',
    'return redis.call("DEL", KEYS[1])',
    'return redis.call("SORT", KEYS[1], "BY", "nosort", "GET", "#")',
    '#!lua flags=no-writes\nreturn redis.call("DEL", KEYS[1])',
    '#!lua flags=zork\nreturn 1',
    '#!lua',
  ),
  library: fc
    .tuple(libraryHead, fc.array(registration, { maxLength: 3 }))
    .map(([head, lines]) => head + lines.join('\n')),
  libraryname: fc.constantFrom('one', 'two', 'ONE', 'none'),
  function: fc.constantFrom('f', 'F', 'g', 'h', 'ro', 'none'),
  sortby: fc.constantFrom('s*', 'nosort', 'h*->f', '*', '#', 's*->'),
};
