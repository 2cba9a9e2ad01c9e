import { Deadline } from '@nestwire/engine';
import type { NestwireClient } from './nestwire-client.js';

/** Closes a client's connection, by a closing handshake, when something has not happened in time. */
export class CloseDeadline extends Deadline {
  constructor(
    private readonly client: Pick<NestwireClient, 'onOverdue'>,
    readonly closeCode: number,
    readonly closeReason: string,
  ) {
    super();
  }

  override onDeadline(): void {
    this.client.onOverdue(this);
  }
}
