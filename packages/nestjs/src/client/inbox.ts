import type { CorrelationId, IncomingEnvelope } from '@nestwire/envelope';
import { MessageQueue } from './message-queue.js';
import type { AnyClient } from './nestwire-client.js';
import { RepeatCounter } from './repeat-counter.js';
import { decode } from './safe-codec.js';
import { type MessageProblem, NestwireMessage } from '../message/nestwire-message.js';
import type { PathServer } from '../server/path-server.js';

const ID_IN_FLIGHT: MessageProblem = {
  error: { status: 409, message: 'This id is still in flight' },
  malformed: false,
};

/** A client's messages, from their bytes until they have been answered; and how much of them may wait before reading pauses. */
export class Inbox {
  readonly queue: MessageQueue<NestwireMessage>;
  private paused = false;
  private malformed: RepeatCounter | undefined = undefined;
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
    const decoded = decode(this.client.codec, bytes, this.server);
    if (!decoded.ok) {
      const { userId, code, id, problem } = decoded.malformed;
      const envelope = { userId, code, id, data: undefined, cancel: false };
      return this.enqueue(envelope, bytes.length, { error: { status: 400, message: problem }, malformed: true });
    }
    const { envelope } = decoded;
    if (envelope.cancel) {
      if (envelope.id !== undefined) this.inFlight?.get(envelope.id)?.cancel();
      return;
    }
    this.enqueue(envelope, bytes.length, this.problemOf(envelope));
  }

  /** Another malformed message; @returns whether it is one too many. */
  countMalformed(): boolean {
    this.malformed ??= new RepeatCounter(this.server.options.maxMalformedMessages);
    return this.malformed.isTooOften(this.server.wheel.now());
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
    this.queue.free(message);
  }

  /** Too much waits: reading stops until half of it is done. */
  pauseWhenFull(): void {
    const { queue, client, server } = this;
    const { maxWaitingMessages, maxWaitingBytes } = server.options;
    if (queue.length < maxWaitingMessages && queue.bytes < maxWaitingBytes) return;
    if (this.paused || !client.isOpen) return;
    this.paused = true;
    server.counts.countPause();
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

  private enqueue(envelope: IncomingEnvelope, size: number, problem: MessageProblem | undefined): void {
    const message = new NestwireMessage(
      this.client,
      envelope,
      size,
      this.server.routes.routeOf(envelope.code),
      problem,
    );
    if (envelope.id !== undefined && problem === undefined) (this.inFlight ??= new Map()).set(envelope.id, message);
    this.queue.push(message);
    this.pauseWhenFull();
  }

  /** What is wrong whoever speaks; the rest is looked at when its turn comes. */
  private problemOf({ id }: IncomingEnvelope): MessageProblem | undefined {
    return id !== undefined && this.inFlight?.has(id) === true ? ID_IN_FLIGHT : undefined;
  }
}
