/**
 * Writes coercions into expressions: what types/coercion.ts decides becomes a call, a relabel, a way through text, or a constant.
 * Source: PostgreSQL's parse_coerce.c. Invariant: an expression that comes out has the wanted type; `unknown` stays only where asked for.
 */
import { PgError as Failure, failure } from '../../errors.ts';
import { callableByOid } from '../../functions-port.ts';
import type { Datum } from '../../types/datum.ts';
import {
  type CastContext,
  type Coercion,
  cannotCast,
  commonType,
  findCoercion,
  Oid,
  requireCommon,
  type TypeRegistry,
} from '../../types/index.ts';
import type { Expr } from '../expression.ts';
import type { Scope } from './scope.ts';

export function registryOf(scope: Scope): TypeRegistry {
  return scope.statement.backend.engine.types;
}

/** Runs `make` and gives its error, if any, the position. */
export function placed<T>(scope: Scope, at: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Failure && error.fields.position === undefined)
      throw error.with({ position: scope.statement.position(at) });
    throw error;
  }
}

const TIME_WORDS = new Set([Oid.date, Oid.timestamp, Oid.timestamptz, Oid.time, Oid.timetz] as number[]);

/** Coerces, or gives null when the context does not allow it. */
export function tryCoerce(scope: Scope, expr: Expr, target: number, typmod: number, context: CastContext): Expr | null {
  const types = registryOf(scope);
  if (target === Oid.any || target === Oid.unknown) return expr;
  if (expr.kind === 'unknown') return literal(scope, expr.text, target, typmod, expr.at, context === 'e');
  if (expr.kind === 'param' && expr.type === Oid.unknown) return parameter(scope, expr, target, typmod, context);
  if (expr.kind === 'const' && expr.type === Oid.unknown && types.find(target)?.kind === 'domain')
    return { kind: 'domain', arg: { ...expr, type: types.baseOf(target) }, type: target, typmod: -1, at: expr.at };
  if (expr.kind === 'const' && expr.type === Oid.unknown)
    return fitted(scope, { ...expr, type: target, typmod: -1 }, typmod, context);
  if (expr.type === target) return fitted(scope, expr, typmod, context);
  if (expr.kind === 'row' && expr.type === Oid.record) {
    const row = coerceRow(scope, expr, target, context);
    if (row !== null) return row;
  }
  const coercion =
    expr.type === Oid.unknown ? ({ kind: 'text' } as const) : findCoercion(types, expr.type, target, context);
  if (coercion === null) return null;
  const base = types.baseOf(target);
  let done = apply(scope, coercion, expr, base);
  if (context === 'e') done = { ...done, isWritten: true };
  if (base !== target)
    done = { kind: 'domain', arg: done, type: target, typmod: -1, at: expr.at, isWritten: context === 'e' };
  return fitted(scope, done, typmod, context);
}

/** Coerces or throws `cannot cast type ...`. */
export function coerce(scope: Scope, expr: Expr, target: number, typmod: number, context: CastContext): Expr {
  const done = tryCoerce(scope, expr, target, typmod, context);
  if (done === null) throw placed(scope, expr.at, () => cannotCast(registryOf(scope), expr.type, target));
  return done;
}

/** For the value of a column. */
export function coerceAssignment(scope: Scope, expr: Expr, target: number, typmod: number, column: string): Expr {
  const done = tryCoerce(scope, expr, target, typmod, 'a');
  if (done !== null) return done;
  const types = registryOf(scope);
  throw failure(
    '42804',
    `column "${column}" is of type ${types.formatType(target, typmod)} but expression is of type ${types.formatType(expr.type)}`,
    {
      hint: 'You will need to rewrite or cast the expression.',
      position: scope.statement.position(expr.at),
    },
  );
}

