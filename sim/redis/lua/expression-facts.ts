/** What the code generator can tell of an expression from its shape alone: constants, booleans, sizes of tables. */
import type { BinaryOperator, Expression } from './syntax-tree.ts';

/** Lua keeps the sizes of a new table as "floating point bytes": three bits of mantissa, rounded up. */
export function sizeHint(size: number): number {
  let value = size;
  let exponent = 0;
  while (value >= 16) {
    value = (value + 1) >> 1;
    exponent++;
  }
  return value << exponent;
}

/** A value that equals another only if they are identical. */
export function isPlain(expression: Expression): boolean {
  return (
    expression.kind === 'nil' ||
    expression.kind === 'boolean' ||
    expression.kind === 'number' ||
    expression.kind === 'string' ||
    isBoolean(expression)
  );
}

/** Whether an expression is true whatever happens, so that Lua compiles no test of it. */
export function isConstantTrue(expression: Expression): boolean {
  switch (expression.kind) {
    case 'string':
      return true;
    case 'boolean':
      return expression.value;
    case 'paren':
      return isConstantTrue(expression.inner);
    default:
      return foldedNumber(expression) !== undefined;
  }
}

/** The number to which Lua's compiler reduces an expression; it leaves divisions by zero and NaN for later. */
function foldedNumber(expression: Expression): number | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'paren':
      return foldedNumber(expression.inner);
    case 'unary': {
      const value = expression.operator === '-' ? foldedNumber(expression.operand) : undefined;
      return value === undefined ? undefined : -value;
    }
    case 'binary': {
      const a = foldedNumber(expression.left);
      const b = foldedNumber(expression.right);
      if (a === undefined || b === undefined) return undefined;
      const value = fold(expression.operator, a, b);
      return value === undefined || Number.isNaN(value) ? undefined : value;
    }
    default:
      return undefined;
  }
}

function fold(operator: BinaryOperator, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    case '%':
      return b === 0 ? undefined : a - Math.floor(a / b) * b;
    case '^':
      return a ** b;
    default:
      return undefined;
  }
}

/** Whether an expression is nil or false whatever happens. */
export function isConstantFalse(expression: Expression): boolean {
  if (expression.kind === 'paren') return isConstantFalse(expression.inner);
  return expression.kind === 'nil' || (expression.kind === 'boolean' && !expression.value);
}

/** Whether the code of the expression is a JavaScript boolean. */
export function isBoolean(expression: Expression): boolean {
  if (expression.kind === 'paren') return isBoolean(expression.inner);
  if (expression.kind === 'unary') return expression.operator === 'not';
  if (expression.kind !== 'binary') return false;
  switch (expression.operator) {
    case '==':
    case '~=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return true;
    default:
      return false;
  }
}

/** A byte string as JavaScript source. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
