/**
 * Every type reads what it prints and receives what it sends. Values are texts in the server's own output form; the differential test checks
 * that form against a real server.
 */
import { describe, expect, test } from 'vitest';
import type { Datum } from '../../../../sim/postgres/types/datum.ts';
import type { PgError } from '../../../../sim/postgres/types/errors.ts';
import { testContext } from './context.ts';

const values: Readonly<Record<string, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['-32768', '0', '32767'],
  int4: ['-2147483648', '0', '2147483647'],
  int8: ['-9223372036854775808', '0', '9223372036854775807'],
  oid: ['0', '4294967295'],
  float4: ['0', '-0', '1.5', '3.4028235e+38', '1e-45', 'NaN', '-Infinity'],
  float8: ['0', '-0', '0.1', '1e+15', '123456789012345', '1.7976931348623157e+308', '5e-324', 'NaN', 'Infinity'],
  numeric: [
    '0',
    '-1.50',
    '0.0001',
    '10000',
    '99999999.9999',
    '12345678901234567890.123456789',
    '100000000',
    'NaN',
    'Infinity',
    '-Infinity',
    '0.00000000000000000001',
  ],
  text: ['', 'a b', 'ä€😀'],
  varchar: ['abc'],
  bpchar: ['ab '],
  name: ['pg_class'],
  char: ['a', ''],
  bytea: ['\\x', '\\x00ff10'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  json: ['{"a" : [1, 2 ]}', 'null'],
  jsonb: ['{"a": [1, 2.50, null], "bb": {"c": "x\\"y"}}', '[]', '"s"', '-0.5'],
  date: ['2024-02-29', '0044-03-15 BC', 'infinity', '5874897-12-31'],
  time: ['00:00:00', '23:59:59.999999', '24:00:00'],
  timetz: ['12:00:00+02', '12:00:00.5-03:30'],
  timestamp: [
    '2024-02-29 12:34:56.789',
    '1969-12-31 23:59:59.999999',
    '0001-01-01 00:00:00',
    '-infinity',
    '4713-01-01 00:00:00 BC',
  ],
  timestamptz: ['2024-02-29 12:34:56.789+00', 'infinity'],
  interval: ['1 year 2 mons -3 days +04:05:06.7', '00:00:00', '-1 days', '14 days', '-00:00:01'],
  bit: ['101'],
  varbit: ['', '10110011101'],
  pg_lsn: ['16/B374D848'],
  xid8: ['18446744073709551615'],
  tid: ['(4,7)'],
  int4range: ['[1,5)', 'empty', '(,5)', '[1,)'],
  numrange: ['(1.5,2.5]'],
  tstzrange: ['["2024-01-01 00:00:00+00","2024-02-01 00:00:00+00")'],
  _int4: ['{}', '{1,2,NULL}', '{{1,2},{3,4}}', '[0:1]={5,6}'],
  _text: ['{a,"b c","","NULL",NULL,"q\\"\\\\"}'],
  _numeric: ['{1.50,2}'],
  int2vector: ['1 2 3'],
};

const context = testContext();

describe('values survive text and binary', () => {
  for (const [name, texts] of Object.entries(values)) {
    const type = context.types.builtin(name)!;
    for (const text of texts) {
      test(`${name} ${text}`, () => {
        const datum = type.input(text, -1, context);
        expect(type.output(datum, context)).toBe(text);
        const received = type.receive(type.send(datum, context), -1, context);
        expect(type.output(received, context)).toBe(text);
        if (type.isOrdered) expect(type.compare(received, datum)).toBe(0);
        if (type.isHashable) expect(type.hashKey(received)).toBe(type.hashKey(datum));
      });
    }
  }
});

