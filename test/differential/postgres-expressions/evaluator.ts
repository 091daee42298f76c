/**
 * Evaluates one SQL expression without an engine: the real parser's tree, resolve.ts for what it means, the functions' implementations for its
 * value. Serves differential tests only; knows no tables. An expression it cannot read throws a plain Error, which fails the test.
 */
import { parseSync } from 'libpg-query';
import {
  aggregateImplementation,
  builtinImplementation,
  builtinSetImplementation,
  functionByOid,
  functionsByName,
} from '../../../sim/postgres/functions/index.ts';
import { arrayOf } from '../../../sim/postgres/types/array.ts';
import type { CallContext, Datum, PgArray } from '../../../sim/postgres/types/datum.ts';
import { pgError } from '../../../sim/postgres/types/errors.ts';
import {
  type Coercion,
  cannotCast,
  categoryOf,
  commonType,
  findCoercion,
  isCallCast,
  Oid,
  type ResolvedFunction,
  requireCommon,
  resolveArrayOperator,
  resolveFunction,
  resolveOperator,
  TypeRegistry,
} from '../../../sim/postgres/types/index.ts';
import { parseNumeric } from '../../../sim/postgres/types/numeric.ts';

/** A typed value, or a set-returning call's rows. `unknown` literals keep their text. */
export interface Value {
  readonly type: number;
  readonly datum: Datum;
  readonly rows?: readonly Datum[];
}

// biome-ignore lint/suspicious/noExplicitAny: the parser's tree is plain JSON, of which the evaluator reads some shapes only.
type Tree = Record<string, any>;

export interface EvaluatorSettings {
  readonly timeZone: string;
  readonly dateStyle: string;
  readonly intervalStyle: string;
}

export class Evaluator {
  readonly types = new TypeRegistry();
  readonly context: CallContext;

  constructor(settings: EvaluatorSettings, nowMicros: number) {
    this.context = {
      transactionMicros: nowMicros,
      statementMicros: nowMicros,
      clockMicros: () => nowMicros,
      timeZone: settings.timeZone,
      dateStyle: settings.dateStyle,
      intervalStyle: settings.intervalStyle,
      extraFloatDigits: 1,
      byteaOutput: 'hex',
      random: () => 0.5,
      randomBytes: (length) => Buffer.alloc(length, 7),
      setting: () => undefined,
      types: this.types,
    };
  }

  /** The texts of a one-column result and its type. */
  select(expression: string): { readonly type: number; readonly texts: (string | null)[] } {
    const tree = parseSync(`SELECT ${expression}`) as Tree;
    const target = tree.stmts[0].stmt.SelectStmt.targetList[0].ResTarget.val;
    let value = this.evaluate(target);
    if (value.type === Oid.unknown) value = { type: Oid.text, datum: value.datum };
    const rows = value.rows ?? [value.datum];
    return { type: value.type, texts: rows.map((row) => this.show(row, value.type)) };
  }

  show(datum: Datum, type: number): string | null {
    return datum === null ? null : this.types.byOid(type).output(datum, this.context);
  }

