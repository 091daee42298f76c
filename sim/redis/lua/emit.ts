/**
 * Statements and functions to JavaScript source. Expressions are in `emit-expression.ts`.
 *
 * Sandboxed by construction: the only names in the generated code are its own `$`-prefixed locals and the members of the runtime object,
 * constants are JSON, and Lua names occur only as part of `$name_<id>`.
 *
 * A script that mentions a global from which coroutines can be reached (`coroutine`, `_G`, `load`, `loadstring`) is compiled to generator
 * functions throughout; every other script to plain functions. That is sound because globals are read-only: no other path leads there.
 *
 * Each function keeps the number of the site it executes in `$l`; its catch clause turns that into a line and names (see `error.ts`).
 */

import { ExpressionEmitter } from './emit-expression.ts';
import type { NameInfo, Site } from './error.ts';
import { FunctionFacts } from './function-facts.ts';
import { DEPTH_MAX } from './state.ts';
import type { AssignmentTarget, Block, Expression, FunctionBody, Statement, Variable } from './syntax-tree.ts';
import { hashString } from './table.ts';
import type { LuaValue } from './value.ts';

/** Globals from which a script can get at coroutines. */
const COROUTINE_GLOBALS = new Set(['coroutine', '_G', 'load', 'loadstring']);

/** JavaScript stack that any function takes, in units of 8 bytes, besides its variables. */
const FRAME_SIZE = 24;

/** What the generator knows of the world around a chunk. */
export interface GlobalLookup {
  /** The value of a read-only global, or `undefined` if there is none. */
  (name: string): LuaValue;
}

/** Collects what a chunk's code refers to. */
export class ChunkOutput {
  readonly sites: Site[] = [];
  readonly constants: LuaValue[] = [];
  private readonly constantIndexes = new Map<LuaValue, number>();
  readonly globals: GlobalLookup;
  readonly isGenerator: boolean;
  readonly hasKeys: boolean;
  /** Globals are looked up each time, because they differ between loading a library and calling its functions. */
  readonly isDynamic: boolean;

  constructor(globals: GlobalLookup, options: { isGenerator: boolean; hasKeys: boolean; isDynamic: boolean }) {
    this.isDynamic = options.isDynamic;
    this.globals = globals;
    this.isGenerator = options.isGenerator;
    this.hasKeys = options.hasKeys;
  }

  site(line: number, a?: NameInfo, rest: readonly (NameInfo | undefined)[] = [], isTail = false): number {
    return this.sites.push({ line, a, rest, isTail }) - 1;
  }

  /** The name under which the code finds a value of the standard library. */
  constant(value: LuaValue): string {
    let index = this.constantIndexes.get(value);
    if (index === undefined) {
      index = this.constants.push(value) - 1;
      this.constantIndexes.set(value, index);
    }
    return `$c${index}`;
  }
}

/** Whether a chunk must be compiled to generators. */
export function mayUseCoroutines(globalNames: ReadonlySet<string>): boolean {
  for (const name of COROUTINE_GLOBALS) if (globalNames.has(name)) return true;
  return false;
}

export function variableName(variable: Variable): string {
  return `$${variable.name}_${variable.id}`;
}

/** Emits a function, as an expression whose value is the closure. */
export function emitFunction(output: ChunkOutput, body: FunctionBody): string {
  return new FunctionEmitter(output, body).emit();
}

export class FunctionEmitter {
  readonly output: ChunkOutput;
  readonly body: FunctionBody;
  readonly facts: FunctionFacts;
  private readonly expressions: ExpressionEmitter;
  private tempCount = 0;
  private tempMax = 0;
  private blockVariables = 0;
  private readonly siteCountBefore: number;
  hasCalls = false;
  private zero: number | undefined = undefined;
  private hasLoops = false;

  constructor(output: ChunkOutput, body: FunctionBody) {
    this.output = output;
    this.body = body;
    this.siteCountBefore = output.sites.length;
    this.facts = new FunctionFacts(output.globals, body.scope);
    this.expressions = new ExpressionEmitter(this);
  }

  /**
   * A number constant. Lua keeps one constant per value and function, and 0 equals -0: whichever of the two comes first in a function
   * stands for both.
   */
  constantNumber(value: number): number {
    if (value !== 0) return value;
    if (this.zero === undefined) this.zero = value;
    return this.zero;
  }

  /** A scratch variable, free again at the next statement. */
  temp(): string {
    this.tempCount++;
    if (this.tempCount > this.tempMax) this.tempMax = this.tempCount;
    return `$${this.tempCount}`;
  }

