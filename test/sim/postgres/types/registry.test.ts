/** Types of the user live in one registry, with their arrays, and leave no trace in another. */
import { describe, expect, test } from 'vitest';
import { type PgError, pgError } from '../../../../sim/postgres/types/errors.ts';
import { Oid, TypeRegistry } from '../../../../sim/postgres/types/index.ts';
import { testContext } from './context.ts';

describe('enums', () => {
  test('labels sort by their position, also after one was put between', () => {
    const context = testContext();
    context.types.defineEnum({ oid: 16384, arrayOid: 16385, name: 'mood', labels: ['sad', 'happy'] });
    const mood = context.types.byOid(16384);
    expect(mood.compare('happy', 'sad')).toBeGreaterThan(0);
    context.types.addEnumLabel(16384, 'ok', 1);
    expect(mood.input('ok', -1, context)).toBe('ok');
    expect(mood.compare('ok', 'happy')).toBeLessThan(0);
    expect(mood.compare('ok', 'sad')).toBeGreaterThan(0);
    expect(context.types.byOid(16385).output(context.types.byOid(16385).input('{ok,sad}', -1, context), context)).toBe(
      '{ok,sad}',
    );
  });

  test("an unknown label is refused with the server's words", () => {
    const context = testContext();
    context.types.defineEnum({ oid: 16384, arrayOid: 16385, name: 'mood', labels: ['sad'] });
    expect(() => context.types.byOid(16384).input('glad', -1, context)).toThrow(
      'invalid input value for enum mood: "glad"',
    );
  });

  test('a type of one registry is unknown to another, and gone after remove', () => {
    const registry = new TypeRegistry();
    registry.defineEnum({ oid: 16384, arrayOid: 16385, name: 'mood', labels: ['sad'] });
    expect(registry.find(16384)?.name).toBe('mood');
    expect(new TypeRegistry().find(16384)).toBeUndefined();
    registry.remove(16384);
    expect(registry.find(16384)).toBeUndefined();
    expect(registry.find(16385)).toBeUndefined();
    expect(() => registry.byOid(16384)).toThrow('cache lookup failed for type 16384');
  });
});

describe('composites', () => {
  const context = testContext();
  context.types.defineComposite({
    oid: 16390,
    arrayOid: 16391,
    name: 'job',
    relationOid: 16392,
    fields: [
      { name: 'id', type: Oid.int4, typmod: -1 },
      { name: 'note', type: Oid.text, typmod: -1 },
      { name: 'due', type: Oid.date, typmod: -1 },
    ],
  });
  const job = context.types.byOid(16390);

  test('read and print with quotes where needed', () => {
    const text = '(7,"a ""b"", c",)';
    const row = job.input(text, -1, context);
    expect(row).toMatchObject({ type: 16390, values: [7, 'a "b", c', null] });
    expect(job.output(row, context)).toBe(text);
    expect(job.output(job.receive(job.send(row, context), -1, context), context)).toBe(text);
  });

  test('null sorts above every value, and equal rows hash alike', () => {
    const [one, two] = [job.input('(1,,)', -1, context), job.input('(1,z,)', -1, context)];
    expect(job.compare(one, two)).toBeGreaterThan(0);
    expect(job.hashKey(one)).toBe(job.hashKey(job.input('( 1,,)', -1, context)));
  });

  const malformed: readonly (readonly [string, string])[] = [
    ['1,2,3', 'Missing left parenthesis.'],
    ['(1,2)', 'Too few columns.'],
    ['(1,2,2024-01-01,4)', 'Too many columns.'],
    ['(1,2,2024-01-01', 'Unexpected end of input.'],
    ['(1,2,2024-01-01)x', 'Junk after right parenthesis.'],
  ];
  for (const [text, detail] of malformed) {
    test(`${text} is malformed: ${detail}`, () => {
      try {
        job.input(text, -1, context);
        expect.unreachable();
      } catch (error) {
        expect((error as PgError).fields).toMatchObject({
          code: '22P02',
          message: `malformed record literal: "${text}"`,
          detail,
        });
      }
    });
  }
});

describe('domains', () => {
  test("run their check on input and take the base type's typmod", () => {
    const context = testContext();
    context.types.defineDomain({
      oid: 16400,
      arrayOid: 16401,
      name: 'short',
      baseOid: Oid.varchar,
      baseTypmod: 7,
      isNotNull: false,
      check(datum) {
        if (datum === 'no') throw pgError('23514', 'value for domain short violates check constraint "short_check"');
      },
    });
    const short = context.types.byOid(16400);
    expect(short.input('yes', -1, context)).toBe('yes');
    expect(() => short.input('no', -1, context)).toThrow('value for domain short violates check constraint');
    expect(() => short.input('long', -1, context)).toThrow('value too long for type character varying(3)');
    expect(context.types.baseOf(16400)).toBe(Oid.varchar);
    expect(short.isOrdered).toBe(true);
  });
});

describe('names of types', () => {
  const registry = new TypeRegistry();
  const shown: readonly (readonly [number, number | null, string])[] = [
    [Oid.int4, null, 'integer'],
    [Oid.varchar, 13, 'character varying(9)'],
    [Oid.numeric, ((10 << 16) | 2) + 4, 'numeric(10,2)'],
    [Oid.timestamptz, 3, 'timestamp(3) with time zone'],
    [Oid.int4Array, null, 'integer[]'],
    [Oid.int2vector, null, 'int2vector'],
    [Oid.char, null, '"char"'],
    [1015, 13, 'character varying(9)[]'],
    [999_999, null, '???'],
  ];
  for (const [oid, typmod, text] of shown) test(text, () => expect(registry.formatType(oid, typmod)).toBe(text));
});
