/**
 * Lua 5.1's expressions by recursive descent: one method per production. `parser.ts` adds the statements.
 */
import { Lexer } from './lexer.ts';
import { Scopes } from './scopes.ts';
import type {
  BinaryOperator,
  Block,
  CallExpression,
  Expression,
  FunctionBody,
  TableItem,
  UnaryOperator,
  Variable,
} from './syntax-tree.ts';

/** Limit on nested syntax. */
export const LEVELS_MAX = 200;
const UNARY_PRIORITY = 8;

/** Left and right binding power. `..` and `^` bind to the right. */
const PRIORITY: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['+', [6, 6]],
  ['-', [6, 6]],
  ['*', [7, 7]],
  ['/', [7, 7]],
  ['%', [7, 7]],
  ['^', [10, 9]],
  ['..', [5, 4]],
  ['~=', [3, 3]],
  ['==', [3, 3]],
  ['<', [3, 3]],
  ['<=', [3, 3]],
  ['>', [3, 3]],
  ['>=', [3, 3]],
  ['and', [2, 2]],
  ['or', [1, 1]],
]);

export abstract class ExpressionParser {
  /** Every global that the chunk mentions. */
  readonly globalNames = new Set<string>();
  protected readonly lexer: Lexer;
  protected readonly scopes: Scopes;
  protected levels: number;

  constructor(source: string, chunk: string, levelsUsed: number) {
    this.levels = levelsUsed;
    this.lexer = new Lexer(source, chunk);
    this.scopes = new Scopes(this.lexer);
  }

  /** The statements of a function's body. */
  protected abstract chunk(): Block;

  protected enterLevel(): void {
    if (++this.levels > LEVELS_MAX) this.lexer.fail('chunk has too many syntax levels');
  }

  protected expected(what: string): never {
    return this.lexer.syntaxError(`'${what}' expected`);
  }

  protected accept(symbol: string): boolean {
    if (!this.lexer.is(symbol)) return false;
    this.lexer.next();
    return true;
  }

  protected expect(symbol: string): void {
    if (!this.accept(symbol)) this.expected(symbol);
  }

  /** Expects the end of something that began with `opening` on `line`. */
  protected close(symbol: string, opening: string, line: number): void {
    if (this.accept(symbol)) return;
    if (line === this.lexer.line) this.expected(symbol);
    this.lexer.syntaxError(`'${symbol}' expected (to close '${opening}' at line ${line})`);
  }

  protected name(): string {
    if (this.lexer.type !== 'name') this.expected('<name>');
    const text = this.lexer.text;
    this.lexer.next();
    return text;
  }

  protected expressionList(): Expression[] {
    const values = [this.expression()];
    while (this.accept(',')) values.push(this.expression());
    return values;
  }

  protected variable(name: string, line: number): Expression {
    const variable = this.scopes.resolve(name);
    if (variable !== undefined) return { kind: 'local', variable, line };
    this.globalNames.add(name);
    return { kind: 'global', name, line };
  }

  protected fieldOf(object: Expression): Expression {
    this.lexer.next();
    const value = this.name();
    const line = this.lexer.lastLine;
    return { kind: 'index', object, key: { kind: 'string', value, line }, line };
  }

  private prefix(): Expression {
    const { lexer } = this;
    const line = lexer.line;
    if (lexer.type === 'name') {
      const expression = this.variable(lexer.text, line);
      lexer.next();
      return expression;
    }
    if (lexer.is('(')) {
      lexer.next();
      const inner = this.expression();
      this.close(')', '(', line);
      return { kind: 'paren', inner, line: lexer.lastLine };
    }
    return lexer.syntaxError('unexpected symbol');
  }

  protected primary(): Expression {
    const { lexer } = this;
    let expression = this.prefix();
    for (;;) {
      if (lexer.type === 'string') {
        expression = this.call(expression, undefined, 0);
        continue;
      }
      if (lexer.type !== 'symbol') return expression;
      switch (lexer.text) {
        case '.':
          expression = this.fieldOf(expression);
          break;
        case '[': {
          lexer.next();
          const key = this.expression();
          this.expect(']');
          expression = { kind: 'index', object: expression, key, line: lexer.lastLine };
          break;
        }
        case ':': {
          lexer.next();
          const method = this.name();
          expression = this.call(expression, method, lexer.lastLine);
          break;
        }
        case '(':
        case '{':
          expression = this.call(expression, undefined, 0);
          break;
        default:
          return expression;
      }
    }
  }

  private call(callee: Expression, method: string | undefined, methodLine: number): CallExpression {
    const { lexer } = this;
    const line = lexer.line;
    let args: Expression[];
    if (lexer.type === 'string') {
      args = [{ kind: 'string', value: lexer.text, line }];
      lexer.next();
    } else if (lexer.is('{')) {
      args = [this.tableConstructor()];
    } else if (lexer.is('(')) {
      if (line !== lexer.lastLine) lexer.syntaxError('ambiguous syntax (function call x new statement)');
      lexer.next();
      args = lexer.is(')') ? [] : this.expressionList();
      this.close(')', '(', line);
    } else {
      return lexer.syntaxError('function arguments expected');
    }
    return { kind: 'call', callee, method, args, line, methodLine };
  }