  emit(): string {
    const { output, body } = this;
    const code = this.block(body.body);
    const parameters = body.parameters.map(variableName);
    if (body.scope.isVararg) parameters.push('...$va');
    let head = 'let $l=0';
    for (let i = 1; i <= this.tempMax; i++) head += `,$${i}`;
    head += ';';
    if (body.argVariable !== undefined) {
      head += `let ${variableName(body.argVariable)}=${body.scope.usesDots ? 'void 0' : '$argTable($va)'};`;
    }
    const isSafe = output.sites.length === this.siteCountBefore && !this.hasLoops;
    let text: string;
    if (isSafe) {
      text = `${head}${code}return $none;`;
    } else {
      const fixedCost = FRAME_SIZE + parameters.length + this.tempMax + this.blockVariables;
      // Extra arguments lie on the stack as well: once as passed and once on their way to the next call.
      const isVariable = this.hasCalls && body.scope.isVararg;
      if (isVariable) head += `const $w=${fixedCost}+2*$va.length;`;
      const cost = isVariable ? '$w' : String(fixedCost);
      const enter = this.hasCalls
        ? `if(($run.depth+=${cost})>${DEPTH_MAX})$run.overflow();if(--$run.budget<0)$run.tick();`
        : '';
      // The depth is counted before anything can throw, so that `finally` always takes back what was added.
      const leave = this.hasCalls ? `finally{$run.depth-=${cost};}` : '';
      text = `${head}try{${enter}${code}return $none;}catch($e){throw $pass($e,$sites,$l);}${leave}`;
    }
    if (output.isGenerator) return `$closure(function*(${parameters.join(',')}){${text}})`;
    return `function(${parameters.join(',')}){${text}}`;
  }

  private block(statements: Block): string {
    let code = '';
    for (const statement of statements) {
      this.tempCount = 0;
      code += this.statement(statement);
    }
    return code;
  }

  private tick(): string {
    this.hasLoops = true;
    return 'if(--$run.budget<0)$run.tick();';
  }

  private statement(statement: Statement): string {
    const { expressions } = this;
    switch (statement.kind) {
      case 'local':
        return this.local(statement.variables, statement.values);
      case 'localFunction': {
        this.blockVariables++;
        const name = variableName(statement.variable);
        return `let ${name};${name}=${emitFunction(this.output, statement.body)};`;
      }
      case 'assign':
        return this.assign(statement.targets, statement.values, statement.line);
      case 'call':
        return `${expressions.call(statement.call, false)};`;
      case 'do':
        return `{${this.block(statement.body)}}`;
      case 'while': {
        const condition = expressions.condition(statement.condition);
        return `while(${condition}){${this.tick()}${this.block(statement.body)}}`;
      }
      case 'repeat': {
        const body = this.block(statement.body);
        this.tempCount = 0;
        return `for(;;){${this.tick()}${body}if(${expressions.condition(statement.condition)})break;}`;
      }
      case 'if': {
        let code = '';
        for (const arm of statement.arms) {
          this.tempCount = 0;
          const condition = expressions.condition(arm.condition);
          code += `${code === '' ? '' : 'else '}if(${condition}){${this.block(arm.body)}}`;
        }
        return statement.otherwise === undefined ? code : `${code}else{${this.block(statement.otherwise)}}`;
      }
      case 'numericFor':
        return this.numericFor(statement);
      case 'genericFor':
        return this.genericFor(statement);
      case 'return':
        return this.returnStatement(statement.values);
      case 'break':
        return 'break;';
    }
  }

  private returnStatement(values: readonly Expression[]): string {
    const { expressions } = this;
    if (values.length === 0) return 'return $none;';
    if (values.length > 1) return `return ${expressions.listCode(values)};`;
    const value = values[0]!;
    if (value.kind === 'call') return `return ${expressions.call(value, true)};`;
    if (value.kind === 'vararg') return 'return $va;';
    return `return ${expressions.value(value)};`;
  }

  private local(variables: readonly Variable[], values: readonly Expression[]): string {
    const { expressions } = this;
    this.blockVariables += variables.length;
    const last = values[values.length - 1];
    const isOpen = last !== undefined && (last.kind === 'call' || last.kind === 'vararg');
    if (isOpen && variables.length > values.length) return this.localFromList(variables, values);
    let code = 'let ';
    let extra = '';
    for (let i = 0; i < variables.length; i++) {
      const value = values[i];
      code += `${i === 0 ? '' : ','}${variableName(variables[i]!)}=${value === undefined ? 'void 0' : expressions.value(value)}`;
    }
    for (let i = variables.length; i < values.length; i++) extra += `${expressions.value(values[i]!)};`;
    return `${code};${extra}`;
  }

  /** The last value is open and gives several variables their values. */
  private localFromList(variables: readonly Variable[], values: readonly Expression[]): string {
    const { expressions } = this;
    let code = '';
    for (let i = 0; i < values.length - 1; i++) {
      code += `let ${variableName(variables[i]!)}=${expressions.value(values[i]!)};`;
    }
    const items = this.temp();
    code += `${items}=${expressions.openList(values[values.length - 1]!)};`;
    for (let i = values.length - 1; i < variables.length; i++) {
      code += `let ${variableName(variables[i]!)}=${items}[${i - values.length + 1}];`;
    }
    return code;
  }

