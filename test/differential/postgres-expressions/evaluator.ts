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
  isCastByCall,
  Oid,
  type ResolvedFunction,
  requireCommon,
  resolveArrayOperator,
  resolveFunction,
  resolveOperator,
  TypeRegistry,
} from '../../../sim/postgres/types/index.ts';
import { parseNumeric } from '../../../sim/postgres/types/numeric.ts';

/**
 * A resolved expression: its type, and how to get its value. Resolution is complete before anything runs, as in the server, since an error of
 * either kind hides the other. `literal` is set for constants, which are read as soon as their type is known.
 */
export interface Value {
  readonly type: number;
  run(): Datum;
  readonly literal?: { readonly datum: Datum };
  readonly rows?: () => readonly Datum[];
}

const constant = (type: number, datum: Datum): Value => ({ type, run: () => datum, literal: { datum } });
const lazy = (type: number, run: () => Datum): Value => ({ type, run });

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
    if (value.type === Oid.unknown) value = this.#settle(value);
    const rows = value.rows?.() ?? [value.run()];
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
        return lazy(Oid.bool, () => (value.run() === null) === (body.nulltesttype === 'IS_NULL'));
      }
      case 'CaseExpr':
        return this.#case(body);
      case 'CoalesceExpr': {
        const { type, values } = this.#common(this.#all(body.args), 'COALESCE');
        return lazy(type, () => {
          for (const value of values) {
            const datum = value.run();
            if (datum !== null) return datum;
          }
          return null;
        });
      }
      case 'MinMaxExpr': {
        const isGreatest = body.op === 'IS_GREATEST';
        const { type, values } = this.#common(this.#all(body.args), isGreatest ? 'GREATEST' : 'LEAST');
        const order = this.types.byOid(type);
        if (!order.isOrdered)
          throw pgError('42883', `could not identify a comparison function for type ${this.types.formatType(type)}`);
        return lazy(type, () => {
          let best: Datum = null;
          for (const value of values) {
            const next = value.run();
            if (next === null) continue;
            if (best === null || order.compare(next, best) * (isGreatest ? 1 : -1) > 0) best = next;
          }
          return best;
        });
      }
      case 'RowExpr': {
        const items = this.#all(body.args ?? []).map((item) => this.#settle(item));
        const fields = items.map((item, i) => ({ name: `f${i + 1}`, type: item.type, typmod: -1 }));
        return lazy(Oid.record, () => ({ type: Oid.record, values: items.map((item) => item.run()), fields }));
      }
      default:
        throw new Error(`The evaluator cannot read ${kind}.`);
    }
  }

  #all(nodes: readonly Tree[]): Value[] {
    return nodes.map((node) => this.evaluate(node));
  }

  #constant(body: Tree): Value {
    if (body.isnull) return constant(Oid.unknown, null);
    if (body.sval !== undefined) return constant(Oid.unknown, body.sval.sval ?? '');
    if (body.ival !== undefined) return constant(Oid.int4, body.ival.ival ?? 0);
    if (body.boolval !== undefined) return constant(Oid.bool, body.boolval.boolval ?? false);
    if (body.fval !== undefined) {
      const text = body.fval.fval as string;
      if (/^-?\d+$/.test(text)) {
        const whole = BigInt(text);
        if (whole === BigInt.asIntN(32, whole)) return constant(Oid.int4, Number(whole));
        if (whole === BigInt.asIntN(64, whole)) return constant(Oid.int8, whole);
      }
      return constant(Oid.numeric, parseNumeric(text)!);
    }
    if (body.bsval !== undefined)
      return constant(Oid.bit, this.types.byOid(Oid.bit).input(body.bsval.bsval, -1, this.context));
    throw new Error('The evaluator cannot read this constant.');
  }

  #settle(value: Value): Value {
    return value.type === Oid.unknown ? { ...value, type: Oid.text } : value;
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
    return this.#convert(value, type, typmod, true);
  }

  /** A value as another type; explicit casts cut, implicit ones must exist. */
  #convert(value: Value, type: number, typmod: number, isExplicit: boolean): Value {
    if (value.type === type && typmod < 0) return value;
    const target = this.types.byOid(type);
    if (value.type === Oid.unknown && value.literal !== undefined) {
      if (value.literal.datum === null) return constant(type, null);
      const read = target.input(value.literal.datum as string, type === Oid.interval ? typmod : -1, this.context);
      return constant(type, typmod < 0 ? read : target.fit(read, typmod, isExplicit));
    }
    const coercion = findCoercion(this.types, value.type, type, isExplicit ? 'e' : 'i');
    if (coercion === null) throw cannotCast(this.types, value.type, type);
    return lazy(type, () => {
      const datum = value.run();
      if (datum === null) return null;
      const converted = value.type === type ? datum : this.#apply(coercion, datum, value.type, type, typmod);
      return typmod < 0 || converted === null ? converted : target.fit(converted, typmod, isExplicit);
    });
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

  #common(values: readonly Value[], context: string): { type: number; values: Value[] } {
    const type = commonType(
      this.types,
      values.map((value) => value.type),
      context,
    );
    return { type, values: values.map((value) => this.#convertCommon(value, type, context)) };
  }

  #convertCommon(value: Value, type: number, context: string): Value {
    requireCommon(this.types, value.type, type, context);
    return this.#convert(value, type, -1, false);
  }

  #array(body: Tree, wanted: number): Value {
    const elements = (body.elements ?? []) as Tree[];
    if (elements.length === 0) {
      if (wanted === 0) {
        throw pgError('42P18', 'cannot determine type of empty array', {
          hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
        });
      }
      return constant(this.types.arrayOf(wanted), arrayOf(wanted, []));
    }
    const values = elements.map((element) =>
      element.A_ArrayExpr === undefined ? this.evaluate(element) : this.#array(element.A_ArrayExpr, wanted),
    );
    if (wanted !== 0 && elements[0]!.A_ArrayExpr === undefined) {
      const whole = this.types.arrayOf(wanted);
      if (values.some((value) => this.types.elementOf(value.type) !== 0)) {
        const arrays = values.map((value) => this.#convert(value, whole, -1, true));
        return lazy(whole, () => this.#nest(whole, arrays));
      }
      const items = values.map((value) => this.#convert(value, wanted, -1, true));
      return lazy(this.types.arrayOf(wanted), () =>
        arrayOf(
          wanted,
          items.map((item) => item.run()),
        ),
      );
    }
    const { type, values: items } = this.#common(values, 'ARRAY');
    if (this.types.elementOf(type) !== 0) return lazy(type, () => this.#nest(type, items));
    const array = this.types.arrayOf(type);
    if (array === 0) throw pgError('42704', `could not find array type for data type ${this.types.formatType(type)}`);
    return lazy(array, () =>
      arrayOf(
        type,
        items.map((item) => item.run()),
      ),
    );
  }

  /** One more dimension around arrays of one shape. */
  #nest(type: number, items: readonly Value[]): Datum {
    const mismatch = (): Error =>
      pgError('2202E', 'multidimensional arrays must have array expressions with matching dimensions');
    const arrays = items.map((item) => item.run() as PgArray | null);
    const filled = arrays.filter((array): array is PgArray => array !== null && array.items.length > 0);
    const first = filled[0];
    if (first === undefined) return arrayOf(this.types.elementOf(type), []);
    if (filled.length !== arrays.length) throw mismatch();
    if (filled.some((array) => array.dims.join() !== first.dims.join() || array.lower.join() !== first.lower.join()))
      throw mismatch();
    return {
      ...first,
      dims: [filled.length, ...first.dims],
      lower: [1, ...first.lower],
      items: filled.flatMap((array) => array.items),
    };
  }

  #logic(body: Tree): Value {
    const values = (body.args as Tree[]).map((arg) => this.#convert(this.evaluate(arg), Oid.bool, -1, false));
    return lazy(Oid.bool, () => {
      const data = values.map((value) => value.run());
      if (body.boolop === 'NOT_EXPR') return data[0] === null ? null : !data[0];
      const decisive = body.boolop === 'OR_EXPR';
      return data.includes(decisive) ? decisive : data.includes(null) ? null : !decisive;
    });
  }

  #case(body: Tree): Value {
    const arms = (body.args as Tree[]).map((arm) => arm.CaseWhen as Tree);
    const subject = body.arg === undefined ? null : this.#settle(this.evaluate(body.arg));
    const conditions = arms.map((arm) =>
      subject === null
        ? this.#convert(this.evaluate(arm.expr), Oid.bool, -1, false)
        : this.#binary('=', subject, this.evaluate(arm.expr)),
    );
    const results = arms.map((arm) => this.evaluate(arm.result));
    const otherwise = body.defresult === undefined ? constant(Oid.unknown, null) : this.evaluate(body.defresult);
    const type = commonType(
      this.types,
      [otherwise, ...results].map((value) => value.type),
      'CASE',
    );
    const last = this.#convertCommon(otherwise, type, 'CASE/ELSE');
    const branches = results.map((result) => this.#convertCommon(result, type, 'CASE/WHEN'));
    return lazy(type, () => {
      const taken = conditions.findIndex((condition) => condition.run() === true);
      return (taken < 0 ? last : branches[taken]!).run();
    });
  }

  #binary(name: string, left: Value | null, right: Value): Value {
    const resolved = resolveOperator(this.types, name, left?.type ?? 0, right.type);
    const args = [
      ...(left === null ? [] : [this.#convert(left, resolved.left, -1, false)]),
      this.#convert(right, resolved.right, -1, false),
    ];
    const argTypes = left === null ? [resolved.right] : [resolved.left, resolved.right];
    const { procedure } = resolved.row;
    return lazy(resolved.resultType, () =>
      this.#run(
        procedure,
        args.map((arg) => arg.run()),
        argTypes,
        resolved.resultType,
      ),
    );
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
        const equal = this.#binary('=', left, right);
        return lazy(Oid.bool, () => {
          const isNull = [left!.run(), right.run()].filter((datum) => datum === null).length;
          const isSame = isNull > 0 ? isNull === 2 : equal.run() === true;
          return (body.kind === 'AEXPR_NOT_DISTINCT') === isSame;
        });
      }
      case 'AEXPR_NULLIF': {
        const right = this.evaluate(body.rexpr);
        const equal = this.#binary('=', left, right);
        const resolved = resolveOperator(this.types, '=', left!.type, right.type);
        const first = this.#convert(left!, resolved.left, -1, false);
        return lazy(resolved.left, () => (equal.run() === true ? null : first.run()));
      }
      default:
        throw new Error(`The evaluator cannot read ${body.kind}.`);
    }
  }

  #arrayOperator(name: string, left: Value, right: Value, isAny: boolean): Value {
    const resolved = resolveArrayOperator(this.types, name, left.type, right.type);
    const array = this.#convert(right, resolved.right, -1, false);
    const item = this.#convert(left, resolved.left, -1, false);
    const element = this.types.elementOf(resolved.right);
    return lazy(Oid.bool, () => {
      const all = array.run() as PgArray | null;
      if (all === null) return null;
      const one = item.run();
      const results = all.items.map((other) =>
        this.#run(resolved.row.procedure, [one, other], [resolved.left, element], Oid.bool),
      );
      return results.includes(isAny) ? isAny : results.includes(null) ? null : !isAny;
    });
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
    const target = this.types.builtin(name);
    if (target !== undefined && isCastByCall(this.types, call, target.oid))
      return this.#convert(args[0]!, target.oid, -1, true);
    const resolved = resolveFunction(this.types, call);
    return this.#invoke(resolved, args, call.isVariadic);
  }

  #invoke(resolved: ResolvedFunction, args: readonly Value[], isVariadic: boolean): Value {
    const { row, resultType } = resolved;
    let nextDefault = 0;
    const slots = resolved.order.map((index, slot) => {
      const type = resolved.argTypes[slot]!;
      if (index < 0) return this.#default(resolved.defaults[nextDefault++]!, type);
      return type === Oid.any ? args[index]! : this.#convert(args[index]!, type, -1, false);
    });
    const first = slots.length - resolved.collected;
    const collect = (data: Datum[]): Datum[] =>
      resolved.collected === 0 ? data : [...data.slice(0, first), arrayOf(resolved.collectedType, data.slice(first))];
    const slotTypes = slots.map((slot) => slot.type);
    const argTypes =
      resolved.collected === 0 ? slotTypes : [...slotTypes.slice(0, first), this.types.arrayOf(resolved.collectedType)];
    const site = { context: this.context, argTypes, resultType, isVariadic: isVariadic && row.variadic === Oid.any };
    const values = (): Datum[] => collect(slots.map((slot) => slot.run()));
    if (row.returnsSet) {
      const rows = builtinSetImplementation(row);
      if (rows === null) throw new Error(`Nobody wrote ${row.source}.`);
      const all = (): readonly Datum[] => {
        const data = values();
        return row.isStrict && data.includes(null) ? [] : [...rows(data, site)];
      };
      return { type: resultType, run: () => null, rows: all };
    }
    const run = builtinImplementation(row);
    if (run === null) throw new Error(`Nobody wrote ${row.source}.`);
    return lazy(resultType, () => {
      const data = values();
      return row.isStrict && data.includes(null) ? null : run(data, site);
    });
  }

  /** A default of pg_proc, which is a literal with at most a cast. */
  #default(text: string, type: number): Value {
    return this.#convert(this.#read(text), type, -1, true);
  }

  #read(text: string): Value {
    return this.evaluate((parseSync(`SELECT ${text}`) as Tree).stmts[0].stmt.SelectStmt.targetList[0].ResTarget.val);
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
      return { type, data: values.map((row) => this.#convert(row[i]!, type, -1, false).run()) };
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
        this.#convert(constant(column.type, column.data[r]!), argTypes[i]!, -1, false).run(),
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