  private tableConstructor(): Expression {
    const { lexer } = this;
    const line = lexer.line;
    const items: TableItem[] = [];
    this.expect('{');
    while (!lexer.is('}')) {
      if (lexer.type === 'name' && lexer.isFollowedBy('=')) {
        const key: Expression = { kind: 'string', value: this.name(), line: lexer.lastLine };
        lexer.next();
        const value = this.expression();
        items.push({ kind: 'record', key, value, line: lexer.lastLine });
      } else if (lexer.is('[')) {
        lexer.next();
        const key = this.expression();
        this.expect(']');
        this.expect('=');
        const value = this.expression();
        items.push({ kind: 'record', key, value, line: lexer.lastLine });
      } else {
        const value = this.expression();
        items.push({ kind: 'list', value, line: lexer.lastLine });
      }
      if (!this.accept(',') && !this.accept(';')) break;
    }
    this.close('}', '{', line);
    return { kind: 'table', items, line };
  }

  protected functionBody(isMethod: boolean, line: number): FunctionBody {
    const { lexer } = this;
    // The parameters decide whether the function is vararg, so the state is completed after them.
    const state = this.scopes.openFunction(line, false);
    const parameters: Variable[] = [];
    if (isMethod) parameters.push(this.scopes.newVariable('self'));
    this.expect('(');
    let argVariable: Variable | undefined;
    if (!lexer.is(')')) {
      do {
        if (lexer.type === 'name') {
          parameters.push(this.scopes.newVariable(this.name()));
        } else if (this.accept('...')) {
          argVariable = this.scopes.newVariable('arg');
          state.isVararg = true;
        } else {
          lexer.syntaxError("<name> or '...' expected");
        }
      } while (!state.isVararg && this.accept(','));
    }
    for (const variable of parameters) this.scopes.activate(variable);
    if (argVariable !== undefined) this.scopes.activate(argVariable);
    this.expect(')');
    const body = this.chunk();
    this.close('end', 'function', line);
    this.scopes.closeFunction();
    return { scope: state, parameters, body, argVariable };
  }

  private simple(): Expression {
    const { lexer } = this;
    const line = lexer.line;
    let expression: Expression;
    if (lexer.type === 'number') {
      expression = { kind: 'number', value: lexer.number, line };
    } else if (lexer.type === 'string') {
      expression = { kind: 'string', value: lexer.text, line };
    } else if (lexer.is('nil')) {
      expression = { kind: 'nil', line };
    } else if (lexer.is('true') || lexer.is('false')) {
      expression = { kind: 'boolean', value: lexer.is('true'), line };
    } else if (lexer.is('...')) {
      if (!this.scopes.current.isVararg) lexer.syntaxError("cannot use '...' outside a vararg function");
      this.scopes.current.usesDots = true;
      expression = { kind: 'vararg', line };
    } else if (lexer.is('{')) {
      return this.tableConstructor();
    } else if (lexer.is('function')) {
      lexer.next();
      return { kind: 'function', body: this.functionBody(false, lexer.line), line };
    } else {
      return this.primary();
    }
    lexer.next();
    return expression;
  }

  protected expression(): Expression {
    return this.subexpression(0);
  }

  private subexpression(limit: number): Expression {
    const { lexer } = this;
    this.enterLevel();
    let left: Expression;
    const unary = lexer.type === 'symbol' && (lexer.text === 'not' || lexer.text === '-' || lexer.text === '#');
    if (unary) {
      const operator = lexer.text as UnaryOperator;
      lexer.next();
      const operand = this.subexpression(UNARY_PRIORITY);
      left = { kind: 'unary', operator, operand, line: lexer.lastLine };
    } else {
      left = this.simple();
    }
    for (;;) {
      const priority = lexer.type === 'symbol' ? PRIORITY.get(lexer.text) : undefined;
      if (priority === undefined || priority[0] <= limit) break;
      const operator = lexer.text;
      lexer.next();
      // Lua emits the load of an indexed or global operand only now, after it has read the operator.
      if (left.kind === 'index' || left.kind === 'global') left.line = lexer.lastLine;
      const right = this.subexpression(priority[1]);
      left = this.join(operator, left, right);
    }
    this.levels--;
    return left;
  }

  private join(operator: string, left: Expression, right: Expression): Expression {
    const line = this.lexer.lastLine;
    if (operator !== '..') return { kind: 'binary', operator: operator as BinaryOperator, left, right, line };
    if (right.kind === 'concat') {
      right.operands.unshift(left);
      return right;
    }
    return { kind: 'concat', operands: [left, right], line };
  }
}
