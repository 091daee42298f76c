/**
 * Functions of the user as the executor calls them: what language, what arguments, what shape of result.
 * Invariant: a program is made once for a function, its argument types and a state of the catalog; a transaction that changed the catalog keeps
 * none.
 */
import type { Backend } from '../backend.ts';
import type { FunctionObject } from '../catalog/objects.ts';
import { failure, PgError } from '../errors.ts';
import type { BoundSite } from '../functions/implementation.ts';
import type { Callable } from '../sql/expression.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';
import type { Waiting } from '../wait.ts';
import { Activation, type ReturnShape } from './plpgsql/interpreter.ts';
import { Program, parseProcedure } from './plpgsql/program.ts';
import type { FunctionNode } from './plpgsql/tree.ts';
import { SqlBody } from './sql-function.ts';
import type { Sight } from './sql-text.ts';

/**
 * Functions within functions. Differs: the real server's limit is max_stack_depth in bytes, at which most functions come further; the error
 * is the same.
 */
const DEPTH_MAX = 100;

const TRIGGER = 2279;

interface Kept {
  readonly version: number;
  readonly settings: string;
  readonly programs: Map<string, Program | SqlBody>;
}

const kept = new WeakMap<FunctionObject, Kept>();
const trees = new WeakMap<FunctionObject, FunctionNode>();

/** The callable of a function; `objectOf` gives the catalog object, which refers to the callable itself. */
export function userCallable(
  oid: number,
  row: Pick<Callable, 'name' | 'isStrict' | 'returnsSet' | 'volatility'>,
  objectOf: () => FunctionObject,
): Callable {
  const callable: Callable = {
    oid,
    name: row.name,
    isStrict: row.isStrict,
    returnsSet: row.returnsSet,
    volatility: row.volatility,
    call: null,
    callSet: null,
    wait: row.returnsSet ? null : (args, site) => callScalar(objectOf(), args, site),
  };
  return row.returnsSet ? { ...callable, waitSet: (args, site) => callRows(objectOf(), args, site) } : callable;
}

function* callScalar(object: FunctionObject, args: readonly Datum[], site: BoundSite): Waiting<Datum> {
  const rows = yield* callRows(object, args, site);
  return rows[0] ?? (site.resultType === Oid.void ? '' : null);
}

function* callRows(object: FunctionObject, args: readonly Datum[], site: BoundSite): Waiting<readonly Datum[]> {
  const backend = site.context.session as Backend;
  return yield* within(backend, object, () => {
    const shape = shapeOf(backend, object, site);
    const sight: Sight = object.row.volatility === 'v' ? null : backend.activeSnapshot();
    const program = programOf(backend, object, site.argTypes);
    return program instanceof SqlBody
      ? program.run(backend, args, sight, shape)
      : runProgram(backend, program, object, args, sight, shape);
  });
}

function* runProgram(
  backend: Backend,
  program: Program,
  object: FunctionObject,
  args: readonly Datum[],
  sight: Sight,
  shape: ReturnShape,
): Waiting<readonly Datum[]> {
  const activation = new Activation(backend, program, sight, shape);
  inputSlots(object).forEach((slot, index) => {
    activation.values[slot] = args[index] ?? null;
  });
  yield* activation.run();
  if (shape.kind === 'set') return activation.rows;
  if (shape.kind === 'void') return [''];
  if (shape.hasOutputs) return [activation.outputs()];
  if (!activation.hasReturned) throw failure('2F005', 'control reached end of function without RETURN');
  return [activation.result];
}

/** Runs a trigger function; `values` go into the variables of those names. */
export function* callTrigger(
  backend: Backend,
  object: FunctionObject,
  rowType: number,
  values: ReadonlyMap<string, Datum>,
): Waiting<Datum> {
  return yield* within(backend, object, function* () {
    const program = programOf(backend, object, [rowType], rowType);
    if (program instanceof SqlBody) throw failure('42P13', 'SQL functions cannot return type trigger');
    const shape: ReturnShape = {
      kind: 'trigger',
      type: { type: rowType, typmod: -1 },
      fields: null,
      hasOutputs: false,
    };
    const activation = new Activation(backend, program, null, shape);
    program.slots.forEach((slot, index) => {
      if (slot.kind === 'variable' || slot.kind === 'record') {
        const value = values.get(slot.name);
        if (value !== undefined) activation.values[index] = value;
      }
    });
    yield* activation.run();
    if (!activation.hasReturned) throw failure('2F005', 'control reached end of trigger procedure without RETURN');
    return activation.result;
  });
}

