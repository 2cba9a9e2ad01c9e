import { type EnvelopeError, fitCloseReason } from '@nestwire/envelope';
import { isObservable, type Observable } from 'rxjs';
import type { MessageWorker } from '../client/message-queue.js';
import type { AnyClient } from '../client/nestwire-client.js';
import { type BoundFilter, filterException, type FilterChain } from '../exceptions/filter-chain.js';
import { closeCodeOfStatus, outcomeOf } from '../exceptions/outcome.js';
import { isPromiseLike } from '../exceptions/promise-like.js';
import { exceptionOf, TOO_MANY_STREAMS } from '../exceptions/refusal.js';
import type { UnexpectedErrors } from '../exceptions/unexpected-errors.js';
import type { MessageCounts } from './message-counts.js';
import { abandonStream, type HandlerStream, isHandlerStream, observeWhenReleased } from './observe-iterable.js';
import type { DirectHandler } from '../nest-direct.js';
import { MessageHost } from './message-host.js';
import type { MessageProblem, NestwireMessage } from './nestwire-message.js';
import { Reply } from './reply.js';
import type { Route } from './route-table.js';

const UNKNOWN_CODE: MessageProblem = { error: { status: 404, message: 'No handler for this code' } };
const TOO_LATE: EnvelopeError = { status: 503, message: 'The handler took too long' };

/**
 * From a message to its answer. Nest's handler runs guards, pipes, interceptors, the method and filters; it never rejects,
 * and resolves to `undefined` after an exception that a filter was given. So whether there was one is not read from the
 * result but from the message, which every filter marks (see `nest-seam.ts`).
 */
export class MessageDispatcher implements MessageWorker<NestwireMessage> {
  // One for all messages: each is called in its message's scope.
  private readonly answerOne = (message: NestwireMessage): void => this.answer(message);
  private readonly refuseLate = (message: NestwireMessage): Promise<void> => this.refuse(message, TOO_LATE);

  constructor(
    private readonly unexpected: UnexpectedErrors,
    private readonly counts: MessageCounts,
    /** The application's filters, for what is wrong before a handler is known. */
    readonly globalFilters: FilterChain,
  ) {}

  /** Answers one message, and frees its slot: at its end, or once it streams. */
  handle(message: NestwireMessage): void {
    const { client } = message;
    client.inbox.onTurn();
    // After our own close nothing more is done for the peer; what it sent before *its* close still is.
    if (client.wasClosedHere || client.inbox.isEnding) return client.inbox.settled(message);
    const { observer, wheel } = client.server;
    if (observer !== undefined) message.beganAt = wheel.now();
    if (observer?.around === undefined) message.runInAsyncScope(this.answerOne, undefined, message);
    else message.runInAsyncScope(() => observer.around?.(message, () => this.answer(message)));
  }

  /** The handler is past its deadline: it is answered for, and unheard from now on. */
  expire(message: NestwireMessage): void {
    message.expired = true;
    if (message.sentByFilter) message.answered = true;
    // A filter must not keep the slot that the handler kept already; and what has its answer gets no second one.
    if (!message.replied) void message.runInAsyncScope(this.refuseLate, undefined, message);
    message.client.inbox.settled(message);
  }

  /** `handleConnection` failed: the connection ends with the code that its exception stands for. */
  refuseConnection(client: AnyClient, exception: unknown): void {
    const outcome = outcomeOf(exception);
    if (outcome.kind === 'close') return client.close(outcome.closeCode, outcome.closeReason);
    if (!outcome.expected) this.unexpected.report(exception);
    client.close(closeCodeOfStatus(outcome.error.status), fitCloseReason(outcome.error.message));
  }

  private answer(message: NestwireMessage): void {
    try {
      this.begin(message);
    } catch (exception) {
      // An exception of the application's own may throw when it is asked what it means. The queue has to go on.
      this.unexpected.report(exception);
      message.client.inbox.settled(message);
    }
  }

