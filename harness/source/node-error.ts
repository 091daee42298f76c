/** Errors of Node's module loaders, in Node's words, with its codes: programs match on both. */

const isBefore22 = Number(process.versions.node.split('.')[0]) < 22;

type Constructor = new (message: string) => Error;

/** An error whose stack starts with `Name [CODE]: message`, while its `name` stays plain, as Node makes them. */
export function nodeError(code: string, message: string, Base: Constructor = Error): Error & { code: string } {
  const error = new Base(message);
  const plainName = error.name;
  Object.defineProperty(error, 'name', { value: `${plainName} [${code}]`, configurable: true, writable: true });
  // Reading the stack fixes its first line while the name carries the code.
  void error.stack;
  Reflect.deleteProperty(error, 'name');
  return Object.assign(error, { code });
}

export function packageNotFound(name: string, parent: string): Error {
  return nodeError('ERR_MODULE_NOT_FOUND', `Cannot find package '${name}' imported from ${parent}`);
}

export function moduleNotFound(file: string, parent: string): Error {
  return nodeError('ERR_MODULE_NOT_FOUND', `Cannot find module '${file}' imported from ${parent}`);
}

export function directoryImport(folder: string, parent: string): Error {
  const message = `Directory import '${folder}' is not supported resolving ES modules imported from ${parent}`;
  return nodeError('ERR_UNSUPPORTED_DIR_IMPORT', message);
}

export function notExported(subpath: string, packageFile: string, parent: string): Error {
  const what =
    subpath === '.'
      ? `No "exports" main defined in ${packageFile}`
      : `Package subpath '${subpath}' is not defined by "exports" in ${packageFile}`;
  return nodeError('ERR_PACKAGE_PATH_NOT_EXPORTED', `${what} imported from ${parent}`);
}

export function importNotDefined(specifier: string, packageFile: string | undefined, parent: string): Error {
  const inPackage = packageFile === undefined ? '' : ` in package ${packageFile}`;
  const message = `Package import specifier "${specifier}" is not defined${inPackage} imported from ${parent}`;
  return nodeError('ERR_PACKAGE_IMPORT_NOT_DEFINED', message, TypeError);
}

export function invalidTarget(key: string, target: unknown, packageFile: string, parent: string): Error {
  const message = `Invalid "${key.startsWith('#') ? 'imports' : 'exports'}" target ${JSON.stringify(target)} defined for '${key}' in the package config ${packageFile} imported from ${parent}`;
  return nodeError('ERR_INVALID_PACKAGE_TARGET', message);
}

export function invalidSpecifier(specifier: string, reason: string, parent: string): Error {
  const message = `Invalid module "${specifier}" ${reason} imported from ${parent}`;
  return nodeError('ERR_INVALID_MODULE_SPECIFIER', message, TypeError);
}

export function unsupportedScheme(protocol: string): Error {
  const message = `Only URLs with a scheme in: file, data, and node are supported by the default ESM loader. Received protocol '${protocol}'`;
  return nodeError('ERR_UNSUPPORTED_ESM_URL_SCHEME', message);
}

export function unknownBuiltin(id: string): Error {
  return nodeError('ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${id}`);
}

export function unknownExtension(extension: string, file: string): Error {
  return nodeError('ERR_UNKNOWN_FILE_EXTENSION', `Unknown file extension "${extension}" for ${file}`, TypeError);
}

/** The one error here whose code and words depend on Node's version. */
export function missingJsonAttribute(url: string): Error {
  return isBefore22
    ? nodeError(
        'ERR_IMPORT_ASSERTION_TYPE_MISSING',
        `Module "${url}" needs an import attribute of type "json"`,
        TypeError,
      )
    : nodeError('ERR_IMPORT_ATTRIBUTE_MISSING', `Module "${url}" needs an import attribute of "type: json"`, TypeError);
}

export function requireAsyncModule(file: string, parent: string | undefined): Error {
  const from = parent === undefined ? '' : `\n  From ${parent} `;
  const message = `require() cannot be used on an ESM graph with top-level await. Use import() instead.${from}\n  Requiring ${file} `;
  return nodeError('ERR_REQUIRE_ASYNC_MODULE', message);
}

export function requireCycleModule(file: string, parent: string | undefined): Error {
  const from = parent === undefined ? '' : ` from ${parent}`;
  const message = `Cannot require() ES Module ${file} in a cycle.${from === '' ? '' : ` (${from.trim()})`}`;
  return nodeError('ERR_REQUIRE_CYCLE_MODULE', message);
}
