interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. It has the shape of the engine's `Clock` port. */
export class ManualClock {
  /** In the order in which they are due; of those due at once, in the order in which they were scheduled. */
  private readonly timers: Timer[] = [];

  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  schedule(callback: () => void, delayMs: number): { cancel(): void } {
    const timer: Timer = { at: this.time + delayMs, callback };
    const behind = this.timers.findIndex((other) => other.at > timer.at);
    this.timers.splice(behind === -1 ? this.timers.length : behind, 0, timer);
    return {
      cancel: () => {
        const index = this.timers.indexOf(timer);
        if (index !== -1) this.timers.splice(index, 1);
      },
    };
  }

  /** How many callbacks wait for their moment. */
  get scheduled(): number {
    return this.timers.length;
  }

  /** Lets time pass: each callback that falls due runs at its moment, also those scheduled on the way. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.timers[0]; next !== undefined && next.at <= end; next = this.timers[0]) {
      this.timers.shift();
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = end;
  }

  /** Lets time pass while the process is held up: what fell due meanwhile runs afterwards, late. */
  stall(ms: number): void {
    this.time += ms;
    this.advance(0);
  }
}
