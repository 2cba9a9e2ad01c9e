import {
  CloseCause,
  CloseCode,
  type ConnectionListener,
  type ConnectionRequest,
  ReadyState,
  SendResult,
  type WsConnection,
} from '@nestwire/engine';
import {
  type CorrelationId,
  type EnvelopeCodec,
  type IncomingEnvelope,
  isCode,
  NestwireCloseCode,
  type OutgoingEnvelope,
} from '@nestwire/envelope';
import { CloseDeadline } from './close-deadline.js';
import { Identity } from './identity.js';
import { MessageQueue } from './message-queue.js';
import { RepeatCounter } from './repeat-counter.js';
import { decode, encode } from './safe-codec.js';
import type { Handshake } from '../handshake/handshake.js';
import type { Principal } from '../handshake/principal.js';
import { type MessageProblem, NestwireMessage } from '../message/nestwire-message.js';
import type { Handler } from '../message/route-table.js';
import type { BoundHandler, NestwireServer } from '../server/nestwire-server.js';
import { NO_PARAMS, type PathParams } from '../server/path-pattern.js';

/** A client, whatever the application keeps on it. */
export type AnyClient = NestwireClient<unknown>;

/**
 * The other end of a connection, as gateways see it: what `@ConnectedSocket()`, `handleConnection` and `handleDisconnect`
 * get.
 *
 * @typeParam Data - what the application keeps on it.
 * @typeParam P - the application's principals.
 */
export class NestwireClient<
  Data = Record<string, unknown>,
  P extends Principal = Principal,
