/**
 * Expressions to JavaScript. Numbers, strings and plain tables are handled inline or by helpers that V8 inlines; the rest goes to
 * `operators.ts`, after the number of the site was stored in `$l`.
 *
 * One method per kind of node, and long for that reason.
 *
 * Evaluation order is Lua's: operands from left to right, except that a local variable as an operand is read when the operation is
 * carried out, because Lua's bytecode refers to its register.
 */

import { emitFunction, type FunctionEmitter, variableName } from './emit.ts';
import { isBoolean, isPlain, quote, sizeHint } from './expression-facts.ts';
import { ARITHMETIC, type FunctionFacts } from './function-facts.ts';
import type { BinaryOperator, CallExpression, Expression, IndexExpression, TableItem } from './syntax-tree.ts';
import { hashString } from './table.ts';
import type { LuaValue } from './value.ts';

const FIELDS_PER_FLUSH = 50;

export class ExpressionEmitter {
  private readonly owner: FunctionEmitter;
  private readonly facts: FunctionFacts;

  constructor(owner: FunctionEmitter) {
    this.owner = owner;
    this.facts = owner.facts;
  }

  /** Code of exactly one value. */
  value(expression: Expression): string {
    switch (expression.kind) {
      case 'nil':
        return 'void 0';
      case 'boolean':
        return expression.value ? 'true' : 'false';
      case 'number':
        return this.number(this.owner.constantNumber(expression.value));
      case 'string':
        return quote(expression.value);
      case 'vararg':
        return '$va[0]';
      case 'function':
        return emitFunction(this.owner.output, expression.body);
      case 'local':
        return variableName(expression.variable);
      case 'paren':
        return this.value(expression.inner);
      case 'global':
      case 'index': {
        const constant = this.facts.constantOf(expression);
        if (constant !== undefined) return this.constantCode(constant);
        return expression.kind === 'global' ? this.global(expression.name, expression.line) : this.index(expression);
      }
      case 'call':
        return this.truncate(expression);
      case 'table':
        return this.table(expression.items);
      case 'unary':
        return this.unary(expression);
      case 'binary':
        return this.binary(expression);
      case 'concat':
        return this.concat(expression.operands, expression.line);
    }
  }

  /** A number as JavaScript source. */
  number(value: number): string {
    if (Number.isNaN(value)) return '(0/0)';
    if (value === Infinity) return '(1/0)';
    if (value === -Infinity) return '(-1/0)';
    if (value < 0 || (value === 0 && 1 / value < 0)) return `(${Object.is(value, -0) ? '-0' : String(value)})`;
    return String(value);
  }

  /** Code of a JavaScript boolean: whether the value is neither nil nor false. */
  condition(expression: Expression): string {
    switch (expression.kind) {
      case 'nil':
        return 'false';
      case 'boolean':
        return expression.value ? 'true' : 'false';
      case 'paren':
        return this.condition(expression.inner);
      case 'unary':
        if (expression.operator === 'not') return `!${this.condition(expression.operand)}`;
        break;
      case 'binary':
        if (expression.operator === 'and') {
          return `(${this.condition(expression.left)}&&${this.condition(expression.right)})`;
        }
        if (expression.operator === 'or') {
          return `(${this.condition(expression.left)}||${this.condition(expression.right)})`;
        }
        break;
      case 'local': {
        const name = variableName(expression.variable);
        return `(${name}!==void 0&&${name}!==false)`;
      }
      default:
        break;
    }
    const code = this.value(expression);
    if (isBoolean(expression)) return code;
    if (this.facts.isNumber(expression)) return `(${code},true)`;
    const temp = this.owner.temp();
    return `((${temp}=${code})!==void 0&&${temp}!==false)`;
  }

  private constantCode(value: LuaValue): string {
    if (typeof value === 'string') return quote(value);
    if (typeof value === 'number') return this.number(value);
    if (typeof value === 'boolean') return String(value);
    return this.owner.output.constant(value);
  }

