/** nextval, currval, lastval, setval. Source: PostgreSQL 15 manual 9.17. */
import type { Backend } from '../backend.ts';
import type { Relation, SequenceInfo } from '../catalog/objects.ts';
import {
  lastvalUndefined,
  PgError,
  readOnlyTransaction,
  sequenceBounds,
  sequenceNotCalled,
  wrongObjectType,
} from '../errors.ts';
import type { Datum } from '../types/datum.ts';
import { backendOf, type FunctionFamily } from './function.ts';

function sequenceOf(backend: Backend, oid: number): Relation & { readonly sequence: SequenceInfo } {
  const relation = backend.engine.catalog.relations.get(backend, oid);
  if (relation === null) throw new PgError({ code: '42P01', message: `could not open relation with OID ${oid}` });
  if (relation.sequence === null) throw wrongObjectType(relation.name, 'a sequence');
  return relation as Relation & { readonly sequence: SequenceInfo };
}

export function nextSequenceValue(backend: Backend, oid: number): bigint {
  const relation = sequenceOf(backend, oid);
  if (backend.transaction?.isReadOnly === true && relation.persistence !== 't') throw readOnlyTransaction('nextval()');
  const value = relation.sequence.state.next(relation.name, relation.sequence.options);
  if (value instanceof PgError) throw value;
  backend.sequenceValues.set(oid, value);
  backend.lastSequence = oid;
  return value;
}

function setValue(backend: Backend, oid: number, value: bigint, isCalled: boolean): Datum {
  const relation = sequenceOf(backend, oid);
  if (backend.transaction?.isReadOnly === true && relation.persistence !== 't') throw readOnlyTransaction('setval()');
  const { min, max } = relation.sequence.options;
  if (value < min || value > max) throw sequenceBounds(relation.name, value, min, max);
  relation.sequence.state.set(value, isCalled);
  if (isCalled) backend.sequenceValues.set(oid, value);
  return value;
}

export const sequenceFunctions: FunctionFamily = {
  nextval_oid: { call: (args, site) => nextSequenceValue(backendOf(site), args[0] as number) },
  currval_oid: {
    call: (args, site) => {
      const backend = backendOf(site);
      const relation = sequenceOf(backend, args[0] as number);
      const value = backend.sequenceValues.get(relation.oid);
      if (value === undefined) throw sequenceNotCalled(relation.name);
      return value;
    },
  },
  lastval: {
    call: (_args, site) => {
      const backend = backendOf(site);
      const value = backend.sequenceValues.get(backend.lastSequence);
      if (value === undefined) throw lastvalUndefined();
      return value;
    },
  },
  setval_oid: { call: (args, site) => setValue(backendOf(site), args[0] as number, args[1] as bigint, true) },
  setval3_oid: {
    call: (args, site) => setValue(backendOf(site), args[0] as number, args[1] as bigint, args[2] as boolean),
  },
};
