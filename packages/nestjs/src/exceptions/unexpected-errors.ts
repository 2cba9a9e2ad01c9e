import { Logger } from '@nestjs/common';
import { Deadline, type TimingWheel } from '@nestwire/engine';

const WINDOW_MS = 10_000;
const REPORTS_PER_WINDOW = 10;

/**
 * Logs the exceptions that nobody expected, ten in 10 s at most, and then how many there were besides: what a peer can provoke must not
 * flood a log. Each line says which path it is about, as an object that a logger can write as it likes.
 */
export class UnexpectedErrors extends Deadline {
  private readonly logger = new Logger('Nestwire');
  private windowStart = -Infinity;
  private reported = 0;
  private suppressed = 0;

  constructor(
    private readonly wheel: TimingWheel,
    private readonly path: string,
  ) {
    super();
  }

  report(exception: unknown): void {
    const now = this.wheel.now();
    if (now - this.windowStart >= WINDOW_MS) {
      this.flush();
      this.windowStart = now;
      this.reported = 0;
    }
    if (this.reported++ < REPORTS_PER_WINDOW) return this.logger.error(exception, { path: this.path });
    // Nothing may follow that would tell of it.
    if (this.suppressed++ === 0) this.wheel.arm(this, this.windowStart + WINDOW_MS - now);
  }

  /** Says how many were left out. */
  flush(): void {
    const { suppressed, path } = this;
    if (suppressed === 0) return;
    this.suppressed = 0;
    this.wheel.disarm(this);
    this.logger.error(`${String(suppressed)} further exceptions were not logged`, { path, suppressed });
  }

  override onDeadline(): void {
    this.flush();
  }
}