  private global(name: string, line: number): string {
    if (this.owner.output.hasKeys) {
      if (name === 'KEYS') return '$keys()';
      if (name === 'ARGV') return '$argv()';
    }
    const site = this.owner.output.site(line);
    if (this.owner.output.isDynamic) return `($l=${site},$field($run.globals,${quote(name)},${hashString(name)}))`;
    return `($l=${site},$getGlobal(${quote(name)}))`;
  }

  /** Arguments of a call, with the site stored once all of them have been evaluated. */
  private withSite(
    codes: readonly { code: string; isSimple: boolean }[],
    site: number,
  ): { before: string; args: string } {
    const last = codes[codes.length - 1];
    if (last === undefined || codes.every((item) => item.isSimple)) {
      return { before: `$l=${site},`, args: codes.map((item) => item.code).join(',') };
    }
    const args = codes.map((item) => item.code);
    if (last.isSimple) {
      args[args.length - 1] = last.code.startsWith('...')
        ? `...($l=${site},${last.code.slice(3)})`
        : `($l=${site},${last.code})`;
    } else {
      const temp = this.owner.temp();
      const isSpread = last.code.startsWith('...');
      const code = isSpread ? last.code.slice(3) : last.code;
      args[args.length - 1] = `${isSpread ? '...' : ''}(${temp}=${code},$l=${site},${temp})`;
    }
    return { before: '', args: args.join(',') };
  }

  private item(expression: Expression): { code: string; isSimple: boolean } {
    return { code: this.value(expression), isSimple: this.facts.isSimple(expression) };
  }

  /** Evaluates operands into scratch variables, except simple ones. */
  private intoTemps(expressions: readonly Expression[]): { prepare: string; names: string[] } {
    let prepare = '';
    const names = expressions.map((expression) => {
      if (this.facts.isSimple(expression) && expression.kind !== 'local') return this.value(expression);
      const temp = this.owner.temp();
      prepare += `${temp}=${this.value(expression)},`;
      return temp;
    });
    return { prepare, names };
  }

  private index(expression: IndexExpression): string {
    const { object, key } = expression;
    const site = this.owner.output.site(expression.line, this.facts.nameOf(object));
    if (this.facts.isReadLate(object, [key])) {
      const { prepare, names } = this.intoTemps([key]);
      return `(${prepare}$l=${site},$index(${this.value(object)},${names[0]}))`;
    }
    if (key.kind === 'string') {
      const { before, args } = this.withSite([this.item(object)], site);
      return `(${before}$field(${args},${quote(key.value)},${hashString(key.value)}))`;
    }
    const { before, args } = this.withSite([this.item(object), this.item(key)], site);
    return `(${before}$index(${args}))`;
  }

  /** Code of an assignment to a field. */
  setIndex(target: IndexExpression, value: Expression, line: number): string {
    const { object, key } = target;
    const site = this.owner.output.site(line, this.facts.nameOf(object));
    if (this.facts.isReadLate(object, [key, value])) {
      const { prepare, names } = this.intoTemps([key, value]);
      return `${prepare}$l=${site},$setIndex(${this.value(object)},${names.join(',')})`;
    }
    const items = [this.item(object)];
    if (key.kind === 'string') {
      items.push({ code: `${quote(key.value)},${hashString(key.value)}`, isSimple: true }, this.item(value));
      const { before, args } = this.withSite(items, site);
      return `${before}$setField(${args})`;
    }
    items.push(this.item(key), this.item(value));
    const { before, args } = this.withSite(items, site);
    return `${before}$setIndex(${args})`;
  }

  /** Code of a JavaScript array with all values of an expression list. */
  listCode(values: readonly Expression[]): string {
    return `[${this.argumentItems(values)
      .map((item) => item.code)
      .join(',')}]`;
  }

