/**
 * The children of a sweep: processes, not threads (a thread cannot be killed alone, and TZ cannot be set in one), each with the same
 * fixed environment. A child that dies loses its one task, which is answered as an error, and is replaced.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, SeedstormError } from '../../sim/kernel/errors.ts';
import type { Answer, Request } from './protocol.ts';

export interface PoolOptions {
  /** Children; default: as many as there are cores. */
  readonly workers?: number;
  /** Node binary; default: this one. */
  readonly node?: string;
  readonly exposesGc?: boolean;
}

/** Why a task has no answer of its own. */
export interface LostTask {
  readonly type: 'lost';
  readonly code: 'E_SPIN' | 'E_CHILD';
  readonly message: string;
}

interface Task {
  readonly request: Request;
  readonly resolve: (answer: Answer | LostTask) => void;
}

interface Child {
  readonly process: ChildProcess;
  task: Task | undefined;
  report: string;
}

/** Children run what is built, also when this file itself runs from source (tests, benches): see scripts/build.ts. */
const built = new URL(import.meta.url.endsWith('.ts') ? '../../dist/harness/explore/' : './', import.meta.url);
const childFile = fileURLToPath(new URL('./child.js', built));

export class Pool {
  readonly #options: PoolOptions;
  readonly #children = new Set<Child>();
  readonly #idle: Child[] = [];
  readonly #waiting: Task[] = [];
  #isClosed = false;

  constructor(options: PoolOptions = {}) {
    this.#options = options;
  }

  get workers(): number {
    return this.#options.workers ?? availableParallelism();
  }

  /** Process ids of the children that live. */
  get pids(): readonly number[] {
    return [...this.#children].flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid]));
  }

  /** Has a request served by the next free child. Never rejects. */
  serve(request: Request): Promise<Answer | LostTask> {
    return new Promise((resolve) => {
      if (this.#isClosed) {
        resolve({ type: 'lost', code: 'E_CHILD', message: 'The sweep was stopped.' });
        return;
      }
      this.#waiting.push({ request, resolve });
      this.#assign();
    });
  }

  /** Ends all children; what is under way is lost. */
  close(): void {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0))
      task.resolve({ type: 'lost', code: 'E_CHILD', message: 'The sweep was stopped.' });
    for (const { process: child } of this.#children) child.kill('SIGKILL');
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const child = this.#idle.pop() ?? (this.#children.size < this.workers ? this.#spawn() : undefined);
      if (child === undefined) return;
      child.task = this.#waiting.shift()!;
      child.process.send(child.task.request);
    }
  }

  #spawn(): Child {
    const { node, exposesGc = false } = this.#options;
    const child: Child = {
      process: fork(childFile, [], {
        ...(node === undefined ? {} : { execPath: node }),
        execArgv: ['--no-warnings', ...(exposesGc ? ['--expose-gc'] : [])],
        env: childEnvironment(),
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'],
      }),
      task: undefined,
      report: '',
    };
    this.#children.add(child);
    (child.process.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
      child.report += text;
    });
    child.process.on('message', (answer: Answer) => {
      const { task } = child;
      child.task = undefined;
      this.#idle.push(child);
      task?.resolve(answer);
      this.#assign();
    });
    child.process.on('error', () => {
      // `exit` or a failed send follows and accounts for the task.
    });
    child.process.on('close', (code, signal) => {
      this.#children.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
      child.task?.resolve(lost(child.report, code, signal));
      this.#assign();
    });
    return child;
  }
}

/**
 * Has a request served and expects one type of answer.
 * @throws SeedstormError with the child's code where it refused the request, `E_CHILD` where it was lost
 */
export async function expectAnswer<T extends Answer['type']>(
  pool: Pool,
  request: Request,
  type: T,
): Promise<Extract<Answer, { readonly type: T }>> {
  const answer = await pool.serve(request);
  if (answer.type === type) return answer as Extract<Answer, { readonly type: T }>;
  throw new SeedstormError(
    'code' in answer ? (answer.code as ErrorCode) : 'E_CHILD',
    'message' in answer ? answer.message : 'The child gave another answer than was asked for.',
  );
}

/** Where the real servers are; no run in sim sees any of it. */
const infraVariables = ['DOCKER_HOST', 'XDG_CACHE_HOME', 'SEEDSTORM_REDIS_SERVER', 'SEEDSTORM_POSTGRES_BIN'];

/** The same for every child, so that nothing of the caller's environment reaches a run. */
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'SEEDSTORM_SPIN_MS', 'SEEDSTORM_CACHE', ...infraVariables];
  const environment: NodeJS.ProcessEnv = { TZ: 'UTC', LC_ALL: 'en_US.UTF-8', NODE_OPTIONS: '' };
  for (const name of kept) if (process.env[name] !== undefined) environment[name] = process.env[name];
  return environment;
}

function lost(report: string, code: number | null, signal: NodeJS.Signals | null): LostTask {
  if (report !== '') {
    const { spin, stack } = JSON.parse(report) as { spin: number; stack: string };
    return {
      type: 'lost',
      code: 'E_SPIN',
      message: `A handler ran for ${spin / 1000} s without an end and was stopped. It was at\n${stack}`,
    };
  }
  return {
    type: 'lost',
    code: 'E_CHILD',
    message: `The child process of this run ended unexpectedly (${signal ?? `code ${code}`}).`,
  };
}
