import { AsyncResource } from 'node:async_hooks';
import type { ArgumentsHost } from '@nestjs/common';
import type { SendOptions } from '@nestwire/engine';
import type { CorrelationId, EnvelopeError, IncomingEnvelope, OutgoingEnvelope, UserId } from '@nestwire/envelope';
import type { Subscription } from 'rxjs';
import type { AnyClient } from '../client/nestwire-client.js';
import type { QueuedMessage } from '../client/message-queue.js';
import type { MessageViolation } from '../client/violations.js';
import { encode } from '../client/safe-codec.js';
import { noteSent } from '../exceptions/filter-scope.js';
import { type HandlingPlan, IN_ORDER } from './handling-plan.js';
import type { Route } from './route-table.js';
import { asSecond, withinCode } from './within-code.js';

/** Why a message never reaches a handler. */
export interface MessageProblem {
  readonly error: EnvelopeError;
  /** What it counts as, if it ends the connection when it is repeated. */
  readonly violation?: MessageViolation;
}

/** What waits for the answers of earlier messages. */
interface HeldAnswer {
  readonly answer: string | Uint8Array;
  readonly code: number;
  readonly options: SendOptions | undefined;
}

/**
 * One message on its way through guards, pipes, interceptors, handler and filters. Nest hands it through as an extra
 * argument; guards and filters get it with {@link NestwireMessage.of}.
 *
 * It is the async resource that its handler runs in. Messages begin where others end; without one of its own, what a guard
 * puts into an `AsyncLocalStorage` for one message would still be there for the next.
 */
export class NestwireMessage extends AsyncResource implements QueuedMessage {
  /** The exception that a filter was given; an object, because anything can be thrown. */
  failure: { readonly exception: unknown; readonly filtered?: true } | undefined = undefined;
  /** What filters still have to do. */
  filtering: PromiseLike<unknown> | undefined = undefined;
  /** Whether the handler gave a stream; an interceptor makes an Observable of any answer, which does not tell. */
  streams = false;
  /** Called as soon as the handler gave a stream. */
  onStream: (() => void) | undefined = undefined;
  /** Whether an `error` went out for this message already. */
  answered = false;
  /** @internal Whether a filter has sent something to the client: that was the answer, once the filter has finished. */
  sentByFilter = false;
  /** Whether a value went out for this message already. */
  replied = false;
  /** The running stream, which a `cancel` or the connection's end stops. */
  stream: Subscription | undefined = undefined;
  /** The client has asked to stop the stream; it may not have begun. */
  cancelled = false;
  /** It took too long and has been answered so: what its handler still gives is dropped. */
  expired = false;
  /** The status of the `error` that it came to; 0 for none. */
  errorStatus = 0;
  /** @internal When its turn came, on the wheel's clock; -1 where nobody asks. */
  beganAt = -1;

  /** @internal */
  dueAt = Infinity;
  /** @internal */
  isFree = false;
  /** @internal */
  holding = false;
  /** Called when what was held goes out: a stream begins only then. */
  onRelease: (() => void) | undefined = undefined;
  private held: HeldAnswer[] | undefined = undefined;
  /** How the connection ends when this message's turn comes. */
  private ending: { readonly closeCode: number; readonly closeReason: string } | undefined = undefined;

  /** @internal */
  constructor(
    readonly client: AnyClient,
    readonly envelope: IncomingEnvelope,
    /** @internal What it takes while it waits, in bytes. */
    readonly size: number,
    /** @internal Where it goes; `undefined` for a code that nobody subscribes to. */
    readonly route: Route | undefined,
    /** @internal What makes this message one for no handler, if anything does. */
    readonly problem: MessageProblem | undefined,
  ) {
    super('NestwireMessage');
  }

  /** The message that a guard, interceptor or filter is called for; `undefined` if it is not a Nestwire message. */
  static of(host: ArgumentsHost): NestwireMessage | undefined {
    // `getArgs` is typed as a tuple of the caller's choice; what is in it is found by looking.
    return host.getArgs<unknown[]>().find((argument) => argument instanceof NestwireMessage);
  }

