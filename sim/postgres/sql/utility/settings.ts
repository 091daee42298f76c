/** SET, RESET, SHOW, DISCARD, LISTEN, UNLISTEN, NOTIFY, DEALLOCATE. */
import type {
  DiscardStmt,
  ListenStmt,
  Node,
  NotifyStmt,
  UnlistenStmt,
  VariableSetStmt,
  VariableShowStmt,
} from 'libpg-query';
import { failure, inTransactionBlock, unsupported } from '../../errors.ts';
import { SESSION_OWNER } from '../../lock/lock-manager.ts';
import { notify } from '../../session-functions/backend-control.ts';
import { SETTING_NAMES, settingDefinition } from '../../settings.ts';
import { Oid, quoteIdentifier } from '../../types/index.ts';
import type { OutputColumn } from '../query.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';
import { transactionOptions } from './transactions.ts';

const column = (name: string): OutputColumn => ({ name, type: Oid.text, typmod: -1, tableOid: 0, columnNumber: 0 });

export function showColumns(name: string): OutputColumn[] {
  if (name === 'all') return [column('name'), column('setting'), column('description')];
  return [column(settingDefinition(name)?.name ?? name)];
}

function constantText(node: Node): string {
  if ('A_Const' in node) {
    const { ival, fval, sval, boolval } = node.A_Const;
    if (sval !== undefined) return sval.sval ?? '';
    if (ival !== undefined) return String(ival.ival ?? 0);
    if (fval !== undefined) return fval.fval ?? '0';
    if (boolval !== undefined) return boolval.boolval === true ? 'on' : 'off';
  }
  if ('TypeCast' in node) return constantText(node.TypeCast.arg!);
  throw unsupported('this value of SET');
}

function set(context: UtilityContext, node: VariableSetStmt): UtilityResult {
  const { backend } = context;
  const isLocal = node.is_local === true;
  const name = node.name ?? '';
  if (isLocal && backend.blockState === 'implicit' && !backend.isBatch)
    backend.client.notice(
      failure('25P01', 'SET LOCAL can only be used in transaction blocks', { severity: 'WARNING' }),
    );
  switch (node.kind) {
    case 'VAR_SET_VALUE': {
      const values = (node.args ?? []).map(constantText);
      if (name === 'transaction_isolation' || name === 'transaction_read_only' || name === 'transaction_deferrable') {
        setTransactionValue(context, name, values[0] ?? '');
        return { tag: 'SET' };
      }
      const text =
        name.toLowerCase() === 'search_path'
          ? values.map((value) => quoteIdentifier(value)).join(', ')
          : values.join(', ');
      backend.settings.set(name.toLowerCase() === 'timezone' ? 'TimeZone' : name, text, isLocal);
      return { tag: 'SET' };
    }
    case 'VAR_SET_DEFAULT':
      backend.settings.set(name, undefined, isLocal);
      return { tag: 'SET' };
    case 'VAR_RESET':
      backend.settings.set(name, undefined, false);
      return { tag: 'RESET' };
    case 'VAR_RESET_ALL':
      backend.settings.resetAll();
      return { tag: 'RESET' };
    case 'VAR_SET_MULTI':
      return setMulti(context, node);
    default:
      throw unsupported('SET FROM CURRENT');
  }
}

function setTransactionValue(context: UtilityContext, name: string, value: string): void {
  const { backend } = context;
  const isOn = value === 'on' || value === 'true' || value === '1';
  if (name === 'transaction_isolation')
    backend.changeTransaction(value === 'read uncommitted' ? 'read committed' : (value as 'serializable'), null, null);
  else if (name === 'transaction_read_only') backend.changeTransaction(null, isOn, null);
  else backend.changeTransaction(null, null, isOn);
}

