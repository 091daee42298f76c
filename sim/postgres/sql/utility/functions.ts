/** CREATE FUNCTION, DROP FUNCTION, DO. Source: PostgreSQL's functioncmds.c and pg_proc.c. */
import type { CreateFunctionStmt, DoStmt, DropStmt, FunctionParameter, Node, ObjectWithArgs } from 'libpg-query';
import type { Backend } from '../../backend.ts';
import type { FunctionObject, UserFunctionRow } from '../../catalog/objects.ts';
import { creationSchema, schemaByName, searchSchemas } from '../../catalog/search-path.ts';
import { dependentObjects, failure, unsupported } from '../../errors.ts';
import { parseProcedure } from '../../procedural/plpgsql/program.ts';
import { runAnonymous, userCallable } from '../../procedural/routine.ts';
import { Oid } from '../../types/index.ts';
import type { Waiting } from '../../wait.ts';
import { parseSql } from '../parse.ts';
import { resolveExpr } from '../resolve/expressions.ts';
import { Scope } from '../resolve/scope.ts';
import { statementFor } from '../resolve/table-expressions.ts';
import { namesOf, resolveTypeName } from '../resolve/type-name.ts';
import type { UtilityContext, UtilityHandlers, UtilityResult } from './index.ts';

const MODES: Readonly<Record<string, string>> = {
  FUNC_PARAM_IN: 'i',
  FUNC_PARAM_DEFAULT: 'i',
  FUNC_PARAM_OUT: 'o',
  FUNC_PARAM_INOUT: 'b',
  FUNC_PARAM_VARIADIC: 'v',
  FUNC_PARAM_TABLE: 't',
};

interface Signature {
  readonly argTypes: number[];
  readonly allArgTypes: number[];
  readonly argModes: string[];
  readonly argNames: string[];
  readonly variadic: number;
  readonly defaultNodes: Node[];
}

function signatureOf(backend: Backend, nodes: readonly FunctionParameter[], text: string): Signature {
  const scope = new Scope(statementFor(backend, text), null);
  const argTypes: number[] = [];
  const allArgTypes: number[] = [];
  const argModes: string[] = [];
  const argNames: string[] = [];
  const defaultNodes: Node[] = [];
  let variadic = 0;
  for (const node of nodes) {
    const mode = MODES[node.mode ?? 'FUNC_PARAM_DEFAULT'] ?? 'i';
    const { type } = resolveTypeName(scope, node.argType!);
    const isInput = 'ibv'.includes(mode);
    if (isInput) argTypes.push(type);
    if (mode === 'v') {
      variadic = type === Oid.any ? type : backend.engine.types.elementOf(type);
      if (variadic === 0) throw failure('42P13', 'VARIADIC parameter must be an array');
    }
    if (node.name !== undefined && argNames.includes(node.name))
      throw failure('42P13', `parameter name "${node.name}" used more than once`);
    allArgTypes.push(type);
    argModes.push(mode);
    argNames.push(node.name ?? '');
    if (node.defexpr !== undefined) {
      if (!isInput) throw failure('42P13', 'only input parameters can have default values');
      resolveExpr(scope, node.defexpr);
      defaultNodes.push(node.defexpr);
    } else if (isInput && defaultNodes.length > 0)
      throw failure('42P13', 'input parameters after one with a default value must also have defaults');
  }
  const isPlain = argModes.every((mode) => mode === 'i');
  return {
    argTypes,
    allArgTypes: isPlain ? [] : allArgTypes,
    argModes: isPlain ? [] : argModes,
    argNames: argNames.every((name) => name === '') ? [] : argNames,
    variadic,
    defaultNodes,
  };
}

function optionsOf(nodes: readonly Node[] | undefined): Map<string, Node | undefined> {
  const options = new Map<string, Node | undefined>();
  for (const node of nodes ?? []) if ('DefElem' in node) options.set(node.DefElem.defname ?? '', node.DefElem.arg);
  return options;
}

function textOf(node: Node | undefined): string {
  if (node === undefined) return '';
  if ('String' in node) return node.String.sval ?? '';
  if ('List' in node) return namesOf(node.List.items)[0] ?? '';
  return '';
}

const isTrue = (node: Node | undefined): boolean =>
  node !== undefined && 'Boolean' in node && node.Boolean.boolval === true;

