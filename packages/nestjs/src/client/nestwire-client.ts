import {
  checkSendOptions,
  CloseCause,
  CloseCode,
  type ConnectionListener,
  type PreparedMessage,
  type SendOptions,
  SendResult,
  type WsConnection,
} from '@nestwire/engine';
import { type EnvelopeCodec, isContractEntry, NestwireCloseCode, type OutgoingEnvelope } from '@nestwire/envelope';
import { CloseDeadline } from './close-deadline.js';
import { Connecting } from './connecting.js';
import { connectionId, nextConnectionNumber } from './connection-id.js';
import { Identity } from './identity.js';
import { Inbox } from './inbox.js';
import { encode } from './safe-codec.js';
import { SocketFacts } from './socket-facts.js';
import { byteLengthOf, sendAsWs, type Written, type WsData, type WsSendOptions } from './ws-send.js';
import { canonicalRoom, type Room } from '../audience/room.js';
import { noteSent } from '../exceptions/filter-scope.js';
import type { Handshake } from '../handshake/handshake.js';
import type { Principal } from '../handshake/principal.js';
import { type CodeOrEntry, codeToSend, type PushData, type SendArguments } from '../message/pattern.js';
import type { Handler } from '../message/route-table.js';
import { withinCode } from '../message/within-code.js';
import type { BoundHandler, PathServer } from '../server/path-server.js';
import { NO_PARAMS, type PathParams } from '../server/path-pattern.js';

const NO_ROOMS: ReadonlySet<string> = new Set();

/** A client, whatever the application keeps on it. */
export type AnyClient = NestwireClient<unknown>;

/**
 * The other end of a connection, as gateways see it: what `@ConnectedSocket()`, `handleConnection` and `handleDisconnect`
 * get.
 *
 * @typeParam Data - what the application keeps on it.
 * @typeParam P - the application's principals.
 */
