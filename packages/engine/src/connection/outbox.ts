import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Opcode, RSV1_BIT } from '@nestwire/protocol';
import { type Flushable, flushAtEndOfTurn } from './flush-queue.js';
import { FrameQueue } from './frame-queue.js';
import { FrameRun } from './frame-run.js';
import { nextMaskingKey } from './masking-keys.js';
import { SLICED_FROM_BYTES, takesSlices, writeLargeFrame } from './large-frame.js';
import type { MemoryHolder } from './memory-budget.js';
import { OutgoingBuffer } from './outgoing-buffer.js';
import type { PreparedMessage } from './prepared-message.js';
import { relayedText } from './relayed-text.js';
import { WaitingFrames } from './waiting-frames.js';
import { Writers, type Written } from './writers.js';
import type { DeflateCodec } from '../deflate/deflate-codec.js';
import type { MessageDeflater } from '../deflate/message-deflater.js';

/** Past this, what has been gathered is written before the turn ends. */
const FLUSH_FROM_BYTES = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** What the socket is given at once; more waits here, where it can still be given up. The socket says when it has none left. */
const HANDOVER_BYTES = 128 * 1024;

/** What an outbox tells its connection. */
export interface OutboxOwner {
  /** So much waits that the peer does not take; 0 while it keeps up. */
  onBacklog(bytes: number): void;
  /** Of all connections, most waits here, and there is too much in all. */
  onOverOutboundBudget(): void;
}

/**
 * What a connection sends, in order: frames are gathered, and go out in one write for a chunk or a turn. Nothing overtakes a
 * message that is deflated in the thread pool; what comes behind it waits.
 */
export class Outbox implements Flushable, MemoryHolder {
  private gathered: OutgoingBuffer | null = null;
  /** Prepared frames, as long as there is nothing else: then they need no buffer. */
  private prepared: FrameRun | null = null;
  /** While a chunk is being read, what it causes goes out when it has been. */
  private holding = false;
  /** What waits behind a message that is being deflated; `undefined` while none is. */
  private waiting: WaitingFrames | undefined = undefined;
  private onSettled: (() => void) | undefined = undefined;
  /** What the socket is not given yet; there once it was needed. */
  private queue: FrameQueue | null = null;
  /** What the connection was told last. */
  private told = 0;
  /** Whether the socket may still have bytes; to ask it takes longer than to remember that it had none. */
  private socketMayHold = true;

  /** Called when the operating system has taken more; somebody waits for that. */
  private onWritten: (() => void) | undefined = undefined;
  /** Who waits for what has been appended so far; there once somebody did. */
  private writers: Writers | undefined = undefined;

  /**
   * @param masks - whether frames are masked: a client's are (RFC 6455 §5.1).
   * @param deflate - absent where permessage-deflate was not agreed upon.
   */
  constructor(
    private readonly owner: OutboxOwner,
    private readonly socket: Duplex,
    private readonly masks: boolean,
    private readonly deflate: DeflateCodec | undefined,
  ) {}

  /** Bytes that the operating system does not have yet. */
  get length(): number {
    const { gathered, prepared, queue, waiting } = this;
    // Asked for after each message: what is not there costs a comparison.
    const held = (gathered === null ? 0 : gathered.length) + (prepared === null ? 0 : prepared.length);
    const inSocket = this.socketMayHold ? this.askSocket() : 0;
    return inSocket + held + (queue === null ? 0 : queue.length) + (waiting === undefined ? 0 : waiting.bytes);
  }

  /** Bytes that it has taken so far; where that is not known, 0. */
  get handedOver(): number {
    return this.socket instanceof Socket ? this.socket.bytesWritten - this.socket.writableLength : 0;
  }

  /** A message, or a control frame. Bytes are copied before this returns. */
  append(opcode: Opcode, payload: string | Uint8Array): void {
    if (this.waiting !== undefined) return this.wait(this.waiting, opcode, payload);
    const { deflate } = this;
    const isMessage = opcode === Opcode.Text || opcode === Opcode.Binary;
    if (deflate === undefined || !isMessage || payload.length < deflate.thresholdBytes) {
      return this.write(opcode, payload);
    }
    const { deflater } = deflate;
    const encoded = typeof payload === 'string' && !relayedText.is(payload) ? Buffer.from(payload) : undefined;
    const message = encoded ?? (typeof payload === 'string' ? relayedText.whole : payload);
    const deflated = deflater.deflate(message);
    if (deflated !== undefined) return this.writeBytes(RSV1_BIT | opcode, deflated, 0, deflated.length);
    // Outside this call the bytes are the caller's again, or the chunk's.
    this.deflateLater(deflater, opcode, encoded ?? Buffer.from(message));
  }

