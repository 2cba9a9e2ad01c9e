import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Opcode, RSV1_BIT } from '@nestwire/protocol';
import { type Flushable, flushAtEndOfTurn } from './flush-queue.js';
import { nextMaskingKey } from './masking-keys.js';
import { OutgoingBuffer } from './outgoing-buffer.js';
import type { PreparedMessage } from './prepared-message.js';
import type { DeflateCodec } from '../deflate/deflate-codec.js';
import type { MessageDeflater } from '../deflate/message-deflater.js';

/** Past this, what has been gathered is written before the turn ends. */
const FLUSH_FROM_BYTES = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** A frame that waits for a message before it that is still being deflated. */
interface WaitingFrame {
  readonly opcode: Opcode;
  readonly payload: string | Uint8Array;
  readonly bytes: number;
}

/** Told that the operating system has what was sent, or, with an error, that it never will. */
export type Written = (error?: Error) => void;

/**
 * What a connection sends, in order: frames are gathered, and go out in one write for a chunk or a turn. Nothing overtakes a
 * message that is deflated in the thread pool; what comes behind it waits.
 */
export class Outbox implements Flushable {
  private gathered: OutgoingBuffer | null = null;
  /** A prepared frame that is alone so far: then it goes out as it is, and needs no buffer. */
  private prepared: Uint8Array | null = null;
  /** While a chunk is being read, what it causes goes out when it has been. */
  private holding = false;
  /** What waits behind a message that is being deflated; `undefined` while none is. */
  private waiting: WaitingFrame[] | undefined = undefined;
  private waitingBytes = 0;
  private onSettled: (() => void) | undefined = undefined;

  /** Called when the operating system has taken more; somebody waits for that. */
  private onWritten: (() => void) | undefined = undefined;
  /** Who waits for what has been appended so far; `undefined` while nobody does. */
  private writers: Written[] | undefined = undefined;

  /**
   * @param masks - whether frames are masked: a client's are (RFC 6455 §5.1).
   * @param deflate - absent where permessage-deflate was not agreed upon.
   */
  constructor(
    private readonly socket: Duplex,
    private readonly masks: boolean,
    private readonly deflate: DeflateCodec | undefined,
  ) {}

  /** Bytes that the operating system does not have yet. */
  get length(): number {
    return this.socket.writableLength + (this.gathered?.length ?? 0) + (this.prepared?.length ?? 0) + this.waitingBytes;
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
    const message = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const deflated = deflater.deflate(message);
    if (deflated !== undefined) return this.writeBytes(RSV1_BIT | opcode, deflated, 0, deflated.length);
    // Outside this call the bytes are the caller's again.
    this.deflateLater(deflater, opcode, typeof payload === 'string' ? message : Buffer.from(message));
  }

  /** A message whose frame is built, unless it has to be masked, or deflated as this connection alone does. */
  appendPrepared(message: PreparedMessage): void {
    const frame = this.waiting === undefined && !this.masks ? this.frameOf(message) : undefined;
    if (frame === undefined) return this.append(message.opcode, message.payload);
    if (this.gathered === null && this.prepared === null) {
      this.prepared = frame;
      if (frame.length >= FLUSH_FROM_BYTES) this.flush();
      else if (!this.holding) flushAtEndOfTurn(this);
      return;
    }
    this.gather().appendFrame(frame);
    this.flushIfLarge();
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
    const { gathered, prepared, socket } = this;
    if (prepared !== null) {
      this.prepared = null;
      if (!socket.destroyed && !socket.writableEnded) socket.write(prepared, this.takeWritten());
      return;
    }
    if (gathered === null) return;
    this.gathered = null;
    if (socket.destroyed || socket.writableEnded) return gathered.release();
    // A stream says 'drain' only where a write went over its own mark, which may be above ours.
    socket.write(gathered.view(), this.takeWritten());
    // A net.Socket that holds nothing has handed all of it to the kernel. Of other streams that is not known.
    if (socket.writableLength === 0 && socket instanceof Socket) gathered.release();
  }