  private assign(targets: readonly AssignmentTarget[], values: readonly Expression[], line: number): string {
    const { expressions } = this;
    if (targets.length === 1 && values.length === 1) {
      const target = targets[0]!;
      if (target.kind !== 'index') return this.store(target, expressions.value(values[0]!), line);
      return `${expressions.setIndex(target, values[0]!, line)};`;
    }
    let code = '';
    const prepared: AssignmentTarget[] = [];
    const places: { object: string; key: string }[] = [];
    for (const target of targets) {
      prepared.push(target);
      if (target.kind !== 'index') {
        places.push({ object: '', key: '' });
        continue;
      }
      const object = this.temp();
      code += `${object}=${expressions.value(target.object)};`;
      let key: string;
      if (target.key.kind === 'string' || target.key.kind === 'number') {
        key = expressions.value(target.key);
      } else {
        key = this.temp();
        code += `${key}=${expressions.value(target.key)};`;
      }
      places.push({ object, key });
    }
    const results: string[] = [];
    const last = values[values.length - 1]!;
    const isOpen = (last.kind === 'call' || last.kind === 'vararg') && targets.length > values.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const name = this.temp();
      if (isOpen && i === values.length - 1) {
        code += `${name}=${expressions.openList(value)};`;
        for (let j = i; j < targets.length; j++) results.push(`${name}[${j - i}]`);
      } else {
        code += `${name}=${expressions.value(value)};`;
        results.push(name);
      }
    }
    // Lua stores from the last target to the first.
    for (let i = targets.length - 1; i >= 0; i--) {
      const target = prepared[i]!;
      const value = results[i] ?? 'void 0';
      if (target.kind !== 'index') {
        code += this.store(target, value, line);
        continue;
      }
      const place = places[i]!;
      const site = this.output.site(line, this.facts.nameOf(target.object));
      code += `$l=${site};`;
      if (target.key.kind === 'string') {
        code += `$setField(${place.object},${place.key},${hashString(target.key.value)},${value});`;
      } else {
        code += `$setIndex(${place.object},${place.key},${value});`;
      }
    }
    return code;
  }

  private store(target: AssignmentTarget, value: string, line: number): string {
    if (target.kind === 'local') return `${variableName(target.variable)}=${value};`;
    // Globals are read-only, so this always fails, once the value has been computed.
    return `(${value});$l=${this.output.site(line)};$setGlobal();`;
  }

  private numericFor(statement: Statement & { kind: 'numericFor' }): string {
    const { expressions, output } = this;
    const { variable } = statement;
    this.blockVariables += 4;
    const id = variable.id;
    const site = output.site(statement.line);
    const constantStep = constantNumber(statement.step);
    let code = '{';
    const bound = (name: string, value: Expression | undefined, what: string): string => {
      const text = `$${name}${id}`;
      if (value === undefined) return '1';
      const number = constantNumber(value);
      if (number !== undefined && Number.isFinite(number)) return expressions.number(number);
      code += `let ${text}=${expressions.value(value)};`;
      if (!this.facts.isNumber(value))
        code += `if(typeof ${text}!=='number'){$l=${site};${text}=$forNumber(${text},'${what}');}`;
      return text;
    };
    const start = bound('s', statement.start, 'initial');
    const limit = bound('m', statement.limit, 'limit');
    const step = bound('d', statement.step, 'step');
    const counter = `$i${id}`;
    const direction =
      statement.step === undefined || constantStep !== undefined
        ? (constantStep ?? 1) > 0
          ? `(${counter}+=${step})<=${limit}`
          : `(${counter}+=${step})>=${limit}`
        : `(${counter}+=${step},${step}>0?${counter}<=${limit}:${counter}>=${limit})`;
    // Lua subtracts the step before the loop and adds it again, which rounds.
    code += `for(let ${counter}=${start}-${step};${direction};){${this.tick()}let ${variableName(variable)}=${counter};`;
    return `${code}${this.block(statement.body)}}}`;
  }

  private genericFor(statement: Statement & { kind: 'genericFor' }): string {
    const { expressions, output } = this;
    const { variables, values } = statement;
    this.hasCalls = true;
    this.blockVariables += variables.length + 1;
    const iterator = `$n${variables[0]!.id}`;
    let code = `{const ${iterator}=${expressions.iterator(values)};`;
    const site = output.site(statement.line, { kind: 'iterator', name: '(for generator)' });
    code += `while(($l=${site},${iterator}.next())){${this.tick()}`;
    variables.forEach((variable, i) => {
      const source = i === 0 ? 'key' : i === 1 ? 'value' : `rest[${i}]`;
      code += `let ${variableName(variable)}=${iterator}.${source};`;
    });
    return `${code}${this.block(statement.body)}}}`;
  }
}

function constantNumber(expression: Expression | undefined): number | undefined {
  if (expression === undefined) return undefined;
  if (expression.kind === 'number') return expression.value;
  if (expression.kind === 'unary' && expression.operator === '-' && expression.operand.kind === 'number') {
    return -expression.operand.value;
  }
  return undefined;
}
