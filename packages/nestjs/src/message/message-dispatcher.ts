import { fitCloseReason, NestwireCloseCode } from '@nestwire/envelope';
import { isObservable, type Observable } from 'rxjs';
import type { MessageWorker } from '../client/message-queue.js';
import type { AnyClient } from '../client/nestwire-client.js';
import { closeCodeOfStatus, outcomeOf } from '../exceptions/outcome.js';
import type { UnexpectedErrors } from '../exceptions/unexpected-errors.js';
import type { NestwireMessage } from './nestwire-message.js';
import { Reply } from './reply.js';
import type { RouteTable } from './route-table.js';

/**
 * From a message to its answer. Nest's handler runs guards, pipes, interceptors, the method and filters; it never rejects,
 * and resolves to `undefined` after an exception that a filter was given. So whether there was one is not read from the
 * result but from the message, which every filter marks (see `nest-seam.ts`).
 */
export class MessageDispatcher implements MessageWorker<NestwireMessage> {
  constructor(
    private readonly routes: RouteTable,
    private readonly unexpected: UnexpectedErrors,
  ) {}

  /** Answers one message. Settles when the next of its connection may begin: at its end, or once it streams. */
  async handle(message: NestwireMessage): Promise<void> {
    const { client } = message;
    client.onTurn();
    // After our own close nothing more is done for the peer; what it sent before *its* close still is.
    if (client.wasClosedHere) return client.settled(message);
    const problem = message.problem ?? client.identity.problemOf(message) ?? this.unknownCode(message);
    if (problem !== undefined) {
      if (problem.malformed && client.countMalformed()) {
        client.close(NestwireCloseCode.Malformed, 'too many malformed messages');
      } else if (problem.forged === true && client.identity.countForged()) {
        client.close(NestwireCloseCode.Forbidden, 'too many messages in another name');
      } else {
        message.error(problem.error);
      }
      return client.settled(message);
    }
    const handler = client.handlers[this.routes.slotOf(message.code) as number];
    let result: unknown;
    try {
      result = await handler?.(message.data, message);
    } catch (exception) {
      message.failure = { exception };
    }
    if (isObservable(result)) return this.follow(message, result);
    if (message.failure === undefined) this.reply(message, result);
    if (message.filtering !== undefined) await this.filtered(message);
    this.settle(message);
  }

  /** `handleConnection` failed: the connection ends with the code that its exception stands for. */
  refuseConnection(client: AnyClient, exception: unknown): void {
    const outcome = outcomeOf(exception);
    if (outcome.kind === 'close') return client.close(outcome.closeCode, outcome.closeReason);
    if (!outcome.expected) this.unexpected.report(exception);
    client.close(closeCodeOfStatus(outcome.error.status), fitCloseReason(outcome.error.message));
  }

  private unknownCode(message: NestwireMessage): NestwireMessage['problem'] {
    if (this.routes.slotOf(message.code) !== undefined) return undefined;
    return { error: { status: 404, message: 'No handler for this code' }, malformed: false };
  }

  /**
   * Answers with what an Observable emits. It may be the handler's own, a stream that ends with `done`, or what an
   * interceptor makes of any answer; then the handler runs only now.
   */
  private follow(message: NestwireMessage, values: Observable<unknown>): Promise<void> {
    const { client } = message;
    if (message.cancelled || !client.isOpen) {
      client.settled(message);
      return Promise.resolve();
    }
    return new Promise((freeSlot) => {
      let emitted = 0;
      let ended = false;
      const end = (): void => {
        this.settle(message);
        freeSlot();
      };
      message.onStream = freeSlot;
      client.streamStarted(message);
      const stream = values.subscribe({
        next: (value) => {
          if (message.failure !== undefined) return;
          emitted++;
          this.reply(message, value);
          // Within `subscribe` there is no subscription to end yet.
          if (message.failure !== undefined) queueMicrotask(() => stream.unsubscribe());
        },
        error: (exception: unknown) => {
          ended = true;
          message.failure = { exception };
          end();
        },
        complete: () => {
          ended = true;
          if (message.failure === undefined) {
            if (message.streams) message.done();
            else if (emitted === 0) this.reply(message, undefined);
          }
          if (message.filtering === undefined) end();
          else void this.filtered(message).then(end);
        },
      });
      message.stream = stream;
      // Cut short: by the connection's end, by a `cancel`, or by a value that can't be encoded.
      stream.add(() => {
        if (!ended) end();
      });
      if (message.streams) freeSlot();
    });
  }

  private reply(message: NestwireMessage, value: unknown): void {
    const data = value instanceof Reply ? value.data : value;
    const code = value instanceof Reply ? value.code : message.code;
    if (data === undefined && message.id === undefined && !(value instanceof Reply)) return;
    try {
      message.reply(data, code);
    } catch (exception) {
      // What the codec can't encode, the handler should not have returned.
      message.failure = { exception };
    }
  }

  /** An asynchronous filter has finished; what it threw takes the place of what it was given. */
  private async filtered(message: NestwireMessage): Promise<void> {
    try {
      await message.filtering;
    } catch (exception) {
      message.failure = { exception };
    }
  }

  /** The message's end: what went wrong, and was not answered by a filter, is answered now. */
  private settle(message: NestwireMessage): void {
    const { client } = message;
    client.settled(message);
    if (message.failure === undefined || message.answered || !client.isOpen) return;
    const outcome = outcomeOf(message.failure.exception);
    if (outcome.kind === 'close') return client.close(outcome.closeCode, outcome.closeReason);
    if (!outcome.expected) this.unexpected.report(message.failure.exception);
    message.error(outcome.error);
  }
}
