/**
 * One connection, one state machine: startup, authentication, then queries until Terminate. The whole conversation is one generator, which yields what it waits
 * for (a message, a lock, room in the socket) and is called again when that has come.
 * Source: PostgreSQL 15 manual 55.2 (message flow).
 *
 * Invariants: messages are handled in the order of their bytes, each to its end before the next; after an error in the extended protocol
 * everything up to Sync is skipped; replies leave at Sync, at Flush, before a wait for the client, or when 8 kB have gathered.
 */
import type { ByteStream, ByteStreamHandler } from '../kernel/byte-stream.ts';
import type { Timer } from '../kernel/clock.ts';
import { isMd5Answer, SCRAM_MECHANISM, ScramExchange } from './authentication.ts';
import { Backend, type BackendClient } from './backend.ts';
import type { Engine } from './engine.ts';
import {
  databaseMissing,
  failure,
  fatal,
  idleInTransactionTimeout,
  idleSessionTimeout,
  noUserName,
  PgError,
  passwordFailed,
  protocolUnsupported,
  protocolViolation,
  roleMissingAtLogin,
} from './errors.ts';
import { ExtendedQuery } from './extended-query.ts';
import { Output } from './output.ts';
import type { Roles } from './roles.ts';
import { REPORTED_SETTINGS, settingDefinition } from './settings.ts';
import { runSimpleQuery } from './simple-query.ts';
import type { Notification } from './transaction.ts';
import { Wait, type Waiting } from './wait.ts';
import { FrontendDecoder } from './wire/decode.ts';
import { type FrontendMessage, PROTOCOL_3_0 } from './wire/messages.ts';

/** What a session may use of its server. */
export interface SessionServer {
  readonly engine: Engine;
  readonly roles: Roles;
  /** Admits a new session of the role, or says why not. */
  admit(user: string): PgError | null;
  /** CancelRequest came on a connection of its own. */
  cancel(processId: number, secretKey: number): void;
  closed(session: Session): void;
}

/** Ends the conversation: the connection is to be closed. */
class Goodbye {
  readonly error: PgError | null;
  constructor(error: PgError | null) {
    this.error = error;
  }
}

/** Bytes on their way to a client that does not read, above which a session waits. */
const UNREAD_BYTES_MAX = 1 << 20;

export class Session implements ByteStreamHandler, BackendClient {
  readonly #server: SessionServer;
  readonly #stream: ByteStream;
  readonly #decoder = new FrontendDecoder();
  readonly output: Output;
  #conversation: Waiting<void> | null;
  /** What the conversation waits for. */
  #wait: Wait | null = null;
  #isRunning = false;
  #isResumeQueued = false;
  #inputEnded = false;
  #isClosed = false;
  #termination: PgError | null = null;
  #isIdle = false;
  readonly #reported = new Map<string, string>();
  #reportedVersion = -1;
  backend: Backend | null = null;

  constructor(server: SessionServer, stream: ByteStream) {
    this.#server = server;
    this.#stream = stream;
    this.output = new Output(stream);
    this.#conversation = this.#converse();
    this.#run();
  }

  // The connection.

