/** What `http` and others look for on a socket's handle: it is there while the socket is open. */
interface HandleOwner {
  readonly holdsProcess: boolean;
  ref(): unknown;
  unref(): unknown;
}

export class Handle {
  readonly #socket: HandleOwner;
  constructor(socket: HandleOwner) {
    this.#socket = socket;
  }
  getAsyncId(): number {
    return 0;
  }
  getProviderType(): string {
    return 'TCPWRAP';
  }
  asyncReset(): void {}
  readStart(): void {}
  readStop(): void {}
  ref(): void {
    this.#socket.ref();
  }
  unref(): void {
    this.#socket.unref();
  }
  hasRef(): boolean {
    return this.#socket.holdsProcess;
  }
  close(): void {}
}
