import { Fifo } from '../fifo.js';

/** Whole frames that the socket is not given yet, because it has enough. First in, first out. */
export class FrameQueue {
  private readonly frames = new Fifo<Uint8Array>();
  private queued = 0;

  /** In bytes. */
  get length(): number {
    return this.queued;
  }

  push(frames: Uint8Array): void {
    this.frames.push(frames);
    this.queued += frames.length;
  }

  shift(): Uint8Array | undefined {
    const next = this.frames.shift();
    if (next !== undefined) this.queued -= next.length;
    return next;
  }
}
