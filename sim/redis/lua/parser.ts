/**
 * Lua 5.1's grammar by recursive descent, after lparser.c: same productions, same order of checks, same error texts and limits.
 *
 * One method per production, and long for that reason.
 *
 * A parser of our own, because every syntax error is visible to clients, word for word with the offending token. Names are resolved here:
 * a name is a local variable of this or an outer function, or a global.
 */
import { Lexer } from './lexer.ts';
import type {
  AssignmentTarget,
  BinaryOperator,
  Block,
  CallExpression,
  Expression,
  FunctionBody,
  FunctionScope,
  Statement,
  TableItem,
  UnaryOperator,
  Variable,
} from './syntax-tree.ts';

const LOCALS_MAX = 200;
const UPVALUES_MAX = 60;
const LEVELS_MAX = 200;
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

interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Variable>;
  readonly owner: FunctionState;
  readonly isLoop: boolean;
}

interface FunctionState extends FunctionScope {
  readonly parent: FunctionState | undefined;
}

/**
 * Parses a chunk into the body of a vararg function.
 * @param chunk name for messages, such as `user_script`
 * @param levelsUsed how much of the limit on nested syntax is taken already
 * @throws LuaCompileError
 */
export function parse(
  source: string,
  chunk: string,
  levelsUsed: number,
): { body: FunctionBody; globalNames: ReadonlySet<string> } {
  const parser = new Parser(source, chunk, levelsUsed);
  return { body: parser.main(), globalNames: parser.globalNames };
}

class Parser {
  /** Every global that the chunk mentions. */
  readonly globalNames = new Set<string>();
  private readonly lexer: Lexer;
  private scope!: Scope;
  private current!: FunctionState;
  private levels: number;
  private variableCount = 0;

  constructor(source: string, chunk: string, levelsUsed: number) {
    this.levels = levelsUsed;
    this.lexer = new Lexer(source, chunk);
  }

  main(): FunctionBody {
    const state = this.openFunction(0, true);
    this.lexer.next();
    const body = this.chunk();
    if (this.lexer.type !== 'eof') this.expected('<eof>');
    this.closeFunction();
    return { scope: state, parameters: [], body, argVariable: undefined };
  }

  private openFunction(line: number, isVararg: boolean): FunctionState {
    const parent = this.current as FunctionState | undefined;
    const state: FunctionState = { parent, isVararg, line, localCount: 0, upvalues: new Set(), usesDots: false };
    this.scope = { parent: this.scope, names: new Map(), owner: state, isLoop: false };
    this.current = state;
    return state;
  }

  private closeFunction(): void {
    this.scope = this.scope.parent as Scope;
    this.current = this.current.parent as FunctionState;
  }

  private openScope(isLoop: boolean): void {
    this.scope = { parent: this.scope, names: new Map(), owner: this.current, isLoop };
  }

  private closeScope(count: number): void {
    this.current.localCount = count;
    this.scope = this.scope.parent as Scope;
  }

  private enterLevel(): void {
    if (++this.levels > LEVELS_MAX) this.lexer.fail('chunk has too many syntax levels');
  }

  private limit(what: string, limit: number): never {
    const { line } = this.current;
    const where = line === 0 ? 'main function' : `function at line ${line}`;
    return this.lexer.fail(`${where} has more than ${limit} ${what}`);
  }

  /** A new local variable; not visible before `activate`. Counted now, since the limit is checked now. */
  private newVariable(name: string): Variable {
    if (this.current.localCount + 1 > LOCALS_MAX) this.limit('local variables', LOCALS_MAX);
    this.current.localCount++;
    return {
      name,
      id: ++this.variableCount,
      owner: this.current,
      isAssigned: false,
      isCaptured: false,
      holds: undefined,
    };
  }

  private activate(variable: Variable): void {
    this.scope.names.set(variable.name, variable);
  }

  private resolve(name: string): Variable | undefined {
    for (let scope: Scope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
      const variable = scope.names.get(name);
      if (variable === undefined) continue;
      if (variable.owner !== this.current) this.capture(variable);
      return variable;
    }
    return undefined;
  }

  private capture(variable: Variable): void {
    variable.isCaptured = true;
    for (let state = this.current; state !== variable.owner; state = state.parent as FunctionState) {
      if (state.upvalues.has(variable)) break;
      if (state.upvalues.size + 1 > UPVALUES_MAX) {
        const where = state.line === 0 ? 'main function' : `function at line ${state.line}`;
        this.lexer.fail(`${where} has more than ${UPVALUES_MAX} upvalues`);
      }
      state.upvalues.add(variable);
    }
  }

  private expected(what: string): never {
    return this.lexer.syntaxError(`'${what}' expected`);
  }