> implements ConnectionListener {
  /** The application's own; empty at first. */
  data = {} as Data;

  /** The format of this connection's messages, which its subprotocol has chosen. */
  readonly codec: EnvelopeCodec;
  /** What the path's pattern has matched, decoded; empty for a literal path. */
  readonly params: PathParams;

  /** @internal */
  readonly identity: Identity;

  /** @internal How often something was sent; a filter that sends has answered. */
  sent = 0;
  /** @internal The gateways' handlers for this client; the route table knows which is where. */
  readonly handlers: Handler[] = [];
  /** @internal Nest's callbacks for the end of this client. */
  readonly disconnectCallbacks: ((reason: string) => void)[] = [];

  /** @internal */
  readonly queue: MessageQueue<NestwireMessage>;
  private readonly connecting: PromiseLike<unknown>[] = [];
  private readonly silence: CloseDeadline;
  private heartbeat: CloseDeadline | undefined = undefined;
  private readonly openedAt: number;
  private paused = false;
  private malformed: RepeatCounter | undefined = undefined;
  /** The messages with an `id` that have not been answered to their end. */
  private inFlight: Map<CorrelationId, NestwireMessage> | undefined = undefined;
  private streaming: Set<NestwireMessage> | undefined = undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly server: NestwireServer,
    private readonly connection: WsConnection,
    handshake: Handshake | undefined,
  ) {
    this.codec = server.codecs.select(connection.subprotocol);
    this.params = handshake?.params ?? NO_PARAMS;
    this.identity = new Identity(this, server, handshake?.principal);
    this.queue = new MessageQueue(server.dispatcher, server.wheel, server.options.handlerTimeoutMs);
    this.silence = new CloseDeadline(this, NestwireCloseCode.Silent, 'silent for too long');
    this.openedAt = server.wheel.now();
    server.wheel.arm(this.silence, server.options.silenceTimeoutMs);
  }

  /** What the opening handshake said. */
  get request(): ConnectionRequest {
    return this.connection.request;
  }

  /** Whom this connection speaks for; `undefined` while nobody is known. */
  get principal(): P | undefined {
    return this.identity.principal as P | undefined;
  }

  /**
   * Sets the principal, or renews it: what a log-in by message does, or `handleConnection`. From the next message on, `userId` is held
   * against it.
   *
   * @throws TypeError for what is no principal; ConflictException (409) for another user than before: that takes a new connection.
   */
  authenticate(principal: P): void {
    this.identity.authenticate(principal);
  }

  /** The state as a WHATWG socket has it: 1 open, 2 closing, 3 closed. */
  get readyState(): ReadyState {
    return this.connection.readyState;
  }

  get isOpen(): boolean {
    return this.connection.readyState === ReadyState.Open;
  }

  /** @internal Whether the end began on this side: nothing more is done for the peer then. */
  get wasClosedHere(): boolean {
    const { cause } = this.connection;
    return cause !== undefined && cause !== CloseCause.Peer && cause !== CloseCause.TransportEnded;
  }

  /** Whether reading from this client is held up, because `maxWaitingMessages` or `maxWaitingBytes` wait for their turn. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Bytes taken by `send` that the operating system does not have yet. */
  get bufferedAmount(): number {
    return this.connection.bufferedAmount;
  }

  /** The code of the peer's close frame; 1005 if it held none, 1006 while there was none. RFC 6455 §7.1.5. */
  get closeCode(): number {
    return this.connection.closeCode;
  }

  /** The reason in the peer's close frame. RFC 6455 §7.1.6. */
  get closeReason(): string {
    return this.connection.closeReason;
  }

  /** Whether both ends said goodbye. RFC 6455 §7.1.4. */
  get wasClean(): boolean {
    return this.connection.wasClean;
  }

  /** Who ended the connection, and how; `undefined` while nobody has. */
  get cause(): CloseCause | undefined {
    return this.connection.cause;
  }

  /**
   * Pushes a message: an envelope with this code, or, given a string or bytes, a message of the application's own making.
   *
   * @throws RangeError for a code that is no integer from 1 to 2147483647.
   * @throws TypeError for data that the codec can't encode.
   */
  send(code: number, data?: unknown): SendResult;
  send(message: string | Uint8Array): SendResult;
  send(codeOrMessage: number | string | Uint8Array, data?: unknown): SendResult {
    if (typeof codeOrMessage !== 'number') {
      this.sent++;
      return this.connection.send(codeOrMessage);
    }
    if (!isCode(codeOrMessage)) {
      throw new RangeError(`A code is an integer from 1 to 2147483647, not ${String(codeOrMessage)}`);
    }
    return this.sendEnvelope({ code: codeOrMessage, data });
  }

  /**
   * Closes the connection by a closing handshake; what was sent before goes out before.
   *
   * @param code - what a server may send. @default 1000
   * @param reason - at most 123 bytes of UTF-8.
   * @throws RangeError for a code that may not be sent, or a longer reason.
   */
  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    this.connection.close(code, reason);
  }

  /** Drops the connection at once; the peer sees 1006. Prefer {@link close}. */
  terminate(): void {
    this.connection.terminate();
  }

  /** A sign of the application's life: puts off the end that {@link expectHeartbeat} has set. */
  beat(): void {
    const { wheel, options } = this.server;
    wheel.postpone(this.heartbeatDeadline(), options.heartbeatTimeoutMs);
  }

  /** Closes this connection with 4408 unless it beats; counted from its opening. Further calls change nothing. */
  expectHeartbeat(): void {
    if (this.heartbeat !== undefined) return;
    const { wheel, options } = this.server;
    const lived = wheel.now() - this.openedAt;
    wheel.arm(this.heartbeatDeadline(), Math.max(0, options.heartbeatTimeoutMs - lived));
  }

  /** @internal */
  sendEnvelope(envelope: OutgoingEnvelope): SendResult {
    if (!this.isOpen) return SendResult.Closed;
    return this.sendEncoded(encode(this.codec, envelope, this.server));
  }

  /** @internal */
  sendEncoded(message: string | Uint8Array): SendResult {
    if (!this.isOpen) return SendResult.Closed;
    this.sent++;
    return this.connection.send(message);
  }

  /** @internal `handleConnection` has begun something; messages wait for its end. */
  awaitConnecting(work: PromiseLike<unknown>): void {
    this.connecting.push(work);
  }

  /** @internal Nest's handlers of one gateway for this client. */
  bindHandlers(handlers: readonly BoundHandler[]): void {
    this.server.bindHandlers(this, handlers);
  }

  /** @internal `handleDisconnect` has begun something; the server's `close()` waits for it. */
  awaitDisconnecting(work: PromiseLike<unknown>): void {
    this.server.awaitDisconnecting(work);
  }

  /** @internal All gateways know this client: its messages may come, once `handleConnection` has finished. */
  connected(): void {
    if (this.connecting.length === 0) return this.queue.release();
    void Promise.all(this.connecting).then(
      () => this.queue.release(),
      (exception: unknown) => {
        this.server.dispatcher.refuseConnection(this, exception);
        this.queue.clear();
      },
    );
  }

  /** @internal */
  onMessage(_connection: WsConnection, bytes: string | Uint8Array): void {
    const { server } = this;
    server.wheel.postpone(this.silence, server.options.silenceTimeoutMs);
    const { codec } = this;
    if ((typeof bytes === 'string') !== (codec.opcode === 'text')) {
      return this.close(CloseCode.UnsupportedData, `${codec.name} takes ${codec.opcode} messages only`);
    }
    const decoded = decode(codec, bytes, server);
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

  /** @internal */
  onClose(): void {
    const { wheel } = this.server;
    wheel.disarm(this.silence);
    if (this.heartbeat !== undefined) wheel.disarm(this.heartbeat);
    this.identity.dispose();
    for (const message of this.streaming ?? []) message.cancel();
    if (this.wasClosedHere) {
      this.queue.clear();
      return this.server.onDisconnect(this);
    }
    // What the peer sent before it went is handled before `handleDisconnect` is told.
    this.queue.whenIdle(() => this.server.onDisconnect(this));
  }

  /** @internal While *we* do not read, silence is not the peer's. */
  onOverdue(deadline: CloseDeadline): void {
    if (this.paused) this.server.wheel.arm(deadline, this.server.options.silenceTimeoutMs);
    else this.close(deadline.closeCode, deadline.closeReason);
  }

  /** @internal Another malformed message; @returns whether it is one too many. */
  countMalformed(): boolean {
    this.malformed ??= new RepeatCounter(this.server.options.maxMalformedMessages);
    return this.malformed.isTooOften(this.server.wheel.now());
  }

  /** @internal */
  streamStarted(message: NestwireMessage): void {
    (this.streaming ??= new Set()).add(message);
  }

  /** @internal A message has been answered to its end. */
  settled(message: NestwireMessage): void {
    this.streaming?.delete(message);
    if (message.id !== undefined && this.inFlight?.get(message.id) === message) this.inFlight.delete(message.id);
    this.queue.free(message);
  }

  /** @internal The queue has taken up its next message, or answers that were held have gone out. */
  onTurn(): void {
    const { maxWaitingMessages, maxWaitingBytes } = this.server.options;
    if (!this.paused || this.queue.length > maxWaitingMessages / 2 || this.queue.bytes > maxWaitingBytes / 2) return;
    this.paused = false;
    this.connection.resume();
  }

  private enqueue(envelope: IncomingEnvelope, size: number, problem: MessageProblem | undefined): void {
    const message = new NestwireMessage(this, envelope, size, this.server.routes.routeOf(envelope.code), problem);
    if (envelope.id !== undefined && problem === undefined) (this.inFlight ??= new Map()).set(envelope.id, message);
    this.queue.push(message);
    this.pauseWhenFull();
  }

  /** @internal Too much waits: reading stops until half of it is done. */
  pauseWhenFull(): void {
    const { queue, server } = this;
    const { maxWaitingMessages, maxWaitingBytes } = server.options;
    if (queue.length < maxWaitingMessages && queue.bytes < maxWaitingBytes) return;
    if (this.paused || !this.isOpen) return;
    this.paused = true;
    server.counts.countPause();
    this.connection.pause();
  }

  /** What is wrong whoever speaks; the rest is looked at when its turn comes. */
  private problemOf({ id }: IncomingEnvelope): MessageProblem | undefined {
    if (id !== undefined && this.inFlight?.has(id) === true) {
      return { error: { status: 409, message: 'This id is still in flight' }, malformed: false };
    }
    return undefined;
  }

  private heartbeatDeadline(): CloseDeadline {
    return (this.heartbeat ??= new CloseDeadline(this, NestwireCloseCode.Silent, 'no heartbeat'));
  }
}