  private begin(message: NestwireMessage): void {
    const { client, route } = message;
    const problem = message.problem ?? client.identity.problemOf(message);
    if (problem !== undefined || route === undefined) void this.turnDown(message, problem ?? UNKNOWN_CODE);
    // In a bare format, what nobody else answers Nest's own filter does, which is in Nest's function only.
    else if (route.direct === undefined || client.codec.bare === true) void this.answerByNest(message, route);
    else this.answerDirectly(message, route.direct);
  }

  /** It never reaches a handler. */
  private async turnDown(message: NestwireMessage, { error, violation }: MessageProblem): Promise<void> {
    const { inbox } = message.client;
    const end = violation === undefined ? undefined : inbox.countViolation(violation);
    message.errorStatus = error.status;
    if (end !== undefined) message.close(end.closeCode, end.closeReason);
    else await this.refuse(message, error);
    inbox.settled(message);
  }

  /** What guards and method do at once is answered at once: such a message waits for no promise. */
  private answerDirectly(message: NestwireMessage, direct: DirectHandler): void {
    let result: unknown;
    try {
      result = direct.call(message);
    } catch (exception) {
      return this.fail(message, exception);
    }
    if (isPromiseLike(result)) void this.answerLater(message, direct, result);
    else this.answerWith(message, direct, result);
  }

  private async answerLater(
    message: NestwireMessage,
    direct: DirectHandler,
    result: PromiseLike<unknown>,
  ): Promise<void> {
    let value: unknown;
    try {
      value = await result;
    } catch (exception) {
      return this.fail(message, exception);
    }
    this.answerWith(message, direct, value);
  }

  /** What a handler gave that was called directly; what goes wrong in a stream, Nest gives to no filter there. */
  private answerWith(message: NestwireMessage, direct: DirectHandler, value: unknown): void {
    if (direct.isIntercepted) return this.follow(message, value as Observable<unknown>, true);
    if (isHandlerStream(value)) return this.stream(message, value, true);
    if (message.failure === undefined) this.reply(message, value);
    this.settle(message);
  }

  /** What a handler threw that was called directly goes to the filters that Nest would have given it to. */
  private fail(message: NestwireMessage, exception: unknown): void {
    message.failure = { exception };
    this.filter(message, exception);
    if (message.filtering === undefined) this.settle(message);
    else void this.filtered(message).then(() => this.settle(message));
  }

  private async answerByNest(message: NestwireMessage, route: Route): Promise<void> {
    const { client } = message;
    let result: unknown;
    try {
      result = route.acknowledges
        ? await route.call(client, message.data, message, (data) => this.reply(message, data))
        : await route.call(client, message.data, message);
    } catch (exception) {
      message.failure = { exception };
    }
    if (!route.tellsMessage && isHandlerStream(result)) return this.stream(message, result, !isObservable(result));
    if (isObservable(result)) return this.follow(message, result);
    if (message.failure === undefined && !route.acknowledges) this.reply(message, result);
    if (message.filtering !== undefined) await this.filtered(message);
    this.settle(message);
  }

  /** Answers for a message without its handler, by way of the filters that the handler's own exceptions would go through. */
  private async refuse(message: NestwireMessage, error: EnvelopeError): Promise<void> {
    const filters = this.filtersOf(message);
    if (filters.length === 0) return message.error(error);
    const exception = exceptionOf(error);
    if (!this.filter(message, exception, filters)) return message.error(error);
    if (message.filtering !== undefined) await this.filtered(message);
    this.conclude(message, message.failure?.exception ?? exception, false);
  }

  private filter(message: NestwireMessage, exception: unknown, filters = this.filtersOf(message)): boolean {
    return filterException(filters, exception, message, MessageHost.of(message));
  }

  /** The handler's own stream. What goes wrong in an Observable, Nest gives to the filters; of iterables it knows nothing. */
  private stream(message: NestwireMessage, stream: HandlerStream, isUnfiltered: boolean): void {
    if (message.expired || message.cancelled || !message.client.isOpen) {
      abandonStream(stream);
      return this.settle(message);
    }
    if (!message.client.inbox.admitsStream()) {
      abandonStream(stream);
      void this.refuse(message, TOO_MANY_STREAMS).then(() => message.client.inbox.settled(message));
      return;
    }
    message.streams = true;
    this.follow(message, observeWhenReleased(stream, message), isUnfiltered);
  }

