/**
 * Random expression trees for comparison: operands of many types under random operators, casts and functions, two levels deep.
 * Seeded by a plain multiplicative generator of its own, so that a seed means the same expressions everywhere.
 */

/** A Lehmer generator modulo 2^31 - 1: small, and all this needs. */
function stream(seed: number): (bound: number) => number {
  let state = (seed * 48271 + 11) % 2147483647;
  return (bound) => {
    state = (state * 48271) % 2147483647;
    return state % bound;
  };
}

const leaves = [
  '0',
  '1',
  '-7',
  '42',
  '2147483647',
  '1.5',
  '-0.25',
  '100.00',
  '3::int2',
  '9007199254740993',
  '1.5::float8',
  '-2e10::float8',
  '0.1::float4',
  "'a'",
  "'abc'",
  "''",
  "'12'",
  "' 7 '",
  "'x y'",
  "'3.7'",
  "'true'",
  "'ab'::varchar(5)",
  "'ab'::char(4)",
  "'n'::name",
  'true',
  'false',
  'NULL',
  'NULL::int4',
  'NULL::text',
  "'2024-02-29'::date",
  "'2024-03-31 01:30'::timestamp",
  "'2024-10-27 00:30+00'::timestamptz",
  "'13:45:06.5'::time",
  "'1 mon 2 days 03:04:05'::interval",
  "'-1 day'::interval",
  "'{1,2,3}'::int4[]",
  '\'{a,NULL,"b c"}\'::text[]',
  "'{}'::int4[]",
  'array[1.5, 2]',
  '\'{"a":1,"b":[1,2]}\'::jsonb',
  '\'[1,"x",null]\'::jsonb',
  '\'{"k": "v"}\'::json',
  '\'"s"\'::jsonb',
  "'\\xdead'::bytea",
  "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
  'int4range(1, 5)',
  "B'1010'",
];
const operators = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<',
  '>',
  '<=',
  '>=',
  '<>',
  '->',
  '->>',
  '@>',
  '<@',
  '&&',
  'like',
  '~',
  'is distinct from',
  '^',
  '&',
  '|',
];
const types = [
  'int4',
  'int8',
  'int2',
  'numeric',
  'numeric(6,2)',
  'float8',
  'text',
  'varchar(3)',
  'char(3)',
  'bool',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'interval',
  'jsonb',
  'json',
  'int4[]',
  'text[]',
  'bytea',
  'uuid',
  'name',
  'oid',
  'timestamp(0)',
];
const unary = [
  'abs',
  'length',
  'lower',
  'upper',
  'round',
  'floor',
  'ceil',
  'to_jsonb',
  'md5',
  'reverse',
  'cardinality',
  'jsonb_typeof',
  'quote_literal',
  'sign',
  'trim',
  'ascii',
  'justify_hours',
  'isfinite',
  'array_to_json',
  'octet_length',
  'trunc',
  'date',
  'text',
  'int4',
  'float8',
  'to_json',
  'bit_length',
  'initcap',
  'array_ndims',
  'jsonb_pretty',
  'sqrt',
  'quote_nullable',
];
const binary = [
  'coalesce',
  'nullif',
  'greatest',
  'least',
  'mod',
  'power',
  'left',
  'right',
  'repeat',
  'strpos',
  'concat',
  'array_append',
  'array_cat',
  'array_position',
  'date_trunc',
  'to_char',
  'round',
  'split_part',
  'concat_ws',
  'json_build_object',
  'jsonb_build_object',
  'age',
  'div',
  'starts_with',
  'array_to_string',
  'string_to_array',
  'format',
  'array_remove',
  'regexp_match',
  'jsonb_extract_path_text',
  'lpad',
  'trim_array',
  'btrim',
  'date_part',
];