  get code(): number {
    return this.envelope.code;
  }

  get id(): CorrelationId | undefined {
    return this.envelope.id;
  }

  /** Who speaks: the connection's principal; without one, who the message says. */
  get userId(): UserId | undefined {
    return this.client.principal?.userId ?? this.envelope.userId;
  }

  get data(): unknown {
    return this.envelope.data;
  }

  /** @internal */
  get plan(): HandlingPlan {
    return this.problem === undefined && this.route !== undefined ? this.route.plan : IN_ORDER;
  }

  /**
   * Answers with a value, under this message's code unless another is given. Where the client reads too slowly, `options` say what becomes of
   * it; else the path's policy does, which, but for a stream's values, drops no answer.
   */
  reply(data: unknown, code = this.envelope.code, options = this.streams ? undefined : this.ofOneAnswer): void {
    const { id } = this;
    const within = options && withinCode(options, code, id);
    if (this.client.codec.bare === true) this.answer({ code, data, reply: true }, within);
    else this.answer({ userId: this.userId, code, id, data }, within);
  }

  /** Answers with an `error`: how a filter says itself what went wrong. There is at most one for a message. */
  error(error: EnvelopeError): void {
    if (this.answered) return;
    this.answered = true;
    const { client, userId, code, id } = this;
    this.errorStatus = error.status;
    client.server.counts.countError(error.status);
    this.answer({ userId, code, id, error }, this.ofOneAnswer);
  }

  /** Says that the stream has ended; only those who gave an `id` can tell of which. */
  done(): void {
    if (this.id === undefined) return;
    this.answer({ userId: this.userId, code: this.code, id: this.id, done: true }, this.ofOneAnswer);
  }

  /** @internal Closes the connection once the earlier messages have been answered; nothing more is begun meanwhile. */
  close(closeCode: number, closeReason: string): void {
    if (!this.holding) return this.client.close(closeCode, closeReason);
    this.ending ??= { closeCode, closeReason };
    this.client.inbox.isEnding = true;
  }

  cancel(): void {
    this.cancelled = true;
    if (this.streams) this.stream?.unsubscribe();
  }

  /** @internal The earlier messages have been answered. */
  release(): void {
    this.holding = false;
    const { held = [], onRelease, ending, client } = this;
    this.held = undefined;
    this.onRelease = undefined;
    client.inbox.queue.countReleased(
      held.length,
      held.reduce((bytes, { answer }) => bytes + answer.length, 0),
    );
    for (const { answer, code, options } of held) client.sendEncoded(answer, code, options);
    if (ending !== undefined) return client.close(ending.closeCode, ending.closeReason);
    onRelease?.();
    client.inbox.onTurn();
  }

  /**
   * Sends an answer, or holds it until the earlier messages have theirs. Bytes that the codec can't carry, as no text can, go
   * out as they are; whoever gave an `id` is told of the end by a reply without `data`.
   */
  private answer(envelope: OutgoingEnvelope, options: SendOptions | undefined): void {
    const { codec, server, isOpen } = this.client;
    const { code } = envelope;
    if (!isOpen || this.ending !== undefined) return;
    if (envelope.data instanceof Uint8Array && codec.opcode === 'text' && codec.bare !== true) {
      this.sendOrHold(envelope.data, code, options);
      if (envelope.id === undefined) return;
      const end = encode(codec, { ...envelope, data: undefined }, server);
      this.sendOrHold(end, code, options && asSecond(options));
    } else {
      this.sendOrHold(encode(codec, envelope, server), code, options);
    }
  }

  /** What is asked for is answered, or the connection ends: of one answer, no policy of the path's drops it. */
  private get ofOneAnswer(): SendOptions | undefined {
    return this.client.server.ofOneAnswer;
  }

  private sendOrHold(answer: string | Uint8Array, code: number, options: SendOptions | undefined): void {
    const { client } = this;
    if (!this.holding) return void client.sendEncoded(answer, code, options);
    noteSent(client);
    (this.held ??= []).push({ answer, code, options });
    client.inbox.queue.countHeld(answer.length);
    client.inbox.pauseWhenFull();
  }
}