/** For WHERE, HAVING and their like. */
export function coerceBoolean(scope: Scope, expr: Expr, clause: string): Expr {
  if (expr.type === Oid.bool) return expr;
  const done = tryCoerce(scope, expr, Oid.bool, -1, 'a');
  if (done !== null) return done;
  throw failure(
    '42804',
    `argument of ${clause} must be type boolean, not type ${registryOf(scope).formatType(expr.type)}`,
    {
      position: scope.statement.position(expr.at),
    },
  );
}

/** For LIMIT and its like. */
export function coerceInteger(scope: Scope, expr: Expr, target: number, clause: string): Expr {
  const done = tryCoerce(scope, expr, target, -1, 'a');
  if (done !== null) return done;
  const types = registryOf(scope);
  throw failure(
    '42804',
    `argument of ${clause} must be type ${types.formatType(target)}, not type ${types.formatType(expr.type)}`,
    {
      position: scope.statement.position(expr.at),
    },
  );
}

/** An untyped literal becomes text; an untyped parameter too. */
export function settled(scope: Scope, expr: Expr): Expr {
  return expr.type === Oid.unknown ? coerce(scope, expr, Oid.text, -1, 'i') : expr;
}

/** The branches of UNION, CASE, VALUES, ARRAY, IN and the like, brought to one type. */
export function coerceToCommon(
  scope: Scope,
  exprs: readonly Expr[],
  context: string,
): { readonly type: number; readonly exprs: Expr[] } {
  const types = registryOf(scope);
  const odd = exprs.find((expr) => expr.type !== Oid.unknown && expr.type !== exprs[0]!.type) ?? exprs[0]!;
  const type = placed(scope, odd.at, () =>
    commonType(
      types,
      exprs.map((expr) => expr.type),
      context,
    ),
  );
  return { type, exprs: exprs.map((expr) => coerceCommon(scope, expr, type, context)) };
}

export function coerceCommon(scope: Scope, expr: Expr, type: number, context: string): Expr {
  placed(scope, expr.at, () => requireCommon(registryOf(scope), expr.type, type, context));
  return coerce(scope, expr, type, -1, 'i');
}

/** Applies one way of coercion; `target` is no domain. */
function apply(scope: Scope, coercion: Coercion, expr: Expr, target: number): Expr {
  switch (coercion.kind) {
    case 'relabel':
      return { kind: 'relabel', arg: expr, type: target, typmod: -1, at: expr.at };
    case 'function':
      return {
        kind: 'call',
        callable: callableByOid(coercion.procedure),
        args: [expr],
        site: { argTypes: [expr.type], resultType: target, isVariadic: false },
        written: 'cast',
        type: target,
        typmod: -1,
        at: expr.at,
      };
    case 'text':
      return { kind: 'via text', arg: expr, type: target, typmod: -1, at: expr.at };
    case 'array': {
      const types = registryOf(scope);
      const from = types.elementOf(types.baseOf(expr.type));
      const to = types.elementOf(target);
      const test: Expr = { kind: 'test value', type: from, typmod: -1, at: expr.at };
      return {
        kind: 'array map',
        arg: expr,
        element: apply(scope, coercion.element, test, to),
        elementType: to,
        type: target,
        typmod: -1,
        at: expr.at,
      };
    }
    case 'row': {
      const types = registryOf(scope);
      return {
        kind: 'row map',
        arg: expr,
        fields: types
          .compositeFields(target)
          .map((field): Expr => ({ kind: 'test value', type: field.type, typmod: field.typmod, at: expr.at })),
        type: target,
        typmod: -1,
        at: expr.at,
      };
    }
  }
}

