import { type Flushable, flushAtEndOfTurn } from './flush-queue.js';

/**
 * Frames that were built before, one behind the other. Connections that are sent the same messages in one turn pass through the same runs,
 * so that what they write is put together once for all of them.
 */
export class FrameRun {
  /** Bytes. */
  readonly length: number;
  private next: FrameRun | undefined = undefined;
  /** How many connections came by. */
  private visits = 0;
  private joined: Uint8Array | undefined;

  private constructor(
    private readonly before: FrameRun | undefined,
    private readonly frame: Uint8Array,
  ) {
    this.length = (before === undefined ? 0 : before.length) + frame.length;
    this.joined = before === undefined ? frame : undefined;
  }

  /** The run of this frame alone. */
  static of(frame: Uint8Array): FrameRun {
    let first = firstRun;
    if (first === undefined || first.frame !== frame) {
      if (first === undefined) flushAtEndOfTurn(forgetting);
      firstRun = first = new FrameRun(undefined, frame);
    }
    first.visits++;
    return first;
  }

  /** This run, and one more frame. */
  with(frame: Uint8Array): FrameRun {
    let { next } = this;
    if (next === undefined || next.frame !== frame) this.next = next = new FrameRun(this, frame);
    next.visits++;
    return next;
  }

  /** Whether it is worth bytes of its own: it is one frame, or several connections have it to write. */
  get isShared(): boolean {
    return this.visits > 1 || this.joined !== undefined;
  }

  /** For all who have it, and not to be changed. */
  get bytes(): Uint8Array {
    if (this.joined === undefined) {
      this.joined = Buffer.allocUnsafeSlow(this.length);
      this.copyTo(this.joined, 0);
    }
    return this.joined;
  }

  /** From the last frame to the first: a loop, because there may be thousands of short ones. */
  private static copy(last: FrameRun, target: Uint8Array, end: number): void {
    for (let run: FrameRun | undefined = last; run !== undefined; run = run.before) {
      end -= run.frame.length;
      target.set(run.frame, end);
    }
  }

  copyTo(target: Uint8Array, offset: number): void {
    FrameRun.copy(this, target, offset + this.length);
  }
}

/** Where the runs of this turn begin; those of a turn that is over are nobody's but their connections'. */
let firstRun: FrameRun | undefined;

const forgetting: Flushable = {
  flush: () => {
    firstRun = undefined;
  },
};