  private argumentItems(values: readonly Expression[]): { code: string; isSimple: boolean }[] {
    return values.map((value, i) => {
      const isOpen = i === values.length - 1 && (value.kind === 'call' || value.kind === 'vararg');
      if (!isOpen) return this.item(value);
      if (value.kind === 'vararg') return { code: '...$va', isSimple: true };
      if (this.facts.singleResult(value)) return this.item(value);
      return { code: `...$list(${this.call(value, false)})`, isSimple: false };
    });
  }

  /** Code of a JavaScript array of an open expression's values. */
  openList(value: Expression): string {
    if (value.kind === 'vararg') return '$va';
    return `$list(${this.call(value as CallExpression, false)})`;
  }

  private truncate(call: CallExpression): string {
    const code = this.call(call, false);
    if (this.facts.singleResult(call)) return code;
    const temp = this.owner.temp();
    return `((${temp}=${code})instanceof $Array?${temp}[0]:${temp})`;
  }

  /** Code of a call with whatever it returns: one value or an array of values. */
  call(call: CallExpression, isTail: boolean): string {
    const { owner } = this;
    const { output } = owner;
    owner.hasCalls = true;
    if (call.method !== undefined) return this.methodCall(call, call.method, isTail);
    const { callee } = call;
    const constant = this.facts.constantOf(callee);
    const site = output.site(call.line, this.facts.nameOf(callee), [], isTail);
    if (typeof constant === 'function' && !(output.isGenerator && constant.gen !== undefined)) {
      const { before, args } = this.withSite(this.argumentItems(call.args), site);
      return `(${before}${output.constant(constant)}(${args}))`;
    }
    const isKnown =
      callee.kind === 'local' &&
      callee.variable.holds === 'function' &&
      !callee.variable.isAssigned &&
      !output.isGenerator;
    if (isKnown) {
      const { before, args } = this.withSite(this.argumentItems(call.args), site);
      return `(${before}${variableName(callee.variable)}(${args}))`;
    }
    if (this.facts.isSimple(callee)) return this.dynamicCall(this.value(callee), '', call.args, '', site);
    const temp = owner.temp();
    return this.dynamicCall(temp, `${temp}=${this.value(callee)},`, call.args, '', site);
  }

  private methodCall(call: CallExpression, method: string, isTail: boolean): string {
    const { owner } = this;
    const { output } = owner;
    const receiver = owner.temp();
    const callee = owner.temp();
    const load = output.site(call.methodLine, this.facts.nameOf(call.callee));
    const site = output.site(call.line, { kind: 'method', name: method }, [], isTail);
    const prepare = `${receiver}=${this.value(call.callee)},$l=${load},${callee}=$field(${receiver},${quote(method)},${hashString(method)}),`;
    return this.dynamicCall(callee, prepare, call.args, receiver, site);
  }

  private dynamicCall(
    callee: string,
    prepare: string,
    values: readonly Expression[],
    receiver: string,
    site: number,
  ): string {
    const items = this.argumentItems(values);
    if (receiver !== '') items.unshift({ code: receiver, isSimple: true });
    const { before, args } = this.withSite(items, site);
    if (this.owner.output.isGenerator) return `(${prepare}${before}yield*$generate(${callee},[${args}]))`;
    return `(${prepare}${before}typeof ${callee}==='function'?${callee}:$callable(${callee}))(${args})`;
  }

  /** Code of the iterator of a generic `for`. */
  iterator(values: readonly Expression[]): string {
    const only = values.length === 1 ? values[0]! : undefined;
    if (only !== undefined && only.kind === 'call' && only.method === undefined && only.args.length > 0) {
      const constant = this.facts.constantOf(only.callee);
      const name = only.callee.kind === 'global' ? only.callee.name : '';
      if (constant !== undefined && (name === 'pairs' || name === 'ipairs')) {
        const site = this.owner.output.site(only.line, { kind: 'global', name });
        const { before, args } = this.withSite(this.argumentItems(only.args), site);
        return `(${before}${name === 'pairs' ? '$iteratePairs' : '$iterateList'}(${args}))`;
      }
    }
    return `$iterate(${this.argumentItems(values)
      .map((item) => item.code)
      .join(',')})`;
  }

