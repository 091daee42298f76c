/** Expressions for comparison: json and jsonb, number templates, and aggregates. */
import type { AggregateCase } from './compare.ts';

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const documents = [
  '{"a":1,"b":{"c":[1,2,{"d":null}]},"e":"x"}',
  '[1,"two",null,{"k":true},[5]]',
  '"text"',
  '12.50',
  'null',
  '{}',
  '[]',
];
const twins = (make: (type: string, document: string) => string[]): string[] =>
  ['json', 'jsonb'].flatMap((type) => documents.flatMap((document) => make(type, `'${document}'::${type}`)));

export const json: readonly string[] = [
  ...twins((type, value) => [
    `${value} -> 'a'`,
    `${value} ->> 'a'`,
    `${value} -> 'b' -> 'c'`,
    `${value} ->> 'e'`,
    `${value} -> 0`,
    `${value} ->> 1`,
    `${value} -> -1`,
    `${value} ->> 2`,
    `${value} #> '{b,c,2}'`,
    `${value} #>> '{b,c,1}'`,
    `${value} #> '{}'`,
    `${value} #> '{3,k}'`,
    `${type}_typeof(${value})`,
    `${type}_array_length(${value})`,
    `${type}_object_keys(${value})`,
    `${type}_array_elements(${value})`,
    `${type}_array_elements_text(${value})`,
    `${type}_each(${value})`,
    `${type}_each_text(${value})`,
    `${type}_strip_nulls(${value})`,
    `${type}_extract_path(${value}, 'b', 'c')`,
    `${type}_extract_path_text(${value}, 'e')`,
    `to_${type}(${value})`,
    `${value}::text`,
  ]),
  ...documents.flatMap((left) => documents.map((right) => `'${left}'::jsonb || '${right}'::jsonb`)),
  ...documents.flatMap((left) => documents.map((right) => `'${left}'::jsonb @> '${right}'::jsonb`)),
  ...documents.flatMap((left) => documents.map((right) => `'${left}'::jsonb < '${right}'::jsonb`)),
  ...documents.flatMap((value) => [
    `'${value}'::jsonb - 'a'`,
    `'${value}'::jsonb - 1`,
    `'${value}'::jsonb - '{a,e}'::text[]`,
    `'${value}'::jsonb #- '{b,c,0}'`,
    `'${value}'::jsonb ? 'a'`,
    `'${value}'::jsonb ?| '{x,two}'`,
    `'${value}'::jsonb ?& '{a,b}'`,
    `jsonb_pretty('${value}')`,
    `jsonb_set('${value}', '{a}', '99')`,
    `jsonb_set('${value}', '{z}', '99')`,
    `jsonb_set('${value}', '{z}', '99', false)`,
    `jsonb_set('${value}', '{b,c,1}', '"n"')`,
    `jsonb_set('${value}', '{1}', '7')`,
    `jsonb_set('${value}', '{9}', '7')`,
    `jsonb_set('${value}', '{-9}', '7')`,
    `jsonb_set('${value}', '{}', '7')`,
    `jsonb_insert('${value}', '{b,c,1}', '0')`,
    `jsonb_insert('${value}', '{1}', '0', true)`,
    `jsonb_insert('${value}', '{a}', '0')`,
    `'${value}'::jsonb::int4`,
    `'${value}'::jsonb::numeric`,
    `'${value}'::jsonb::bool`,
    `'${value}'::jsonb::float8`,
  ]),
  ...lines(`
    to_json(1)
    to_json(1.50)
    to_json('NaN'::float8)
    to_json('NaN'::numeric)
    to_json(true)
    to_json('a"b'::text)
    to_json(null::text)
    to_json('a')
    to_json(array[1,2,3])
    to_json(array[['a','b'],['c',null]])
    to_json('2024-01-02'::date)
    to_json('2024-01-02 03:04:05.6'::timestamp)
    to_json('2024-07-02 03:04:05'::timestamptz)
    to_json('infinity'::timestamp)
    to_json('1 day'::interval)
    to_json('\\x01'::bytea)
    to_json(row(1, 'a', null))
    to_jsonb(1)
    to_jsonb('NaN'::float8)
    to_jsonb(1e-10::float8)
    to_jsonb('a'::varchar)
    to_jsonb(array[1.5, 2.0])
    to_jsonb('2024-07-02 03:04:05'::timestamptz)
    to_jsonb(row(1, array[1,2], '{"x":1}'::json))
    to_jsonb('{"a":1}'::json)
    to_jsonb('x'::uuid)
    row_to_json(row(1, 'foo'))
    row_to_json(row(1, row(2, 3)), true)
    array_to_json(array[1,2])
    array_to_json(array[[1,2],[3,4]], true)
    json_build_object('a', 1, 'b', null, 'c', array[1,2], 5, true)
    json_build_object()
    json_build_object('a')
    json_build_object(null, 1)
    json_build_object(array[1], 2)
    json_build_object('a', '{"x": 1}'::json)
    jsonb_build_object('b', 1, 'a', 'x', 'b', 2.50)
    jsonb_build_object(null, 1)
    jsonb_build_object('a')
    jsonb_build_object(1, 2, true, 3)
    jsonb_build_object(variadic array['a','b'])
    json_build_array(1, 'a', null, 2.5)
    json_build_array()
    jsonb_build_array(1, '{"a":1}'::jsonb, array[1], '2024-01-01'::date)
    json_object('{a,1,b,2}')
    json_object('{{a,1},{b,null}}')
    json_object('{a,b}', '{1,2}')
    json_object('{a}')
    json_object('{null,1}')
    jsonb_object('{b,1,a,2}')
    jsonb_object('{a,b}', '{1,null}')
    jsonb_set_lax('{"a":1}', '{a}', null)
    jsonb_set_lax('{"a":1}', '{a}', null, true, 'delete_key')
    jsonb_set_lax('{"a":1}', '{a}', null, true, 'return_target')
    jsonb_set_lax('{"a":1}', '{a}', null, true, 'raise_exception')
    jsonb_set_lax('{"a":1}', '{a}', null, true, 'x')
    jsonb_set('{"a":[1]}', '{a,x}', '1')
    jsonb_set('{"a":[1]}', '{a,null}', '1')
    jsonb_set('{"a":{"b":1}}', '{a,c,d}', '1')
    '{"a":1}'::jsonb = '{"a":1.0}'::jsonb
    '{"a":1}'::jsonb -> null
    '{"a":1}'::jsonb @> null
    '[1,2,[3]]'::jsonb @> '[[3]]'
    '{"a":{"b":1,"c":2}}'::jsonb @> '{"a":{"b":1}}'
    '["a","b"]'::jsonb @> '"a"'
    '5'::jsonb::int2
    '5.5'::jsonb::int4
    '1e10'::jsonb::int4
    '{"a":1}' -> 'a'
    '5'::json::int4
    jsonb_typeof('1'::jsonb -> 'a')
    '{"a":1}'::json = '{}'
    json_typeof('nul')
    '{"a": 1, "a": 2}'::json ->> 'a'
    '{"a": {"x":  1}}'::json -> 'a'
    jsonb_object_keys('[1]')
    json_array_elements('{"a":1}')
    jsonb_array_elements('5')
  `),
];

