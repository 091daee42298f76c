/**
 * Lua 5.1's grammar by recursive descent, after lparser.c: same productions, same order of checks, same error texts and limits.
 *
 * One method per production: statements here, expressions in `parse-expression.ts`, names in `scopes.ts`.
 *
 * A parser of our own, because every syntax error is visible to clients, word for word with the offending token.
 */
import { ExpressionParser, LEVELS_MAX } from './parse-expression.ts';
import type { AssignmentTarget, Block, Expression, FunctionBody, Statement, Variable } from './syntax-tree.ts';

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

class Parser extends ExpressionParser {
  main(): FunctionBody {
    const state = this.scopes.openFunction(0, true);
    this.lexer.next();
    const body = this.chunk();
    if (this.lexer.type !== 'eof') this.expected('<eof>');
    this.scopes.closeFunction();
    return { scope: state, parameters: [], body, argVariable: undefined };
  }

  private isBlockEnd(): boolean {
    if (this.lexer.type === 'eof') return true;
    if (this.lexer.type !== 'symbol') return false;
    const { text } = this.lexer;
    return text === 'else' || text === 'elseif' || text === 'end' || text === 'until';
  }

  protected chunk(): Block {
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
    const count = this.scopes.current.localCount;
    this.scopes.openScope(isLoop);
    const body = this.chunk();
    this.scopes.closeScope(count);
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
          const count = this.scopes.current.localCount;
          this.scopes.openScope(true);
          const body = this.chunk();
          this.close('until', 'repeat', line);
          // The condition sees the variables of the body.
          const condition = this.expression();
          this.scopes.closeScope(count);
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
          if (!this.scopes.isInLoop) lexer.syntaxError('no loop to break');
          return { kind: 'break', line };
        }
      }
    }
    return this.expressionStatement(line);
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
    const count = this.scopes.current.localCount;
    let statement: Statement;
    if (this.lexer.is('=')) statement = this.numericFor(firstName);
    else if (this.lexer.is(',') || this.lexer.is('in')) statement = this.genericFor(firstName, line);
    else return this.lexer.syntaxError("'=' or 'in' expected");
    this.scopes.current.localCount = count;
    this.close('end', 'for', line);
    return statement;
  }

  private numericFor(name: string): Statement {
    for (const hidden of ['(for index)', '(for limit)', '(for step)']) this.scopes.newVariable(hidden);
    const variable = this.scopes.newVariable(name);
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
    for (const hidden of ['(for generator)', '(for state)', '(for control)']) this.scopes.newVariable(hidden);
    const variables = [this.scopes.newVariable(firstName)];
    while (this.accept(',')) variables.push(this.scopes.newVariable(this.name()));
    this.expect('in');
    const line = this.lexer.line;
    const values = this.expressionList();
    const body = this.loopBody(variables);
    return { kind: 'genericFor', variables, values, body, line: line > outerLine ? line : outerLine };
  }

  private loopBody(variables: readonly Variable[]): Block {
    this.expect('do');
    const count = this.scopes.current.localCount;
    this.scopes.openScope(true);
    for (const variable of variables) this.scopes.activate(variable);
    const body = this.block();
    this.scopes.closeScope(count);
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
    const variable = this.scopes.newVariable(this.name());
    variable.holds = 'function';
    this.scopes.activate(variable);
    const body = this.functionBody(false, this.lexer.line);
    return { kind: 'localFunction', variable, body, line };
  }

  private localStatement(line: number): Statement {
    const variables: Variable[] = [];
    do variables.push(this.scopes.newVariable(this.name()));
    while (this.accept(','));
    const values = this.accept('=') ? this.expressionList() : [];
    for (const variable of variables) this.scopes.activate(variable);
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
        this.scopes.limit('variables in assignment', LEVELS_MAX - this.levels);
      }
    }
    this.expect('=');
    const values = this.expressionList();
    for (const item of targets) if (item.kind === 'local') item.variable.isAssigned = true;
    return { kind: 'assign', targets, values, line: this.lexer.lastLine };
  }
}