  private accept(symbol: string): boolean {
    if (!this.lexer.is(symbol)) return false;
    this.lexer.next();
    return true;
  }

  private expect(symbol: string): void {
    if (!this.accept(symbol)) this.expected(symbol);
  }

  /** Expects the end of something that began with `opening` on `line`. */
  private close(symbol: string, opening: string, line: number): void {
    if (this.accept(symbol)) return;
    if (line === this.lexer.line) this.expected(symbol);
    this.lexer.syntaxError(`'${symbol}' expected (to close '${opening}' at line ${line})`);
  }

  private name(): string {
    if (this.lexer.type !== 'name') this.expected('<name>');
    const text = this.lexer.text;
    this.lexer.next();
    return text;
  }

  private isBlockEnd(): boolean {
    if (this.lexer.type === 'eof') return true;
    if (this.lexer.type !== 'symbol') return false;
    const { text } = this.lexer;
    return text === 'else' || text === 'elseif' || text === 'end' || text === 'until';
  }

  private chunk(): Block {
    const statements: Statement[] = [];
    let isLast = false;
    this.enterLevel();
    while (!isLast && !this.isBlockEnd()) {
      const statement = this.statement();
      statements.push(statement);
      isLast = statement.kind === 'return' || statement.kind === 'break';
      this.accept(';');
    }
    this.levels--;
    return statements;
  }

  /** A block with its own scope. */
  private block(isLoop = false): Block {
    const count = this.current.localCount;
    this.openScope(isLoop);
    const body = this.chunk();
    this.closeScope(count);
    return body;
  }

  private statement(): Statement {
    const { lexer } = this;
    const line = lexer.line;
    if (lexer.type === 'symbol') {
      switch (lexer.text) {
        case 'if':
          return this.ifStatement(line);
        case 'while': {
          lexer.next();
          const condition = this.expression();
          this.expect('do');
          const body = this.block(true);
          this.close('end', 'while', line);
          return { kind: 'while', condition, body, line };
        }
        case 'do': {
          lexer.next();
          const body = this.block();
          this.close('end', 'do', line);
          return { kind: 'do', body, line };
        }
        case 'for':
          return this.forStatement(line);
        case 'repeat': {
          lexer.next();
          const count = this.current.localCount;
          this.openScope(true);
          const body = this.chunk();
          this.close('until', 'repeat', line);
          // The condition sees the variables of the body.
          const condition = this.expression();
          this.closeScope(count);
          return { kind: 'repeat', body, condition, line };
        }
        case 'function':
          return this.functionStatement(line);
        case 'local':
          lexer.next();
          return this.accept('function') ? this.localFunction(line) : this.localStatement(line);
        case 'return': {
          lexer.next();
          const values = this.isBlockEnd() || lexer.is(';') ? [] : this.expressionList();
          return { kind: 'return', values, line };
        }
        case 'break': {
          lexer.next();
          this.checkBreak();
          return { kind: 'break', line };
        }
      }
    }
    return this.expressionStatement(line);
  }

  private checkBreak(): void {
    for (let scope: Scope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
      if (scope.owner !== this.current) break;
      if (scope.isLoop) return;
    }
    this.lexer.syntaxError('no loop to break');
  }

  private ifStatement(line: number): Statement {
    const arms: { condition: Expression; body: Block }[] = [];
    do {
      this.lexer.next();
      const condition = this.expression();
      this.expect('then');
      arms.push({ condition, body: this.block() });
    } while (this.lexer.is('elseif'));
    const otherwise = this.accept('else') ? this.block() : undefined;
    this.close('end', 'if', line);
    return { kind: 'if', arms, otherwise, line };
  }

  private forStatement(line: number): Statement {
    this.lexer.next();
    const firstName = this.name();
    const count = this.current.localCount;
    let statement: Statement;
    if (this.lexer.is('=')) statement = this.numericFor(firstName);
    else if (this.lexer.is(',') || this.lexer.is('in')) statement = this.genericFor(firstName, line);
    else return this.lexer.syntaxError("'=' or 'in' expected");
    this.current.localCount = count;
    this.close('end', 'for', line);
    return statement;
  }

  private numericFor(name: string): Statement {
    for (const hidden of ['(for index)', '(for limit)', '(for step)']) this.newVariable(hidden);
    const variable = this.newVariable(name);
    variable.holds = 'number';
    this.expect('=');
    const start = this.expression();
    this.expect(',');
    const limit = this.expression();
    const step = this.accept(',') ? this.expression() : undefined;
    const prepareLine = this.lexer.line;
    const body = this.loopBody([variable]);
    return { kind: 'numericFor', variable, start, limit, step, body, line: prepareLine };
  }

