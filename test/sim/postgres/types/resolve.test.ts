/** Overload resolution by the rules of the manual's chapter 10; the differential test compares far more calls with a real server. */
import { describe, expect, test } from 'vitest';
import { functionsByName } from '../../../../sim/postgres/functions/index.ts';
import type { PgError } from '../../../../sim/postgres/types/errors.ts';
import {
  commonType,
  defaultClass,
  familyOperator,
  findCoercion,
  isCastByCall,
  Oid,
  operatorByOid,
  resolveArrayOperator,
  resolveFunction,
  resolveOperator,
  strategiesOf,
  TypeRegistry,
} from '../../../../sim/postgres/types/index.ts';

const types = new TypeRegistry();
const call = (name: string, argTypes: readonly number[], argNames: readonly string[] = [], isVariadic = false) => ({
  name,
  candidates: functionsByName(name),
  argTypes,
  argNames,
  isVariadic,
});

function fieldsOf(run: () => unknown): PgError['fields'] {
  try {
    run();
  } catch (error) {
    return (error as PgError).fields;
  }
  throw new Error('nothing was thrown');
}

describe('functions', () => {
  test('an exact match wins', () => {
    expect(resolveFunction(types, call('abs', [Oid.int4])).row.source).toBe('int4abs');
  });

  test('an unknown argument takes the preferred type of its category', () => {
    expect(resolveFunction(types, call('abs', [Oid.unknown])).argTypes).toEqual([Oid.float8]);
    expect(resolveFunction(types, call('length', [Oid.unknown])).argTypes).toEqual([Oid.text]);
  });

  test('named arguments fill their slots and the rest takes defaults', () => {
    const resolved = resolveFunction(types, call('make_interval', [Oid.int4, Oid.unknown], ['days', 'secs']));
    expect(resolved.order).toEqual([-1, -1, -1, 0, -1, -1, 1]);
    expect(resolved.defaults).toEqual(['0', '0', '0', '0', '0']);
  });

  test('variadic arguments are collected under one element type', () => {
    const resolved = resolveFunction(types, call('jsonb_extract_path', [Oid.jsonb, Oid.unknown, Oid.varchar]));
    expect(resolved).toMatchObject({ collected: 2, collectedType: Oid.text });
    expect(resolveFunction(types, call('concat', [Oid.int4, Oid.bool])).collected).toBe(0);
  });

  test('polymorphic results follow the arguments', () => {
    expect(resolveFunction(types, call('array_append', [Oid.int4Array, Oid.numeric])).resultType).toBe(1231);
    expect(resolveFunction(types, call('unnest', [Oid.textArray])).resultType).toBe(Oid.text);
    expect(fieldsOf(() => resolveFunction(types, call('unnest', [Oid.unknown])))).toMatchObject({
      code: expect.any(String),
    });
  });

  test('no function, with the argument types and a hint', () => {
    expect(fieldsOf(() => resolveFunction(types, call('lower', [Oid.int4, Oid.text])))).toMatchObject({
      code: '42883',
      message: 'function lower(integer, text) does not exist',
      hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    });
  });

  test('a name of a type with one literal is a cast', () => {
    expect(isCastByCall(types, call('date', [Oid.unknown]), Oid.date)).toBe(true);
    expect(isCastByCall(types, call('date', [Oid.timestamp]), Oid.date)).toBe(false);
  });
});

describe('operators', () => {
  test('an unknown operand takes the type of the other', () => {
    expect(resolveOperator(types, '=', Oid.uuid, Oid.unknown)).toMatchObject({ left: Oid.uuid, right: Oid.uuid });
    expect(fieldsOf(() => resolveOperator(types, '+', Oid.date, Oid.unknown)).message).toBe(
      'operator is not unique: date + unknown',
    );
  });

  test('varchar compares as text', () => {
    expect(resolveOperator(types, '=', Oid.varchar, Oid.varchar)).toMatchObject({ left: Oid.text, right: Oid.text });
  });

  test("ANY takes an array of the operator's right type", () => {
    expect(resolveArrayOperator(types, '=', Oid.int8, Oid.unknown)).toMatchObject({
      left: Oid.int8,
      right: Oid.int8Array,
    });
    expect(fieldsOf(() => resolveArrayOperator(types, '=', Oid.int8, Oid.int8)).message).toBe(
      'op ANY/ALL (array) requires array on right side',
    );
  });

  test('missing and ambiguous operators', () => {
    expect(fieldsOf(() => resolveOperator(types, '+', Oid.text, Oid.int4))).toMatchObject({
      code: '42883',
      message: 'operator does not exist: text + integer',
    });
    expect(fieldsOf(() => resolveOperator(types, '~', 0, Oid.unknown))).toMatchObject({
      code: '42725',
      message: 'operator is not unique: ~ unknown',
    });
  });

  test('operator classes lead from a type to its order', () => {
    const btree = defaultClass(403, Oid.int4)!;
    const less = familyOperator(btree.family, Oid.int4, Oid.int8, 1)!;
    expect(less.name).toBe('<');
    expect(strategiesOf(less.oid)).toContainEqual(expect.objectContaining({ family: btree.family, strategy: 1 }));
    expect(operatorByOid(operatorByOid(less.oid)!.negator)?.name).toBe('>=');
  });
});

describe('coercions and common types', () => {
  test('implicit, assignment and explicit contexts differ', () => {
    expect(findCoercion(types, Oid.int4, Oid.int8, 'i')).not.toBeNull();
    expect(findCoercion(types, Oid.int8, Oid.int4, 'i')).toBeNull();
    expect(findCoercion(types, Oid.int8, Oid.int4, 'a')).not.toBeNull();
    expect(findCoercion(types, Oid.int4, Oid.bool, 'a')).toBeNull();
    expect(findCoercion(types, Oid.int4, Oid.text, 'a')).toEqual({ kind: 'text' });
    expect(findCoercion(types, Oid.int4Array, Oid.int8Array, 'i')).toMatchObject({ kind: 'array' });
  });

  test('UNION and CASE choose one type or name both', () => {
    expect(commonType(types, [Oid.int4, Oid.unknown, Oid.numeric], 'UNION')).toBe(Oid.numeric);
    expect(commonType(types, [Oid.unknown, Oid.unknown], 'UNION')).toBe(Oid.text);
    expect(fieldsOf(() => commonType(types, [Oid.int4, Oid.text], 'UNION'))).toMatchObject({
      code: '42804',
      message: 'UNION types integer and text cannot be matched',
    });
  });
});
