import type { Duplex } from 'node:stream';
import { ConnectionState, Opcode, Role } from '@nestwire/protocol';
import { Clog, Passage } from './clog.js';
import { serializeCloseBody } from './close-frame.js';
import { checkControlPayload } from './control-payload.js';
import type { ConnectionSettings } from './connection-settings.js';
import { Limit } from './limit.js';
import { LimitCloseCode } from './limit-close-code.js';
import { Outbox, type OutboxOwner } from './outbox.js';
import { PreparedMessage } from './prepared-message.js';
import type { SendOptions } from './slow-consumer.js';
import { CloseCause, type ConnectionListener, SendResult, type WsConnection } from './ws-connection.js';
import type { DeflateCodec } from '../deflate/deflate-codec.js';

const NO_BYTES = Buffer.alloc(0);

/**
 * The half of a connection that sends, and sees to it that not too much waits to be sent. A class to extend, rather than an object of its own,
 * because every idle connection would have that object.
 */
export abstract class SendingHalf implements OutboxOwner {
  protected state: ConnectionState = ConnectionState.Open;
  protected listener: ConnectionListener | null = null;
  protected readonly outbox: Outbox;
  /** There while more waits to be sent than the high water mark. */
  private clog: Clog | null = null;

  constructor(
    protected readonly socket: Duplex,
    protected readonly settings: ConnectionSettings,
    protected readonly deflate: DeflateCodec | undefined,
  ) {
    this.outbox = new Outbox(this, socket, settings.parser.role === Role.Client, deflate);
  }

  get bufferedAmount(): number {
    return this.outbox.length + (this.clog === null ? 0 : this.clog.keptBytes);
  }

  /** @internal What of it the operating system has taken so far, in bytes. */
  get handedOver(): number {
    return this.outbox.handedOver;
  }

  send(message: string | Uint8Array | PreparedMessage, options?: SendOptions): SendResult {
    if (typeof message !== 'string' && !(message instanceof Uint8Array) && !(message instanceof PreparedMessage)) {
      throw new TypeError(`send() takes a string or a Uint8Array, not ${typeof message}: encode it first`);
    }
    if (this.state !== ConnectionState.Open) return SendResult.Closed;
    if (this.clog !== null) {
      const refused = this.passClog(this.clog, message, options);
      if (refused !== undefined) return refused;
    }
    this.append(message);
    return this.pressure();
  }

  whenWritten(written: (error?: Error) => void): void {
    if (this.state !== ConnectionState.Closed && !this.socket.destroyed && !this.socket.writableEnded) {
      return this.outbox.whenWritten(written);
    }
    process.nextTick(written, new Error('The connection has ended'));
  }

  ping(payload: Uint8Array = NO_BYTES): SendResult {
    checkControlPayload('ping', payload);
    return this.sendControl(Opcode.Ping, payload);
  }

  pong(payload: Uint8Array = NO_BYTES): SendResult {
    checkControlPayload('pong', payload);
    return this.sendControl(Opcode.Pong, payload);
  }

  get isWritable(): boolean {
    return this.state === ConnectionState.Open && this.clog === null;
  }

  whenWritable(): Promise<boolean> {
    if (this.state !== ConnectionState.Open) return Promise.resolve(false);
    return this.clog === null ? Promise.resolve(true) : this.clog.whenOver();
  }

  /** @internal */
  onTransportDrain(): void {
    this.outbox.feed();
    const { clog } = this;
    const { lowWaterBytes } = this.settings.outbound;
    if (clog === null || this.socket.destroyed || this.outbox.length > lowWaterBytes) return;
    this.release(clog, lowWaterBytes);
    this.outbox.flush();
    if (this.bufferedAmount > lowWaterBytes) return;
    this.clog = null;
    this.outbox.onceWritten(undefined);
    this.listener?.onDrain?.(this.self);
    clog.end(this.state === ConnectionState.Open);
  }

  /** @internal OutboxOwner */
  onBacklog(bytes: number): void {
    this.settings.outboundTotal.update(this.outbox, bytes + (this.clog === null ? 0 : this.clog.keptBytes));
  }

  /** @internal OutboxOwner */
  onOverOutboundBudget(): void {
    if (this.state === ConnectionState.Open) this.closeSlow(Limit.OutboundTotal);
    // It was told to go, and holds the most all the same.
    else this.drop();
  }

  /** The connection, as its listener knows it. */
  protected abstract get self(): WsConnection;
  /** Begins the closing handshake; nothing, where it or the end has begun. */
  protected abstract closeFor(cause: CloseCause, body: Uint8Array): void;
  protected abstract drop(): void;

  /** A frame went out that nobody has asked about. Whoever pings and never listens must not fill the memory either. */
  protected closeIfSlow(): void {
    if (this.pressure() === SendResult.Sent || this.bufferedAmount <= this.settings.outbound.maxBytes) return;
    this.closeSlow();
  }

  /** Messages that were sent before go out before. */
  protected appendClose(body: Uint8Array): void {
    if (this.clog !== null) this.release(this.clog, Infinity);
    this.outbox.append(Opcode.Close, body);
  }

  protected endSending(): void {
    this.clog?.end(false);
    this.clog = null;
    this.outbox.dispose();
  }

  private append(message: string | Uint8Array | PreparedMessage): void {
    if (typeof message === 'string') this.outbox.append(Opcode.Text, message);
    else if (message instanceof PreparedMessage) this.outbox.appendPrepared(message);
    else this.outbox.append(Opcode.Binary, message);
  }

  private sendControl(opcode: Opcode, payload: Uint8Array): SendResult {
    if (this.state !== ConnectionState.Open) return SendResult.Closed;
    this.outbox.append(opcode, payload);
    return this.pressure();
  }

  private pressure(): SendResult {
    if (this.bufferedAmount <= this.settings.outbound.highWaterBytes) return SendResult.Sent;
    if (this.clog === null) {
      this.clog = new Clog(this.settings.outbound);
      this.outbox.onceWritten(() => this.onTransportDrain());
    }
    return SendResult.Backpressure;
  }

  /** @returns what `send` says, or `undefined` where the message goes behind those that wait. */
  private passClog(clog: Clog, message: string | Uint8Array | PreparedMessage, options?: SendOptions) {
    const passage = clog.pass(message, options, this.bufferedAmount);
    switch (passage) {
      case Passage.Append:
        return undefined;
      case Passage.Dropped:
        this.settings.limitsHit[Limit.DroppedMessages]++;
        return SendResult.Dropped;
      case Passage.Replaced:
        this.settings.limitsHit[Limit.ReplacedMessages]++;
        this.outbox.tell();
        return SendResult.Backpressure;
      case Passage.Kept:
        this.outbox.tell();
        return SendResult.Backpressure;
      case Passage.Close:
        this.closeSlow();
        return SendResult.Closed;
    }
  }

  /** What was kept goes out, until so much waits again. */
  private release(clog: Clog, upToBytes: number): void {
    while (clog.keptBytes > 0 && this.outbox.length <= upToBytes) {
      const message = clog.next();
      if (message !== undefined) this.append(message);
    }
  }

  /** The peer does not read what it is sent: nothing more is owed to it but the reason, which then has little in front of it. */
  private closeSlow(limit: Limit = Limit.OutboundQueue): void {
    this.settings.limitsHit[limit]++;
    this.clog?.end(false);
    this.clog = null;
    this.outbox.onceWritten(undefined);
    this.outbox.discard();
    const { role } = this.settings.parser;
    this.closeFor(CloseCause.SlowConsumer, serializeCloseBody(LimitCloseCode.SlowConsumer, 'reads too slowly', role));
  }
}