  private filtersOf({ route }: NestwireMessage): readonly BoundFilter[] {
    return [...(route?.filters() ?? []), ...this.globalFilters()];
  }

  /**
   * Answers with what an Observable emits. It may be the handler's own, a stream that ends with `done`, or what an
   * interceptor makes of any answer; then the handler runs only now.
   */
  private follow(message: NestwireMessage, values: Observable<unknown>, isUnfiltered = false): void {
    const { client } = message;
    if (message.cancelled || message.expired) return this.settle(message);
    let emitted = 0;
    let ended = false;
    const end = (): void => this.settle(message);
    message.onStream = () => {
      client.inbox.streamStarted(message);
      // Behind an interceptor nothing of it has been subscribed to yet.
      queueMicrotask(() => client.inbox.free(message));
    };
    if (message.streams) client.inbox.streamStarted(message);
    const stream = values.subscribe({
      next: (value) => {
        // Within `subscribe` there is no subscription to end yet.
        if (message.failure !== undefined || !client.isOpen) return queueMicrotask(() => stream.unsubscribe());
        if (message.route?.acknowledges === true && !message.streams) return;
        emitted++;
        this.reply(message, value);
      },
      error: (exception: unknown) => {
        ended = true;
        message.failure = { exception };
        if (!isUnfiltered) return end();
        this.filter(message, exception);
        if (message.filtering === undefined) end();
        else void this.filtered(message).then(end);
      },
      complete: () => {
        ended = true;
        if (message.failure === undefined) {
          if (message.streams) message.done();
          else if (emitted === 0 && message.route?.acknowledges !== true) this.reply(message, undefined);
        }
        if (message.filtering === undefined) end();
        else void this.filtered(message).then(end);
      },
    });
    message.stream = stream;
    if (message.streams) client.inbox.free(message);
    // Cut short: by the connection's end, by a `cancel`, or by a value that can't be encoded.
    stream.add(() => {
      if (!ended) end();
    });
  }

  private reply(message: NestwireMessage, value: unknown): void {
    if (message.expired || message.failure !== undefined) return;
    // An `@Ack()` answers once.
    if (message.replied && message.route?.acknowledges === true && !message.streams) return;
    message.replied = true;
    const data: unknown = value instanceof Reply ? value.data : value;
    const code = value instanceof Reply ? value.code : message.code;
    const options = value instanceof Reply ? value.options : undefined;
    if (data === undefined && message.id === undefined && !(value instanceof Reply)) return;
    if (data === null && message.client.codec.bare === true) return;
    try {
      message.reply(data, code, options);
    } catch (exception) {
      // What the codec can't encode, the handler should not have returned.
      message.failure = { exception };
    }
  }

  /** An asynchronous filter has finished; what it threw takes the place of what it was given. */
  private async filtered(message: NestwireMessage): Promise<void> {
    try {
      await message.filtering;
      if (message.sentByFilter) message.answered = true;
    } catch (exception) {
      message.failure = { exception };
    }
  }

  /** The message's end: what went wrong, and was not answered by a filter, is answered now. */
  private settle(message: NestwireMessage): void {
    if (message.expired) this.counts.countLate();
    // Behind its deadline, or its own `@Ack()`, an answer has gone out: an exception is for the log only.
    const isAnswered = message.expired || (message.replied && message.route?.acknowledges === true);
    if (message.failure !== undefined) this.conclude(message, message.failure.exception, isAnswered);
    message.client.inbox.settled(message);
  }

  private conclude(message: NestwireMessage, exception: unknown, isAnswered: boolean): void {
    if (message.answered && !isAnswered) return;
    const outcome = outcomeOf(exception);
    if (outcome.kind === 'close') return message.close(outcome.closeCode, outcome.closeReason);
    if (message.client.codec.bare === true) {
      // A filter's word is the last one, also where it says nothing.
      if (message.failure?.filtered !== true) this.unexpected.report(exception);
      return;
    }
    if (!outcome.expected) this.unexpected.report(exception);
    if (!isAnswered) message.error(outcome.error);
  }
}