  private genericFor(firstName: string, outerLine: number): Statement {
    for (const hidden of ['(for generator)', '(for state)', '(for control)']) this.newVariable(hidden);
    const variables = [this.newVariable(firstName)];
    while (this.accept(',')) variables.push(this.newVariable(this.name()));
    this.expect('in');
    const line = this.lexer.line;
    const values = this.expressionList();
    const body = this.loopBody(variables);
    return { kind: 'genericFor', variables, values, body, line: line > outerLine ? line : outerLine };
  }

  private loopBody(variables: readonly Variable[]): Block {
    this.expect('do');
    const count = this.current.localCount;
    this.openScope(true);
    for (const variable of variables) this.activate(variable);
    const body = this.block();
    this.closeScope(count);
    return body;
  }

  private functionStatement(line: number): Statement {
    this.lexer.next();
    let target: Expression = this.variable(this.lexer.type === 'name' ? this.lexer.text : '', this.lexer.line);
    this.name();
    target.line = this.lexer.lastLine;
    while (this.lexer.is('.')) target = this.fieldOf(target);
    let isMethod = false;
    if (this.lexer.is(':')) {
      isMethod = true;
      target = this.fieldOf(target);
    }
    const body = this.functionBody(isMethod, line);
    if (target.kind === 'local') target.variable.isAssigned = true;
    return {
      kind: 'assign',
      targets: [target as AssignmentTarget],
      values: [{ kind: 'function', body, line }],
      line,
    };
  }

  private localFunction(line: number): Statement {
    const variable = this.newVariable(this.name());
    variable.holds = 'function';
    this.activate(variable);
    const body = this.functionBody(false, this.lexer.line);
    return { kind: 'localFunction', variable, body, line };
  }

  private localStatement(line: number): Statement {
    const variables: Variable[] = [];
    do variables.push(this.newVariable(this.name()));
    while (this.accept(','));
    const values = this.accept('=') ? this.expressionList() : [];
    for (const variable of variables) this.activate(variable);
    if (variables.length === 1 && values.length === 1 && values[0]!.kind === 'function')
      variables[0]!.holds = 'function';
    return { kind: 'local', variables, values, line: values.length > 0 ? this.lexer.lastLine : line };
  }

  private expressionStatement(line: number): Statement {
    const expression: Expression = this.primary();
    if (expression.kind === 'call') return { kind: 'call', call: expression, line };
    const targets: AssignmentTarget[] = [];
    let target: Expression = expression;
    for (;;) {
      if (target.kind !== 'local' && target.kind !== 'global' && target.kind !== 'index') {
        this.lexer.syntaxError('syntax error');
      }
      targets.push(target);
      if (!this.accept(',')) break;
      target = this.primary();
      if (targets.length > LEVELS_MAX - this.levels) {
        this.limit('variables in assignment', LEVELS_MAX - this.levels);
      }
    }
    this.expect('=');
    const values = this.expressionList();
    for (const item of targets) if (item.kind === 'local') item.variable.isAssigned = true;
    return { kind: 'assign', targets, values, line: this.lexer.lastLine };
  }

  private expressionList(): Expression[] {
    const values = [this.expression()];
    while (this.accept(',')) values.push(this.expression());
    return values;
  }

  private variable(name: string, line: number): Expression {
    const variable = this.resolve(name);
    if (variable !== undefined) return { kind: 'local', variable, line };
    this.globalNames.add(name);
    return { kind: 'global', name, line };
  }

  private fieldOf(object: Expression): Expression {
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

  private primary(): Expression {
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

  private functionBody(isMethod: boolean, line: number): FunctionBody {
    const { lexer } = this;
    // The parameters decide whether the function is vararg, so the state is completed after them.
    const state = this.openFunction(line, false);
    const parameters: Variable[] = [];
    if (isMethod) parameters.push(this.newVariable('self'));
    this.expect('(');
    let argVariable: Variable | undefined;
    if (!lexer.is(')')) {
      do {
        if (lexer.type === 'name') {
          parameters.push(this.newVariable(this.name()));
        } else if (this.accept('...')) {
          argVariable = this.newVariable('arg');
          state.isVararg = true;
        } else {
          lexer.syntaxError("<name> or '...' expected");
        }
      } while (!state.isVararg && this.accept(','));
    }
    for (const variable of parameters) this.activate(variable);
    if (argVariable !== undefined) this.activate(argVariable);
    this.expect(')');
    const body = this.chunk();
    this.close('end', 'function', line);
    this.closeFunction();
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
      if (!this.current.isVararg) lexer.syntaxError("cannot use '...' outside a vararg function");
      this.current.usesDots = true;
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

  private expression(): Expression {
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