  private unary(expression: Expression & { kind: 'unary' }): string {
    const { operator, operand } = expression;
    if (operator === 'not') return `!${this.condition(operand)}`;
    const site = this.owner.output.site(expression.line, this.facts.nameOf(operand));
    if (operator === '#') {
      const { before, args } = this.withSite([this.item(operand)], site);
      return `(${before}$length(${args}))`;
    }
    if (operand.kind === 'number') return this.number(this.owner.constantNumber(-operand.value));
    const code = this.value(operand);
    if (this.facts.isNumber(operand)) return `(-${code})`;
    const temp = this.owner.temp();
    return `(typeof(${temp}=${code})==='number'?-${temp}:($l=${site},$negate(${temp})))`;
  }

  /** Evaluates two operands; returns the code that does so and the texts under which they can then be read. */
  private operands(left: Expression, right: Expression): { prepare: string; a: string; b: string } {
    let prepare = '';
    let a: string;
    const isRightSimple = this.facts.isSimple(right);
    const isOwnLocal = left.kind === 'local' && left.variable.owner === this.owner.body.scope;
    if (this.facts.isSimple(left) && (isRightSimple || left.kind !== 'local' || isOwnLocal)) {
      a = this.value(left);
    } else {
      a = this.owner.temp();
      prepare = `${a}=${this.value(left)},`;
    }
    if (isRightSimple) return { prepare, a, b: this.value(right) };
    const b = this.owner.temp();
    return { prepare: `${prepare}${b}=${this.value(right)},`, a, b };
  }

  private binary(expression: Expression & { kind: 'binary' }): string {
    const { operator, left, right, line } = expression;
    switch (operator) {
      case 'and':
      case 'or':
        return this.logical(expression);
      case '==':
        return this.equality(left, right, line);
      case '~=':
        return `!${this.equality(left, right, line)}`;
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.comparison(operator, left, right, line);
      default:
        return this.arithmetic(operator, left, right, line);
    }
  }

  private logical(expression: Expression & { kind: 'binary' }): string {
    const { operator, left, right } = expression;
    const other = this.value(right);
    if (isBoolean(left)) {
      return operator === 'and'
        ? `(${this.condition(left)}?${other}:false)`
        : `(${this.condition(left)}?true:${other})`;
    }
    if (this.facts.isSimple(left) && left.kind === 'local') {
      const name = variableName(left.variable);
      return operator === 'and'
        ? `(${name}===void 0||${name}===false?${name}:${other})`
        : `(${name}!==void 0&&${name}!==false?${name}:${other})`;
    }
    const temp = this.owner.temp();
    const code = this.value(left);
    return operator === 'and'
      ? `((${temp}=${code})===void 0||${temp}===false?${temp}:${other})`
      : `((${temp}=${code})!==void 0&&${temp}!==false?${temp}:${other})`;
  }

  private equality(left: Expression, right: Expression, line: number): string {
    const { prepare, a, b } = this.operands(left, right);
    if (isPlain(left) || isPlain(right) || this.facts.isNumber(left) || this.facts.isNumber(right)) {
      return prepare === '' ? `(${a}===${b})` : `(${prepare}${a}===${b})`;
    }
    const site = this.owner.output.site(line);
    return `(${prepare}$l=${site},$equals(${a},${b}))`;
  }

  private comparison(operator: '<' | '<=' | '>' | '>=', left: Expression, right: Expression, line: number): string {
    const { prepare, a, b } = this.operands(left, right);
    const checks = this.numberChecks(left, right, a, b);
    if (checks === '') return `(${prepare}${a}${operator}${b})`;
    const site = this.owner.output.site(line);
    const helper = operator === '<' || operator === '>' ? '$lessThan' : '$lessOrEqual';
    // `a > b` is `b < a` for Lua, and error texts show that.
    const isSwapped = operator === '>' || operator === '>=';
    const call = isSwapped ? `${helper}(${b},${a})` : `${helper}(${a},${b})`;
    return `(${prepare}${checks}?${a}${operator}${b}:($l=${site},${call}))`;
  }