  /** Calls back whenever the operating system has taken a write; `undefined` for no longer. */
  onceWritten(onWritten: (() => void) | undefined): void {
    this.onWritten = onWritten;
  }

  /** Calls back once the operating system has all that has been appended so far. */
  whenWritten(written: Written): void {
    const { socket } = this;
    const isIdle = this.gathered === null && this.prepared === null && this.waiting === undefined;
    // All of it is with the socket already, which keeps the order.
    if (isIdle) socket.write(NOTHING, (error) => written(error ?? undefined));
    else (this.writers ??= []).push(written);
  }

  /** Calls back once everything has gone to the socket: at once, unless a message is still being deflated. */
  whenSettled(callback: () => void): void {
    if (this.waiting !== undefined) {
      this.onSettled = callback;
      return;
    }
    this.flush();
    callback();
  }

  /** Forgets what waits behind a message that is being deflated, and that message as well. */
  discardWaiting(): void {
    if (this.waiting === undefined) return;
    this.endWaiting();
    this.failWriters();
  }

  /** The transport is gone. */
  dispose(): void {
    this.endWaiting();
    this.onSettled = undefined;
    this.gathered?.release();
    this.gathered = null;
    this.prepared = null;
    this.failWriters();
  }

  private endWaiting(): void {
    this.waiting = undefined;
    this.waitingBytes = 0;
  }

  private failWriters(): void {
    const { writers = [] } = this;
    this.writers = undefined;
    const error = new Error('The connection ended before this was written');
    for (const written of writers) process.nextTick(written, error);
  }

  /** Who is to be told of the write that is about to be made. What still waits for a message before it is not in it. */
  private takeWritten(): ((error?: Error | null) => void) | undefined {
    const { writers, onWritten } = this;
    if (writers === undefined || this.waiting !== undefined) return onWritten;
    this.writers = undefined;
    return (error) => {
      onWritten?.();
      for (const written of writers) written(error ?? undefined);
    };
  }

  private wait(waiting: WaitingFrame[], opcode: Opcode, payload: string | Uint8Array): void {
    const copy = typeof payload === 'string' ? payload : Buffer.from(payload);
    const bytes = typeof copy === 'string' ? Buffer.byteLength(copy) : copy.length;
    waiting.push({ opcode, payload: copy, bytes });
    this.waitingBytes += bytes;
  }

  private deflateLater(deflater: MessageDeflater, opcode: Opcode, message: Uint8Array): void {
    const waiting: WaitingFrame[] = [];
    this.waiting = waiting;
    this.waitingBytes = message.length;
    deflater.deflateLater(message).then(
      (deflated) => {
        if (this.waiting !== waiting) return;
        this.endWaiting();
        this.writeBytes(RSV1_BIT | opcode, deflated, 0, deflated.length);
        this.takeUp(waiting);
      },
      // zlib fails for want of memory alone; the connection can't go on without the message.
      (error: unknown) => this.socket.destroy(error as Error),
    );
  }

  private takeUp(waiting: readonly WaitingFrame[]): void {
    for (const { opcode, payload } of waiting) this.append(opcode, payload);
    if (this.waiting !== undefined) return;
    const { onSettled } = this;
    this.onSettled = undefined;
    if (onSettled === undefined) return;
    this.flush();
    onSettled();
  }

  private write(opcode: Opcode, payload: string | Uint8Array): void {
    if (typeof payload !== 'string') return this.writeBytes(opcode, payload, 0, payload.length);
    this.gather().appendText(payload, this.masks ? nextMaskingKey() : undefined);
    this.flushIfLarge();
  }

  private writeBytes(firstBits: number, bytes: Uint8Array, start: number, end: number): void {
    this.gather().append(firstBits, bytes, start, end, this.masks ? nextMaskingKey() : undefined);
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
        this.gathered.appendFrame(this.prepared);
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
