/** BEGIN to ROLLBACK, savepoints, SET CONSTRAINTS. Source: PostgreSQL's xact.c block states and its warnings. */
import type { ConstraintsSetStmt, Node, TransactionStmt } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import { asIsolation } from '../../backend.ts';
import { failure, noTransactionBlock, savepointMissing, unsupported } from '../../errors.ts';
import type { Isolation } from '../../transaction.ts';
import type { Waiting } from '../../wait.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

export interface TransactionOptions {
  isolation: Isolation | null;
  isReadOnly: boolean | null;
  isDeferrable: boolean | null;
}

/** Options of BEGIN and SET TRANSACTION. */
export function transactionOptions(nodes: readonly Node[] | undefined): TransactionOptions {
  const options: TransactionOptions = { isolation: null, isReadOnly: null, isDeferrable: null };
  for (const node of nodes ?? []) {
    if (!('DefElem' in node)) continue;
    const { defname, arg } = node.DefElem;
    const constant = arg !== undefined && 'A_Const' in arg ? arg.A_Const : undefined;
    if (defname === 'transaction_isolation') options.isolation = asIsolation(constant?.sval?.sval ?? 'read committed');
    else if (defname === 'transaction_read_only') options.isReadOnly = (constant?.ival?.ival ?? 0) !== 0;
    else if (defname === 'transaction_deferrable') options.isDeferrable = (constant?.ival?.ival ?? 0) !== 0;
  }
  return options;
}

function warn(backend: Backend, code: string, message: string): void {
  backend.client.notice(failure(code, message, { severity: 'WARNING' }));
}

function* transaction(context: UtilityContext, node: TransactionStmt): Waiting<UtilityResult> {
  const { backend } = context;
  switch (node.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START': {
      const options = transactionOptions(node.options);
      if (backend.blockState === 'block') warn(backend, '25001', 'there is already a transaction in progress');
      backend.blockState = 'block';
      backend.changeTransaction(options.isolation, options.isReadOnly, options.isDeferrable);
      return { tag: node.kind === 'TRANS_STMT_BEGIN' ? 'BEGIN' : 'START TRANSACTION' };
    }
    case 'TRANS_STMT_COMMIT':
      return yield* commit(backend, node.chain === true);
    case 'TRANS_STMT_ROLLBACK':
      return rollback(backend, node.chain === true);
    case 'TRANS_STMT_SAVEPOINT':
      requireBlock(backend, 'SAVEPOINT');
      backend.current().begin(node.savepoint_name ?? '');
      return { tag: 'SAVEPOINT' };
    case 'TRANS_STMT_RELEASE': {
      requireBlock(backend, 'RELEASE SAVEPOINT');
      const savepoint = backend.current().savepoint(node.savepoint_name ?? '');
      if (savepoint === null) throw savepointMissing(node.savepoint_name ?? '');
      backend.current().releaseTo(savepoint);
      return { tag: 'RELEASE' };
    }
    case 'TRANS_STMT_ROLLBACK_TO': {
      if (backend.blockState !== 'failed') requireBlock(backend, 'ROLLBACK TO SAVEPOINT');
      const savepoint = backend.current().savepoint(node.savepoint_name ?? '');
      if (savepoint === null) throw savepointMissing(node.savepoint_name ?? '');
      backend.current().rollbackTo(savepoint);
      backend.blockState = 'block';
      return { tag: 'ROLLBACK' };
    }
    default:
      throw unsupported('two-phase commit');
  }
}

function requireBlock(backend: Backend, command: string): void {
  if (backend.blockState !== 'block') throw noTransactionBlock(command);
}

function* commit(backend: Backend, isChained: boolean): Waiting<UtilityResult> {
  if (backend.blockState === 'failed') {
    const tag = rollback(backend, isChained);
    return tag;
  }
  if (backend.blockState !== 'block') {
    if (isChained) throw noTransactionBlock('COMMIT AND CHAIN');
    warn(backend, '25P01', 'there is no transaction in progress');
  }
  const old = backend.current();
  yield* backend.commit();
  if (isChained) chain(backend, old);
  return { tag: 'COMMIT' };
}

function rollback(backend: Backend, isChained: boolean): UtilityResult {
  if (backend.blockState === 'implicit') {
    if (isChained) throw noTransactionBlock('ROLLBACK AND CHAIN');
    warn(backend, '25P01', 'there is no transaction in progress');
  }
  const old = backend.current();
  backend.abort();
  if (isChained) chain(backend, old);
  return { tag: 'ROLLBACK' };
}

function chain(
  backend: Backend,
  old: { readonly isolation: Isolation; readonly isReadOnly: boolean; readonly isDeferrable: boolean },
): void {
  backend.startTransaction();
  backend.blockState = 'block';
  backend.changeTransaction(old.isolation, old.isReadOnly, old.isDeferrable);
}

function* setConstraints(context: UtilityContext, node: ConstraintsSetStmt): Waiting<UtilityResult> {
  const { backend } = context;
  const { constraintModes, checks } = backend.current();
  const isDeferred = node.deferred === true;
  if (node.constraints === undefined || node.constraints.length === 0) {
    constraintModes.clear();
    constraintModes.set('all', isDeferred);
    for (const check of checks) check.isDeferred = isDeferred && backend.isDeferrable(check.constraintOid);
  } else {
    for (const item of node.constraints) {
      if (!('RangeVar' in item)) continue;
      const name = item.RangeVar.relname ?? '';
      const found = backend.engine.catalog.constraints.all(backend).filter((constraint) => constraint.name === name);
      if (found.length === 0) throw failure('42704', `constraint "${name}" does not exist`);
      for (const constraint of found) {
        if (!constraint.isDeferrable) throw failure('42809', `constraint "${name}" is not deferrable`);
        constraintModes.set(constraint.oid, isDeferred);
        for (const check of checks) if (check.constraintOid === constraint.oid) check.isDeferred = isDeferred;
      }
    }
  }
  if (!isDeferred) yield* backend.runChecks(false);
  return { tag: 'SET CONSTRAINTS' };
}

export const transactionHandlers: UtilityHandlers = {
  TransactionStmt: transaction,
  ConstraintsSetStmt: setConstraints,
};