  /** A message whose frame is built, unless it has to be masked, or deflated as this connection alone does. */
  appendPrepared(message: PreparedMessage): void {
    const frame = this.waiting === undefined && !this.masks ? this.frameOf(message) : undefined;
    if (frame === undefined) return this.append(message.opcode, message.payload);
    const { gathered, prepared } = this;
    if (gathered !== null) {
      gathered.appendFrame(frame);
      return this.flushIfLarge();
    }
    if (prepared === null && !this.holding) flushAtEndOfTurn(this);
    this.prepared = prepared === null ? FrameRun.of(frame) : prepared.with(frame);
    if (this.prepared.length >= FLUSH_FROM_BYTES) this.flush();
  }

  /** A control frame, from a range of bytes. */
  appendRange(opcode: Opcode, bytes: Uint8Array, start: number, end: number): void {
    if (this.waiting !== undefined) this.wait(this.waiting, opcode, bytes.subarray(start, end));
    else this.writeBytes(opcode, bytes, start, end);
  }

  /** A chunk is about to be read. */
  hold(): void {
    this.holding = true;
  }

  /** The chunk has been read. */
  release(): void {
    this.holding = false;
    this.flush();
  }

  flush(): void {
    if (this.prepared !== null && !this.prepared.isShared) this.gather();
    const { gathered, prepared, socket } = this;
    if (gathered === null && prepared === null) return;
    if (this.queued > 0 || this.isSated()) return this.enqueue();
    this.gathered = null;
    this.prepared = null;
    if (socket.destroyed || socket.writableEnded) return gathered?.release();
    if (prepared !== null) socket.write(prepared.bytes, this.takeWritten());
    // A stream says 'drain' only where a write went over its own mark, which may be above ours.
    else if (gathered !== null) socket.write(gathered.view(), this.takeWritten());
    // A net.Socket that holds nothing has handed all of it to the kernel. Of other streams that is not known.
    const inSocket = this.askSocket();
    if (inSocket === 0 && socket instanceof Socket) gathered?.release();
    if (inSocket > 0 || this.told > 0) this.tell();
  }

  /** The socket has room again. */
  feed(): void {
    const { queue, socket } = this;
    if (queue !== null && !socket.destroyed && !socket.writableEnded) {
      this.socketMayHold = true;
      while (queue.length > 0 && !this.isSated()) socket.write(queue.shift(), this.onWritten);
    }
    this.flush();
    this.tellWriters();
    this.settle();
    if (this.told > 0) this.tell();
  }

  /** @internal MemoryHolder */
  onOverBudget(): void {
    this.owner.onOverOutboundBudget();
  }

  /** Gives up all that the socket does not have yet: whole messages, so that another frame may follow. */
  discard(): void {
    this.waiting = undefined;
    this.queue = null;
    this.gathered?.release();
    this.gathered = null;
    this.prepared = null;
    this.writers?.fail();
    this.tell();
  }

  /** Says how much waits. What a socket holds below its own mark does not count: it would not say when that has gone. */
  tell(): void {
    const { socket } = this;
    const waits = !socket.destroyed && (socket.writableNeedDrain || this.waiting !== undefined || this.queued > 0);
    this.told = waits ? this.length : 0;
    this.owner.onBacklog(this.told);
  }

  /** Calls back whenever the operating system has taken a write; `undefined` for no longer. */
  onceWritten(onWritten: (() => void) | undefined): void {
    this.onWritten = onWritten;
  }

  /** Calls back once the operating system has all that has been appended so far. */
  whenWritten(written: Written): void {
    (this.writers ??= new Writers()).add(written);
    this.tellWriters();
  }

  /** Calls back once everything has gone to the socket: at once, unless a message is still being deflated, or the socket has enough. */
  whenSettled(callback: () => void): void {
    this.onSettled = callback;
    this.settle();
  }

  /** Forgets what waits behind a message that is being deflated, and that message as well. */
  discardWaiting(): void {
    if (this.waiting === undefined) return;
    this.waiting = undefined;
    this.writers?.fail();
  }

  /** The transport is gone. */
  dispose(): void {
    this.onSettled = undefined;
    this.onWritten = undefined;
    this.discard();
  }

  /** Where all of it is with the socket, which keeps the order, a write of nothing says when that has gone. */
  private tellWriters(): void {
    const { socket } = this;
    if (this.writers?.isEmpty !== false || this.waiting !== undefined || this.unwritten > 0) return;
    if (!socket.destroyed && !socket.writableEnded) socket.write(NOTHING, this.takeWritten());
  }

