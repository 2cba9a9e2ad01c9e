import { performance } from 'node:perf_hooks';

/**
 * Where time comes from. Tests bring one that they move by hand.
 *
 * `now` MUST never go backwards. `schedule` MUST call back once, not before the delay has passed, never from within
 * `schedule` itself, and not after `cancel`. It SHOULD NOT keep the process alive.
 */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  schedule(callback: () => void, delayMs: number): Scheduled;
}

export interface Scheduled {
  cancel(): void;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
