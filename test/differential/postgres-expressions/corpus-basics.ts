/** Expressions for comparison: literals, arithmetic, resolution, text. One a line; `@` lines of tables cross operands with operators. */

/** All pairs of operands under each operator. */
export function cross(operators: readonly string[], operands: readonly string[]): string[] {
  return operators.flatMap((operator) =>
    operands.flatMap((left) => operands.map((right) => `${left} ${operator} ${right}`)),
  );
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export const inputs: readonly string[] = (
  [
    ['bool', ['t', 'TRUE', 'yes', 'on', 'of', 'offf', 'o', '1', '0', ' f ', 'n', 'tru', 'maybe', '']],
    ['int2', ['32767', '32768', '-32768', ' 5 ', '+7', '1.5', 'x', '', '0x1F', '1_000', '-0']],
    ['int4', ['2147483647', '2147483648', '-2147483648', '12 ', '- 1', '1e3', '99999999999999999999']],
    ['int8', ['9223372036854775807', '9223372036854775808', '-9223372036854775808', 'abc', '007']],
    ['oid', ['4294967295', '4294967296', '-1', 'x', '']],
    [
      'float8',
      [
        '1',
        '1.5e10',
        '1e15',
        '1e16',
        '123456789012345678',
        '0.0001',
        '0.00001',
        'NaN',
        'inf',
        '-Infinity',
        '1e400',
        '1e-400',
        '4.9e-324',
        '-0',
        '.5',
        '5.',
        'x',
        '',
        '1e',
        '0x10',
        ' 3 ',
      ],
    ],
    [
      'float4',
      ['1', '3.4e38', '3.5e38', '1e-45', '1e-46', '16777217', '0.1', '1e6', '123456.7', '1234567', 'infinity'],
    ],
    [
      'numeric',
      [
        '1',
        '1.50',
        '-0',
        '1e5',
        '1.5e-3',
        '.5',
        '5.',
        'NaN',
        'Infinity',
        '-inf',
        '1e',
        'x',
        '',
        '0.000',
        '123456789012345678901234567890.123',
        '1 2',
        '+5',
      ],
    ],
    ['numeric(5,2)', ['123.456', '999.995', '1000', '-999.99', '0.005', 'NaN', 'Infinity']],
    ['numeric(2,-2)', ['1234', '9950', '49']],
    ['numeric(2,4)', ['0.0012', '0.01']],
    ['varchar(3)', ['abc', 'abcd', 'abc  ', 'äöüß']],
    ['char(3)', ['a', 'abc', 'abcd']],
    ['text', ['', 'a b', 'ä']],
    ['name', ['abc', 'x'.repeat(70)]],
    ['"char"', ['a', 'ab', '']],
    ['bytea', ['\\x', '\\xDEADbeef', '\\xabc', '\\xzz', 'abc', 'a\\\\b', 'a\\001b', 'a\\1', '\\x de ad']],
    [
      'uuid',
      [
        'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
        '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
        'a0eebc999c0b4ef8bb6d6bb9bd380a11',
        'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
        'xyz',
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1',
      ],
    ],
    [
      'json',
      [
        '{"a": 1 }',
        '[1,2',
        '{"a":}',
        '{a:1}',
        'tru',
        '',
        '"\\u00e4"',
        '"\\u0000"',
        '[1,]',
        '{"a":1,}',
        '01',
        '1.',
        '-',
        '"a\nb"',
        '"\\x"',
        'null true',
        '{"a" 1}',
        '[1 2]',
        '{"a":1 "b":2}',
        'nul',
        '{',
        '"abc',
        '"\\ud800"',
        '1e5',
        '{"b":1,"a":2,"b":3}',
        '{1:2}',
        '@',
        '[1}',
        '{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": xyz}',
      ],
    ],
    [
      'jsonb',
      [
        '{"b":1,"a":2,"b":3}',
        '{"aa":1,"b":[1,2.50,-0,1e3,1.0]}',
        '"\\u0000"',
        '"\\ud83d\\ude00"',
        '"\\ud800x"',
        '"\\udc00"',
        '[]',
        '{}',
        ' 1 ',
        'true',
        '"a\\"b\\\\c\\u0001\\n"',
        '{"a":{"b":[null,false]}}',
        '1e-5',
        '123456789012345678901234567890',
        'x',
      ],
    ],
    [
      'int4[]',
      [
        '{}',
        '{1,2,3}',
        '{{1,2},{3,4}}',
        '{1,NULL}',
        '{{1,2},{3}}',
        '{1,{2}}',
        '{{1},2}',
        '[0:1]={5,6}',
        '[1:2][0:1]={{1,2},{3,4}}',
        '[0:1]={1}',
        '{1,2',
        '1,2',
        '{1,,2}',
        '{,1}',
        '{1,}',
        '{1}x',
        '{a}',
        ' { 1 , 2 } ',
        '{"1"}',
        '[2:1]={}',
        '{{},{}}',
        '{null}',
        '{1 2}',
        '[1:2={1,2}',
        '[1:2]{1,2}',
        '{{{1}}}',
        '',
        '{',
      ],
    ],
    [
      'text[]',
      [
        '{a,b c, d }',
        '{"a,b","c\\"d","e\\\\f"}',
        '{null,"NULL",NULL}',
        '{""}',
        '{a"b"}',
        '{"a"b}',
        '{ä,ö}',
        '{"a" , "b"}',
        '{a\\,b}',
        '{a{b}',
        '{"a}',
      ],
    ],
    [
      'int4range',
      [
        '[1,5]',
        '(1,5)',
        'empty',
        '[5,1]',
        '[3,3)',
        '(,5]',
        '[1,)',
        '[1',
        '1,2',
        '[a,b]',
        ' [ 1 , 2 ] ',
        '[2147483647,2147483647]',
      ],
    ],
    ['numrange', ['[1.5,2.5]', '(1.0,1.00]', '["1","2")']],
    ['daterange', ['[2024-01-01,2024-01-31]', '[2024-01-01,infinity]']],
    ['bit(4)', ['1010', '101', '12', 'xF', 'b1010']],
    ['varbit(4)', ['10101', '', '1']],
    ['pg_lsn', ['16/B374D848', '0/0', 'x', '1/123456789']],
    ['xid', ['5', '-1']],
    [
      'inet',
      [
        '10.0.0.1',
        '10.0.0.1/8',
        '::1',
        '2001:db8:0:0:1::5/64',
        'fe80::1:0:0:1',
        '::ffff:1.2.3.4',
        '::1.2.3.4',
        '::1:2',
        '1::ffff:5',
        '1.2.3',
        '1.2.3.256',
        '1.2.3.4/33',
        'x',
        '1:0:0:2:0:0:0:3',
        '::',
      ],
    ],
    ['cidr', ['10.0.0.0/8', '10.0.0.1/8', '2001:db8::/32', '192.168.1.1']],
    [
      'regtype',
      [
        'int4',
        'integer',
        'character varying',
        'timestamp with time zone',
        'int4[]',
        'nosuch',
        '23',
        '-',
        'varchar(5)',
        'double precision',
      ],
    ],
  ] as const
).flatMap(([type, texts]) =>
  texts.map(
    (text) =>
      `${text.includes('\\') || text.includes("'") ? 'E' : ''}'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'::${type}`,
  ),
);

const integers = [
  '0',
  '1',
  '-7',
  '5::int2',
  '32767::int2',
  '2147483647',
  '(-2147483648)',
  '9223372036854775807',
  '10::int8',
  'NULL::int4',
];
const floats = [
  '0::float8',
  '1.5::float8',
  '-2.5::float8',
  "'NaN'::float8",
  "'Infinity'::float8",
  '1e300::float8',
  '0.1::float4',
  '3::float4',
  '2',
];
const numerics = [
  '0.0',
  '1.0',
  '-2.50',
  '3',
  '10::int8',
  '0.333333',
  '123456789.123456789',
  "'NaN'::numeric",
  "'Infinity'::numeric",
  "'-Infinity'::numeric",
  '1e20',
];

export const arithmetic: readonly string[] = [
  ...cross(['+', '-', '*', '/', '%', '=', '<', '>=', '<>'], integers),
  ...cross(['&', '|', '#'], ['5', '12', '-1', '5::int8', '3::int2']),
  ...cross(['+', '-', '*', '/', '=', '<', '>', '^'], floats),
  ...cross(['+', '-', '*', '/', '%', '=', '<', '>='], numerics),
  ...['<<', '>>'].flatMap((operator) =>
    ['1', '-8', '5::int8', '3::int2'].flatMap((left) =>
      ['0', '1', '31', '33', '-1'].map((right) => `${left} ${operator} ${right}`),
    ),
  ),
  ...['-', '+', '@', '~', '|/'].flatMap((operator) =>
    ['5', '-7', '2.50', '(-1.5)::float8', '3::int2', '(-9)::int8', "'x'"].map((operand) => `${operator} ${operand}`),
  ),
  ...[
    '2.0 ^ 3',
    '2.0 ^ 0.5',
    '2.0 ^ -2',
    '0.0 ^ 0',
    '0.0 ^ -1',
    '(-2.0) ^ 0.5',
    '(-2.0) ^ 3',
    '10.5 ^ 20',
    '1.0000001 ^ 1000000',
    '0.5 ^ 100',
    '2 ^ 10',
    '2.5 ^ 2.5',
    '100.0 ^ 0.0001',
    '9999.0 ^ 5',
    '0.1 ^ 7',
  ],
  ...[
    'abs',
    'ceil',
    'floor',
    'sign',
    'round',
    'trunc',
    'sqrt',
    'exp',
    'ln',
    'log',
    'degrees',
    'radians',
    'scale',
    'trim_scale',
    'min_scale',
  ].flatMap((name) =>
    [
      '0',
      '1',
      '-1.5',
      '2.5',
      '3.5::float8',
      '2.5::float8',
      '-0.5::float8',
      '100',
      '0.001',
      '12345.6789',
      '7::int8',
      "'4'",
      "'NaN'::numeric",
      "'Infinity'::float8",
      '1.10',
      '2::numeric',
      '0.00001234::numeric',
    ].map((operand) => `${name}(${operand})`),
  ),
  ...[
    'sin',
    'cos',
    'tan',
    'cot',
    'asin',
    'acos',
    'atan',
    'sinh',
    'cosh',
    'tanh',
    'asinh',
    'acosh',
    'atanh',
    'sind',
    'cosd',
    'tand',
    'cotd',
    'asind',
    'acosd',
    'atand',
  ].flatMap((name) => ['0', '0.5', '1', '2', "'Infinity'"].map((operand) => `${name}(${operand})`)),
  ...lines(`
    round(2.345, 2)
    round(-2.345, 2)
    round(1234.5, -2)
    round(2.5)
    round(0.5)
    round(-0.5::float8)
    trunc(2.345, 1)
    trunc(-1234.567, -2)
    div(7.5, 2)
    mod(7, -3)
    mod(-7.5, 2)
    mod(5::int8, 3)
    gcd(12, 18)
    gcd(-12::int8, 18)
    gcd(1.5, 2.25)
    lcm(4, 6)
    lcm(1.5, 2.0)
    lcm(2147483647, 2)
    factorial(5)
    factorial(-1)
    factorial(25)
    power(2, 0.5)
    power(2::numeric, 10)
    power(0, -1)
    power(-8, 0.5)
    log(2.0, 64.0)
    log(2, 8)
    log(0)
    log(-1.0)
    ln(0.9999)
    ln(10)
    ln(0.0)
    log(10.0, 0.001)
    exp(1.0)
    exp(-5.5)
    exp(100.0)
    exp(1000.0)
    exp(10000.0)
    exp(10000::float8)
    sqrt(2.0)
    sqrt(2)
    sqrt(-1.0)
    sqrt(1e10::numeric)
    sqrt(1e-10::numeric)
    sqrt(123456789.5)
    pi()
    atan2(1, 2)
    width_bucket(5.35, 0.024, 10.06, 5)
    width_bucket(5.35::float8, 0.024, 10.06, 5)
    width_bucket(1, 10, 1, 3)
    width_bucket(5, ARRAY[1,3,6])
    width_bucket(0, 1, 1, 5)
    1/3.0
    10/4
    10.0/4
    1::numeric/7
    22.0000/7
    1e10/3.0
    0.000001/3
    3.0/1e10
    1.0/0
    1/0
    5 % 0
    -5 / 2
    -5 % 2
    5.5 % -2
    2147483647 + 1
    9223372036854775807 + 1
    32767::int2 + 1::int2
    -(-32768)::int2
    abs(-2147483648)
    1e308::float8 * 10
    1e-308::float8 / 1e10
    0.1::float8 + 0.2::float8
    0.1::float4 + 0.2::float8
    1.1::float4::float8
    16777217::float4
    2147483648::int4
    3.5::int4
    2.5::int4
    2.5::float8::int4
    3.5::float8::int4
    -2.5::int4
    1e10::float8::int4
    'NaN'::float8::int4
    'NaN'::numeric::int4
    'Infinity'::numeric::int8
    1e20::numeric::int8
    123.456::float4::numeric
    0.1::float8::numeric
    1e25::float8::numeric
    1.23456789012345678::float8::numeric
    'NaN'::float8::numeric
    'Infinity'::float8::numeric
    1e400::numeric::float8
    1e-400::numeric::float8
    123456789::float4
    5::int8::int2
    70000::int2
    1::bool
    0::bool
    true::int4
    true::text
    'a'::"char"::int4
    300::"char"
    65::"char"
    5::oid::int8
    (-1)::int8::oid
    1::int4::oid
    4294967296::int8::oid
    1.5::varchar(2)
    123::text
    12345::varchar(3)
    'abc'::varchar(2)
    'abc'::char(2)
    'ab'::char(4)::text
    'ab'::char(4) || 'x'
    length('ab'::char(4))
    'ab'::char(4) = 'ab'
    'ab '::text = 'ab'
    bpchar 'a ' = 'a'
    5::bit(4)
    5::bit(8)
    (-1)::bit(4)
    5::int8::bit(70)
    B'101'::int4
    B'101' | B'010'
    B'101' & B'01'
    B'1011' << 2
    ~B'101'
    B'10' || B'1'
    length(B'101')
    substring(B'10110' from 2 for 3)
    get_bit(B'101', 0)
    set_bit(B'101', 1, 1)
    bit_count(B'1011')
    bit_count('\\x0f0f'::bytea)
  `),
];

export const resolution: readonly string[] = [
  ...cross(
    ['+', '=', '||', '<'],
    [
      "'1'",
      '1',
      '1.5',
      "'a'::text",
      'true',
      "'2024-01-01'::date",
      "'1 day'::interval",
      'NULL',
      "'{1}'::int4[]",
      "'[1]'::jsonb",
      "'x'::name",
      "'b'::varchar",
      "'c'::char(2)",
      '1::int8',
      '1::int2',
    ],
  ),
  ...lines(`
    nosuch(1)
    nosuch()
    nosuch(1, 'a', null)
    length(1)
    length(NULL)
    lower(1)
    lower('A'::varchar)
    upper('x'::name)
    abs('5')
    abs('x')
    round('2.5')
    substr('abc', 2)
    substr('abc', '2')
    substr(123, 1)
    coalesce(1, 2.5)
    coalesce(1, 'x')
    coalesce(NULL, NULL)
    coalesce('a', 'b')
    coalesce(1, true)
    coalesce('a'::text, 'b'::varchar)
    greatest(1, 2.5, 3)
    greatest('a', 'b')
    least(NULL, 3, 2)
    greatest(1, 'x')
    nullif(1, 1)
    nullif(1, 2.0)
    nullif('a', 'b')
    nullif(1, 'a')
    case when true then 1 else 2.5 end
    case when true then 1 else 'x' end
    case 1 when 2 then 'a' else 'b' end
    case when true then 1 when false then true end
    array[1, 2.5]
    array[1, 'x']
    array['a', 'b']
    array[]
    array[]::int4[]
    array[1, null]
    array[[1,2],[3,4]]
    array[1,2]::text[]
    array['1','2']::int4[]
    array[1.5,2.5]::int4[]
    '{1,2}'::int4[]::text[]
    1 = any(array[1,2])
    1 = any('{1,2}')
    'a' = any('{a,b}')
    1 = any(array['a'])
    1 = any(1)
    5 > all(array[1,2])
    null = any(array[1])
    1 = any(array[2,null])
    1 <> all(array[2,null])
    'a' = any(null)
    1 is distinct from null
    null is distinct from null
    1 is not distinct from 1
    not null
    null and false
    null or true
    true and 'x'
    1 + 'x'
    '1' + '2'
    'a' || 'b'
    'a' || 1
    1 || 'a'
    1 || 2
    null || 'a'
    array[1] || 2
    array[1] || array[2]
    1 || array[2]
    array['a'] || 'b'
    array[1] || '{2}'
    array[1] || null
    array[1,2] || array[[3,4]]
    '[1]'::jsonb || '{"a":1}'
    'a' like 'A'
    'a' ilike 'A'
    'abc' like 'a%'
    'abc' like '_b_'
    'a%c' like 'a\\%c'
    'a' like 'a\\'
    'abc' not like 'b%'
    'äöü' like '___'
    'x' similar to 'x|y'
    'abc' similar to '%(b|d)%'
    'abc' similar to 'b'
    'a1' ~ '^[a-z]\\d$'
    'ABC' ~* 'b'
    'abc' !~ 'b'
    'abc' ~ '('
    'abc' ~ '*'
    'abc' ~ 'a{3,1}'
    'abc' ~ '[z'
    'a' ~ 1
    1 ~ 'a'
    pg_typeof(1)
    pg_typeof('a')
    pg_typeof(1.5)
    pg_typeof(null)
    pg_typeof(array[1])
    pg_typeof(row(1))
    format_type(1043, 7)
    format_type(1700, 655366)
    format_type(23, null)
    format_type(1184, 3)
    format_type(1186, 2147418112)
    format_type(1007, null)
    format_type(1042, -1)
    format_type(0, null)
    format_type(99999999, null)
    int4(5.5)
    text(5)
    bool('t')
    float8('1')
    date('2024-01-01')
    timestamptz('2024-01-01')
    "char"('a')
    make_interval(days => 1)
    make_interval(1, 2, secs => 3.5)
    make_interval(nosuch => 1)
    concat('a', 1, null, true, 2.50)
    concat()
    concat_ws(',', 'a', null, 'b', 3)
    concat_ws(null, 'a')
    concat(variadic array['a','b'])
    concat_ws('-', variadic array[1,2,3])
    format('%s %I %L', 'a', 'B c', 'it''s')
    format('%1$s %1$s', 'x')
    format('%2$s %s', 'a', 'b')
    format('%5s|%-5s|', 'ab', 'cd')
    format('%*s', 5, 'x')
    format('%s')
    format('%x', 1)
    format('%')
    format('%%')
    format('%I', null)
    format('%L', null)
    format('%s', null)
    format('%0$s', 1)
    format('hello')
    format('%s', array[1,2])
    format('%L', E'a\\\\b')
    format(variadic array['%s-%s', 'a', 'b'])
    num_nulls(1, null, 'x')
    num_nonnulls(1, null, 'x')
    row(1, 'a', null)
    row(1, 2) = row(1, 2)
    row(1, 'a') < row(1, 'b')
    row(1, 'a b', '"', ',', '')
    row()
    json_build_object('a')
    5::nosuch
    'x'::int4[]
    1::int4[]
    true + 1
    '2024-01-01'::date + '1'
    '2024-01-01'::date + 1.5
    unnest(array[1,2,3])
    unnest('{a,b}'::text[])
    unnest('{1}')
    generate_series(1, 3)
    generate_series(1, 10, 4)
    generate_series(3, 1)
    generate_series(3, 1, -1)
    generate_series(1, 2, 0)
    generate_series(1.5, 3, 0.5)
    generate_series(1::int8, 3)
    generate_series('2024-01-01'::timestamp, '2024-01-03', '1 day')
    generate_series('2024-03-30'::timestamptz, '2024-04-01', '1 day')
    generate_series('2024-01-31'::date, '2024-04-30', '1 month')
    generate_subscripts(array[4,5,6], 1)
    generate_subscripts(array[4,5,6], 1, true)
    array_to_string(array[1,null,3], ',')
    array_to_string(array[1,null,3], ',', '*')
    array_to_string(array[[1,2],[3,4]], '-')
    string_to_array('a,b,,c', ',')
    string_to_array('a,b,,c', ',', '')
    string_to_array('abc', null)
    string_to_array('', ',')
    string_to_array('abc', '')
    string_to_table('a,b', ',')
    array_length(array[1,2,3], 1)
    array_length(array[1,2,3], 2)
    array_length('{}'::int4[], 1)
    array_upper('[0:2]={1,2,3}'::int4[], 1)
    array_lower('[0:2]={1,2,3}'::int4[], 1)
    array_dims('[0:1][2:3]={{1,2},{3,4}}'::int4[])
    array_ndims(array[[1]])
    cardinality(array[[1,2],[3,4]])
    array_append(array[1], 2)
    array_append(null::int4[], 2)
    array_append(array[1], 2.5)
    array_prepend(0, array[1])
    array_cat(array[1], array[2,3])
    array_cat(array[[1,2]], array[3,4])
    array_cat(array[[1,2]], array[3])
    array_remove(array[1,2,1], 1)
    array_remove(array[1,null], null)
    array_replace(array[1,2,1], 1, 9)
    array_position(array['a','b'], 'b')
    array_position(array[1,2,1], 1, 2)
    array_positions(array[1,2,1], 1)
    array_fill(7, array[2,2])
    array_fill(7, array[2], array[5])
    array_fill(null::int4, array[0])
    trim_array(array[1,2,3], 1)
    trim_array(array[1,2,3], 4)
    array[1,2] @> array[1]
    array[1,2] <@ array[1,2,3]
    array[1,2] && array[2,5]
    array[1,2] = array[1,2]
    array[1,2] < array[1,3]
    array[1] < array[1,2]
    array[1,null] = array[1,null]
    array['{}'::json] = array['{}'::json]
    '{}'::json = '{}'::json
    int4range(1, 5)
    int4range(1, 5, '[]')
    int4range(1, 5, 'x')
    int4range(5, 1)
    numrange(1.5, null)
    lower(int4range(1, 5))
    upper(int4range(1, 5, '[]'))
    isempty(int4range(1, 1))
    int4range(1, 5) @> 3
    3 <@ int4range(1, 5)
    int4range(1, 5) && int4range(4, 8)
    int4range(1, 5) + int4range(5, 8)
    int4range(1, 5) + int4range(6, 8)
    int4range(1, 8) * int4range(5, 10)
    int4range(1, 8) - int4range(5, 10)
    int4range(1, 8) - int4range(3, 5)
    int4range(1, 5) -|- int4range(5, 8)
    int4range(1, 5) << int4range(5, 8)
    int4range(1, 5) = int4range(1, 5)
    range_merge(int4range(1, 2), int4range(5, 8))
    lower_inf(numrange(null, 1))
    tstzrange('2024-01-01', '2024-02-01')
    pg_size_pretty(123456789::int8)
    pg_size_pretty(10239::int8)
    pg_size_pretty(10240::int8)
    pg_size_pretty((-20480)::int8)
    pg_size_pretty(123456789.5)
    pg_size_bytes('1.5 GB')
    pg_size_bytes('x')
    '1/0'::pg_lsn - '0/FF'::pg_lsn
    '0/10'::pg_lsn + 16
    hashtext('hello')
    host('10.0.0.1/8'::inet)
    masklen('10.0.0.1/8'::inet)
    family('::1'::inet)
    text('10.0.0.1'::inet)
    '10.0.0.1'::inet::text
    '10.0.0.1'::inet < '10.0.0.2'
    '10.0.0.0/8'::inet < '10.0.0.1'
    '::1'::inet > '10.0.0.1'
    inet_send('10.0.0.1/8'::inet)
    '10.0.0.0/8'::cidr = '10.0.0.0/8'::inet
    hashtext('')
    hashtext('a longer text that needs several rounds of mixing')
    hashtextextended('hello', 42)
    hashtextextended('hello', 0)
    hashint4(12345)
    hashint8(-5)
    hashint8(123456789012)
    hashint2(7::int2)
    hashoid(5)
    hashchar('a')
    hashname('abc')
    hashfloat8(1.5)
    hashfloat4(1.5)
    hashbpchar('ab  ')
    uuid_hash('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')
    timestamp_hash('2024-01-01')
    interval_hash('1 day')
    hashint4extended(5, 7)
    hash_array(array[1,2])
  `).filter((line) => !line.startsWith('hash_array')),
];

export const strings: readonly string[] = lines(`
  lower('ÄbC')
  upper('äbC')
  initcap('hello wORLD-foo bar2baz')
  length('äöü')
  octet_length('äöü')
  bit_length('äö')
  char_length('abc')
  length('\\x0102'::bytea)
  substring('hello' from 2 for 3)
  substring('hello' from -1 for 3)
  substring('hello' from 2)
  substring('hello' for 2)
  substring('hello' from 2 for -1)
  substring('äöüß' from 2 for 2)
  substring('foobar' from 'o(.)b')
  substring('foobar' from 'o.b')
  substring('foobar' from 'x')
  substring('foobar' similar '%#"o_b#"%' escape '#')
  substring('\\x010203'::bytea from 2 for 1)
  position('b' in 'abc')
  position('' in 'abc')
  strpos('äbc', 'c')
  overlay('abcdef' placing 'XX' from 3)
  overlay('abcdef' placing 'XX' from 3 for 1)
  overlay('abcdef' placing 'XX' from 0)
  trim('  a  ')
  trim(both 'xy' from 'xyaxy')
  trim(leading 'x' from 'xxa')
  ltrim('zzytest', 'xyz')
  rtrim('testxxzx', 'xyz')
  btrim('\\x000100'::bytea, '\\x00'::bytea)
  lpad('hi', 5, 'xy')
  lpad('hi', 5)
  lpad('hello', 3)
  rpad('hi', 5, 'xy')
  rpad('hi', -1)
  lpad('hi', 5, '')
  left('abcde', 2)
  left('abcde', -2)
  right('abcde', 2)
  right('abcde', -2)
  reverse('äbc')
  repeat('ab', 3)
  repeat('ab', -1)
  repeat('a', 2000000000)
  replace('abcabc', 'b', 'XX')
  replace('abc', '', 'x')
  replace('a$b', '$', '$&')
  translate('12345', '143', 'ax')
  split_part('a,b,c', ',', 2)
  split_part('a,b,c', ',', -1)
  split_part('a,b,c', ',', 5)
  split_part('a,b,c', ',', 0)
  split_part('abc', '', 1)
  starts_with('abc', 'ab')
  'abc' ^@ 'ab'
  ascii('ä')
  ascii('')
  chr(228)
  chr(0)
  chr(-1)
  chr(1114112)
  to_hex(255)
  to_hex(-1)
  to_hex(255::int8)
  md5('hello')
  md5('\\x00'::bytea)
  sha224('abc'::bytea)
  sha256('abc'::bytea)
  sha384('abc')
  sha512('abc')
  encode('\\x0001ff'::bytea, 'hex')
  encode('\\x0001ff'::bytea, 'base64')
  encode(repeat('a', 80)::bytea, 'base64')
  encode('\\x0001ff61'::bytea, 'escape')
  encode('abc', 'nosuch')
  decode('0001ff', 'hex')
  decode('AAH/', 'base64')
  decode('AAH', 'base64')
  decode('A!==', 'base64')
  decode('0g', 'hex')
  decode('012', 'hex')
  decode('a\\\\001', 'escape')
  quote_ident('abc')
  quote_ident('Abc')
  quote_ident('select')
  quote_ident('a"b')
  quote_ident('user')
  quote_ident('name')
  quote_literal('it''s')
  quote_literal(E'a\\\\b')
  quote_literal(42)
  quote_literal(null)
  quote_nullable(null)
  quote_nullable(5)
  quote_literal(array[1,2])
  parse_ident('"A".b.C')
  parse_ident('a.')
  parse_ident('a b')
  parse_ident('a b', false)
  parse_ident('1a')
  regexp_replace('foobarbaz', 'b..', 'X')
  regexp_replace('foobarbaz', 'b..', 'X', 'g')
  regexp_replace('foobarbaz', 'b(..)', E'X\\\\1Y', 'g')
  regexp_replace('foo', 'o', '[\\&]', 'g')
  regexp_replace('abc', '', '-', 'g')
  regexp_replace('abc', 'B', 'x', 'i')
  regexp_replace('abc', 'b', 'x', 'z')
  regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 4, 'i')
  regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 0, 'i')
  regexp_match('foobarbequebaz', '(bar)(beque)')
  regexp_match('foobar', 'x')
  regexp_match('foobar', 'o+')
  regexp_match('foobar', 'o', 'g')
  regexp_matches('foobarbaz', 'b(.)', 'g')
  regexp_matches('foobarbaz', 'b.')
  regexp_split_to_array('hello world', '\\s+')
  regexp_split_to_array('abc', '')
  regexp_split_to_array('a1b2c', '\\d')
  regexp_split_to_table('the quick', '\\s')
  regexp_count('ABCABC', 'b', 1, 'i')
  regexp_count('abcabc', 'b')
  regexp_instr('abcabc', 'b')
  regexp_instr('abcabc', 'b', 1, 2)
  regexp_instr('abcabc', 'b', 3)
  regexp_substr('abcabc', 'b.')
  regexp_like('abc', 'B', 'i')
  regexp_like('abc', 'b')
  'foo bar' ~ '\\mbar\\M'
  'foo' ~ '[[:alpha:]]+'
  'foo1' ~ '^[[:alpha:]]+$'
  E'a\\nb' ~ 'a.b'
  E'a\\nb' ~ '(?n)a.b'
  'a' ~ '(?i)A'
  'a+b' ~ '***=a+b'
  'ab' ~ 'a(?=b)'
  'aa' ~ '(a)\\1'
  unistr('d\\0061t\\+000061')
  unistr('x\\y')
  normalize('ä', NFD) = 'ä'
  get_byte('\\x0102'::bytea, 1)
  get_byte('\\x0102'::bytea, 2)
  set_byte('\\x0102'::bytea, 0, 255)
  get_bit('\\x05'::bytea, 0)
  set_bit('\\x00'::bytea, 3, 1)
  '\\x01'::bytea || '\\x02'::bytea
  '\\x01'::bytea < '\\x0101'::bytea
  convert_from('\\xc3a4'::bytea, 'UTF8')
  convert_from('\\xff'::bytea, 'UTF8')
  convert_to('ä', 'LATIN1')
  convert_to('ä', 'UTF8')
  'b' > 'A'
  'ä' > 'z'
  'a'::name = 'a'
  'abc'::varchar = 'abc'::text
  like_escape('a%', '#')
  'a%' like 'a#%' escape '#'
  'a' like 'a' escape 'xx'
  nameconcatoid('abc', 5)
`);
