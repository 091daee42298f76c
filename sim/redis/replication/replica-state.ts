/** A follower as its master sees it. */
import type { Client } from '../client.ts';

export class ReplicaState {
  readonly client: Client;
  /** `wait_bgsave`: the snapshot is to come. `send_bulk`: it is under way. `online`: the follower has begun to answer. */
  state: 'wait_bgsave' | 'send_bulk' | 'online' = 'wait_bgsave';
  /** Where the follower can be reached, as it said; 0 and empty until then. */
  announcedAddress = '';
  port = 0;
  ackOffset = 0;
  /** Wall seconds of the last acknowledgement; 0 before the first. */
  ackAtSeconds = 0;
  /** `capa eof`: it can take a snapshot that does not say its length. */
  knowsEofMark = false;
  /** `capa psync2`: it understands that a stream changes its ID. */
  knowsIdChanges = false;

  constructor(client: Client) {
    this.client = client;
  }

  get address(): string {
    return this.announcedAddress === '' ? this.client.stream!.remoteAddress : this.announcedAddress;
  }
}
