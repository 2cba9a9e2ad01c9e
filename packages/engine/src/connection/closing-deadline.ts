import { Deadline } from '../time/timing-wheel.js';

/** The closing handshake, and the end of the transport behind it, take so long at most. RFC 6455 §7.1.1. */
export class ClosingDeadline extends Deadline {
  constructor(private readonly connection: { onClosingTimeout(): void }) {
    super();
  }

  override onDeadline(): void {
    this.connection.onClosingTimeout();
  }
}
