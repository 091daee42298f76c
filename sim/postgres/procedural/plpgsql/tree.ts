/**
 * The tree that libpg-query's parsePlPgSQLSync gives, as far as the interpreter reads it. Members that are zero, false or empty are left out.
 * Every statement is an object with one member, named by its kind.
 */

export interface ExprNode {
  readonly PLpgSQL_expr: { readonly query: string };
}

export interface VariableNode {
  readonly refname: string;
  readonly lineno?: number;
  readonly dno?: number;
  readonly isconst?: boolean;
  readonly notnull?: boolean;
  readonly datatype?: { readonly PLpgSQL_type: { readonly typname: string } };
  readonly default_val?: ExprNode;
  readonly cursor_explicit_expr?: ExprNode;
}

export interface RowNode {
  readonly fields?: readonly { readonly name: string; readonly varno?: number }[];
}

export type DatumNode =
  | { readonly PLpgSQL_var: VariableNode }
  | { readonly PLpgSQL_rec: VariableNode }
  | { readonly PLpgSQL_recfield: { readonly fieldname: string; readonly recparentno?: number } }
  | { readonly PLpgSQL_row: RowNode };

/** Where INTO and FOR put a row. */
export type TargetNode =
  | { readonly PLpgSQL_rec: VariableNode }
  | { readonly PLpgSQL_row: RowNode }
  | { readonly PLpgSQL_var: VariableNode };

export interface Condition {
  readonly PLpgSQL_condition: { readonly condname: string };
}

export interface BlockNode {
  readonly lineno?: number;
  readonly label?: string;
  readonly body?: readonly StatementNode[];
  readonly exceptions?: {
    readonly PLpgSQL_exception_block: {
      readonly exc_list?: readonly {
        readonly PLpgSQL_exception: {
          readonly conditions?: readonly Condition[];
          readonly action?: readonly StatementNode[];
        };
      }[];
    };
  };
}

interface Loop {
  readonly lineno?: number;
  readonly label?: string;
  readonly body?: readonly StatementNode[];
}

export interface IntegerLoopNode extends Loop {
  readonly var: { readonly PLpgSQL_var: VariableNode };
  readonly lower: ExprNode;
  readonly upper: ExprNode;
  readonly step?: ExprNode;
  readonly reverse?: boolean;
}

export interface RaiseNode {
  readonly lineno?: number;
  readonly elog_level?: number;
  readonly condname?: string;
  readonly message?: string;
  readonly params?: readonly ExprNode[];
  readonly options?: readonly {
    readonly PLpgSQL_raise_option: { readonly opt_type?: number; readonly expr: ExprNode };
  }[];
}

export interface StatementKinds {
  PLpgSQL_stmt_block: BlockNode;
  PLpgSQL_stmt_assign: { readonly lineno?: number; readonly varno?: number; readonly expr: ExprNode };
  PLpgSQL_stmt_if: {
    readonly lineno?: number;
    readonly cond: ExprNode;
    readonly then_body?: readonly StatementNode[];
    readonly elsif_list?: readonly {
      readonly PLpgSQL_if_elsif: { readonly cond: ExprNode; readonly stmts?: readonly StatementNode[] };
    }[];
    readonly else_body?: readonly StatementNode[];
  };
  PLpgSQL_stmt_case: {
    readonly lineno?: number;
    readonly t_expr?: ExprNode;
    readonly t_varno?: number;
    readonly case_when_list?: readonly {
      readonly PLpgSQL_case_when: { readonly expr: ExprNode; readonly stmts?: readonly StatementNode[] };
    }[];
    readonly have_else?: boolean;
    readonly else_stmts?: readonly StatementNode[];
  };
  PLpgSQL_stmt_loop: Loop;
  PLpgSQL_stmt_while: Loop & { readonly cond: ExprNode };
  PLpgSQL_stmt_fori: IntegerLoopNode;
  PLpgSQL_stmt_fors: Loop & { readonly var: TargetNode; readonly query: ExprNode };
  PLpgSQL_stmt_dynfors: Loop & {
    readonly var: TargetNode;
    readonly query: ExprNode;
    readonly params?: readonly ExprNode[];
  };
  PLpgSQL_stmt_foreach_a: Loop & { readonly varno?: number; readonly slice?: number; readonly expr: ExprNode };
  PLpgSQL_stmt_exit: {
    readonly lineno?: number;
    readonly is_exit?: boolean;
    readonly label?: string;
    readonly cond?: ExprNode;
  };
  PLpgSQL_stmt_return: { readonly lineno?: number; readonly expr?: ExprNode; readonly retvarno?: number };
  PLpgSQL_stmt_return_next: { readonly lineno?: number; readonly expr?: ExprNode; readonly retvarno?: number };
  PLpgSQL_stmt_return_query: {
    readonly lineno?: number;
    readonly query?: ExprNode;
    readonly dynquery?: ExprNode;
    readonly params?: readonly ExprNode[];
  };
  PLpgSQL_stmt_raise: RaiseNode;
  PLpgSQL_stmt_assert: { readonly lineno?: number; readonly cond: ExprNode; readonly message?: ExprNode };
  PLpgSQL_stmt_execsql: {
    readonly lineno?: number;
    readonly sqlstmt: ExprNode;
    readonly into?: boolean;
    readonly strict?: boolean;
    readonly target?: TargetNode;
  };
  PLpgSQL_stmt_dynexecute: {
    readonly lineno?: number;
    readonly query: ExprNode;
    readonly into?: boolean;
    readonly strict?: boolean;
    readonly target?: TargetNode;
    readonly params?: readonly ExprNode[];
  };
  PLpgSQL_stmt_perform: { readonly lineno?: number; readonly expr: ExprNode };
  PLpgSQL_stmt_getdiag: {
    readonly lineno?: number;
    readonly is_stacked?: boolean;
    readonly diag_items?: readonly {
      readonly PLpgSQL_diag_item: { readonly kind: string; readonly target?: number };
    }[];
  };
}

export type StatementNode = {
  readonly [K in keyof StatementKinds]: { readonly [P in K]: StatementKinds[K] };
}[keyof StatementKinds];

export interface FunctionNode {
  readonly datums?: readonly DatumNode[];
  readonly action: { readonly PLpgSQL_stmt_block: BlockNode };
  readonly out_param_varno?: number;
}
