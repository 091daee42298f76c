/**
 * Stack traces in terms of the program's own source: positions mapped through source maps, files shown relative to the program root,
 * frames of Node and of seedstorm left out.
 *
 * Programs send stacks over the wire (BullMQ stores them in a job), so their text must depend neither on the Node version nor on
 * the folder in which a run happens. Source maps are parsed at the first stack that needs them.
 *
 * Differs: `Error.stackTraceLimit` reads as 30 while ten frames are shown, until a program sets it.
 * Differs: Node shows absolute paths (as URLs for ES modules) and its own frames; a program that asks for call sites through its own
 * `Error.prepareStackTrace` gets them as the engine made them.
 */
import { relative, sep } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { SeedstormError } from '../../kernel/errors.ts';
import { outsideProcess } from './global-object.ts';

export interface StackTracesOptions {
  /** Absolute folder; files below it are shown relative to it. */
  readonly root: string;
  /** The process whose code is running; its own `Error.prepareStackTrace` is honoured for it alone. Null: harness code. */
  current(): object | null;
}

export interface StackTraces {
  uninstall(): void;
}

/** Frames of a trace by default, in Node and here. */
const FRAMES_SHOWN = 10;
/** Frames that the engine is asked for, since frames of the harness count as well and stand before the asynchronous ones. */
const FRAMES_CAPTURED = 30;

/** The method of the module graph that a module's body calls for each static import. */
const STATIC_IMPORT = 'importedNamespace';

type PrepareStackTrace = (error: Error, sites: NodeJS.CallSite[]) => unknown;

interface ProgramSource {
  readonly file: string;
  map: string | TraceMap | null;
}

interface Position {
  readonly file: string;
  readonly line: number;
  /** Counts from 1, as line does. */
  readonly column: number;
}

const sources = new Map<string, ProgramSource>();
let root = process.cwd();
/** For work on seedstorm itself, whose frames are otherwise missing from what a program throws. */
let showsAll = false;
/** Makes frames of `filename` (as call sites name it) readable: `map` leads back to the text of `file`. */
export function registerProgramSource(filename: string, source: { file: string; map: string | null }): void {
  sources.set(filename, { ...source });
}

/**
 * Installs the trace for errors of program code, for the whole real process. Errors of the harness keep the trace that was
 * there before. Also gives each process its own `Error.prepareStackTrace` slot. With SEEDSTORM_FULL_STACKS=1 in the environment no frame is
 * left out.
 */
export function installStackTraces(options: StackTracesOptions): StackTraces {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let harnessPrepare = Error.prepareStackTrace as PrepareStackTrace | undefined;
  const programPrepare = new WeakMap<object, PrepareStackTrace | undefined>();
  const limitBefore = Error.stackTraceLimit;
  showsAll = process.env.SEEDSTORM_FULL_STACKS === '1';
  root = options.root;
  Error.stackTraceLimit = FRAMES_CAPTURED;
  const dispatch: PrepareStackTrace = (error, sites) => {
    if (options.current() === null && !sites.some(isProgramSite)) {
      return harnessPrepare === undefined ? plainTrace(error, sites) : harnessPrepare(error, sites);
    }
    return prepareStackTrace(error, sites);
  };
  Object.defineProperty(Error, 'prepareStackTrace', {
    configurable: true,
    enumerable: true,
    get() {
      const process = options.current();
      return (process === null ? undefined : programPrepare.get(process)) ?? dispatch;
    },
    set(prepare: unknown) {
      const process = options.current();
      const next = typeof prepare === 'function' && prepare !== dispatch ? (prepare as PrepareStackTrace) : undefined;
      if (process === null) harnessPrepare = next;
      else programPrepare.set(process, next);
    },
  });
  return {
    uninstall() {
      Error.stackTraceLimit = limitBefore;
      Reflect.deleteProperty(Error, 'prepareStackTrace');
      if (before !== undefined) Object.defineProperty(Error, 'prepareStackTrace', before);
    },
  };
}

/** The text of `error.stack`. An error of seedstorm itself keeps all its frames. */
export function prepareStackTrace(error: unknown, sites: readonly NodeJS.CallSite[]): string {
  let text = headerOf(error);
  const isOurs = showsAll || error instanceof SeedstormError;
  let isInImporters = false;
  let room = Error.stackTraceLimit === FRAMES_CAPTURED ? FRAMES_SHOWN : sites.length;
  for (let index = 0; index < sites.length && room > 0; index++) {
    const site = sites[index]!;
    // Further out, up to the asynchronous frames, are modules that import the one whose body runs: an engine is done with them by then.
    if (site.getFunctionName() === STATIC_IMPORT && !isProgramSite(site)) isInImporters = true;
    if (site.isAsync()) isInImporters = false;
    if (!isOurs && (isInImporters || isHidden(site, sites[index + 1]))) continue;
    text += `\n    at ${frameOf(site)}`;
    room--;
  }
  return text;
}

