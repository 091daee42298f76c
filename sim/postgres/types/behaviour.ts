/**
 * What one type file gives: the functions of a type without its catalog row. registry.ts joins the two into a PgType.
 * Left out by a type: `compare` and `hashKey` when the type has no such operator class, `fit` and the typmod functions when it takes none.
 */
import type { CallContext, Datum } from './datum.ts';

export type HashKey = string | number | bigint | boolean;

export interface TypeBehaviour {
  input(text: string, typmod: number, context: CallContext): Datum;
  output(datum: Datum, context: CallContext): string;
  receive(bytes: Buffer, typmod: number, context: CallContext): Datum;
  send(datum: Datum, context: CallContext): Buffer;
  compare?(left: Datum, right: Datum): number;
  hashKey?(datum: Datum): HashKey;
  fit?(datum: Datum, typmod: number, isExplicit: boolean): Datum;
  typmodIn?(modifiers: readonly string[]): number;
  typmodOut?(typmod: number): string;
}
