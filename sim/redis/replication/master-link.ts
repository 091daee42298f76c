/**
 * A replica's way to its master: handshake, snapshot, stream (replication.c, `syncWithMaster` and what follows it).
 *
 * The handshake is PING, AUTH, REPLCONF, PSYNC, one after the other; then the master either continues the stream or sends a snapshot first. Every
 * break is followed by a new attempt: at once after an established link, else with the next tick of a second.
 */
import type { ByteStream, OutgoingHandler } from '../../kernel/byte-stream.ts';
import type { Client } from '../client.ts';
import type { Engine } from '../engine.ts';
import { decodeFile, RdbFormatError } from '../rdb/index.ts';
import { RequestDecoder } from '../wire/decode-request.ts';
import { encodeRequest } from '../wire/encode.ts';

/** As ROLE names them. */
export type LinkState = 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected';

interface Step {
  readonly request: readonly string[];
  /** A master that does not know the option is followed all the same. */
  readonly isOptional: boolean;
}

export interface MasterLinkOptions {
  readonly host: string;
  readonly port: number;
  /** The database that the stream stood in, for a continuation. */
  readonly lastDatabase: number;
}

export class MasterLink {
  readonly host: string;
  readonly port: number;
  state: LinkState = 'connect';
  /** Wall seconds of the last byte from the master. */
  ioAtSeconds: number;
  /** Wall seconds since which there is no link; 0 before the first. */
  downSinceSeconds: number;
  /** Bytes of the stream that have come, applied or not. */
  readOffset = 0;
  readonly #engine: Engine;
  readonly #applier: Client;
  #stream: ByteStream | null = null;
  /** Stands for the attempt that is under way: what an older one still has to say is not heard. */
  #attempt: object | null = null;
  #steps: Step[] = [];
  #received = '';
  /** How the snapshot that is under way ends; null while none is. And where the stream stands after it. */
  #snapshotEnd: { readonly bytes: number } | { readonly mark: string } | null = null;
  #snapshotId = '';
  #snapshotOffset = 0;
  #decoder = new RequestDecoder();
  #transaction: string[][] | null = null;

  constructor(engine: Engine, options: MasterLinkOptions) {
    this.#engine = engine;
    this.host = options.host;
    this.port = options.port;
    this.ioAtSeconds = engine.replication.nowSeconds;
    this.downSinceSeconds = this.ioAtSeconds;
    this.#applier = engine.newClient(null);
    this.#applier.isBlockingDenied = true;
    this.#applier.db = engine.databases[options.lastDatabase]!;
  }

  get isUp(): boolean {
    return this.state === 'connected';
  }

  /** Starts an attempt, unless one is under way. */
  connect(): void {
    if (this.state !== 'connect') return;
    this.state = 'connecting';
    this.ioAtSeconds = this.#engine.replication.nowSeconds;
    this.#received = '';
    this.#snapshotEnd = null;
    this.#decoder = new RequestDecoder();
    this.#transaction = null;
    const attempt = {};
    this.#attempt = attempt;
    const enter = (work: () => void): void => {
      if (this.#attempt !== attempt) return;
      this.#engine.begin();
      work();
      this.#engine.finish();
    };
    const handler: OutgoingHandler = {
      connected: () => enter(() => this.#connected()),
      data: (bytes) => enter(() => this.#receive(bytes.toString('latin1'))),
      end: () => enter(() => this.#break('it has closed the link')),
      close: () => enter(() => this.#break('the link is lost, or could not be made')),
    };
    this.#stream = this.#engine.connect({ host: this.host, port: this.port }, handler);
  }

  /** Ends for good: another master, or none. */
  leave(): void {
    const stream = this.#stream;
    this.abandon();
    stream?.destroy('close');
  }

  /** The server is down: nothing more is said or heard. */
  abandon(): void {
    this.#attempt = null;
    this.#stream = null;
  }

  /** Once a second. */
  tick(): void {
    const { replication, config } = this.#engine;
    const silentSeconds = replication.nowSeconds - this.ioAtSeconds;
    if (this.state === 'connect') this.connect();
    else if (silentSeconds > config.replicationTimeoutSeconds) this.#break('the master is silent');
    else if (this.state === 'connected') this.#acknowledge();
  }

  #connected(): void {
    this.state = 'handshake';
    this.#steps = this.#handshake();
    this.#sendStep();
  }

  #receive(text: string): void {
    this.ioAtSeconds = this.#engine.replication.nowSeconds;
    if (this.state === 'connected') this.#takeStream(text);
    else {
      this.#received += text;
      this.#readHandshake();
    }
  }

  #break(reason: string): void {
    const wasUp = this.isUp;
    const stream = this.#stream;
    this.abandon();
    this.#engine.log(`master ${this.host}:${this.port}: ${reason}`);
    if (wasUp) this.downSinceSeconds = this.#engine.replication.nowSeconds;
    this.state = 'connect';
    stream?.destroy('close');
    if (wasUp) this.connect();
  }

  // Handshake.

  #handshake(): Step[] {
    const { config, port } = this.#engine;
    const steps: Step[] = [{ request: ['PING'], isOptional: false }];
    const [user, password] = [config.get('masteruser'), config.get('masterauth')];
    if (password !== '') {
      steps.push({ request: user === '' ? ['AUTH', password] : ['AUTH', user, password], isOptional: false });
    }
    const announcedPort = config.get('replica-announce-port');
    const ownPort = announcedPort === '0' ? String(port) : announcedPort;
    steps.push({ request: ['REPLCONF', 'listening-port', ownPort], isOptional: true });
    const address = config.get('replica-announce-ip');
    if (address !== '') steps.push({ request: ['REPLCONF', 'ip-address', address], isOptional: true });
    steps.push({ request: ['REPLCONF', 'capa', 'eof', 'capa', 'psync2'], isOptional: true });
    return steps;
  }

  #sendStep(): void {
    const step = this.#steps[0];
    if (step !== undefined) {
      this.#send(step.request);
      return;
    }
    const { replication } = this.#engine;
    if (replication.backlog === null) this.#send(['PSYNC', '?', '-1']);
    else this.#send(['PSYNC', replication.id, String(replication.offset + 1)]);
    this.state = 'handshake';
  }

