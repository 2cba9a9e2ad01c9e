import { isUtf8 } from 'node:buffer';
import type { Duplex } from 'node:stream';
import {
  ConnectionEvent,
  ConnectionState,
  type DataOpcode,
  FrameParser,
  type FrameSink,
  nextState,
  Opcode,
  type ReadyState,
  readyStateOf,
  Violation,
} from '@nestwire/protocol';
import { ClosingHalf } from './closing-half.js';
import type { ConnectionSettings, Negotiated } from './connection-settings.js';
import { endBehindPeer } from './end-behind-peer.js';
import { Liveness, type Living } from './liveness.js';
import type { MemoryHolder } from './memory-budget.js';
import type { RequestFacts } from './request-facts.js';
import { listenTo, type TransportListener } from './transport-listener.js';
import { decodeText, ownBytes } from './received-message.js';
import { relayedText } from './relayed-text.js';
import { CloseCause, type ConnectionListener, type WsConnection } from './ws-connection.js';
import type { Inflated, InflatedTaker } from '../deflate/message-inflater.js';

/**
 * The one implementation of {@link WsConnection}: between a socket and a parser. It creates no closure and no timer.
 */
export class Connection
  extends ClosingHalf
  implements WsConnection, FrameSink, TransportListener, MemoryHolder, Living, InflatedTaker
{
  /** The caller has paused reading. */
  private paused = false;
  /** A message is inflated in the thread pool, or waits for its turn; nothing behind it is read meanwhile. */
  private inflating = false;
  private closedWhileInflating = false;

  readonly subprotocol: string | undefined;
  readonly extensions: string;

  protected readonly parser: FrameParser;
  protected readonly liveness: Liveness;
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

  pause(): void {
    this.paused = true;
    this.updateReading();
  }

  resume(): void {
    this.paused = false;
    this.updateReading();
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

  protected get self(): this {
    return this;
  }

  /** @internal Living */
  get isReading(): boolean {
    return !this.paused && !this.inflating;
  }

  /** @internal Drained */
  goAway(): PromiseLike<unknown> | undefined {
    return this.state === ConnectionState.Open ? this.listener?.onGoingAway?.(this) : undefined;
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
}
