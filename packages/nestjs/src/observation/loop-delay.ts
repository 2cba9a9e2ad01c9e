import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;

/** How late the event loop came round, in seconds. */
export interface LoopDelays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Measures how late the event loop comes round, every 20 ms, from its making until it is stopped. */
export class LoopDelay {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.histogram.enable();
  }

  /** Since the last time that somebody took it. */
  take(): LoopDelays {
    const { histogram } = this;
    const delays = {
      p50: secondsLate(histogram.percentile(50)),
      p99: secondsLate(histogram.percentile(99)),
      max: secondsLate(histogram.max),
    };
    histogram.reset();
    return delays;
  }

  stop(): void {
    this.histogram.disable();
  }
}

/** What Node records is the time from one look to the next, which is the resolution where nothing is late. */
function secondsLate(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
}
