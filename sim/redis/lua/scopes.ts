/**
 * Which variable a name means: the functions that are open, their blocks, and the limits on locals and upvalues (lparser.c).
 */
import type { Lexer } from './lexer.ts';
import type { FunctionScope, Variable } from './syntax-tree.ts';

const LOCALS_MAX = 200;
const UPVALUES_MAX = 60;

interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Variable>;
  readonly owner: FunctionState;
  readonly isLoop: boolean;
}

export interface FunctionState extends FunctionScope {
  readonly parent: FunctionState | undefined;
}

/** The scopes around the place that is being parsed. */
export class Scopes {
  /** The innermost function. */
  current!: FunctionState;
  private readonly lexer: Lexer;
  private scope!: Scope;
  private variableCount = 0;

  constructor(lexer: Lexer) {
    this.lexer = lexer;
  }

  openFunction(line: number, isVararg: boolean): FunctionState {
    const parent = this.current as FunctionState | undefined;
    const state: FunctionState = { parent, isVararg, line, localCount: 0, upvalues: new Set(), usesDots: false };
    this.scope = { parent: this.scope, names: new Map(), owner: state, isLoop: false };
    this.current = state;
    return state;
  }

  closeFunction(): void {
    this.scope = this.scope.parent as Scope;
    this.current = this.current.parent as FunctionState;
  }

  openScope(isLoop: boolean): void {
    this.scope = { parent: this.scope, names: new Map(), owner: this.current, isLoop };
  }

  closeScope(count: number): void {
    this.current.localCount = count;
    this.scope = this.scope.parent as Scope;
  }

  /** Whether a loop of the innermost function is open. */
  get isInLoop(): boolean {
    for (let scope: Scope | undefined = this.scope; scope !== undefined; scope = scope.parent) {
      if (scope.owner !== this.current) break;
      if (scope.isLoop) return true;
    }
    return false;
  }

  /** Fails because a function has too much of something. */
  limit(what: string, limit: number, { line }: FunctionState = this.current): never {
    const where = line === 0 ? 'main function' : `function at line ${line}`;
    return this.lexer.fail(`${where} has more than ${limit} ${what}`);
  }

  /** A new local variable; not visible before `activate`. Counted now, since the limit is checked now. */
  newVariable(name: string): Variable {
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

  activate(variable: Variable): void {
    this.scope.names.set(variable.name, variable);
  }

  resolve(name: string): Variable | undefined {
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
        this.limit('upvalues', UPVALUES_MAX, state);
      }
      state.upvalues.add(variable);
    }
  }
}