/**
 * Where the program is now, as `subjects/x.ts:3`: the innermost frame that is not in node_modules, else the innermost of a package; ''
 * when no program code is on the stack.
 */
export function firstUserFrame(): string {
  let packageFrame = '';
  for (const site of callSites()) {
    if (!isProgramSite(site)) continue;
    const position = positionOf(site);
    if (position === undefined) continue;
    const shown = `${shownPath(position.file)}:${position.line}`;
    if (!position.file.includes(`${sep}node_modules${sep}`)) return shown;
    packageFrame ||= shown;
  }
  return packageFrame;
}

function callSites(): readonly NodeJS.CallSite[] {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const limit = Error.stackTraceLimit;
  let found: readonly NodeJS.CallSite[] = [];
  const keep: PrepareStackTrace = (_, sites) => {
    found = sites;
    return '';
  };
  Object.defineProperty(Error, 'prepareStackTrace', { value: keep, configurable: true, writable: true });
  Error.stackTraceLimit = 200;
  try {
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callSites);
    void holder.stack;
  } finally {
    Error.stackTraceLimit = limit;
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    if (before !== undefined) Object.defineProperty(Error, 'prepareStackTrace', before);
  }
  return found;
}

function isProgramSite(site: NodeJS.CallSite): boolean {
  const filename = site.getFileName();
  return typeof filename === 'string' && sources.has(filename);
}

/** `caller` is the next frame outwards. */
function isHidden(site: NodeJS.CallSite, caller: NodeJS.CallSite | undefined): boolean {
  if (isProgramSite(site)) return false;
  // Node, the harness, or what runs the harness: program code is always registered.
  if (typeof site.getFileName() === 'string') return true;
  // `Array.map` and `async Promise.all` belong to whoever called or awaits them.
  return !site.isEval() && (caller === undefined || !isProgramSite(caller));
}

/** The engine's own wording of the frame with the places exchanged: its own, or that of the `eval` around it. */
function frameOf(site: NodeJS.CallSite): string {
  return site.toString().replace(PLACE, (place: string, filename: string, line: string, column: string) => {
    const position = positionIn(filename, Number(line), Number(column));
    return position === undefined ? place : `${shownPath(position.file)}:${position.line}:${position.column}`;
  });
}

/** An absolute path with line and column, as the engine prints it. */
const PLACE = /(\/[^:()]*):(\d+):(\d+)/g;

function positionOf(site: NodeJS.CallSite): Position | undefined {
  const filename = site.getFileName();
  const line = site.getLineNumber();
  if (typeof filename !== 'string' || line === null) return undefined;
  return positionIn(filename, line, site.getColumnNumber() ?? 1);
}

function positionIn(filename: string, line: number, column: number): Position | undefined {
  const source = sources.get(filename);
  if (source === undefined) return undefined;
  return mapped(source, { line, column }) ?? { file: source.file, line, column };
}

function mapped(source: ProgramSource, { line, column }: { line: number; column: number }): Position | undefined {
  if (source.map === null) return undefined;
  const text = source.map;
  const map = typeof text === 'string' ? outsideProcess(() => new TraceMap(text)) : text;
  source.map = map;
  const original = originalPositionFor(map, { line, column: column - 1 });
  if (original.line === null) return undefined;
  return { file: source.file, line: original.line, column: original.column + 1 };
}

/** Relative below the root; below any node_modules from there on; absolute elsewhere. */
function shownPath(file: string): string {
  if (file.startsWith(root + sep)) return relative(root, file);
  const packages = file.indexOf(`${sep}node_modules${sep}`);
  return packages < 0 ? file : file.slice(packages + 1);
}

function plainTrace(error: unknown, sites: readonly NodeJS.CallSite[]): string {
  let text = headerOf(error);
  for (const site of sites) text += `\n    at ${site.toString()}`;
  return text;
}

/** The first line: Node puts the code of its own errors behind the name. */
function headerOf(error: unknown): string {
  try {
    const { name, code, message } = error as { name: string; code: string; message: string };
    if (isNodeError(error)) return `${name} [${code}]: ${message}`;
    return Error.prototype.toString.call(error);
  } catch {
    // A stack of something without a text, such as an object whose `message` getter throws.
    return '<error>';
  }
}

const nodeErrorMark = findNodeErrorMark();

function isNodeError(error: unknown): boolean {
  return nodeErrorMark !== undefined && typeof error === 'object' && error !== null && nodeErrorMark in error;
}

/** The private symbol by which Node marks its errors, read off one of them. */
function findNodeErrorMark(): symbol | undefined {
  try {
    Buffer.alloc('' as unknown as number);
  } catch (error) {
    for (let at: object | null = error as object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const mark = Object.getOwnPropertySymbols(at).find(({ description }) => description === 'kIsNodeError');
      if (mark !== undefined) return mark;
    }
  }
  return undefined;
}
