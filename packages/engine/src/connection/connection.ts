import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import {
  CLOSE_CODE_OF_VIOLATION,
  CloseCode,
  ConnectionEvent,
  ConnectionState,
  type DataOpcode,
  FrameParser,
  type FrameSink,
  nextState,
  Opcode,
  type ReadyState,
  readyStateOf,
  Role,
  Violation,
} from '@nestwire/protocol';
import { serializeCloseBody } from './close-frame.js';
import type { ConnectionSettings, Negotiated } from './connection-settings.js';
import { endBehindPeer } from './end-behind-peer.js';
import { Liveness, type Living } from './liveness.js';
import type { MemoryHolder } from './memory-budget.js';
import { Limit, LIMIT_OF_VIOLATION } from './limit.js';
import { LimitCloseCode } from './limit-close-code.js';
import type { RequestFacts } from './request-facts.js';
import { SendingHalf } from './sending-half.js';
import { listenTo, type TransportListener } from './transport-listener.js';
import { decodeText, ownBytes } from './received-message.js';
import { relayedText } from './relayed-text.js';
import { CloseCause, type ConnectionListener, type WsConnection } from './ws-connection.js';
import type { Inflated, InflatedTaker } from '../deflate/message-inflater.js';

const NO_BYTES = Buffer.alloc(0);

/**
 * The one implementation of {@link WsConnection}: between a socket and a parser. It creates no closure and no timer.
 */