function setMulti(context: UtilityContext, node: VariableSetStmt): UtilityResult {
  const { backend } = context;
  const options = transactionOptions(node.args);
  if (node.name === 'TRANSACTION') {
    if (backend.blockState !== 'block')
      backend.client.notice(
        failure('25P01', 'SET TRANSACTION can only be used in transaction blocks', { severity: 'WARNING' }),
      );
    backend.changeTransaction(options.isolation, options.isReadOnly, options.isDeferrable);
    return { tag: 'SET' };
  }
  if (node.name === 'SESSION CHARACTERISTICS') {
    if (options.isolation !== null) backend.settings.set('default_transaction_isolation', options.isolation, false);
    if (options.isReadOnly !== null)
      backend.settings.set('default_transaction_read_only', options.isReadOnly ? 'on' : 'off', false);
    if (options.isDeferrable !== null)
      backend.settings.set('default_transaction_deferrable', options.isDeferrable ? 'on' : 'off', false);
    return { tag: 'SET' };
  }
  throw unsupported(`SET ${node.name ?? ''}`);
}

function show(context: UtilityContext, node: VariableShowStmt): UtilityResult {
  const { backend } = context;
  const name = node.name ?? '';
  const columns = showColumns(name);
  if (name === 'all')
    return {
      tag: 'SHOW',
      columns,
      rows: SETTING_NAMES.map((setting) => [setting, backend.settings.show(setting), '']),
    };
  const transaction = backend.transaction;
  if (name === 'transaction_isolation' && transaction !== null)
    return { tag: 'SHOW', columns, rows: [[transaction.isolation]] };
  if (name === 'transaction_read_only' && transaction !== null)
    return { tag: 'SHOW', columns, rows: [[transaction.isReadOnly ? 'on' : 'off']] };
  return { tag: 'SHOW', columns, rows: [[backend.settings.show(name)]] };
}

function discard(context: UtilityContext, node: DiscardStmt): UtilityResult {
  const { backend } = context;
  if (node.target === 'DISCARD_SEQUENCES') {
    backend.sequenceValues.clear();
    return { tag: 'DISCARD SEQUENCES' };
  }
  if (node.target === 'DISCARD_PLANS') return { tag: 'DISCARD PLANS' };
  if (node.target === 'DISCARD_TEMP') throw unsupported('DISCARD TEMP');
  if (backend.blockState === 'block') throw inTransactionBlock('DISCARD ALL');
  backend.settings.resetAll();
  backend.dropPreparedStatements();
  backend.current().listens.push({ kind: 'unlisten all' });
  backend.engine.locks.releaseOwner(backend, SESSION_OWNER);
  backend.sequenceValues.clear();
  return { tag: 'DISCARD ALL' };
}

function listen(context: UtilityContext, node: ListenStmt): UtilityResult {
  context.backend.current().listens.push({ kind: 'listen', channel: node.conditionname ?? '' });
  return { tag: 'LISTEN' };
}

function unlisten(context: UtilityContext, node: UnlistenStmt): UtilityResult {
  const channel = node.conditionname;
  context.backend
    .current()
    .listens.push(channel === undefined || channel === '' ? { kind: 'unlisten all' } : { kind: 'unlisten', channel });
  return { tag: 'UNLISTEN' };
}

function notifyChannel(context: UtilityContext, node: NotifyStmt): UtilityResult {
  notify(context.backend, node.conditionname ?? '', node.payload ?? '');
  return { tag: 'NOTIFY' };
}

function deallocate(context: UtilityContext, node: { readonly name?: string }): UtilityResult {
  context.backend.dropPreparedStatements(node.name === '' ? undefined : node.name);
  return { tag: node.name === undefined || node.name === '' ? 'DEALLOCATE ALL' : 'DEALLOCATE' };
}

export const settingHandlers: UtilityHandlers = {
  VariableSetStmt: set,
  VariableShowStmt: show,
  DiscardStmt: discard,
  ListenStmt: listen,
  UnlistenStmt: unlisten,
  NotifyStmt: notifyChannel,
  DeallocateStmt: deallocate,
};
