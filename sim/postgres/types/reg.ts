/** The reg* types: a catalog object's OID that reads and prints as its name. Names come from the registry (regtype) or from the engine's catalog. */
import type { TypeBehaviour } from './behaviour.ts';
import type { CallContext } from './datum.ts';
import { notSimulated, pgError } from './errors.ts';
import { oid } from './integer.ts';

function nameOf(kind: string, value: number, context: CallContext): string | null {
  if (kind === 'regtype') return context.types.find(value) === undefined ? null : context.types.formatType(value);
  return context.catalogNames?.nameOf(kind, value) ?? null;
}

/** `kind` is the type's own name, such as `regclass`. */
export function regBehaviour(kind: string): TypeBehaviour {
  return {
    ...oid,
    input(text, _typmod, context) {
      if (text === '-') return 0;
      if (/^\d+$/.test(text)) return Number(text) >>> 0;
      if (kind === 'regtype') {
        const type = context.types.parseTypeName(text) ?? context.catalogNames?.oidOf(kind, text);
        if (type === undefined || type === 0) throw pgError('42704', `type "${text}" does not exist`);
        return type;
      }
      if (context.catalogNames === undefined) throw notSimulated(`input of type ${kind} without a catalog`);
      return context.catalogNames.oidOf(kind, text);
    },
    output(datum, context) {
      const value = datum as number;
      if (value === 0) return '-';
      return nameOf(kind, value, context) ?? String(value);
    },
  };
}
