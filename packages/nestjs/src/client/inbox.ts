import { HttpStatus } from '@nestjs/common';
import type { CorrelationId, IncomingEnvelope } from '@nestwire/envelope';
import { MessageQueue } from './message-queue.js';
import type { AnyClient } from './nestwire-client.js';
import { MessageRates } from './message-rates.js';
import { decode } from './safe-codec.js';
import { MessageViolation, Violations } from './violations.js';
import { type MessageProblem, NestwireMessage } from '../message/nestwire-message.js';
import type { Route } from '../message/route-table.js';
import { messageOutcomeOf } from '../observation/message-outcome.js';
import type { PathServer } from '../server/path-server.js';

const ID_IN_FLIGHT: MessageProblem = {
  error: { status: 409, message: 'This id is still in flight' },
};

/** A client's messages, from their bytes until they have been answered; and how much of them may wait before reading pauses. */
export class Inbox {
  readonly queue: MessageQueue<NestwireMessage>;
  /** A message has the connection closed when its turn comes: none is begun any more. */
  isEnding = false;
  private paused = false;
  private rates: MessageRates | undefined = undefined;
  private violations: Violations | undefined = undefined;
  /** The messages with an `id` that have not been answered to their end. */
  private inFlight: Map<CorrelationId, NestwireMessage> | undefined = undefined;
  private streaming: Set<NestwireMessage> | undefined = undefined;

  /** Messages wait until {@link MessageQueue.release}. */
  constructor(
    private readonly client: AnyClient,
    private readonly server: PathServer,
  ) {
    this.queue = new MessageQueue(server.dispatcher, server.wheel, server.options.handlerTimeoutMs);
  }

  /** Whether reading is held up, because too much waits. */
  get isPaused(): boolean {
    return this.paused;
  }

  receive(bytes: string | Uint8Array): void {
    const { codec } = this.client;
    const decoded = decode(codec, bytes, this.server);
    const { observer } = this.server;
    if (observer?.received !== undefined) {
      const { code } = decoded.ok ? decoded.envelope : decoded.malformed;
      observer.received(this.client, code, Buffer.byteLength(bytes));
    }
    if (!decoded.ok) {
      if (codec.bare === true) return this.drop();
      const { userId, code, id, problem } = decoded.malformed;
      const envelope = { userId, code, id, data: undefined, cancel: false };
      const violation = MessageViolation.Malformed;
      return this.enqueue(envelope, bytes.length, undefined, { error: { status: 400, message: problem }, violation });
    }
    const { envelope } = decoded;
    const route = this.server.routes.routeOf(envelope.code);
    if (route === undefined && codec.bare === true) return this.drop();
    const excess = this.excessOf(route);
    if (!envelope.cancel) return this.enqueue(envelope, bytes.length, route, excess ?? this.problemOf(envelope));
    // One that is too many does what it is for nevertheless: it is what ends the work.
    if (envelope.id !== undefined) this.inFlight?.get(envelope.id)?.cancel();
    const end = excess === undefined ? undefined : this.countViolation(MessageViolation.TooMany);
    if (end !== undefined) this.client.close(end.closeCode, end.closeReason);
  }

  /** To peers that expect no answers but to what is handled. */
  private drop(): void {
    this.server.counts.countDropped();
  }

  /** Another message that is none to be repeated. @returns how the connection ends, if it is one too many. */
  countViolation(violation: MessageViolation): ReturnType<Violations['count']> {
    this.violations ??= new Violations(this.server.options);
    const end = this.violations.count(violation, this.server.wheel.now());
    if (end !== undefined) this.server.counts.countLimit('violations');
    return end;
  }

  /** Whether another stream may begin; counted where it may not. */
  admitsStream(): boolean {
    if ((this.streaming?.size ?? 0) < this.server.options.maxStreams) return true;
    this.server.counts.countLimit('streams');
    return false;
  }

  streamStarted(message: NestwireMessage): void {
    (this.streaming ??= new Set()).add(message);
  }

  cancelStreams(): void {
    for (const message of this.streaming ?? []) message.cancel();
  }

  /** A message has been answered to its end. */
  settled(message: NestwireMessage): void {
    this.streaming?.delete(message);
    if (message.id !== undefined && this.inFlight?.get(message.id) === message) this.inFlight.delete(message.id);
    this.free(message);
    if (message.beganAt < 0) return;
    message.beganAt = -1;
    this.server.observer?.settled?.(message, messageOutcomeOf(message));
  }

  /** A message has been answered, or streams: its slot is free. */
  free(message: NestwireMessage): void {
    if (message.beganAt >= 0 && !message.isFree) {
      const { observer, wheel } = this.server;
      observer?.handled?.(message, messageOutcomeOf(message), wheel.now() - message.beganAt);
    }
    this.queue.free(message);
  }

  /** Too much waits: reading stops until half of it is done. */
  pauseWhenFull(): void {
    const { queue, client, server } = this;
    const { maxWaitingMessages, maxWaitingBytes } = server.options;
    if (queue.length < maxWaitingMessages && queue.bytes < maxWaitingBytes) return;
    if (this.paused || !client.isOpen) return;
    this.paused = true;
    server.counts.countLimit('waiting');
    client.setReading(false);
  }

  /** The queue has taken up its next message, or answers that were held have gone out. */
  onTurn(): void {
    if (!this.paused) return;
    const { queue } = this;
    const { maxWaitingMessages, maxWaitingBytes } = this.server.options;
    if (queue.length > maxWaitingMessages / 2 || queue.bytes > maxWaitingBytes / 2) return;
    this.paused = false;
    this.client.setReading(true);
  }

  private enqueue(
    envelope: IncomingEnvelope,
    size: number,
    route: Route | undefined,
    problem: MessageProblem | undefined,
  ): void {
    const message = new NestwireMessage(this.client, envelope, size, route, problem);
    if (envelope.id !== undefined && problem === undefined) (this.inFlight ??= new Map()).set(envelope.id, message);
    this.queue.push(message);
    this.pauseWhenFull();
  }

  /** What makes a message one too many, if it is. */
  private excessOf(route: Route | undefined): MessageProblem | undefined {
    const { messageRate, wheel } = this.server;
    if (messageRate === undefined && route?.plan.rate === undefined) return undefined;
    this.rates ??= new MessageRates(messageRate);
    const retryAfter = this.rates.take(route, wheel.now());
    if (retryAfter === 0) return undefined;
    this.server.counts.countLimit('message-rate');
    return {
      error: { status: HttpStatus.TOO_MANY_REQUESTS, message: 'Too many messages', details: { retryAfter } },
      violation: MessageViolation.TooMany,
    };
  }

  /** What is wrong whoever speaks; the rest is looked at when its turn comes. */
  private problemOf({ id }: IncomingEnvelope): MessageProblem | undefined {
    return id !== undefined && this.inFlight?.has(id) === true ? ID_IN_FLIGHT : undefined;
  }
}