const numbers = [
  '0',
  '1',
  '-1',
  '12',
  '-12.34',
  '485',
  '-485',
  '1234.567',
  '0.1',
  '-0.1',
  '0.005',
  '99999',
  '1234567890',
  '0.0',
  '3.14::float8',
  '-7.5::float4',
  "'NaN'::numeric",
  '12::int8',
];
const templates = [
  '999',
  '9999',
  '0999',
  '9.99',
  '999.99',
  '000.00',
  'FM999',
  'FM999.99',
  'FM990.00',
  'FM0.99',
  '9,999',
  '9G999D99',
  'S999',
  '999S',
  '999MI',
  'MI999',
  '999PL',
  'SG999',
  '999PR',
  'FM999PR',
  'FM9999999999',
  '999th',
  'FM999TH',
  'RN',
  'FMRN',
  '99V99',
  '9.99EEEE',
  '9EEEE',
  '"Good number:"999',
  'L999',
  '99.9.9',
  'S9S',
  '9PR9',
  'B999',
  '.99',
  'FM.99',
  '99999990.999',
  'foo',
  'FM9,999,999',
  '0009.9900',
];

export const numberTemplates: readonly string[] = [
  ...templates.flatMap((template) =>
    numbers
      .filter((number) => template !== '99V99' || number !== '1234567890')
      .map((number) => `to_char(${number}, '${template}')`),
  ),
  ...lines(`
    to_number('12,454.8-', '99G999D9S')
    to_number('1234', '9999')
    to_number('-12', 'S99')
    to_number('12.34', '99.99')
    to_number('$12', 'L99')
    to_number('x', '9')
    to_number('1,234.5', '9,999.9')
  `),
];

