/** COMMENT ON: a text about an object, for obj_description and col_description. Source: PostgreSQL's comment.c. */
import type { CommentStmt, Node } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { Comment } from '../../catalog/objects.ts';
import { findType, relationByName, schemaByName } from '../../catalog/search-path.ts';
import { failure, unsupported } from '../../errors.ts';
import { namesOf } from '../resolve/type-name.ts';
import { findFunction } from './functions.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

/** OIDs of the catalogs that comments name. */
const CLASS = 1259;
const PROCEDURE = 1255;
const TYPE = 1247;
const NAMESPACE = 2615;
const CONSTRAINT = 2606;
const TRIGGER = 2620;
const DATABASE = 1262;
const EXTENSION = 3079;

interface Target {
  readonly classOid: number;
  readonly objectOid: number;
  readonly part: number;
}

function namesIn(object: Node | undefined): string[] {
  if (object === undefined) return [];
  if ('List' in object) return namesOf(object.List.items);
  if ('TypeName' in object) return namesOf(object.TypeName.names);
  if ('String' in object) return [object.String.sval ?? ''];
  return [];
}

function target(backend: Backend, node: CommentStmt): Target {
  const names = namesIn(node.object);
  const last = names.at(-1) ?? '';
  const whole = (classOid: number, objectOid: number): Target => ({ classOid, objectOid, part: 0 });
  const { catalog } = backend.engine;
  switch (node.objtype) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_INDEX':
    case 'OBJECT_SEQUENCE':
      return whole(CLASS, relationByName(backend, names.at(-2), last).oid);
    case 'OBJECT_COLUMN': {
      const relation = relationByName(backend, names.at(-3), names.at(-2) ?? '');
      const column = relation.columns.find((one) => one.name === last && !one.isDropped);
      if (column === undefined)
        throw failure('42703', `column "${last}" of relation "${relation.name}" does not exist`);
      return { classOid: CLASS, objectOid: relation.oid, part: column.number };
    }
    case 'OBJECT_SCHEMA':
      return whole(NAMESPACE, schemaByName(backend, last));
    case 'OBJECT_DATABASE':
      return whole(DATABASE, 5);
    case 'OBJECT_EXTENSION':
      return whole(EXTENSION, 13559);
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN': {
      const oid = findType(backend, names.at(-2), last);
      if (oid === 0) throw failure('42704', `type "${names.join('.')}" does not exist`);
      return whole(TYPE, oid);
    }
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE': {
      if (node.object === undefined || !('ObjectWithArgs' in node.object)) break;
      const found = findFunction(backend, node.object.ObjectWithArgs);
      if (found === null)
        throw failure('42883', `function ${namesOf(node.object.ObjectWithArgs.objname).join('.')}() does not exist`);
      return whole(PROCEDURE, found.oid);
    }
    case 'OBJECT_TABCONSTRAINT': {
      const relation = relationByName(backend, names.at(-3), names.at(-2) ?? '');
      const found = catalog.constraintsOf(backend, relation.oid).find((one) => one.name === last);
      if (found === undefined)
        throw failure('42704', `constraint "${last}" for table "${relation.name}" does not exist`);
      return whole(CONSTRAINT, found.oid);
    }
    case 'OBJECT_TRIGGER': {
      const relation = relationByName(backend, names.at(-3), names.at(-2) ?? '');
      const found = catalog.triggersOf(backend, relation.oid).find((one) => one.name === last);
      if (found === undefined) throw failure('42704', `trigger "${last}" for table "${relation.name}" does not exist`);
      return whole(TRIGGER, found.oid);
    }
    default:
      break;
  }
  throw unsupported(`COMMENT ON ${(node.objtype ?? '').replace('OBJECT_', '')}`);
}

function comment(context: UtilityContext, node: CommentStmt): UtilityResult {
  const { backend } = context;
  const { comments } = backend.engine.catalog;
  const at = target(backend, node);
  const name = `${at.classOid} ${at.objectOid} ${at.part}`;
  const before = comments.find(backend, 0, name);
  const xid = backend.current().xid();
  const text = node.comment ?? '';
  if (text === '') {
    if (before !== null) comments.remove(xid, backend, before.oid);
  } else {
    const value: Comment = { ...at, oid: before?.oid ?? backend.engine.catalog.newOid(), name, schema: 0, text };
    if (before === null) comments.insert(xid, value);
    else comments.replace(xid, backend, value);
  }
  return { tag: 'COMMENT' };
}

export const commentHandlers: UtilityHandlers = { CommentStmt: comment };