  data(bytes: Buffer): void {
    this.#decoder.push(bytes);
    if (this.#wait?.kind === 'client') this.#wait.finish();
  }

  end(): void {
    this.#inputEnded = true;
    if (this.#wait?.kind === 'client') this.#wait.finish();
  }

  /**
   * The connection is gone. A statement that waits goes on waiting and takes effect when its turn comes, as a real backend does that finds the
   * broken socket only when it reads the next message.
   */
  close(): void {
    this.#isClosed = true;
    this.#inputEnded = true;
    this.output.discard();
    if (this.#wait?.kind === 'client') this.#wait.finish();
  }

  drain(): void {
    if (this.#wait?.kind === 'client') this.#wait.finish();
  }

  /** The server goes down: nothing more is said or done. */
  forget(): void {
    this.#conversation = null;
    this.#isClosed = true;
  }

  // What the backend tells.

  notice(error: PgError): void {
    this.output.notice(error.fields, this.backend?.settings.value('client_min_messages') ?? 'notice');
  }

  notified(): void {
    const { backend } = this;
    if (!this.#isIdle || backend === null || backend.transaction !== null) return;
    backend.flushNotifications();
    this.output.flush();
  }

  notification(processId: number, notification: Notification): void {
    this.output.writer.notificationResponse(processId, notification.channel, notification.payload);
  }

  *copyIn(columns: number, format: 0 | 1): Waiting<readonly Buffer[]> {
    const chunks: Buffer[] = [];
    this.output.writer.copyResponse('G', new Array<number>(columns).fill(format), format);
    this.output.flush();
    for (;;) {
      const message = yield* this.#message();
      switch (message.kind) {
        case 'CopyData':
          // The bytes belong to the decoder's buffer.
          chunks.push(Buffer.from(message.bytes));
          break;
        case 'CopyDone':
          return chunks;
        case 'CopyFail':
          throw failure('57014', `COPY from stdin failed: ${message.message}`);
        case 'Flush':
        case 'Sync':
          break;
        default:
          throw protocolViolation('unexpected message type during COPY from stdin');
      }
    }
  }

  copyOut(columns: number, format: 0 | 1): { data(bytes: Buffer): void; done(): void } {
    const { output } = this;
    output.writer.copyResponse('H', new Array<number>(columns).fill(format), format);
    return {
      data: (bytes) => {
        output.writer.copyData(bytes);
        output.relieve();
      },
      done: () => output.writer.copyDone(),
    };
  }

  resume(): void {
    if (this.#isRunning || this.#isResumeQueued || this.#conversation === null) return;
    this.#isResumeQueued = true;
    this.#server.engine.schedule(() => {
      this.#isResumeQueued = false;
      this.#run();
    });
  }

  terminate(error: PgError): void {
    if (this.backend === null) return;
    this.#termination = error;
    this.backend.interrupt(error);
  }

  // The conversation.

  #run(): void {
    const conversation = this.#conversation;
    if (conversation === null || this.#isRunning) return;
    this.#isRunning = true;
    try {
      const step = conversation.next();
      if (step.done === true) {
        this.#conversation = null;
        return;
      }
      const wait = step.value;
      this.#wait = wait;
      if (wait.isOver) this.resume();
      // Input is handled in the event that brings it; a lock or a sleep that ends inside another's event gets an event of its own.
      else wait.wake = wait.kind === 'client' ? () => this.#run() : () => this.resume();
    } finally {
      this.#isRunning = false;
    }
    if (this.#isResumeQueued) return;
  }

  *#converse(): Waiting<void> {
    let goodbye: Goodbye | null = null;
    try {
      const backend = yield* this.#startup();
      if (backend !== null) yield* this.#serve(backend);
    } catch (thrown) {
      if (thrown instanceof Goodbye) goodbye = thrown;
      else if (thrown instanceof PgError) goodbye = new Goodbye(thrown);
      else throw thrown;
    }
    if (goodbye?.error) this.output.writer.errorResponse(goodbye.error.fields);
    this.backend?.close();
    this.output.flush();
    this.#server.closed(this);
    if (!this.#isClosed) this.#stream.end();
  }

  *#message(): Waiting<FrontendMessage> {
    for (;;) {
      const message = this.#decoder.next();
      if (message !== null) {
        if (message.kind === 'Invalid') throw new Goodbye(fatal('08P01', message.reason));
        return message;
      }
      if (this.#inputEnded) throw new Goodbye(null);
      yield* this.#clientWait();
    }
  }

  *#clientWait(): Waiting<void> {
    const wait = new Wait('client', () => {});
    const { backend } = this;
    if (backend === null) yield wait;
    else yield* backend.pause(wait);
  }

  *#startup(): Waiting<Backend | null> {
    for (;;) {
      const message = yield* this.#message();
      if (message.kind === 'SSLRequest' || message.kind === 'GSSENCRequest') {
        this.output.writer.encryptionRefused();
        this.output.flush();
      } else if (message.kind === 'CancelRequest') {
        this.#server.cancel(message.processId, message.secretKey);
        return null;
      } else if (message.kind === 'StartupMessage') return yield* this.#login(message.version, message.parameters);
      else throw new Goodbye(fatal('08P01', 'expected a startup packet'));
    }
  }

  *#login(version: number, parameters: ReadonlyMap<string, string>): Waiting<Backend> {
    const major = version >>> 16;
    if (major !== PROTOCOL_3_0 >>> 16) throw new Goodbye(protocolUnsupported(major, version & 0xffff));
    const { engine, roles } = this.#server;
    const user = parameters.get('user') ?? '';
    if (user === '') throw new Goodbye(noUserName());
    const unknown = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
    if ((version & 0xffff) > 0 || unknown.length > 0) this.output.writer.negotiateProtocolVersion(0, unknown);
    yield* this.#authenticate(user);
    const role = roles.get(user);
    if (role === null) throw new Goodbye(roleMissingAtLogin(user));
    if (!role.mayLogin) throw new Goodbye(fatal('28000', `role "${user}" is not permitted to log in`));
    const refusal = this.#server.admit(user);
    if (refusal !== null) throw new Goodbye(refusal);
    const database = parameters.get('database') ?? user;
    const name = engine.options.database ?? 'postgres';
    if (database !== name && database !== 'template1') throw new Goodbye(databaseMissing(database));
    engine.context.spend(engine.costs.connectMicros);
    const backend = new Backend(engine, this, user);
    this.backend = backend;
    this.#applySettings(backend, parameters);
    this.#greet(backend);
    return backend;
  }

  *#authenticate(user: string): Waiting<void> {
    const { engine, roles } = this.#server;
    const method = engine.options.authentication ?? 'trust';
    const { writer } = this.output;
    if (method === 'trust') return;
    const role = roles.get(user);
    const password = role?.password;
    if (method === 'scram-sha-256') {
      yield* this.#scram(user, password);
      return;
    }
    const salt = method === 'md5' ? engine.context.stream('postgres/salts').bytes(4) : null;
    if (salt === null) writer.authentication(3);
    else writer.authentication(5, salt);
    this.output.flush();
    const answer = yield* this.#password();
    const text = answer.toString('utf8', 0, Math.max(0, answer.length - 1));
    const isRight =
      password !== undefined && (salt === null ? text === password : isMd5Answer(text, user, password, salt));
    if (!isRight) throw new Goodbye(passwordFailed(user));
  }

  *#scram(user: string, password: string | undefined): Waiting<void> {
    const { engine, roles } = this.#server;
    const { writer } = this.output;
    writer.authentication(10, Buffer.from(`${SCRAM_MECHANISM}\0\0`));
    this.output.flush();
    const initial = yield* this.#password();
    const nameEnd = initial.indexOf(0);
    const mechanism = initial.toString('utf8', 0, Math.max(0, nameEnd));
    if (mechanism !== SCRAM_MECHANISM || initial.length < nameEnd + 5)
      throw new Goodbye(fatal('08P01', 'client selected an invalid SASL authentication mechanism'));
    // An unknown role goes through the same exchange with a password that nobody has.
    const exchange = new ScramExchange(
      roles.verifier(user, password),
      engine.context.stream('postgres/salts').bytes(18),
    );
    const first = exchange.first(initial.toString('utf8', nameEnd + 5));
    if (first.kind !== 'continue')
      throw new Goodbye(
        fatal('08P01', 'malformed SCRAM message', { detail: first.kind === 'malformed' ? first.detail : undefined }),
      );
    writer.authentication(11, Buffer.from(first.message));
    this.output.flush();
    const last = exchange.final((yield* this.#password()).toString('utf8'));
    if (last.kind === 'malformed')
      throw new Goodbye(fatal('08P01', 'malformed SCRAM message', { detail: last.detail }));
    if (last.kind !== 'done' || password === undefined) throw new Goodbye(passwordFailed(user));
    writer.authentication(12, Buffer.from(last.message));
  }

  *#password(): Waiting<Buffer> {
    const message = yield* this.#message();
    if (message.kind !== 'Password') throw new Goodbye(fatal('08P01', 'expected password response'));
    return message.bytes;
  }

  #applySettings(backend: Backend, parameters: ReadonlyMap<string, string>): void {
    const { settings } = backend;
    for (const [name, value] of Object.entries(this.#server.engine.options.settings ?? {}))
      settings.setInitial(name, value);
    settings.setInitial('session_authorization', backend.userName);
    settings.setInitial('max_connections', String(this.#server.engine.options.maxConnections ?? 100));
    settings.setInitial('is_superuser', this.#server.roles.get(backend.userName)?.isSuperuser === false ? 'off' : 'on');
    for (const [name, value] of parameters) {
      if (name === 'user' || name === 'database' || name === 'replication' || name.startsWith('_pq_.')) continue;
      if (name === 'options') {
        for (const [option, optionValue] of commandLineSettings(value))
          this.#startupSetting(backend, option, optionValue);
      } else this.#startupSetting(backend, name, value);
    }
  }

  #startupSetting(backend: Backend, name: string, value: string): void {
    const definition = settingDefinition(name);
    try {
      if (definition === undefined && !name.includes('.'))
        throw failure('42704', `unrecognized configuration parameter "${name}"`);
      if (definition?.context !== undefined) backend.settings.set(name, value, false);
      backend.settings.setInitial(name, value);
    } catch (error) {
      if (error instanceof PgError) throw new Goodbye(new PgError({ ...error.fields, severity: 'FATAL' }));
      throw error;
    }
  }

  #greet(backend: Backend): void {
    const { writer } = this.output;
    writer.authentication(0);
    this.#reportSettings(backend);
    writer.backendKeyData(backend.processId, backend.secretKey);
  }

  *#serve(backend: Backend): Waiting<void> {
    const extended = new ExtendedQuery(backend, this.output);
    let isSkipping = false;
    let wantsReady = true;
    for (;;) {
      if (wantsReady) {
        this.#ready(backend);
        wantsReady = false;
      }
      yield* this.#room();
      const message = yield* this.#nextCommand(backend);
      if (message.kind === 'Terminate') throw new Goodbye(null);
      if (isSkipping && message.kind !== 'Sync') continue;
      try {
        switch (message.kind) {
          case 'Query':
            yield* runSimpleQuery(backend, this.output, extended, message.text);
            wantsReady = true;
            break;
          case 'Sync':
            isSkipping = false;
            yield* extended.sync();
            wantsReady = true;
            break;
          case 'Flush':
            this.output.flush();
            break;
          case 'Parse':
          case 'Bind':
          case 'Describe':
          case 'Execute':
          case 'Close':
            yield* extended.handle(message);
            break;
          case 'CopyData':
          case 'CopyDone':
          case 'CopyFail':
            // Left over from a copy that failed: ignored, as the real server does.
            break;
          case 'FunctionCall':
            throw failure('0A000', 'function calls by OID are not simulated', {
              hint: 'See docs/limits.md for what the simulated server has.',
            });
          default:
            throw new Goodbye(fatal('08P01', 'unexpected message'));
        }
      } catch (thrown) {
        if (!(thrown instanceof PgError)) throw thrown;
        this.#fail(backend, thrown);
        if (message.kind === 'Query' || message.kind === 'FunctionCall' || message.kind === 'Sync') wantsReady = true;
        else isSkipping = true;
      }
    }
  }

  #fail(backend: Backend, error: PgError): void {
    backend.failStatement();
    if (this.#termination !== null && error === this.#termination) throw new Goodbye(error);
    if (error.fields.severity === 'FATAL') throw new Goodbye(error);
    this.output.writer.errorResponse(error.fields);
  }

  /** Tells the client of reported settings that changed since it was last told. */
  #reportSettings(backend: Backend): void {
    if (this.#reportedVersion === backend.settings.version) return;
    this.#reportedVersion = backend.settings.version;
    for (const name of REPORTED_SETTINGS) {
      const value = backend.settings.value(name);
      if (this.#reported.get(name) === value) continue;
      this.#reported.set(name, value);
      this.output.writer.parameterStatus(name, value);
    }
  }

  #ready(backend: Backend): void {
    this.#reportSettings(backend);
    backend.flushNotifications();
    const status = backend.blockState === 'idle' ? 'I' : backend.blockState === 'failed' ? 'E' : 'T';
    backend.state = status === 'I' ? 'idle' : status === 'T' ? 'idle in transaction' : 'idle in transaction (aborted)';
    backend.stateChangedMicros = this.#server.engine.context.clock.wallMicros();
    this.output.writer.readyForQuery(status);
    this.output.flush();
  }

  /** The next message of an idle session, with the idle timeouts running. */
  *#nextCommand(backend: Backend): Waiting<FrontendMessage> {
    const { engine } = this.#server;
    const isOpen = backend.blockState === 'block' || backend.blockState === 'failed';
    const timeoutMs = backend.settings.integer(isOpen ? 'idle_in_transaction_session_timeout' : 'idle_session_timeout');
    let timer: Timer | null = null;
    if (timeoutMs > 0 && backend.state !== 'active')
      timer = engine.after(timeoutMs * 1000, () =>
        this.terminate(isOpen ? idleInTransactionTimeout() : idleSessionTimeout()),
      );
    this.#isIdle = true;
    try {
      backend.clearInterrupt();
      if (this.#termination !== null) throw this.#termination;
      return yield* this.#message();
    } finally {
      this.#isIdle = false;
      timer?.cancel();
    }
  }

  /** Waits while the client does not read. */
  *#room(): Waiting<void> {
    if (this.#stream.bytesQueued <= UNREAD_BYTES_MAX) return;
    while (!this.#isClosed && this.#stream.bytesQueued > 0) yield* this.#clientWait();
  }
}

/** `-c name=value` and `--name=value` of the startup packet's `options`. */
function commandLineSettings(options: string): [string, string][] {
  const list: [string, string][] = [];
  const words = splitWords(options);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    let setting: string | undefined;
    if (word === '-c') setting = words[++index];
    else if (word.startsWith('-c')) setting = word.slice(2);
    else if (word.startsWith('--')) setting = word.slice(2);
    const equals = setting?.indexOf('=') ?? -1;
    if (setting === undefined || equals < 1)
      throw new Goodbye(fatal('42601', `invalid command-line argument for server process: ${word}`));
    list.push([setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)]);
  }
  return list;
}

/** Words separated by blanks; a backslash takes the next character as it is. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '\\' && index + 1 < text.length) word += text[++index]!;
    else if (character === ' ' || character === '\t' || character === '\n') {
      if (word !== '') words.push(word);
      word = '';
    } else word += character;
  }
  if (word !== '') words.push(word);
  return words;
}