function createFunction(context: UtilityContext, node: CreateFunctionStmt): UtilityResult {
  const { backend, statement } = context;
  if (node.is_procedure === true) throw unsupported('CREATE PROCEDURE');
  const names = namesOf(node.funcname);
  const name = names.at(-1) ?? '';
  const schema = creationSchema(backend, names.length > 1 ? names[names.length - 2] : undefined);
  const options = optionsOf(node.options);
  const language = textOf(options.get('language')).toLowerCase() || (node.sql_body === undefined ? '' : 'sql');
  if (language === '') throw failure('42P13', 'no language specified');
  if (language !== 'sql' && language !== 'plpgsql')
    throw failure('42704', `language "${language}" does not exist`, {
      hint:
        language === 'plperl' || language === 'plpython3u'
          ? 'Use CREATE EXTENSION to load the language into the database.'
          : undefined,
    });
  if (node.sql_body !== undefined) throw unsupported('a function body that is no string');
  const parameters = (node.parameters ?? []).flatMap((item) =>
    'FunctionParameter' in item ? [item.FunctionParameter] : [],
  );
  const signature = signatureOf(backend, parameters, statement.text);
  const outputs = signature.argModes.flatMap((mode, index) =>
    'obt'.includes(mode) ? [signature.allArgTypes[index]!] : [],
  );
  const outputType = outputs.length > 1 ? Oid.record : outputs[0];
  const declared =
    node.returnType === undefined
      ? undefined
      : resolveTypeName(new Scope(statementFor(backend, statement.text), null), node.returnType).type;
  const returnType = declared ?? outputType;
  if (returnType === undefined) throw failure('42P13', 'function result type must be specified');
  const isTable = signature.argModes.includes('t');
  if (declared !== undefined && outputType !== undefined && !isTable && declared !== outputType)
    throw failure(
      '42P13',
      `function result type must be ${backend.engine.types.formatType(outputType)} because of OUT parameters`,
    );
  const volatility = textOf(options.get('volatility'));
  const isStrict = isTrue(options.get('strict'));
  const { catalog } = backend.engine;
  const existing = catalog.functions
    .findAll(backend, `${schema}.${name}`)
    .find((other) => other.row.argTypes.join(',') === signature.argTypes.join(','));
  if (existing !== undefined) {
    if (node.replace !== true) throw failure('42723', `function "${name}" already exists with same argument types`);
    if (existing.row.returnType !== returnType || existing.row.returnsSet !== (node.returnType?.setof === true))
      throw failure('42P13', 'cannot change return type of existing function', {
        hint: `Use DROP FUNCTION ${signatureText(backend, existing)} first.`,
      });
  }
  const oid = existing?.oid ?? catalog.newOid();
  const body = textOf(options.get('as'));
  const shape = {
    name,
    isStrict,
    returnsSet: node.returnType?.setof === true,
    volatility: volatility === 'immutable' ? ('i' as const) : volatility === 'stable' ? ('s' as const) : ('v' as const),
  };
  const row: UserFunctionRow = {
    ...shape,
    oid,
    kind: 'f',
    returnType,
    argTypes: signature.argTypes,
    variadic: signature.variadic,
    source: body,
    allArgTypes: signature.allArgTypes,
    argModes: signature.argModes,
    argNames: signature.argNames,
    defaults: signature.defaultNodes.map((_, index) => `#${index}`),
    defaultNodes: signature.defaultNodes,
    callable: userCallable(oid, shape, () => object),
  };
  const object: FunctionObject = {
    oid,
    name,
    schema,
    owner: existing?.owner ?? backend.currentUser,
    row,
    language,
    body,
    definition: statement.source,
    isSecurityDefiner: isTrue(options.get('security')),
    settings: settingsOf(backend, node.options),
  };
  if (backend.settings.value('check_function_bodies') !== 'off') {
    if (language === 'plpgsql') parseProcedure(statement.source);
    else parseSql(body);
  }
  const xid = backend.current().xid();
  if (existing === undefined) catalog.functions.insert(xid, object);
  else catalog.functions.replace(xid, backend, object);
  return { tag: 'CREATE FUNCTION' };
}

