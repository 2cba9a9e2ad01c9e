import type { Socket } from 'node:net';
import { isUtf8 } from 'node:buffer';
import { Deflater, Inflater } from './flate.js';
import {
  BINARY,
  bytesOf,
  CLOSE,
  CONTINUATION,
  type Frame,
  fragments,
  PING,
  PONG,
  RSV1,
  serialize,
  TEXT,
} from './frame.js';
import { FrameReader, type ReceivedFrame, WireFault } from './frame-reader.js';
import type { Opened } from './opening.js';

/** What the other end sent. */
export interface Seen {
  readonly kind: 'text' | 'binary' | 'ping' | 'pong';
  readonly payload: Buffer;
}

/** The other end's close frame; 1005 where it holds no code. */
export interface SeenClose {
  readonly code: number;
  readonly reason: string;
}

/** Writes gather up to this size, so that many small fragments do not become many small chunks. */
const WRITE_BYTES = 64 * 1024;

/** An end that has not failed by then waits for more bytes; one that has, did so in a fraction of it. */
const PATIENCE_MS = 2000;

/**
 * The driver's end of one connection: raw TCP, frames built by hand, and a strict reader. It shares no code with any engine,
 * so that a mistake of an engine is not made twice.
 */
export class Peer {
  readonly seen: Seen[] = [];
  closed: SeenClose | undefined;
  /** What the other end did wrong as a sender. */
  fault: string | undefined;
  /** How the transport ended: by a FIN, as it should, or by a reset. */
  transport: 'open' | 'ended' | 'reset' = 'open';