function coerceRow(
  scope: Scope,
  expr: Extract<Expr, { kind: 'row' }>,
  target: number,
  context: CastContext,
): Expr | null {
  const fields = registryOf(scope).compositeFields(target);
  if (fields.length === 0) return null;
  if (fields.length !== expr.items.length) {
    throw failure('42846', `cannot cast type record to ${registryOf(scope).formatType(target)}`, {
      detail: expr.items.length < fields.length ? 'Input has too few columns.' : 'Input has too many columns.',
      position: scope.statement.position(expr.at),
    });
  }
  const items = expr.items.map((item, index) =>
    tryCoerce(scope, item, fields[index]!.type, fields[index]!.typmod, context),
  );
  if (items.some((item) => item === null)) return null;
  return { ...expr, items: items as Expr[], names: fields.map((field) => field.name), type: target };
}

/** Fits into the typmod, as the length coercion function of the type does. */
function fitted(scope: Scope, expr: Expr, typmod: number, context: CastContext): Expr {
  if (typmod < 0 || expr.typmod === typmod) return expr;
  const types = registryOf(scope);
  const element = types.elementOf(types.baseOf(expr.type));
  if (expr.kind === 'const') {
    if (expr.value === null) return { ...expr, typmod };
    if (element === 0) {
      const value = placed(scope, expr.at, () => types.byOid(expr.type).fit(expr.value, typmod, context === 'e'));
      return { ...expr, value, typmod };
    }
  }
  if (element !== 0) {
    const test: Expr = { kind: 'test value', type: element, typmod: -1, at: expr.at };
    return {
      kind: 'array map',
      arg: expr,
      element: { kind: 'fit', arg: test, isExplicit: context === 'e', type: element, typmod, at: expr.at },
      elementType: element,
      type: expr.type,
      typmod,
      at: expr.at,
    };
  }
  return { kind: 'fit', arg: expr, isExplicit: context === 'e', type: expr.type, typmod, at: expr.at };
}

/** A quoted literal read as a type. Words such as 'now' are read at each execution, since plans are shared. */
function literal(scope: Scope, text: string, target: number, typmod: number, at: number, isExplicit: boolean): Expr {
  const types = registryOf(scope);
  const base = types.baseOf(target);
  const type = types.byOid(base);
  const source: Expr = { kind: 'const', value: text, type: Oid.text, typmod: -1, at };
  let expr: Expr;
  if (isVolatileInput(types, base, text)) expr = { kind: 'via text', arg: source, type: base, typmod: -1, at };
  else {
    const value: Datum = placed(scope, at, () =>
      type.input(text, base === Oid.interval ? typmod : -1, scope.statement.backend.callContext),
    );
    expr = { kind: 'const', value, type: base, typmod: -1, at };
  }
  if (base !== target) {
    const domain = types.byOid(target);
    expr = fitted(scope, expr, domain.baseTypmod, 'i');
    expr = { kind: 'domain', arg: expr, type: target, typmod: -1, at };
  }
  return fitted(scope, expr, typmod, isExplicit ? 'e' : 'a');
}

/** Whether reading the text depends on the instant or on what exists then. */
function isVolatileInput(types: TypeRegistry, type: number, text: string): boolean {
  const element = types.elementOf(type);
  if (element !== 0) return isVolatileInput(types, element, text);
  if (TIME_WORDS.has(type)) return /[nty]o/i.test(text);
  return false;
}

function parameter(
  scope: Scope,
  expr: Extract<Expr, { kind: 'param' }>,
  target: number,
  typmod: number,
  context: CastContext,
): Expr {
  const { parameterTypes, infersParameters } = scope.statement;
  const known = parameterTypes[expr.number - 1] ?? 0;
  if (known !== 0 && known !== Oid.unknown) {
    if (known === target) return fitted(scope, { ...expr, type: known }, typmod, context);
    const types = registryOf(scope);
    throw failure('42P08', `inconsistent types deduced for parameter $${expr.number}`, {
      detail: `${types.formatType(known)} versus ${types.formatType(target)}`,
      position: scope.statement.position(expr.at),
    });
  }
  if (infersParameters) parameterTypes[expr.number - 1] = target;
  return fitted(scope, { ...expr, type: target }, typmod, context);
}