/** DO. */
export function* runAnonymous(backend: Backend, definition: string, body: string): Waiting<void> {
  const program = new Program(backend, parseProcedure(definition), body, null, [], new Map());
  yield* new Activation(backend, program, null, {
    kind: 'void',
    type: { type: Oid.void, typmod: -1 },
    fields: null,
    hasOutputs: false,
  }).run();
}

/** Runs inside the function's settings, and tells in errors where they came from. */
function* within<T>(backend: Backend, object: FunctionObject, run: () => Waiting<T>): Waiting<T> {
  if (backend.calls >= DEPTH_MAX)
    throw failure('54001', 'stack depth limit exceeded', {
      hint: 'Increase the configuration parameter "max_stack_depth" (currently 2048kB), after ensuring the platform\'s stack depth limit is adequate.',
    });
  const mark = object.settings.length > 0 ? backend.settings.mark() : null;
  for (const [name, value] of object.settings) backend.settings.set(name, value, true);
  backend.calls += 1;
  try {
    return yield* run();
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
    const language = object.language === 'sql' ? 'SQL function' : 'PL/pgSQL function';
    const where = `${language} "${object.name}"`;
    throw new PgError({
      ...error.fields,
      where: error.fields.where === undefined ? where : `${error.fields.where}\n${where}`,
    });
  } finally {
    backend.calls -= 1;
    if (mark !== null) backend.settings.restore(mark);
  }
}

function programOf(
  backend: Backend,
  object: FunctionObject,
  argTypes: readonly number[],
  rowType = 0,
): Program | SqlBody {
  const mayKeep = backend.transaction?.changedCatalog !== true;
  const version = backend.engine.catalog.version;
  const settings = backend.planSettings();
  let own = kept.get(object);
  if (own === undefined || own.version !== version || own.settings !== settings || !mayKeep) {
    own = { version, settings, programs: new Map() };
    if (mayKeep) kept.set(object, own);
  }
  const key = `${argTypes.join(',')}|${rowType}`;
  let program = own.programs.get(key);
  if (program === undefined) {
    program =
      object.language === 'sql' ? new SqlBody(backend, object, argTypes) : plpgsql(backend, object, argTypes, rowType);
    own.programs.set(key, program);
  }
  return program;
}

function plpgsql(backend: Backend, object: FunctionObject, argTypes: readonly number[], rowType: number): Program {
  const { row } = object;
  let tree = trees.get(object);
  if (tree === undefined) {
    tree = parseProcedure(object.definition);
    trees.set(object, tree);
  }
  if (rowType !== 0) {
    const type = { type: rowType, typmod: -1 };
    return new Program(
      backend,
      tree,
      object.body,
      object.name,
      [],
      new Map([
        ['new', type],
        ['old', type],
      ]),
    );
  }
  const types = row.argModes.length === 0 ? row.argTypes : row.allArgTypes;
  const inputs = inputSlots(object);
  const parameters = types.map((type, slot) => {
    const index = inputs.indexOf(slot);
    return { type: index >= 0 ? (argTypes[index] ?? type) : type, typmod: -1 };
  });
  return new Program(backend, tree, object.body, object.name, parameters, new Map());
}

/** Which of all parameters the arguments of a call fill. */
function inputSlots(object: FunctionObject): number[] {
  const { row } = object;
  if (row.argModes.length === 0) return row.argTypes.map((_, index) => index);
  return row.argModes.flatMap((mode, index) => ('ibv'.includes(mode) ? [index] : []));
}

function shapeOf(backend: Backend, object: FunctionObject, site: BoundSite): ReturnShape {
  const { row } = object;
  if (row.returnType === TRIGGER) throw failure('0A000', 'trigger functions can only be called as triggers');
  const type = { type: site.resultType, typmod: -1 };
  const outputs = row.argModes.flatMap((mode, index) =>
    'obt'.includes(mode) ? [{ name: row.argNames[index] ?? '', type: row.allArgTypes[index]!, typmod: -1 }] : [],
  );
  const kind = row.returnsSet ? 'set' : row.returnType === Oid.void ? 'void' : 'value';
  if (outputs.length > 0)
    return {
      kind,
      type,
      fields: outputs.length > 1 || row.returnType === Oid.record ? outputs : null,
      hasOutputs: true,
    };
  const composite = backend.engine.types.compositeFields(site.resultType);
  const fields = composite.length > 0 ? composite : site.resultType === Oid.record ? (site.columns ?? []) : null;
  return { kind, type, fields, hasOutputs: false };
}
