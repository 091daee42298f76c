/** Values brought to the type of a variable or result, as PL/pgSQL assigns them: the assignment cast, or the way through text. */
import type { Backend } from '../backend.ts';
import { Compiler } from '../sql/compile.ts';
import { type Evaluate, Execution, Frame } from '../sql/execute/frame.ts';
import type { Expr } from '../sql/expression.ts';
import { tryCoerce } from '../sql/resolve/coerce.ts';
import { Scope, StatementScope } from '../sql/resolve/scope.ts';
import type { Snapshot } from '../transaction-status.ts';
import type { Datum } from '../types/datum.ts';
import { Oid } from '../types/index.ts';

export interface TypeWithModifier {
  readonly type: number;
  readonly typmod: number;
}

/** Compiled conversions, one each for a pair of types; kept by the program that uses them. */
export class Conversions {
  readonly #known = new Map<string, Evaluate | null>();

  convert(backend: Backend, value: Datum, from: number, to: TypeWithModifier, snapshot: Snapshot): Datum {
    const isDomain = backend.engine.types.find(to.type)?.kind === 'domain';
    if (value === null && !isDomain) return null;
    if (from === to.type && to.typmod === -1 && !isDomain) return value;
    const key = `${from}>${to.type}>${to.typmod}`;
    let evaluate = this.#known.get(key);
    if (evaluate === undefined) {
      evaluate = compiled(backend, from, to);
      this.#known.set(key, evaluate);
    }
    if (evaluate === null) return value;
    return evaluate(new Frame(new Execution(backend, snapshot, [value]), null, 0));
  }
}

function compiled(backend: Backend, from: number, to: TypeWithModifier): Evaluate | null {
  if (to.type === Oid.record || to.type === Oid.any) return null;
  const scope = new Scope(new StatementScope(backend, '', [from], false), null);
  const param: Expr = { kind: 'param', number: 1, type: from === Oid.unknown ? Oid.text : from, typmod: -1, at: -1 };
  const done =
    tryCoerce(scope, param, to.type, to.typmod, 'a') ??
    tryCoerce(scope, param, to.type, to.typmod, 'e') ??
    ({ kind: 'via text', arg: param, type: to.type, typmod: to.typmod, at: -1 } satisfies Expr);
  return new Compiler(backend, []).expression(done);
}
