/** Counters that INFO shows, the slow log, and latency events. */

export interface SlowlogEntry {
  readonly id: number;
  readonly atSeconds: number;
  readonly micros: number;
  readonly args: readonly string[];
  readonly address: string;
  readonly name: string;
}

export class Statistics {
  connectionsReceived = 0;
  commandsProcessed = 0;
  rejectedConnections = 0;
  expiredKeys = 0;
  evictedKeys = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  bytesReceived = 0;
  bytesSent = 0;
  errorReplies = 0;
  /** Errors by their code: `ERR`, `WRONGTYPE`. */
  readonly errors = new Map<string, number>();
  readonly slowlog: SlowlogEntry[] = [];
  nextSlowlogId = 0;

  countError(text: string): void {
    this.errorReplies += 1;
    const end = text.indexOf(' ');
    const code = end < 0 ? text : text.slice(0, end);
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connectionsReceived = 0;
    this.commandsProcessed = 0;
    this.rejectedConnections = 0;
    this.expiredKeys = 0;
    this.evictedKeys = 0;
    this.keyspaceHits = 0;
    this.keyspaceMisses = 0;
    this.bytesReceived = 0;
    this.bytesSent = 0;
    this.errorReplies = 0;
    this.errors.clear();
  }
}
