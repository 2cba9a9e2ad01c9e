import { CloseCode, Deadline } from '@nestwire/engine';
import type { AnyClient } from './nestwire-client.js';

/**
 * What `handleConnection` has begun for a client. Its messages wait for the end of it, for as long as a handler may take
 * (`handlerTimeoutMs`): then the connection is closed, as for a 503.
 */
export class Connecting extends Deadline {
  private readonly begun: PromiseLike<unknown>[] = [];

  constructor(private readonly client: AnyClient) {
    super();
  }

  add(work: PromiseLike<unknown>): void {
    this.begun.push(work);
  }

  /** All has begun that will. */
  wait(): void {
    const { client } = this;
    const { wheel, options, dispatcher } = client.server;
    wheel.arm(this, options.handlerTimeoutMs);
    void Promise.all(this.begun).then(
      () => {
        wheel.disarm(this);
        client.inbox.queue.release();
      },
      (exception: unknown) => {
        wheel.disarm(this);
        dispatcher.refuseConnection(client, exception);
        client.inbox.queue.clear();
      },
    );
  }

  /** @internal The wheel's call. What the client has sent is dropped; one that has left meanwhile is told to `handleDisconnect`. */
  override onDeadline(): void {
    this.client.close(CloseCode.TryAgainLater, 'connecting took too long');
    this.client.inbox.queue.clear();
  }
}
