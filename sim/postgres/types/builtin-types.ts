/** Which file gives a built-in base type its behaviour. A type that is not listed exists in the catalog and refuses values by name. */
import type { TypeBehaviour } from './behaviour.ts';
import { bit, varbit } from './bit.ts';
import { bool } from './bool.ts';
import { bytea } from './bytea.ts';
import { cannotAccept, cannotDisplay, notSimulated } from './errors.ts';
import { float4, float8 } from './float.ts';
import { int2, int4, int8, oid, pgLsn, tid, xid, xid8 } from './integer.ts';
import { interval } from './interval.ts';
import { json, jsonb } from './json.ts';
import { cidr, inet } from './network.ts';
import { numeric } from './numeric.ts';
import { regBehaviour } from './reg.ts';
import { bpchar, char, name, text, varchar } from './text.ts';
import { date, time, timestamp, timestamptz, timetz } from './timestamp.ts';
import { uuid } from './uuid.ts';

/** void: a value nobody looks at. */
const voidType: TypeBehaviour = {
  ...text,
  input: () => '',
  output: () => '',
  receive: () => '',
  send: () => Buffer.alloc(0),
};

export const builtinBehaviours: Record<string, TypeBehaviour> = {
  bool,
  bytea,
  char,
  name,
  int8,
  int2,
  int4,
  text,
  oid,
  tid,
  xid,
  cid: xid,
  json,
  float4,
  float8,
  unknown: text,
  bpchar,
  varchar,
  date,
  time,
  timestamp,
  timestamptz,
  interval,
  timetz,
  bit,
  varbit,
  numeric,
  refcursor: text,
  cstring: text,
  uuid,
  inet,
  cidr,
  pg_lsn: pgLsn,
  jsonb,
  xid8,
  void: voidType,
  // Kept as text without a check of the syntax: the simulator makes such values only itself.
  pg_node_tree: text,
  aclitem: text,
  pg_snapshot: text,
  txid_snapshot: text,
  regproc: regBehaviour('regproc'),
  regprocedure: regBehaviour('regprocedure'),
  regoper: regBehaviour('regoper'),
  regoperator: regBehaviour('regoperator'),
  regclass: regBehaviour('regclass'),
  regtype: regBehaviour('regtype'),
  regconfig: regBehaviour('regconfig'),
  regdictionary: regBehaviour('regdictionary'),
  regnamespace: regBehaviour('regnamespace'),
  regrole: regBehaviour('regrole'),
  regcollation: regBehaviour('regcollation'),
};

/** A pseudo-type: no value of it can be read or shown. */
export function pseudoBehaviour(typeName: string): TypeBehaviour {
  const refuseInput = (): never => {
    throw cannotAccept(typeName);
  };
  const refuseOutput = (): never => {
    throw cannotDisplay(typeName);
  };
  return { input: refuseInput, output: refuseOutput, receive: refuseInput, send: refuseOutput };
}

export function missingBehaviour(typeName: string): TypeBehaviour {
  const refuse = (): never => {
    throw notSimulated(`type ${typeName}`);
  };
  return { input: refuse, output: refuse, receive: refuse, send: refuse };
}