const columns: readonly (readonly [string, readonly string[]])[] = [
  ['int4', ['1', '2', '3', 'NULL', '10']],
  ['int4 empty', ['NULL::int4']],
  ['int8', ['9223372036854775807', '1::int8', 'NULL']],
  ['int2', ['1::int2', '5::int2', '5::int2']],
  ['numeric', ['1.5', '2.25', '-3.125', 'NULL', '100.0']],
  ['numeric NaN', ["'NaN'::numeric", '1.0']],
  ['float8', ['1.5::float8', '2.25::float8', '10.1::float8', 'NULL']],
  ['float4', ['1.1::float4', '2.2::float4', '3.3::float4']],
  ['interval', ["'1 day'::interval", "'2 hours'::interval", "'1 mon'::interval"]],
  ['text', ["'b'::text", "'a'::text", 'NULL', "'c'::text"]],
  ['bool', ['true', 'false', 'NULL']],
  ['date', ["'2024-01-01'::date", "'2023-01-01'::date"]],
  ['timestamptz', ["'2024-01-01'::timestamptz", "'2023-01-01'::timestamptz"]],
  ['jsonb', ['\'{"a":1}\'::jsonb', 'NULL', "'[2]'::jsonb"]],
  ['array', ['array[1,2]', 'array[3,4]']],
  ['uuid', ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"]],
  ['bytea', ["'\\x01'::bytea", "'\\x02'::bytea"]],
];
const names = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'stddev_pop',
  'variance',
  'var_pop',
  'bool_and',
  'bool_or',
  'every',
  'bit_and',
  'bit_or',
  'bit_xor',
  'array_agg',
  'json_agg',
  'jsonb_agg',
];

export const aggregates: readonly AggregateCase[] = [
  ...names.flatMap((name) => columns.map(([, values]) => ({ name, rows: values.map((value) => [value]) }))),
  {
    name: 'string_agg',
    rows: [
      ["'a'", "','"],
      ["'b'", "';'"],
      ['NULL', "'-'"],
      ["'c'", "'/'"],
    ],
  },
  { name: 'array_agg', rows: [["row(1,'a')"], ['row(2,null)']] },
  { name: 'json_agg', rows: [["row(1,'a')"], ['row(2,null)']] },
  { name: 'count', rows: [["row(1,'a')"]] },
  { name: 'string_agg', rows: [['NULL::text', "','"]] },
  {
    name: 'json_object_agg',
    rows: [
      ["'a'", '1'],
      ["'b'", 'NULL'],
      ["'a'", '3'],
    ],
  },
  {
    name: 'jsonb_object_agg',
    rows: [
      ["'a'", '1'],
      ["'b'", 'NULL'],
      ["'a'", '3'],
    ],
  },
  { name: 'json_object_agg', rows: [['NULL::text', '1']] },
  ...[
    'regr_count',
    'regr_slope',
    'regr_intercept',
    'regr_r2',
    'regr_avgx',
    'regr_avgy',
    'regr_sxx',
    'regr_syy',
    'regr_sxy',
    'corr',
    'covar_pop',
    'covar_samp',
  ].map((name) => ({
    name,
    rows: [
      ['1::float8', '2::float8'],
      ['3::float8', '5::float8'],
      ['4.5::float8', '7::float8'],
      ['NULL', '1::float8'],
    ],
  })),
];