export class Connection
  extends SendingHalf
  implements WsConnection, FrameSink, TransportListener, MemoryHolder, Living, InflatedTaker
{
  closeCode: number = CloseCode.AbnormalClosure;
  closeReason = '';
  cause: CloseCause | undefined = undefined;
  violation: Violation | undefined = undefined;

  private closeSent = false;
  private closeReceived = false;
  /** The caller has paused reading. */
  private paused = false;
  /** A message is inflated in the thread pool, or waits for its turn; nothing behind it is read meanwhile. */
  private inflating = false;
  private closedWhileInflating = false;

  readonly subprotocol: string | undefined;
  readonly extensions: string;

  private readonly parser: FrameParser;
  private readonly liveness: Liveness;
  /** What the parser held when the common budget was last told. */
  private held = 0;
  /** The chunk that is being parsed. */
  private chunk: Uint8Array | null = null;

  constructor(
    socket: Duplex,
    settings: ConnectionSettings,
    readonly request: RequestFacts,
    { subprotocol, extensions, deflate }: Negotiated,
  ) {
    super(socket, settings, deflate);
    this.subprotocol = subprotocol;
    this.extensions = extensions;
    this.parser = new FrameParser(this, deflate === undefined ? settings.parser : settings.parser.compressed);
    this.liveness = new Liveness(this, settings);
  }

  /** Begins to read. `head` is what came behind the handshake already. */
  start(listener: ConnectionListener, head: Buffer): void {
    this.listener = listener;
    listenTo(this.socket, this);
    this.liveness.start();
    if (head.length > 0) this.receive(head);
  }

  get readyState(): ReadyState {
    return readyStateOf(this.state);
  }

  get roundTripTimeMs(): number | undefined {
    return this.liveness.roundTripTimeMs;
  }

  get wasClean(): boolean {
    return this.closeSent && this.closeReceived;
  }

  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    this.closeFor(CloseCause.Local, serializeCloseBody(code, reason, this.settings.parser.role));
  }

  terminate(): void {
    if (this.state === ConnectionState.Closed) return;
    this.cause ??= CloseCause.Terminated;
    this.drop();
  }

  pause(): void {
    this.paused = true;
    this.updateReading();
  }

  resume(): void {
    this.paused = false;
    this.updateReading();
  }

  /** @internal Drained */
  goAway(): PromiseLike<unknown> | undefined {
    return this.state === ConnectionState.Open ? this.listener?.onGoingAway?.(this) : undefined;
  }

  /** @internal FrameSink */
  onMessage(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.liveness.spoke = true;
    if (opcode !== Opcode.Text) return this.deliver(ownBytes(bytes, start, end, this.chunk));
    const text = decodeText(bytes, start, end, ascii);
    relayedText.set(text, bytes, start, end);
    this.deliver(text);
  }

  /** @internal FrameSink */
  onCompressedMessage(opcode: DataOpcode, bytes: Uint8Array, start: number, end: number): void {
    const { deflate } = this;
    if (deflate === undefined) return;
    this.liveness.spoke = true;
    const inflated = deflate.inflater.inflateFor(this, opcode, bytes.subarray(start, end));
    if (inflated !== undefined) return this.deliverInflated(opcode, inflated);
    this.inflating = true;
    this.updateReading();
  }

  /** @internal FrameSink */
  onPing(bytes: Uint8Array, start: number, end: number): void {
    if (this.state === ConnectionState.Open) {
      // "A Pong frame sent in response to a Ping frame must have identical Application data" (§5.5.3).
      this.outbox.appendRange(Opcode.Pong, bytes, start, end);
      this.closeIfSlow();
    }
    this.listener?.onPing?.(this, ownBytes(bytes, start, end, this.chunk));
  }

  /** @internal FrameSink */
  onPong(bytes: Uint8Array, start: number, end: number): void {
    if (this.liveness.takePong(bytes, start, end)) return;
    this.listener?.onPong?.(this, ownBytes(bytes, start, end, this.chunk));
  }

  /** @internal FrameSink */
  onClose(code: number, bytes: Uint8Array, start: number, end: number): void {
    this.closeCode = code;
    this.closeReason = decodeText(bytes, start, end, false);
    this.closeReceived = true;
    if (this.state === ConnectionState.Open) {
      this.cause = CloseCause.Peer;
      // "When sending a Close frame in response, the endpoint typically echos the status code it received" (§5.5.1).
      this.sendClose(code === CloseCode.NoStatusReceived ? NO_BYTES : Buffer.of(code >>> 8, code & 0xff));
    }
    this.state = nextState(this.state, ConnectionEvent.ReceiveClose);
    this.endTransport();
  }

  /** @internal FrameSink */
  onViolation(violation: Violation): void {
    this.violation = violation;
    const limit = LIMIT_OF_VIOLATION[violation];
    if (limit !== undefined) this.settings.limitsHit[limit]++;
    this.fail(CloseCause.Violation, CLOSE_CODE_OF_VIOLATION[violation], violation);
  }

  /** @internal MemoryHolder */
  onOverBudget(): void {
    this.settings.limitsHit[Limit.UnfinishedBytes]++;
    this.fail(CloseCause.Overload, CloseCode.TryAgainLater, 'too many unfinished messages');
  }

  protected get self(): this {
    return this;
  }

  /** @internal Living */
  get isReading(): boolean {
    return !this.paused && !this.inflating;
  }

  /** @internal Living */
  onPingTimeout(): void {
    this.settings.limitsHit[Limit.Ping]++;
    this.cause ??= CloseCause.PingTimeout;
    this.drop();
  }

  /** @internal Living */
  onSilenceTimeout(): void {
    this.settings.limitsHit[Limit.Silence]++;
    const { role } = this.settings.parser;
    this.closeFor(CloseCause.SilenceTimeout, serializeCloseBody(LimitCloseCode.Silent, 'silent for too long', role));
  }

  /** @internal Living */
  onClosingTimeout(): void {
    // Where somebody was closed for a reason, that is the cause, whether they answer or not.
    if (this.state === ConnectionState.CloseSent && this.cause === CloseCause.Local) {
      this.cause = CloseCause.ClosingTimeout;
    }
    this.drop();
  }

  /** @internal */
  receive(chunk: Buffer): void {
    this.chunk = chunk;
    this.liveness.heard = true;
    this.outbox.hold();
    const taken = this.parser.parse(chunk, relayedText.beginChunk(chunk));
    relayedText.endChunk();
    this.chunk = null;
    // Paused in the middle of the chunk: the stream keeps the rest, in its place before what comes next.
    if (taken < chunk.length) this.socket.unshift(chunk.subarray(taken));
    this.outbox.release();
    if (this.parser.heldBytes !== this.held) this.account();
    if (this.settings.liveness.silenceTimeoutMs !== Infinity) this.liveness.afterChunk(this.parser.unfinishedBytes);
  }

  /** @internal The peer sends no more. Without a close frame, that is not how a connection ends. */
  onTransportEnd(): void {
    this.cause ??= CloseCause.TransportEnded;
    this.state = nextState(this.state, ConnectionEvent.Fail);
    this.parser.stop();
    this.outbox.whenSettled(() => endBehindPeer(this.socket));
    this.liveness.expectEnd(this.settings.closeTimeoutMs);
  }

  /** @internal */
  onTransportError(): void {
    this.cause ??= CloseCause.TransportError;
    this.drop();
  }

  /** @internal */
  onTransportClosed(): void {
    if (this.inflating && this.cause !== CloseCause.Terminated) {
      // The message was complete before the transport went.
      this.closedWhileInflating = true;
      return;
    }
    this.cause ??= CloseCause.TransportEnded;
    this.state = nextState(this.state, ConnectionEvent.TransportClosed);
    this.parser.stop();
    this.account();
    this.endSending();
    this.liveness.stop();
    const listener = this.listener;
    this.listener = null;
    listener?.onClose?.(this);
    this.settings.onClosed(this);
  }

  private deliver(message: string | Uint8Array): void {
    this.listener?.onMessage(this, message);
  }

  private deliverInflated(opcode: DataOpcode, inflated: Inflated): void {
    if (!inflated.ok) return this.onViolation(inflated.violation);
    const { bytes } = inflated;
    if (opcode === Opcode.Binary) return this.deliver(bytes);
    if (!isUtf8(bytes)) return this.onViolation(Violation.InvalidUtf8);
    const text = bytes.toString('utf8');
    relayedText.set(text, bytes, 0, bytes.length);
    this.deliver(text);
    relayedText.forget();
  }

  /** @internal InflatedTaker */
  onInflated(opcode: DataOpcode, inflated: Inflated): void {
    this.inflating = false;
    if (this.state !== ConnectionState.Closed && this.cause !== CloseCause.Terminated) {
      this.deliverInflated(opcode, inflated);
    }
    if (this.closedWhileInflating) this.onTransportClosed();
    else this.updateReading();
  }

  private updateReading(): void {
    if (!this.isReading) {
      this.parser.pause();
      this.socket.pause();
    } else {
      this.liveness.afterPause();
      this.parser.resume();
      this.socket.resume();
    }
  }

  /** Begins the closing handshake; nothing, where it or the end has begun. */
  protected closeFor(cause: CloseCause, body: Uint8Array): void {
    if (this.state !== ConnectionState.Open) return;
    this.cause = cause;
    this.state = nextState(this.state, ConnectionEvent.SendClose);
    this.sendClose(body);
    this.liveness.expectEnd(this.settings.closeTimeoutMs);
    // The peer's close frame has to be seen.
    this.resume();
  }

  /** "_Fail the WebSocket Connection_": say why, and end; what still comes is ignored. RFC 6455 §7.1.7. */
  private fail(cause: CloseCause, code: number, reason: string): void {
    this.cause ??= cause;
    // What is still being deflated is not owed to such a peer, and must not hold up the reason.
    this.outbox.discardWaiting();
    if (this.state === ConnectionState.Open) {
      this.sendClose(serializeCloseBody(code, reason, this.settings.parser.role));
    }
    this.state = nextState(this.state, ConnectionEvent.Fail);
    this.parser.stop();
    this.account();
    this.endTransport();
  }

  /** Tells the common budget what an unfinished message takes; most never take anything. */
  private account(): void {
    this.held = this.parser.heldBytes;
    this.settings.unfinished.update(this, this.held);
  }

  private sendClose(body: Uint8Array): void {
    this.appendClose(body);
    this.closeSent = true;
  }

  /**
   * Both sides have said what they had to. "The server MUST close the TCP connection first" (§7.1.1), and a client gives it
   * the time to; what still comes in is read and dropped, because unread bytes would turn the end into a reset.
   */
  private endTransport(): void {
    this.parser.stop();
    this.outbox.whenSettled(() => {
      if (this.settings.parser.role === Role.Server) this.socket.end();
    });
    this.resume();
    this.liveness.expectEnd(this.settings.closeTimeoutMs);
  }

  protected drop(): void {
    this.state = nextState(this.state, ConnectionEvent.Fail);
    this.parser.stop();
    this.liveness.stop();
    this.socket.destroy();
  }
}