  #send(args: readonly string[]): void {
    this.#stream?.write(Buffer.from(encodeRequest(args), 'latin1'));
  }

  #readHandshake(): void {
    while (this.state === 'handshake' || this.state === 'sync') {
      if (this.#snapshotEnd !== null) {
        const snapshot = this.#takeSnapshot(this.#snapshotEnd);
        if (snapshot === null) return;
        this.#load(snapshot);
        continue;
      }
      const end = this.#received.indexOf('\n');
      if (end < 0) return;
      const line = this.#take(end + 1).replace(/\r?\n$/, '');
      // An empty line is a sign of life while a snapshot is being made.
      if (line !== '') this.#readLine(line);
    }
  }

  #take(count: number): string {
    const text = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return text;
  }

  #readLine(line: string): void {
    const step = this.#steps[0];
    if (step !== undefined) {
      const isRefused = line.startsWith('-') && !(step.request[0] === 'PING' && /^-(NOAUTH|NOPERM)/.test(line));
      if (isRefused && !step.isOptional) {
        this.#break(`${step.request[0]} was answered with ${line}`);
        return;
      }
      this.#steps.shift();
      this.#sendStep();
      return;
    }
    if (this.state === 'sync') {
      const length = /^\$(\d+)$/.exec(line);
      if (length !== null) this.#snapshotEnd = { bytes: Number(length[1]) };
      else if (/^\$EOF:.{40}$/.test(line)) this.#snapshotEnd = { mark: line.slice(5) };
      else this.#break(`a snapshot cannot begin with ${line}`);
      return;
    }
    const [word, id = '', offset = ''] = line.split(' ');
    if (word === '+FULLRESYNC' && /^[0-9a-f]{40}$/.test(id)) {
      this.#snapshotId = id;
      this.#snapshotOffset = Number(offset);
      this.state = 'sync';
    } else if (word === '+CONTINUE') this.#continue(id);
    else this.#break(`PSYNC was answered with ${line}`);
  }

  /** The whole snapshot, once it is there: its length is known, or it ends with a mark that was announced. */
  #takeSnapshot(end: { readonly bytes: number } | { readonly mark: string }): string | null {
    if ('bytes' in end) return this.#received.length < end.bytes ? null : this.#take(end.bytes);
    const at = this.#received.indexOf(end.mark);
    return at < 0 ? null : this.#take(at + end.mark.length).slice(0, at);
  }

  #load(snapshot: string): void {
    this.#snapshotEnd = null;
    const { replication } = this.#engine;
    try {
      this.#engine.replaceDataset(decodeFile(snapshot, this.#engine.config));
    } catch (failure) {
      if (!(failure instanceof RdbFormatError)) throw failure;
      this.#break(`its snapshot cannot be read: ${failure.message}`);
      return;
    }
    replication.disconnectReplicas();
    replication.restartedAt(this.#snapshotId, this.#snapshotOffset);
    this.#applier.db = this.#engine.databases[0]!;
    this.#established();
  }

  #continue(id: string): void {
    if (id !== '') this.#engine.replication.renamed(id);
    this.#established();
  }

  #established(): void {
    const { replication } = this.#engine;
    this.state = 'connected';
    this.readOffset = replication.offset;
    replication.database = this.#applier.db.number;
    this.#acknowledge();
    const rest = this.#take(this.#received.length);
    if (rest !== '') this.#takeStream(rest);
  }

  // The stream.

  #takeStream(text: string): void {
    const engine = this.#engine;
    const { replication } = engine;
    this.readOffset += text.length;
    this.#received += text;
    this.#decoder.push(Buffer.from(text, 'latin1'));
    for (let request = this.#decoder.next(); request !== null; request = this.#decoder.next()) {
      if (request.kind === 'violation') {
        this.#break(request.message);
        return;
      }
      this.#apply(request.args);
      if (this.state !== 'connected') return;
      if (this.#transaction !== null) continue;
      // The bytes of whole units are passed on, so that an offset never stands inside a transaction.
      replication.database = this.#applier.db.number;
      replication.feed(this.#take(this.#received.length - this.#decoder.bytesPending));
    }
  }

  #apply(args: string[]): void {
    switch (args[0]!.toLowerCase()) {
      case 'ping':
        return;
      case 'replconf':
        // The request's own bytes do not count yet.
        if (args[1]?.toLowerCase() === 'getack') this.#acknowledge();
        return;
      case 'multi':
        this.#transaction = [];
        return;
      case 'exec': {
        const commands = this.#transaction ?? [];
        this.#transaction = null;
        this.#run(commands);
        return;
      }
      default:
        if (this.#transaction === null) this.#run([args]);
        else this.#transaction.push(args);
    }
  }

  #run(commands: readonly string[][]): void {
    const engine = this.#engine;
    const { replication } = engine;
    replication.isApplying = true;
    try {
      for (const args of commands) engine.dispatcher!.apply(this.#applier, args);
    } finally {
      replication.isApplying = false;
    }
    engine.propagation.unitDone();
    if (engine.blocking.hasReady) engine.blocking.serve();
  }

  #acknowledge(): void {
    this.#send(['REPLCONF', 'ACK', String(this.#engine.replication.offset)]);
  }
}
