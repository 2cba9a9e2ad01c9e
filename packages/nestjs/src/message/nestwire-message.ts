import type { ArgumentsHost } from '@nestjs/common';
import type { CorrelationId, EnvelopeError, IncomingEnvelope, UserId } from '@nestwire/envelope';
import type { Subscription } from 'rxjs';
import type { AnyClient } from '../client/nestwire-client.js';

/** Why a message never reaches a handler. */
export interface MessageProblem {
  readonly error: EnvelopeError;
  /** Whether it counts towards the malformed messages after which the connection is closed. */
  readonly malformed: boolean;
  /** Whether it counts towards the messages in somebody else's name after which the connection is closed. */
  readonly forged?: true;
}

/**
 * One message on its way through guards, pipes, interceptors, handler and filters. Nest hands it through as an extra
 * argument; guards and filters get it with {@link NestwireMessage.of}.
 */
export class NestwireMessage {
  /** The exception that a filter was given; an object, because anything can be thrown. */
  failure: { readonly exception: unknown } | undefined = undefined;
  /** What filters still have to do. */
  filtering: PromiseLike<unknown> | undefined = undefined;
  /** Whether the handler gave a stream; an interceptor makes an Observable of any answer, which does not tell. */
  streams = false;
  /** Called as soon as the handler gave a stream. */
  onStream: (() => void) | undefined = undefined;
  /** Whether an `error` went out for this message already. */
  answered = false;
  /** What makes this message one for no handler, if anything does. */
  problem: MessageProblem | undefined = undefined;
  /** The running stream, which a `cancel` or the connection's end stops. */
  stream: Subscription | undefined = undefined;
  /** The client has asked to stop the stream; it may not have begun. */
  cancelled = false;

  constructor(
    readonly client: AnyClient,
    readonly envelope: IncomingEnvelope,
  ) {}

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

  /** Answers with a value, under this message's code unless another is given. */
  reply(data: unknown, code = this.envelope.code): void {
    this.client.sendEnvelope({ userId: this.userId, code, id: this.id, data });
  }

  /** Answers with an `error`: how a filter says itself what went wrong. There is at most one for a message. */
  error(error: EnvelopeError): void {
    if (this.answered) return;
    this.answered = true;
    this.client.sendEnvelope({ userId: this.userId, code: this.code, id: this.id, error });
  }

  cancel(): void {
    this.cancelled = true;
    this.stream?.unsubscribe();
  }

  /** Says that the stream has ended; only those who gave an `id` can tell of which. */
  done(): void {
    if (this.id === undefined) return;
    this.client.sendEnvelope({ userId: this.userId, code: this.code, id: this.id, done: true });
  }
}