  /** Who is to be told of the write that is about to be made. What still waits for a message before it is not in it. */
  private takeWritten(): ((error?: Error | null) => void) | undefined {
    const { writers, onWritten } = this;
    return writers?.isEmpty !== false || this.waiting !== undefined ? onWritten : writers.take(onWritten);
  }

  /** What it was given and has not handed on. */
  private askSocket(): number {
    const { writableLength } = this.socket;
    this.socketMayHold = writableLength > 0;
    return writableLength;
  }

  private get queued(): number {
    return this.queue === null ? 0 : this.queue.length;
  }

  /** What the socket was not given. */
  private get unwritten(): number {
    return (this.gathered?.length ?? 0) + (this.prepared?.length ?? 0) + this.queued;
  }

  /** Whether the socket has enough, and will say when it has none. */
  private isSated(): boolean {
    return this.socket.writableLength >= HANDOVER_BYTES && this.socket.writableNeedDrain;
  }

  /** Holds back what has been gathered. A buffer that is far from full goes on gathering: many of them would take more memory than they say. */
  private enqueue(): void {
    const { gathered, prepared } = this;
    if (prepared !== null) {
      this.prepared = null;
      (this.queue ??= new FrameQueue()).push(prepared.bytes);
    } else if (gathered !== null && gathered.length >= FLUSH_FROM_BYTES) {
      this.gathered = null;
      (this.queue ??= new FrameQueue()).push(gathered.detach());
    }
    this.tell();
  }

  private settle(): void {
    const { onSettled } = this;
    if (onSettled === undefined || this.waiting !== undefined) return;
    this.flush();
    if (this.unwritten > 0) return;
    this.onSettled = undefined;
    onSettled();
  }

  private wait(waiting: WaitingFrames, opcode: Opcode, payload: string | Uint8Array): void {
    waiting.push(opcode, payload);
    this.tell();
  }

  private deflateLater(deflater: MessageDeflater, opcode: Opcode, message: Uint8Array): void {
    const waiting = new WaitingFrames(message.length);
    this.waiting = waiting;
    this.tell();
    deflater.deflateLater(message).then(
      (deflated) => {
        if (this.waiting !== waiting) return;
        this.waiting = undefined;
        this.writeBytes(RSV1_BIT | opcode, deflated, 0, deflated.length);
        this.takeUp(waiting);
      },
      // zlib fails for want of memory alone; the connection can't go on without the message.
      (error: unknown) => this.socket.destroy(error as Error),
    );
  }

  private takeUp({ frames }: WaitingFrames): void {
    for (const { opcode, payload } of frames) {
      if (this.waiting === undefined) this.append(opcode, payload);
      else this.waiting.push(opcode, payload);
    }
    this.settle();
  }

  private write(opcode: Opcode, payload: string | Uint8Array): void {
    if (typeof payload !== 'string') return this.writeBytes(opcode, payload, 0, payload.length);
    const maskingKey = this.masks ? nextMaskingKey() : undefined;
    if (relayedText.is(payload)) this.gather().appendRelayed(relayedText, maskingKey);
    else this.gather().appendText(payload, maskingKey);
    this.flushIfLarge();
  }

  private writeBytes(firstBits: number, bytes: Uint8Array, start: number, end: number): void {
    const maskingKey = this.masks ? nextMaskingKey() : undefined;
    if (end - start >= SLICED_FROM_BYTES) {
      this.flush();
      if (this.unwritten === 0 && takesSlices(this.socket)) {
        this.socketMayHold = true;
        writeLargeFrame(this.socket, firstBits, bytes.subarray(start, end), maskingKey, () => this.takeWritten());
        return this.tell();
      }
    }
    this.gather().append(firstBits, bytes, start, end, maskingKey);
    this.flushIfLarge();
  }

  private frameOf(message: PreparedMessage): Uint8Array | undefined {
    const { deflate } = this;
    if (deflate === undefined || message.payload.length < deflate.thresholdBytes) return message.frame;
    return message.deflatedFrame(deflate.deflater);
  }

  private gather(): OutgoingBuffer {
    if (this.gathered === null) {
      this.gathered = OutgoingBuffer.take();
      if (this.prepared !== null) {
        // It is to be flushed already, and so is what gathers behind it.
        this.gathered.appendRun(this.prepared);
        this.prepared = null;
      } else if (!this.holding) {
        flushAtEndOfTurn(this);
      }
    }
    return this.gathered;
  }

  private flushIfLarge(): void {
    if ((this.gathered?.length ?? 0) >= FLUSH_FROM_BYTES) this.flush();
  }
}
