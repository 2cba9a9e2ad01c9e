/** Whole frames that the socket is not given yet, because it has enough. First in, first out. */
export class FrameQueue {
  private frames: Uint8Array[] = [];
  private head = 0;
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
    const next = this.frames[this.head];
    if (next === undefined) return undefined;
    this.head++;
    this.queued -= next.length;
    if (this.head > this.frames.length / 2) {
      this.frames = this.frames.slice(this.head);
      this.head = 0;
    }
    return next;
  }
}