function settingsOf(backend: Backend, nodes: readonly Node[] | undefined): [string, string][] {
  const list: [string, string][] = [];
  for (const node of nodes ?? []) {
    if (!('DefElem' in node) || node.DefElem.defname !== 'set') continue;
    const { arg } = node.DefElem;
    if (arg === undefined || !('VariableSetStmt' in arg)) continue;
    const { name = '', kind, args } = arg.VariableSetStmt;
    if (kind === 'VAR_SET_CURRENT') list.push([name, backend.settings.value(name)]);
    else
      list.push([
        name,
        (args ?? [])
          .map((item) => {
            if (!('A_Const' in item)) return '';
            const { sval, ival, fval } = item.A_Const;
            if (sval !== undefined) return sval.sval ?? '';
            return ival !== undefined ? String(ival.ival ?? 0) : (fval?.fval ?? '');
          })
          .join(', '),
      ]);
  }
  return list;
}

/** `name(type, type)`, as messages show a function. */
export function signatureText(backend: Backend, object: FunctionObject): string {
  return `${object.name}(${object.row.argTypes.map((type) => backend.engine.types.formatType(type)).join(',')})`;
}

/** The function that `name(types)` or a bare name means; null when there is none. */
export function findFunction(backend: Backend, node: ObjectWithArgs): FunctionObject | null {
  const names = namesOf(node.objname);
  const name = names.at(-1) ?? '';
  const schemas = names.length > 1 ? [schemaByName(backend, names[names.length - 2]!)] : searchSchemas(backend);
  const scope = new Scope(statementFor(backend), null);
  const types =
    node.args_unspecified === true
      ? null
      : (node.objargs ?? []).flatMap((item) =>
          'TypeName' in item ? [resolveTypeName(scope, item.TypeName).type] : [],
        );
  for (const schema of schemas) {
    const found = backend.engine.catalog.functions
      .findAll(backend, `${schema}.${name}`)
      .filter((object) => types === null || object.row.argTypes.join(',') === types.join(','));
    if (found.length > 1)
      throw failure('42725', `function name "${names.join('.')}" is not unique`, {
        hint: 'Specify the argument list to select the function unambiguously.',
      });
    if (found.length === 1) return found[0]!;
  }
  return null;
}

export function dropFunctions(backend: Backend, node: DropStmt): UtilityResult {
  const { catalog } = backend.engine;
  for (const item of node.objects ?? []) {
    if (!('ObjectWithArgs' in item)) continue;
    const target = item.ObjectWithArgs;
    const name = namesOf(target.objname).join('.');
    const scope = new Scope(statementFor(backend), null);
    const shown =
      target.args_unspecified === true
        ? null
        : (target.objargs ?? [])
            .flatMap((arg) =>
              'TypeName' in arg ? [backend.engine.types.formatType(resolveTypeName(scope, arg.TypeName).type)] : [],
            )
            .join(', ');
    const written = (target.objargs ?? []).flatMap((arg) =>
      'TypeName' in arg ? [namesOf(arg.TypeName.names).join('.')] : [],
    );
    const found = findFunction(backend, target);
    if (found === null) {
      const text =
        shown === null ? `could not find a function named "${name}"` : `function ${name}(${shown}) does not exist`;
      if (node.missing_ok !== true) throw failure('42883', text);
      backend.client.notice(
        failure('00000', `function ${name}(${written.join(',')}) does not exist, skipping`, { severity: 'NOTICE' }),
      );
      continue;
    }
    const triggers = catalog.triggers.all(backend).filter((trigger) => trigger.functionOid === found.oid);
    if (triggers.length > 0 && node.behavior !== 'DROP_CASCADE')
      throw dependentObjects(
        `function ${signatureText(backend, found)}`,
        triggers
          .map(
            (trigger) =>
              `trigger ${trigger.name} on table ${catalog.relations.get(backend, trigger.tableOid)?.name ?? ''} depends on function ${signatureText(backend, found)}`,
          )
          .join('\n'),
      );
    const xid = backend.current().xid();
    for (const trigger of triggers) catalog.triggers.remove(xid, backend, trigger.oid);
    catalog.functions.remove(xid, backend, found.oid);
  }
  return { tag: 'DROP FUNCTION' };
}

function* runDo(context: UtilityContext, node: DoStmt): Waiting<UtilityResult> {
  const options = optionsOf(node.args);
  const language = textOf(options.get('language')) || 'plpgsql';
  if (language !== 'plpgsql') throw failure('0A000', `language "${language}" does not support inline code execution`);
  yield* runAnonymous(context.backend, context.statement.source, textOf(options.get('as')));
  return { tag: 'DO' };
}

export const functionHandlers: UtilityHandlers = { CreateFunctionStmt: createFunction, DoStmt: runDo };
