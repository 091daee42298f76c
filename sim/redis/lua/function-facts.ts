/**
 * What the code generator can tell of an expression within its function: constants of the read-only globals, numbers, names for messages, and
 * what may be evaluated out of order. What follows from the shape alone is in `expression-facts.ts`.
 */
import type { GlobalLookup } from './emit.ts';
import type { NameInfo } from './error.ts';
import { isConstantFalse, isConstantTrue } from './expression-facts.ts';
import type { BinaryOperator, CallExpression, Expression, FunctionScope } from './syntax-tree.ts';
import { LuaTable } from './table.ts';
import type { LuaValue } from './value.ts';

/** The helper of each arithmetic operator. */
export const ARITHMETIC: Partial<Record<BinaryOperator, string>> = {
  '+': '$add',
  '-': '$subtract',
  '*': '$multiply',
  '/': '$divide',
  '%': '$modulo',
  '^': '$power',
};

export class FunctionFacts {
  private readonly globals: GlobalLookup;
  private readonly scope: FunctionScope;

  constructor(globals: GlobalLookup, scope: FunctionScope) {
    this.globals = globals;
    this.scope = scope;
  }

  /** Whether the value is a number whatever happens. */
  isNumber(expression: Expression): boolean {
    switch (expression.kind) {
      case 'number':
        return true;
      case 'paren':
        return this.isNumber(expression.inner);
      case 'local':
        return expression.variable.holds === 'number' && !expression.variable.isAssigned;
      case 'unary':
        return expression.operator === '#' || (expression.operator === '-' && this.isNumber(expression.operand));
      case 'binary':
        return (
          ARITHMETIC[expression.operator] !== undefined &&
          this.isNumber(expression.left) &&
          this.isNumber(expression.right)
        );
      case 'index':
        return typeof this.constantOf(expression) === 'number';
      default:
        return false;
    }
  }

  /** The value of an expression that no script can change: a read-only global or a field of one. */
  constantOf(expression: Expression): LuaValue {
    if (expression.kind === 'paren') return this.constantOf(expression.inner);
    if (expression.kind === 'global') return this.globals(expression.name);
    if (expression.kind === 'index' && expression.key.kind === 'string') {
      const table = this.constantOf(expression.object);
      // These two change from run to run, also as fields of `_G`.
      if (expression.key.value === 'KEYS' || expression.key.value === 'ARGV') return undefined;
      if (table instanceof LuaTable && table.isReadonly) return table.get(expression.key.value);
    }
    return undefined;
  }

  /** Whether evaluating has no effect, cannot fail and may be repeated. */
  isSimple(expression: Expression): boolean {
    switch (expression.kind) {
      case 'nil':
      case 'boolean':
      case 'number':
      case 'string':
      case 'local':
        return true;
      case 'paren':
        return this.isSimple(expression.inner);
      case 'global':
      case 'index':
        return this.constantOf(expression) !== undefined;
      default:
        return false;
    }
  }

  /** The name by which error messages know the value. */
  nameOf(expression: Expression): NameInfo | undefined {
    switch (expression.kind) {
      case 'paren':
        return this.nameOf(expression.inner);
      case 'local': {
        const { variable } = expression;
        return { kind: variable.owner === this.scope ? 'local' : 'upvalue', name: variable.name };
      }
      case 'global':
        return { kind: 'global', name: expression.name };
      case 'index':
        return { kind: 'field', name: expression.key.kind === 'string' ? expression.key.value : '?' };
      case 'binary':
        // A constant on the left decides when the script is compiled, and only the right operand is left.
        if (expression.operator === 'and' && isConstantTrue(expression.left)) return this.nameOf(expression.right);
        if (expression.operator === 'or' && isConstantFalse(expression.left)) return this.nameOf(expression.right);
        return undefined;
      default:
        return undefined;
    }
  }

  /**
   * Whether an operand is a local variable that a call among the other operands could assign. Lua reads its register only when it carries
   * the operation out, so such an operand must not be read before the others.
   */
  isReadLate(expression: Expression, others: readonly Expression[]): boolean {
    if (expression.kind !== 'local') return false;
    const { variable } = expression;
    if (!variable.isAssigned || !variable.isCaptured || variable.owner !== this.scope) return false;
    return others.some((other) => !this.isSimple(other));
  }

  /** Whether a call is known to give exactly one value. */
  singleResult(call: CallExpression): boolean {
    if (call.method !== undefined) return false;
    const constant = this.constantOf(call.callee);
    return typeof constant === 'function' && constant.single === true;
  }
}