  private readonly masks: boolean;
  private readonly socket: Socket;
  private readonly reader: FrameReader;
  private readonly deflater: Deflater | undefined;
  private readonly inflater: Inflater | undefined;
  private message: { readonly opcode: number; readonly compressed: boolean; readonly pieces: Buffer[] } | undefined;
  /** Frames are worked off one after the other; inflating one takes its time. */
  private reading: Promise<void> = Promise.resolve();
  private waiters: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  /** @param role - the driver's own. */
  constructor(
    readonly role: 'client' | 'server',
    { socket, head, agreement }: Opened,
  ) {
    this.masks = role === 'client';
    this.socket = socket;
    this.reader = new FrameReader(role === 'server');
    if (agreement !== undefined) {
      const [own, other] =
        role === 'client' ? [agreement.client, agreement.server] : [agreement.server, agreement.client];
      this.deflater = new Deflater(own);
      this.inflater = new Inflater(other);
    }
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.end('ended'));
    socket.on('error', () => this.end('reset'));
    this.receive(head);
    socket.resume();
  }

  /** Sends frames in one write. */
  send(...frames: readonly Frame[]): void {
    this.write(this.bytes(frames));
  }

  /** Sends octets that may be frames, or not. */
  sendOctets(octets: Buffer): void {
    this.write(octets);
  }

  /** Sends frames in one write each, each in a turn of its own. */
  async sendFramewise(...frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) {
      this.write(serialize(frame, this.masks));
      await turn();
    }
  }

  /** Sends frames in chops of `size` bytes, whatever the frames' edges, each in a turn of its own. */
  async sendChopped(size: number, ...frames: readonly Frame[]): Promise<void> {
    const bytes = this.bytes(frames);
    for (let at = 0; at < bytes.length; at += size) {
      this.write(bytes.subarray(at, at + size));
      await turn();
    }
  }

  /** Sends very many frames in writes of some size, without holding all of their bytes. */
  async sendMany(frames: Iterable<Frame>): Promise<void> {
    let gathered: Buffer[] = [];
    let length = 0;
    const write = async (): Promise<void> => {
      this.write(Buffer.concat(gathered));
      gathered = [];
      length = 0;
      await turn();
    };
    for (const frame of frames) {
      const bytes = serialize(frame, this.masks);
      gathered.push(bytes);
      length += bytes.length;
      if (length >= WRITE_BYTES) await write();
    }
    if (length > 0) await write();
  }

  /** Sends the octets of a frame up to `count` from its end, and later the rest. */
  split(frame: Frame, count: number): { readonly first: () => void; readonly rest: () => void } {
    const bytes = serialize(frame, this.masks);
    return {
      first: () => this.write(bytes.subarray(0, bytes.length - count)),
      rest: () => this.write(bytes.subarray(bytes.length - count)),
    };
  }

  /** The frames of a message that is compressed where that was agreed upon. RFC 7692 §6.1. */
  async compose(opcode: number, payload: string | Uint8Array, fragmentBytes = Infinity): Promise<Frame[]> {
    if (this.deflater === undefined) return fragments(opcode, payload, fragmentBytes);
    return fragments(opcode, await this.deflater.deflate(bytesOf(payload)), fragmentBytes, RSV1);
  }

  async sendMessage(opcode: number, payload: string | Uint8Array, fragmentBytes = Infinity): Promise<void> {
    this.send(...(await this.compose(opcode, payload, fragmentBytes)));
  }

  /** Waits until the other end has sent so many messages, pings and pongs, or has closed. */
  until(count: number): Promise<void> {
    return this.when(() => this.seen.length >= count || this.isOver());
  }

  /** Waits for the other end's close frame, or for the end without one. */
  untilClosed(): Promise<void> {
    return this.when(() => this.isOver());
  }

  /**
   * Waits for the other end to close upon what it has seen so far, though the frame or the message is not finished.
   *
   * @throws Error where it waits for the rest.
   */
  async untilFailed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it waits for the rest')), PATIENCE_MS);
    });
    await Promise.race([this.untilClosed(), patience]).finally(() => clearTimeout(timer));
  }

  untilTransportEnds(): Promise<void> {
    return this.when(() => this.transport !== 'open');
  }

  /** Ends this side of the transport, and waits for it to be gone. */
  async finish(): Promise<void> {
    if (this.socket.destroyed) return;
    const gone = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    this.socket.end();
    await gone;
  }

  /** Lets go of everything at once. */
  destroy(): void {
    this.socket.destroy();
    this.deflater?.destroy();
    this.inflater?.destroy();
  }

  private bytes(frames: readonly Frame[]): Buffer {
    return Buffer.concat(frames.map((frame) => serialize(frame, this.masks)));
  }

  private write(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  private isOver(): boolean {
    return this.closed !== undefined || this.fault !== undefined || this.transport !== 'open';
  }

  private receive(chunk: Buffer): void {
    this.reader.push(chunk);
    try {
      for (let frame = this.reader.next(); frame !== undefined; frame = this.reader.next()) this.queue(frame);
    } catch (error) {
      this.blame(error);
    }
    this.notify();
  }

  /** Takes frames in their order; without compression at once. */
  private queue(frame: ReceivedFrame): void {
    if (this.inflater === undefined) return this.take(frame, this.completed(frame));
    const { inflater } = this;
    this.reading = this.reading
      .then(async () => {
        const message = this.completed(frame);
        const compressed = message?.compressed === true;
        this.take(frame, compressed ? { ...message, payload: await inflater.inflate(message.payload) } : message);
      })
      .catch((error: unknown) => this.blame(error))
      .then(() => this.notify());
  }

  /** Puts fragments together; the message that this frame ends, or `undefined`. §5.4 */
  private completed({ fin, rsv, opcode, payload }: ReceivedFrame): CompleteMessage | undefined {
    if (opcode > BINARY) {
      if (rsv !== 0) throw new WireFault('reserved bits on a control frame');
      return undefined;
    }
    if (opcode === CONTINUATION) {
      if (this.message === undefined) throw new WireFault('a continuation of nothing');
      if (rsv !== 0) throw new WireFault('reserved bits on a continuation');
    } else {
      if (this.message !== undefined) throw new WireFault('a message within another');
      if (rsv !== 0 && (rsv !== RSV1 || this.inflater === undefined)) throw new WireFault('reserved bits');
      this.message = { opcode, compressed: rsv === RSV1, pieces: [] };
    }
    const message = this.message;
    message.pieces.push(payload);
    if (!fin) return undefined;
    this.message = undefined;
    const [only] = message.pieces;
    const whole = message.pieces.length === 1 && only !== undefined ? only : Buffer.concat(message.pieces);
    return { opcode: message.opcode, compressed: message.compressed, payload: whole };
  }

  private take({ opcode, fin, payload }: ReceivedFrame, message: CompleteMessage | undefined): void {
    if (this.closed !== undefined) throw new WireFault('a frame after the close frame');
    if (message !== undefined) {
      if (message.opcode === TEXT && !isUtf8(message.payload)) throw new WireFault('a text that is not UTF-8');
      if (this.inflater !== undefined && !message.compressed) this.uncompressed++;
      this.seen.push({ kind: message.opcode === TEXT ? 'text' : 'binary', payload: message.payload });
    } else if (opcode > BINARY) {
      if (!fin || payload.length > 125) throw new WireFault('a control frame that is fragmented or too long');
      if (opcode === CLOSE) this.closed = readClose(payload);
      else if (opcode === PING || opcode === PONG) this.seen.push({ kind: opcode === PING ? 'ping' : 'pong', payload });
      else throw new WireFault(`the reserved opcode ${String(opcode)}`);
    }
  }

  /** Messages that came without compression, though it was agreed upon. */
  uncompressed = 0;

  private blame(error: unknown): void {
    this.fault ??= error instanceof WireFault ? `sent ${error.message}` : `failed reading: ${String(error)}`;
  }

  private end(how: 'ended' | 'reset'): void {
    void this.reading.then(() => {
      if (how === 'ended' && this.reader.unread > 0) this.fault ??= 'ended within a frame';
      if (this.transport === 'open' || how === 'reset') this.transport = how;
      this.notify();
    });
  }

  private when(until: () => boolean): Promise<void> {
    return until() ? Promise.resolve() : new Promise((resolve) => this.waiters.push({ until, resolve }));
  }

  private notify(): void {
    const ready = this.waiters.filter(({ until }) => until());
    this.waiters = this.waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}

interface CompleteMessage {
  readonly opcode: number;
  readonly compressed: boolean;
  readonly payload: Buffer;
}

function readClose(body: Buffer): SeenClose {
  if (body.length === 0) return { code: 1005, reason: '' };
  if (body.length === 1) throw new WireFault('a close frame with half a code');
  const reason = body.subarray(2);
  if (!isUtf8(reason)) throw new WireFault('a close reason that is not UTF-8');
  return { code: body.readUInt16BE(0), reason: reason.toString() };
}

/** Lets the event loop go round once, so that what was written is read before what is written next. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
