/**
 * The syntax tree between parser and code generator. Names are resolved already: a name is a local variable or a global.
 *
 * `line` is the line that Lua's own compiler would record for the instruction that can fail, which is not always where the node starts.
 */

/** A local variable. */
export interface Variable {
  readonly name: string;
  /** Unique within a chunk. */
  readonly id: number;
  readonly owner: FunctionScope;
  /** Assigned anywhere after its declaration. */
  isAssigned: boolean;
  /** Used by an inner function. */
  isCaptured: boolean;
  /** What is known of its value as long as it is not assigned. */
  holds: 'function' | 'number' | undefined;
}

/** What the code generator must know of a function. */
export interface FunctionScope {
  readonly parent: FunctionScope | undefined;
  isVararg: boolean;
  /** Whether `...` occurs in it; if not, a vararg function has its arguments in `arg`. */
  usesDots: boolean;
  readonly line: number;
  localCount: number;
  readonly upvalues: Set<Variable>;
}

export interface FunctionBody {
  readonly scope: FunctionScope;
  readonly parameters: readonly Variable[];
  readonly body: Block;
  /** The parameter of LUA_COMPAT_VARARG; present if the function was declared vararg. */
  readonly argVariable: Variable | undefined;
}

export type Block = readonly Statement[];

export type Expression =
  | { readonly kind: 'nil'; line: number }
  | { readonly kind: 'boolean'; readonly value: boolean; line: number }
  | { readonly kind: 'number'; readonly value: number; line: number }
  | { readonly kind: 'string'; readonly value: string; line: number }
  | { readonly kind: 'vararg'; line: number }
  | { readonly kind: 'function'; readonly body: FunctionBody; line: number }
  | LocalExpression
  | GlobalExpression
  | IndexExpression
  | CallExpression
  | { readonly kind: 'paren'; readonly inner: Expression; line: number }
  | { readonly kind: 'table'; readonly items: readonly TableItem[]; line: number }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; line: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      line: number;
    }
  | { readonly kind: 'concat'; readonly operands: Expression[]; line: number };

export interface LocalExpression {
  readonly kind: 'local';
  readonly variable: Variable;
  line: number;
}

export interface GlobalExpression {
  readonly kind: 'global';
  readonly name: string;
  line: number;
}

export interface IndexExpression {
  readonly kind: 'index';
  readonly object: Expression;
  readonly key: Expression;
  line: number;
}

/** A call, or a method call if `method` is there. */
export interface CallExpression {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly method: string | undefined;
  readonly args: readonly Expression[];
  line: number;
  /** Line of the method's name. */
  readonly methodLine: number;
}

export type TableItem =
  | { readonly kind: 'list'; readonly value: Expression; readonly line: number }
  | { readonly kind: 'record'; readonly key: Expression; readonly value: Expression; readonly line: number };

export type UnaryOperator = '-' | 'not' | '#';
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '~=' | '<' | '<=' | '>' | '>=' | 'and' | 'or';

export type AssignmentTarget = LocalExpression | GlobalExpression | IndexExpression;

export type Statement =
  | {
      readonly kind: 'local';
      readonly variables: readonly Variable[];
      readonly values: readonly Expression[];
      readonly line: number;
    }
  | {
      readonly kind: 'assign';
      readonly targets: readonly AssignmentTarget[];
      readonly values: readonly Expression[];
      readonly line: number;
    }
  | { readonly kind: 'localFunction'; readonly variable: Variable; readonly body: FunctionBody; readonly line: number }
  | { readonly kind: 'call'; readonly call: CallExpression; readonly line: number }
  | { readonly kind: 'do'; readonly body: Block; readonly line: number }
  | { readonly kind: 'while'; readonly condition: Expression; readonly body: Block; readonly line: number }
  | { readonly kind: 'repeat'; readonly body: Block; readonly condition: Expression; readonly line: number }
  | {
      readonly kind: 'if';
      readonly arms: readonly { readonly condition: Expression; readonly body: Block }[];
      readonly otherwise: Block | undefined;
      readonly line: number;
    }
  | {
      readonly kind: 'numericFor';
      readonly variable: Variable;
      readonly start: Expression;
      readonly limit: Expression;
      readonly step: Expression | undefined;
      readonly body: Block;
      readonly line: number;
    }
  | {
      readonly kind: 'genericFor';
      readonly variables: readonly Variable[];
      readonly values: readonly Expression[];
      readonly body: Block;
      readonly line: number;
    }
  | { readonly kind: 'return'; readonly values: readonly Expression[]; readonly line: number }
  | { readonly kind: 'break'; readonly line: number };