/** Expressions of a seed. None looks at the clock, and none asks for much memory. */
export function generateExpressions(seed: number, count: number): string[] {
  const draw = stream(seed);
  const pick = (list: readonly string[]): string => list[draw(list.length)]!;
  const make = (depth: number): string => {
    const kind = depth === 0 ? 0 : draw(8);
    switch (kind) {
      case 1:
      case 2:
        return `(${make(depth - 1)} ${pick(operators)} ${make(depth - 1)})`;
      case 3:
        return `(${make(depth - 1)})::${pick(types)}`;
      case 4:
        return `${pick(unary)}(${make(depth - 1)})`;
      case 5:
        return `${pick(binary)}(${make(depth - 1)}, ${make(depth - 1)})`;
      case 6:
        return `(case when ${draw(2) === 0 ? 'true' : 'false'} then ${make(depth - 1)} else ${make(depth - 1)} end)`;
      case 7:
        return `array[${make(depth - 1)}, ${make(depth - 1)}]`;
      default:
        return pick(leaves);
    }
  };
  return Array.from({ length: count }, () => make(2));
}

const literals: Readonly<Record<string, readonly string[]>> = {
  int4: ['123', '-5', ' 7 ', '2147483648'],
  float8: ['1.5', '-2e10', 'NaN', 'Infinity', '.5', '1e-5'],
  numeric: ['1.50', '-2e10', 'NaN', '.5', '1e-5', '00012.300'],
  bool: ['true', 'off', 'yes'],
  date: ['2024-02-29', 'Jan 8, 1999', '19990108', '8-Jan-99', '1999.008', '44 BC March 15'],
  timestamp: [
    '2024-02-29 12:34:56.789',
    'Jan 8 1999 04:05 PM',
    '19990108T040506',
    '2024-01-01 12:00 UTC',
    '1999-Jan-08 4:05:06',
  ],
  timestamptz: [
    '2024-02-29T12:34:56.789Z',
    '2024-07-01 12:00:00+02',
    '2024-07-01 12:00 America/New_York',
    '2024-07-01 12:00 EST',
    '20240701 1200-0330',
  ],
  time: ['12:34:56.789', '04:05 PM', '040506', '12:34'],
  timetz: ['12:34:56+02', '04:05 PM PST', '040506-08:30'],
  interval: [
    '1 year 2 mons 3 days 04:05:06',
    '-1 day +02:03',
    '1-2 3 4:05:06',
    'P1Y2M3DT4H5M6.5S',
    '@ 1.5 hours ago',
    '2 weeks',
    '1 mon 1 s 5 ms',
  ],
  json: ['{"a": [1, 2.5e3, null], "b": "x\\u00e4"}', '[true, false, {"c": {}}]', '"text"'],
  jsonb: ['{"a": [1, 2.5e3, null], "b": "x\\u00e4"}', '[true, false, {"c": {}}]', '-0.10'],
  'int4[]': ['{1,2,NULL}', '{{1,2},{3,4}}', '[0:1]={5,6}', '{}'],
  'text[]': ['{a,"b c",NULL}', '{"q\\"x",\\y, z }', '{{a},{b}}'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'],
  bytea: ['\\xdeadbeef', 'a\\\\b\\001'],
  int4range: ['[1,5)', '(,"7"]', 'empty'],
  'varchar(4)': ['abcd', 'ab  ', 'abcde'],
  'numeric(5,2)': ['123.456', '999.994', '-1e2'],
};
const noise = '0123456789 -:+.,/TZ{}[]()"\\ePDMYadn';

/** Texts near valid literals of each type: a character dropped, doubled, replaced or put in, one to three times. */
export function generateLiterals(seed: number, count: number, types: (name: string) => boolean = () => true): string[] {
  const draw = stream(seed + 500_000);
  const names = Object.keys(literals).filter(types);
  return Array.from({ length: count }, () => {
    const type = names[draw(names.length)]!;
    const list = literals[type]!;
    let text = list[draw(list.length)]!;
    for (let changes = draw(3) + 1; changes > 0; changes--) {
      const at = draw(text.length + 1);
      const put = noise[draw(noise.length)]!;
      const kind = draw(4);
      if (kind === 0) text = text.slice(0, at) + text.slice(at + 1);
      else if (kind === 1) text = text.slice(0, at) + put + text.slice(at);
      else if (kind === 2) text = text.slice(0, at) + put + text.slice(at + 1);
      else text = text.slice(0, at) + text.slice(Math.max(0, at - 2));
    }
    return `E'${text.replace(/[\\']/g, '\\$&')}'::${type}`;
  });
}