describe("binary forms are the protocol's", () => {
  const forms: readonly (readonly [string, string, string])[] = [
    ['int4', '-2', 'fffffffe'],
    ['int8', '258', '0000000000000102'],
    ['bool', 't', '01'],
    ['float8', '1.5', '3ff8000000000000'],
    ['numeric', '-12345.678', '0003000140000003000109291a7c'],
    ['numeric', '0.00', '0000000000000002'],
    ['timestamptz', '2000-01-01 00:00:01+00', '00000000000f4240'],
    ['timestamp', 'infinity', '7fffffffffffffff'],
    ['date', '1999-12-31', 'ffffffff'],
    ['interval', '1 mon 2 days 00:00:00.000003', '00000000000000030000000200000001'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'],
    ['jsonb', '{"a": 1}', '017b2261223a20317d'],
    ['_int4', '{7,NULL}', '0000000100000001000000170000000200000001000000040000000 7ffffffff'.replaceAll(' ', '')],
    ['timetz', '00:00:01+02', '00000000000f4240ffffe3e0'],
    ['int4range', '[1,5)', '02000000040000000100000004 00000005'.replaceAll(' ', '')],
  ];
  for (const [name, text, hex] of forms) {
    test(`${name} ${text}`, () => {
      const type = context.types.builtin(name)!;
      expect(type.send(type.input(text, -1, context), context).toString('hex')).toBe(hex);
    });
  }
});

describe('order and equality', () => {
  const ascending: readonly (readonly [string, readonly string[]])[] = [
    ['numeric', ['-Infinity', '-1', '0', '0.001', '1', 'Infinity', 'NaN']],
    ['float8', ['-Infinity', '-1', '0', '5e-324', 'Infinity', 'NaN']],
    ['interval', ['-1 day', '0', '23:59:59', '1 day', '29 days', '1 mon', '31 days']],
    ['text', ['A', 'a', 'ab', 'b', 'ä', '\uffff', '😀']],
    [
      'jsonb',
      [
        '[]',
        'null',
        '"a"',
        '"b"',
        '1',
        '2',
        'false',
        'true',
        '[1]',
        '[0, 0]',
        '{}',
        '{"a": 1}',
        '{"a": 2}',
        '{"a": 1, "b": 2}',
      ],
    ],
    ['_int4', ['{}', '{1}', '{1,2}', '{1,NULL}', '{2}', '{NULL}']],
    ['int4range', ['empty', '(,1)', '[1,2)', '[1,3)', '[1,)', '[2,3)']],
    ['timetz', ['10:00:00+03', '09:00:00+01', '10:00:00+01']],
    ['bool', ['f', 't']],
  ];
  for (const [name, texts] of ascending) {
    test(`${name} sorts as ${texts.join(' < ')}`, () => {
      const type = context.types.builtin(name)!;
      const data = texts.map((text) => type.input(text, -1, context));
      for (let i = 0; i < data.length; i++) {
        for (let j = 0; j < data.length; j++)
          expect(Math.sign(type.compare(data[i]!, data[j]!))).toBe(Math.sign(i - j));
      }
    });
  }

  const same: readonly (readonly [string, string, string])[] = [
    ['numeric', '1.50', '1.5'],
    ['numeric', '100', '1e2'],
    ['float8', '0', '-0'],
    ['interval', '1 mon', '30 days'],
    ['interval', '1 day', '24:00:00'],
    ['bpchar', 'ab', 'ab   '],
    ['jsonb', '{"a": 1.0}', '{"a": 1}'],
    ['_numeric', '{1.0}', '{1}'],
  ];
  for (const [name, left, right] of same) {
    test(`${name} ${left} and ${right} are equal and hash alike`, () => {
      const type = context.types.builtin(name)!;
      const [a, b] = [type.input(left, -1, context), type.input(right, -1, context)] as [Datum, Datum];
      expect(type.compare(a, b)).toBe(0);
      expect(type.hashKey(a)).toBe(type.hashKey(b));
    });
  }

  test('json and point have no order, and say so', () => {
    const json = context.types.builtin('json')!;
    expect(json.isOrdered).toBe(false);
    expect(() => json.compare('1', '2')).toThrow('could not identify a comparison function for type json');
    expect(() => context.types.builtin('point')!.input('(1,2)', -1, context)).toThrow('type point is not simulated');
  });
});

describe('binary input that is too short or wrong is refused', () => {
  test('a cut int4', () => {
    expect(() => context.types.builtin('int4')!.receive(Buffer.from([1, 2]), -1, context)).toThrow(
      'insufficient data left in message',
    );
  });

  test('text that is no UTF-8', () => {
    try {
      context.types.builtin('text')!.receive(Buffer.from([0x61, 0xff]), -1, context);
      expect.unreachable();
    } catch (error) {
      expect((error as PgError).fields).toMatchObject({
        code: '22021',
        message: 'invalid byte sequence for encoding "UTF8": 0xff',
      });
    }
  });
});
