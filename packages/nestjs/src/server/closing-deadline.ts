import { Deadline } from '@nestwire/engine';
import type { AnyClient } from '../client/nestwire-client.js';

/** One for all that clients have sent before they left, while the server closes: what has not begun by then is dropped. */
export class ClosingDeadline extends Deadline {
  constructor(private readonly clients: ReadonlySet<AnyClient>) {
    super();
  }

  override onDeadline(): void {
    for (const { inbox } of [...this.clients]) inbox.queue.clear();
  }
}
