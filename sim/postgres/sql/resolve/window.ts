/** Window definitions: named ones, inherited ones, frames. Source: PostgreSQL's transformWindowDefinitions and the FRAMEOPTION_* bits. */
import type { WindowDef } from 'libpg-query';
import { failure } from '../../errors.ts';
import { Oid } from '../../types/index.ts';
import type { FrameBound, WindowDefinition, WindowFrame } from '../query.ts';
import { coerce, settled } from './coerce.ts';
import { resolveExpr } from './expressions.ts';
import { sameExpr } from './same.ts';
import type { Scope } from './scope.ts';
import { sortKeys } from './sort.ts';

const NONDEFAULT = 0x1;
const RANGE = 0x2;
const ROWS = 0x4;
const GROUPS = 0x8;
const START_UNBOUNDED_PRECEDING = 0x20;
const END_UNBOUNDED_FOLLOWING = 0x100;
const START_CURRENT_ROW = 0x200;
const END_CURRENT_ROW = 0x400;
const START_OFFSET_PRECEDING = 0x800;
const END_OFFSET_PRECEDING = 0x1000;
const START_OFFSET_FOLLOWING = 0x2000;
const END_OFFSET_FOLLOWING = 0x4000;
const EXCLUDE_CURRENT_ROW = 0x8000;
const EXCLUDE_GROUP = 0x10000;
const EXCLUDE_TIES = 0x20000;

/** Index of the window in the scope's list; equal windows share one. */
export function resolveWindow(scope: Scope, node: WindowDef): number {
  if (node.name !== undefined && node.name !== '') {
    const index = scope.windows.findIndex((window) => window.name === node.name);
    if (index < 0)
      throw failure('42704', `window "${node.name}" does not exist`, {
        position: scope.statement.position(node.location),
      });
    return index;
  }
  const definition = defineWindow(scope, node, '');
  const same = scope.windows.findIndex((window) => sameExpr({ ...window, name: '' }, definition));
  if (same >= 0) return same;
  scope.windows.push(definition);
  return scope.windows.length - 1;
}

/** A window of the WINDOW clause, or one written in place. */
export function defineWindow(scope: Scope, node: WindowDef, name: string): WindowDefinition {
  const before = scope.clause;
  scope.clause = 'window';
  try {
    const base =
      node.refname === undefined || node.refname === ''
        ? null
        : scope.windows.find((window) => window.name === node.refname);
    if (base === undefined)
      throw failure('42704', `window "${node.refname}" does not exist`, {
        position: scope.statement.position(node.location),
      });
    const own = (node.partitionClause ?? []).map((part) => settled(scope, resolveExpr(scope, part)));
    const order = sortKeys(scope, node.orderClause, null);
    if (base !== null && own.length > 0)
      throw failure('42P20', `cannot override PARTITION BY clause of window "${node.refname}"`, {
        position: scope.statement.position(node.location),
      });
    if (base !== null && base.order.length > 0 && order.length > 0)
      throw failure('42P20', `cannot override ORDER BY clause of window "${node.refname}"`, {
        position: scope.statement.position(node.location),
      });
    return {
      name,
      partition: base === null ? own : base.partition,
      order: base !== null && order.length === 0 ? base.order : order,
      frame: frame(scope, node),
    };
  } finally {
    scope.clause = before;
  }
}

function frame(scope: Scope, node: WindowDef): WindowFrame {
  const options = node.frameOptions ?? 0;
  if ((options & NONDEFAULT) === 0)
    return { mode: 'range', start: { kind: 'unbounded preceding' }, end: { kind: 'current row' }, exclude: 'none' };
  const mode = (options & ROWS) !== 0 ? 'rows' : (options & GROUPS) !== 0 ? 'groups' : 'range';
  const offset = (which: 'startOffset' | 'endOffset') => {
    const expr = resolveExpr(scope, node[which]!);
    return mode === 'range' && (options & RANGE) !== 0 ? settled(scope, expr) : coerce(scope, expr, Oid.int8, -1, 'i');
  };
  const start: FrameBound =
    (options & START_UNBOUNDED_PRECEDING) !== 0
      ? { kind: 'unbounded preceding' }
      : (options & START_CURRENT_ROW) !== 0
        ? { kind: 'current row' }
        : (options & START_OFFSET_PRECEDING) !== 0
          ? { kind: 'preceding', offset: offset('startOffset') }
          : (options & START_OFFSET_FOLLOWING) !== 0
            ? { kind: 'following', offset: offset('startOffset') }
            : { kind: 'unbounded following' };
  const end: FrameBound =
    (options & END_UNBOUNDED_FOLLOWING) !== 0
      ? { kind: 'unbounded following' }
      : (options & END_CURRENT_ROW) !== 0
        ? { kind: 'current row' }
        : (options & END_OFFSET_PRECEDING) !== 0
          ? { kind: 'preceding', offset: offset('endOffset') }
          : (options & END_OFFSET_FOLLOWING) !== 0
            ? { kind: 'following', offset: offset('endOffset') }
            : { kind: 'unbounded preceding' };
  const exclude =
    (options & EXCLUDE_CURRENT_ROW) !== 0
      ? 'current row'
      : (options & EXCLUDE_GROUP) !== 0
        ? 'group'
        : (options & EXCLUDE_TIES) !== 0
          ? 'ties'
          : 'none';
  return { mode, start, end, exclude };
}