  evaluate(node: Tree): Value {
    const kind = Object.keys(node)[0]!;
    const body = node[kind] as Tree;
    switch (kind) {
      case 'A_Const':
        return this.#constant(body);
      case 'TypeCast':
        return this.#cast(body);
      case 'FuncCall':
        return this.#call(body);
      case 'A_Expr':
        return this.#operator(body);
      case 'A_ArrayExpr':
        return this.#array(body, 0);
      case 'BoolExpr':
        return this.#logic(body);
      case 'NullTest': {
        const value = this.evaluate(body.arg);
        return { type: Oid.bool, datum: (value.datum === null) === (body.nulltesttype === 'IS_NULL') };
      }
      case 'CaseExpr':
        return this.#case(body);
      case 'CoalesceExpr': {
        const { type, values } = this.#common(
          body.args.map((arg: Tree) => this.evaluate(arg)),
          'COALESCE',
        );
        return { type, datum: values.find((value) => value !== null) ?? null };
      }
      case 'MinMaxExpr': {
        const isGreatest = body.op === 'IS_GREATEST';
        const { type, values } = this.#common(
          body.args.map((arg: Tree) => this.evaluate(arg)),
          isGreatest ? 'GREATEST' : 'LEAST',
        );
        const known = values.filter((value) => value !== null);
        const order = this.types.byOid(type);
        let best: Datum = known[0] ?? null;
        for (const next of known) if (order.compare(next, best) * (isGreatest ? 1 : -1) > 0) best = next;
        return { type, datum: best };
      }
      case 'RowExpr': {
        const items = (body.args ?? []).map((arg: Tree) => this.#settle(this.evaluate(arg)));
        const fields = items.map((item: Value, i: number) => ({ name: `f${i + 1}`, type: item.type, typmod: -1 }));
        return {
          type: Oid.record,
          datum: { type: Oid.record, values: items.map((item: Value) => item.datum), fields },
        };
      }
      default:
        throw new Error(`The evaluator cannot read ${kind}.`);
    }
  }

  #constant(body: Tree): Value {
    if (body.isnull) return { type: Oid.unknown, datum: null };
    if (body.sval !== undefined) return { type: Oid.unknown, datum: body.sval.sval ?? '' };
    if (body.ival !== undefined) return { type: Oid.int4, datum: body.ival.ival ?? 0 };
    if (body.boolval !== undefined) return { type: Oid.bool, datum: body.boolval.boolval ?? false };
    if (body.fval !== undefined) {
      const text = body.fval.fval as string;
      if (/^-?\d+$/.test(text)) {
        const whole = BigInt(text);
        if (whole === BigInt.asIntN(32, whole)) return { type: Oid.int4, datum: Number(whole) };
        if (whole === BigInt.asIntN(64, whole)) return { type: Oid.int8, datum: whole };
      }
      return { type: Oid.numeric, datum: parseNumeric(text)! };
    }
    if (body.bsval !== undefined) {
      return { type: Oid.bit, datum: this.types.byOid(Oid.bit).input(body.bsval.bsval, -1, this.context) };
    }
    throw new Error('The evaluator cannot read this constant.');
  }

  #settle(value: Value): Value {
    return value.type === Oid.unknown ? { type: Oid.text, datum: value.datum } : value;
  }

  /** The OID and typmod a TypeName means. */
  #typeOf(typeName: Tree): { type: number; typmod: number } {
    const name = (typeName.names as Tree[]).map((part) => part.String.sval as string).at(-1)!;
    const found = this.types.builtin(name);
    if (found === undefined) throw pgError('42704', `type "${name}" does not exist`);
    const modifiers = ((typeName.typmods ?? []) as Tree[]).map((modifier) => {
      const sign = modifier.A_Const === undefined ? -1 : 1;
      const constant = modifier.A_Const ?? modifier.A_Expr.rexpr.A_Const;
      return String(sign * (constant.ival?.ival ?? 0));
    });
    const typmod = modifiers.length === 0 ? -1 : found.typmodIn(modifiers);
    return { type: typeName.arrayBounds === undefined ? found.oid : this.types.arrayOf(found.oid), typmod };
  }

  #cast(body: Tree): Value {
    const { type, typmod } = this.#typeOf(body.typeName);
    const isArray = body.arg.A_ArrayExpr !== undefined && this.types.elementOf(type) !== 0;
    const value = isArray ? this.#array(body.arg.A_ArrayExpr, this.types.elementOf(type)) : this.evaluate(body.arg);
    return { type, datum: this.#convert(value, type, typmod, true) };
  }

  /** A value as another type; explicit casts cut, implicit ones must exist. */
  #convert(value: Value, type: number, typmod: number, isExplicit: boolean): Datum {
    if (value.type === type && typmod < 0) return value.datum;
    if (value.type === Oid.unknown) {
      if (value.datum === null) return null;
      const read = this.types
        .byOid(type)
        .input(value.datum as string, type === Oid.interval ? typmod : -1, this.context);
      return typmod < 0 ? read : this.types.byOid(type).fit(read, typmod, isExplicit);
    }
    const coercion = findCoercion(this.types, value.type, type, isExplicit ? 'e' : 'i');
    if (coercion === null) throw cannotCast(this.types, value.type, type);
    if (value.datum === null) return null;
    const converted = this.#apply(coercion, value.datum, value.type, type, typmod);
    return typmod < 0 || converted === null ? converted : this.types.byOid(type).fit(converted, typmod, isExplicit);
  }

  #apply(coercion: Coercion, datum: Datum, from: number, to: number, typmod = -1): Datum {
    switch (coercion.kind) {
      case 'relabel':
        return datum;
      case 'text':
        return this.types.byOid(to).input(this.types.byOid(from).output(datum, this.context), -1, this.context);
      case 'function': {
        const row = functionByOid(coercion.procedure)!;
        const run = builtinImplementation(row);
        if (run === null) throw new Error(`Nobody wrote cast function ${row.source}.`);
        const extra = coercion.takesTypmod ? [typmod] : [];
        return run([datum, ...extra], { context: this.context, argTypes: [from], resultType: to });
      }
      case 'array': {
        const array = datum as PgArray;
        const [fromElement, toElement] = [this.types.elementOf(from), this.types.elementOf(to)];
        const items = array.items.map((item) =>
          item === null ? null : this.#apply(coercion.element, item, fromElement, toElement),
        );
        return { ...array, elementType: toElement, items };
      }
      case 'row':
        return { ...(datum as object), type: to } as Datum;
    }
  }

  #common(values: readonly Value[], context: string): { type: number; values: Datum[] } {
    const type = commonType(
      this.types,
      values.map((value) => value.type),
      context,
    );
    for (const value of values) requireCommon(this.types, value.type, type, context);
    return { type, values: values.map((value) => this.#convert(value, type, -1, false)) };
  }

  #array(body: Tree, wanted: number): Value {
    const elements = (body.elements ?? []) as Tree[];
    if (elements.length === 0) {
      if (wanted === 0) {
        throw pgError('42P18', 'cannot determine type of empty array', {
          hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
        });
      }
      return { type: this.types.arrayOf(wanted), datum: arrayOf(wanted, []) };
    }
    const values = elements.map((element) =>
      element.A_ArrayExpr === undefined ? this.evaluate(element) : this.#array(element.A_ArrayExpr, wanted),
    );
    if (elements[0]!.A_ArrayExpr !== undefined) {
      const arrays = values.map((value) => value.datum as PgArray);
      const first = arrays[0]!;
      return {
        type: values[0]!.type,
        datum: {
          ...first,
          dims: [arrays.length, ...first.dims],
          lower: [1, ...first.lower],
          items: arrays.flatMap((array) => array.items),
        },
      };
    }
    if (wanted !== 0) {
      return {
        type: this.types.arrayOf(wanted),
        datum: arrayOf(
          wanted,
          values.map((value) => this.#convert(value, wanted, -1, true)),
        ),
      };
    }
    const { type, values: items } = this.#common(values, 'ARRAY');
    return { type: this.types.arrayOf(type), datum: arrayOf(type, items) };
  }

  #logic(body: Tree): Value {
    const values = (body.args as Tree[]).map((arg) => this.#convert(this.evaluate(arg), Oid.bool, -1, false));
    if (body.boolop === 'NOT_EXPR') return { type: Oid.bool, datum: values[0] === null ? null : !values[0] };
    const decisive = body.boolop === 'OR_EXPR';
    const datum = values.includes(decisive) ? decisive : values.includes(null) ? null : !decisive;
    return { type: Oid.bool, datum };
  }

  #case(body: Tree): Value {
    const whens = (body.args as Tree[]).map((arm) => arm.CaseWhen as Tree);
    const results = whens.map((when) => this.evaluate(when.result));
    const otherwise = body.defresult === undefined ? { type: Oid.unknown, datum: null } : this.evaluate(body.defresult);
    const type = commonType(
      this.types,
      [otherwise, ...results].map((value) => value.type),
      'CASE',
    );
    // Literals of every branch are read, whichever is taken.
    for (const value of [...results, otherwise]) if (value.type === Oid.unknown) this.#convert(value, type, -1, false);
    for (let i = 0; i < whens.length; i++) {
      let isMet: boolean;
      if (body.arg === undefined) isMet = this.#convert(this.evaluate(whens[i]!.expr), Oid.bool, -1, false) === true;
      else
        isMet = this.#binary('=', this.#settle(this.evaluate(body.arg)), this.evaluate(whens[i]!.expr)).datum === true;
      if (isMet) return { type, datum: this.#convert(results[i]!, type, -1, false) };
    }
    return { type, datum: this.#convert(otherwise, type, -1, false) };
  }

  #binary(name: string, left: Value | null, right: Value): Value {
    const resolved = resolveOperator(this.types, name, left?.type ?? 0, right.type);
    const args = [
      ...(left === null ? [] : [this.#convert(left, resolved.left, -1, false)]),
      this.#convert(right, resolved.right, -1, false),
    ];
    const argTypes = left === null ? [resolved.right] : [resolved.left, resolved.right];
    return { type: resolved.resultType, datum: this.#run(resolved.row.procedure, args, argTypes, resolved.resultType) };
  }

  #run(procedure: number, args: readonly Datum[], argTypes: readonly number[], resultType: number): Datum {
    const row = functionByOid(procedure)!;
    const run = builtinImplementation(row);
    if (run === null) throw new Error(`Nobody wrote ${row.source}.`);
    if (row.isStrict && args.includes(null)) return null;
    return run(args, { context: this.context, argTypes, resultType });
  }

  #operator(body: Tree): Value {
    const name = (body.name as Tree[]).at(-1)!.String.sval as string;
    const left = body.lexpr === undefined || body.lexpr.List !== undefined ? null : this.evaluate(body.lexpr);
    switch (body.kind) {
      case 'AEXPR_OP':
      case 'AEXPR_LIKE':
      case 'AEXPR_ILIKE':
      case 'AEXPR_SIMILAR':
        if (left === null && body.rexpr.A_Const?.fval !== undefined && name === '-') {
          return this.#constant({ fval: { fval: `-${body.rexpr.A_Const.fval.fval}` } });
        }
        return this.#binary(name, left, this.evaluate(body.rexpr));
      case 'AEXPR_OP_ANY':
      case 'AEXPR_OP_ALL':
        return this.#arrayOperator(name, left!, this.evaluate(body.rexpr), body.kind === 'AEXPR_OP_ANY');
      case 'AEXPR_DISTINCT':
      case 'AEXPR_NOT_DISTINCT': {
        const right = this.evaluate(body.rexpr);
        const isNull = [left!.datum, right.datum].filter((datum) => datum === null).length;
        const isSame = isNull > 0 ? isNull === 2 : this.#binary('=', left, right).datum === true;
        return { type: Oid.bool, datum: (body.kind === 'AEXPR_NOT_DISTINCT') === isSame };
      }
      case 'AEXPR_NULLIF': {
        const right = this.evaluate(body.rexpr);
        const isSame = this.#binary('=', left, right).datum === true;
        const resolved = resolveOperator(this.types, '=', left!.type, right.type);
        return { type: resolved.left, datum: isSame ? null : this.#convert(left!, resolved.left, -1, false) };
      }
      default:
        throw new Error(`The evaluator cannot read ${body.kind}.`);
    }
  }

  #arrayOperator(name: string, left: Value, right: Value, isAny: boolean): Value {
    const resolved = resolveArrayOperator(this.types, name, left.type, right.type);
    const array = this.#convert(right, resolved.right, -1, false) as PgArray | null;
    if (array === null) return { type: Oid.bool, datum: null };
    const item = this.#convert(left, resolved.left, -1, false);
    const element = this.types.elementOf(resolved.right);
    const results = array.items.map((other) =>
      this.#run(resolved.row.procedure, [item, other], [resolved.left, element], Oid.bool),
    );
    return { type: Oid.bool, datum: results.includes(isAny) ? isAny : results.includes(null) ? null : !isAny };
  }

  #call(body: Tree): Value {
    const parts = (body.funcname as Tree[]).map((part) => part.String.sval as string);
    const name = parts.at(-1)!;
    const argNodes = (body.args ?? []) as Tree[];
    const argNames: string[] = [];
    const args = argNodes.map((arg) => {
      if (arg.NamedArgExpr === undefined) return this.evaluate(arg);
      argNames.push(arg.NamedArgExpr.name);
      return this.evaluate(arg.NamedArgExpr.arg);
    });
    const shown = parts.length > 1 && parts[0] === 'pg_catalog' ? `pg_catalog.${name}` : name;
    const call = {
      name: shown,
      candidates: functionsByName(name),
      argTypes: args.map((arg) => arg.type),
      argNames,
      isVariadic: body.func_variadic === true,
    };
    let resolved: ResolvedFunction;
    try {
      resolved = resolveFunction(this.types, call);
    } catch (error) {
      const target = this.types.builtin(name);
      if (args.length === 1 && target !== undefined && isCallCast(this.types, args[0]!.type, target.oid)) {
        return { type: target.oid, datum: this.#convert(args[0]!, target.oid, -1, true) };
      }
      throw error;
    }
    return this.#invoke(resolved, args, call.isVariadic);
  }

  #invoke(resolved: ResolvedFunction, args: readonly Value[], isVariadic: boolean): Value {
    const { row, resultType } = resolved;
    let nextDefault = 0;
    let data = resolved.order.map((index, slot) => {
      const type = resolved.argTypes[slot]!;
      if (index < 0) return this.#default(resolved.defaults[nextDefault++]!, type);
      return type === Oid.any ? args[index]!.datum : this.#convert(args[index]!, type, -1, false);
    });
    let argTypes = resolved.argTypes.map((type, slot) => (type === Oid.any ? args[resolved.order[slot]!]!.type : type));
    if (resolved.collected > 0) {
      const first = data.length - resolved.collected;
      data = [...data.slice(0, first), arrayOf(resolved.collectedType, data.slice(first))];
      argTypes = [...argTypes.slice(0, first), this.types.arrayOf(resolved.collectedType)];
    }
    const site = { context: this.context, argTypes, resultType, isVariadic: isVariadic && row.variadic === Oid.any };
    if (row.returnsSet) {
      const rows = builtinSetImplementation(row);
      if (rows === null) throw new Error(`Nobody wrote ${row.source}.`);
      return { type: resultType, datum: null, rows: row.isStrict && data.includes(null) ? [] : [...rows(data, site)] };
    }
    const run = builtinImplementation(row);
    if (run === null) throw new Error(`Nobody wrote ${row.source}.`);
    if (row.isStrict && data.includes(null)) return { type: resultType, datum: null };
    return { type: resultType, datum: run(data, site) };
  }

  /** A default of pg_proc, which is a literal with at most a cast. */
  #default(text: string, type: number): Datum {
    const value = this.evaluate(
      (parseSync(`SELECT ${text}`) as Tree).stmts[0].stmt.SelectStmt.targetList[0].ResTarget.val,
    );
    return this.#convert(value, type, -1, true);
  }

  /** An aggregate over rows of argument expressions. */
  aggregate(
    name: string,
    rows: readonly (readonly string[])[],
  ): { readonly type: number; readonly texts: (string | null)[] } {
    const values = rows.map((row) =>
      row.map((text) =>
        this.evaluate((parseSync(`SELECT ${text}`) as Tree).stmts[0].stmt.SelectStmt.targetList[0].ResTarget.val),
      ),
    );
    const width = rows[0]!.length;
    const columns = Array.from({ length: width }, (_, i) => {
      const type = commonType(
        this.types,
        values.map((row) => row[i]!.type),
        'VALUES',
      );
      return { type, data: values.map((row) => this.#convert(row[i]!, type, -1, false)) };
    });
    const resolved = resolveFunction(this.types, {
      name,
      candidates: functionsByName(name),
      argTypes: columns.map((column) => column.type),
    });
    const implementation = aggregateImplementation(resolved.row);
    if (implementation === null) throw new Error(`Nobody wrote aggregate ${name}.`);
    const argTypes = resolved.argTypes.map((type, i) => (type === Oid.any ? columns[i]!.type : type));
    const site = { argTypes, resultType: resolved.resultType };
    let state = implementation.start(site);
    for (let r = 0; r < rows.length; r++) {
      const args = columns.map((column, i) =>
        this.#convert({ type: column.type, datum: column.data[r]! }, argTypes[i]!, -1, false),
      );
      state = implementation.step(state, args, this.context, site);
    }
    const datum = implementation.finish(state, this.context, site, []);
    return { type: resolved.resultType, texts: [this.show(datum, resolved.resultType)] };
  }

  category(type: number): string {
    return categoryOf(this.types, type);
  }
}