  private numberChecks(left: Expression, right: Expression, a: string, b: string): string {
    const checks: string[] = [];
    if (!this.facts.isNumber(left)) checks.push(`typeof ${a}==='number'`);
    if (!this.facts.isNumber(right)) checks.push(`typeof ${b}==='number'`);
    return checks.join('&&');
  }

  private arithmetic(operator: BinaryOperator, left: Expression, right: Expression, line: number): string {
    const { prepare, a, b } = this.operands(left, right);
    const checks = this.numberChecks(left, right, a, b);
    const fast =
      operator === '%' ? `$remainder(${a},${b})` : operator === '^' ? `$powerOf(${a},${b})` : `${a}${operator}${b}`;
    if (checks === '') return `(${prepare}${fast})`;
    const site = this.owner.output.site(line, this.facts.nameOf(left), [this.facts.nameOf(right)]);
    return `(${prepare}${checks}?${fast}:($l=${site},${ARITHMETIC[operator]}(${a},${b})))`;
  }

  private concat(operands: readonly Expression[], line: number): string {
    const names = operands.map((operand) => this.facts.nameOf(operand));
    const site = this.owner.output.site(line, names[0], names.slice(1));
    const { before, args } = this.withSite(
      operands.map((operand) => this.item(operand)),
      site,
    );
    switch (operands.length) {
      case 2:
        return `(${before}$concatPair(${args}))`;
      case 3:
        return `(${before}$concatTriple(${args}))`;
      default:
        return `(${before}$concat([${args}]))`;
    }
  }

  private table(items: readonly TableItem[]): string {
    const { owner } = this;
    let listCount = 0;
    let recordCount = 0;
    const last = items[items.length - 1];
    for (const item of items) {
      if (item.kind === 'list') listCount++;
      else recordCount++;
    }
    const isOpen = last?.kind === 'list' && (last.value.kind === 'call' || last.value.kind === 'vararg');
    const arraySize = sizeHint(isOpen ? listCount - 1 : listCount);
    if (items.length === 0) return '$table(0,0)';
    if (recordCount === 0 && listCount <= FIELDS_PER_FLUSH) {
      return `$storeList($table(${arraySize},0),${this.listCode(items.map((item) => item.value))},0)`;
    }
    const table = owner.temp();
    const pending = listCount > 0 ? owner.temp() : '';
    let code = `(${table}=$table(${arraySize},${sizeHint(recordCount)}),`;
    if (pending !== '') code += `${pending}=[],`;
    let pendingCount = 0;
    let stored = 0;
    items.forEach((item, i) => {
      // A full buffer is flushed when the next item begins.
      if (pendingCount === FIELDS_PER_FLUSH) {
        code += `$storeList(${table},${pending},${stored}),${pending}=[],`;
        stored += pendingCount;
        pendingCount = 0;
      }
      if (item.kind === 'list') {
        pendingCount++;
        if (isOpen && i === items.length - 1) code += `${pending}.push(...${this.openList(item.value)}),`;
        else code += `${pending}.push(${this.value(item.value)}),`;
      } else if (item.key.kind === 'string') {
        code += `${table}.setString(${quote(item.key.value)},${hashString(item.key.value)},${this.value(item.value)}),`;
      } else {
        const site = owner.output.site(item.line);
        const { before, args } = this.withSite([this.item(item.key), this.item(item.value)], site);
        code += `${before}${table}.set(${args}),`;
      }
    });
    if (pendingCount > 0) code += `$storeList(${table},${pending},${stored}),`;
    return `${code}${table})`;
  }
}