export class NestwireClient<Data = Record<string, unknown>, P extends Principal = Principal>
  extends SocketFacts
  implements ConnectionListener
{
  /** The application's own; empty at first. */
  data = {} as Data;

  /** The format of this connection's messages, which its subprotocol has chosen. */
  readonly codec: EnvelopeCodec;
  /** What the path's pattern has matched, decoded; empty for a literal path. */
  readonly params: PathParams;

  /** @internal */
  readonly identity: Identity;

  /** @internal The gateways' handlers for this client; the route table knows which is where. */
  readonly handlers: Handler[] = [];
  /** @internal Nest's callbacks for the end of this client. */
  readonly disconnectCallbacks: ((reason: unknown) => void)[] = [];

  /** @internal What its `id` is made of. */
  readonly number = nextConnectionNumber();
  /** @internal */
  readonly inbox: Inbox;
  private connecting: Connecting | undefined = undefined;
  private heartbeat: CloseDeadline | undefined = undefined;
  private readonly opened: number;
  private isLeaving = false;
  private joined: Set<string> | undefined = undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly server: PathServer,
    protected override readonly connection: WsConnection,
    handshake: Handshake | undefined,
  ) {
    super();
    this.codec = server.codecs.select(connection.subprotocol);
    this.params = handshake?.params ?? NO_PARAMS;
    this.identity = new Identity(this, server, handshake?.principal);
    this.inbox = new Inbox(this, server);
    this.opened = server.wheel.now();
  }

  /** The connection's name, on all nodes: none is given twice. */
  get id(): string {
    return connectionId(this.number);
  }

  /** When the handshake was done, in milliseconds since 1970. */
  get openedAt(): number {
    return Math.round(this.server.epoch + this.opened);
  }

  /** The rooms that it is in, by their canonical names; those that it was in, once its connection has ended. */
  get rooms(): ReadonlySet<string> {
    return this.joined ?? NO_ROOMS;
  }

  /**
   * Enters rooms of this path; a room is there as long as somebody is in it. The connection's end leaves them all.
   *
   * @throws TypeError for what is neither a string of 1 to 256 characters nor a safe integer from 0.
   */
  join(...rooms: readonly Room[]): void {
    const names = rooms.map(canonicalRoom);
    if (!this.isOpen) return;
    for (const name of names) {
      (this.joined ??= new Set()).add(name);
      this.server.members.join(name, this);
    }
  }

  /** Leaves rooms; those that it is not in, it is not in. */
  leave(...rooms: readonly Room[]): void {
    for (const name of rooms.map(canonicalRoom)) {
      if (!this.isOpen || this.joined?.delete(name) !== true) continue;
      this.server.members.leave(name, this);
    }
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

  /** @internal Whether it is among everybody: `handleConnection` has finished, and there is a principal where one is required. */
  get isAdmitted(): boolean {
    if (!this.isOpen || this.inbox.queue.isHeld) return false;
    return this.principal !== undefined || this.server.options.authentication !== 'required';
  }

  /** @internal Whether the end began on this side: nothing more is done for the peer then. */
  get wasClosedHere(): boolean {
    const { cause } = this.connection;
    return cause !== undefined && cause !== CloseCause.Peer && cause !== CloseCause.TransportEnded;
  }

  /** Whether reading from this client is held up, because `maxWaitingMessages` or `maxWaitingBytes` wait for their turn. */
  get isPaused(): boolean {
    return this.inbox.isPaused;
  }

  /**
   * Pushes a message: an envelope with this code, or with that of a contract's entry, or, given a string or bytes, a message of the
   * application's own making; of that, `written` is told once the operating system has it, or never will. It says whether the client keeps
   * up: after `'backpressure'`, wait for {@link whenWritable}. `options` have what becomes of the message if it does not.
   *
   * @throws RangeError for a code that is no integer from 1 to 2147483647, or a policy that is none.
   * @throws TypeError for data that the codec can't encode, or a key that is no string.
   */
  send<To extends CodeOrEntry>(to: To, ...args: SendArguments<PushData<To>>): SendResult;
  send(message: WsData, written?: Written): SendResult;
  send(message: WsData, options: WsSendOptions | undefined, written?: Written): SendResult;
  send(to: CodeOrEntry | WsData, data?: unknown, further?: SendOptions | Written): SendResult {
    if (typeof to === 'number' || isContractEntry(to)) {
      const code = codeToSend(to);
      const envelope = { userId: this.principal?.userId, code, data };
      if (further === undefined) return this.sendEnvelope(envelope);
      checkSendOptions(further as SendOptions);
      return this.sendEnvelope(envelope, withinCode(further as SendOptions, code));
    }
    noteSent(this);
    const written = further as Written | undefined;
    const result = sendAsWs(this.connection, to, data as WsSendOptions | Written | undefined, written);
    if (wasTaken(result)) this.server.observer?.sent?.(this, undefined, byteLengthOf(to));
    return result;
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
    const lived = wheel.now() - this.opened;
    wheel.arm(this.heartbeatDeadline(), Math.max(0, options.heartbeatTimeoutMs - lived));
  }

  /** @internal */
  sendEnvelope(envelope: OutgoingEnvelope, options?: SendOptions): SendResult {
    if (!this.isOpen) return SendResult.Closed;
    return this.sendEncoded(encode(this.codec, envelope, this.server), envelope.code, options);
  }

  /** @internal */
  sendEncoded(message: string | Uint8Array, code: number | undefined, options?: SendOptions): SendResult {
    if (!this.isOpen) return SendResult.Closed;
    noteSent(this);
    const result = this.connection.send(message, options);
    const { observer } = this.server;
    if (observer?.sent !== undefined && wasTaken(result)) observer.sent(this, code, Buffer.byteLength(message));
    return result;
  }

  /** @internal What was said to many: it is no answer to anything. */
  sendPrepared(message: PreparedMessage, code: number, options?: SendOptions): void {
    const { observer } = this.server;
    if (wasTaken(this.connection.send(message, options))) observer?.sent?.(this, code, message.byteLength);
  }

  /** @internal `handleConnection` has begun something; messages wait for its end. */
  awaitConnecting(work: PromiseLike<unknown>): void {
    (this.connecting ??= new Connecting(this)).add(work);
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
    // One that is not in order keeps no message waiting; what it ends in is heard nevertheless.
    if (this.connecting === undefined || this.server.options.order === 'completion') this.inbox.queue.release();
    this.connecting?.wait();
  }

  /** @internal */
  onMessage(_connection: WsConnection, bytes: string | Uint8Array): void {
    const { codec } = this;
    this.tellMessage(bytes);
    if ((typeof bytes === 'string') !== (codec.opcode === 'text')) {
      if (codec.bare === true) return this.inbox.receive(Buffer.from(bytes).toString());
      return this.close(CloseCode.UnsupportedData, `${codec.name} takes ${codec.opcode} messages only`);
    }
    this.inbox.receive(bytes);
  }

  /** @internal */
  onClose(): void {
    const { wheel } = this.server;
    if (this.heartbeat !== undefined) wheel.disarm(this.heartbeat);
    this.server.members.dismiss(this);
    this.server.observer?.closed?.(this);
    this.identity.dispose();
    this.inbox.cancelStreams();
    const { queue } = this.inbox;
    if (this.wasClosedHere) queue.clear();
    // What the peer sent before it went is handled before `handleDisconnect` is told.
    if (this.wasClosedHere || (this.server.options.order === 'completion' && queue.length === 0)) {
      this.server.members.delete(this);
      this.tellClosed(this.connection);
      return this.server.onDisconnect(this);
    }
    this.tellClosed(this.connection);
    queue.whenIdle(() => this.server.onDisconnect(this));
  }

  /** @internal */
  override reportThrown(exception: unknown): void {
    this.server.reportUnexpected(exception);
  }

  /** @internal While *we* do not read, silence is not the peer's. */
  onOverdue(deadline: CloseDeadline): void {
    if (this.isPaused) this.server.wheel.arm(deadline, this.server.options.heartbeatTimeoutMs);
    else this.close(deadline.closeCode, deadline.closeReason);
  }

  /** @internal The server drains: what this client has sent is answered before it is closed, and no more is read. */
  onGoingAway(): Promise<void> | undefined {
    const { queue } = this.inbox;
    if (queue.isHeld || queue.isIdle) return undefined;
    this.setReading(false);
    this.isLeaving = true;
    return new Promise((resolve) => queue.whenIdle(resolve));
  }

  /** @internal */
  setReading(reading: boolean): void {
    if (this.isLeaving) return;
    if (reading) this.connection.resume();
    else this.connection.pause();
  }

  private heartbeatDeadline(): CloseDeadline {
    return (this.heartbeat ??= new CloseDeadline(this, NestwireCloseCode.Silent, 'no heartbeat'));
  }
}

/** Whether it is on its way, or waits to be. */
function wasTaken(result: SendResult): boolean {
  return result === SendResult.Sent || result === SendResult.Backpressure;
}
