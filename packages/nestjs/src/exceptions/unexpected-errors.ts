import { Logger } from '@nestjs/common';

const WINDOW_MS = 10_000;
const REPORTS_PER_WINDOW = 10;

/** Logs the exceptions that nobody expected, ten in 10 s at most: what a peer can provoke must not flood a log. */
export class UnexpectedErrors {
  private readonly logger = new Logger('Nestwire');
  private windowStart = -Infinity;
  private reported = 0;
  private suppressed = 0;

  /** @param now - milliseconds on the server's clock. */
  constructor(private readonly now: () => number) {}

  report(exception: unknown): void {
    const now = this.now();
    if (now - this.windowStart >= WINDOW_MS) {
      if (this.suppressed > 0) this.logger.error(`${String(this.suppressed)} further exceptions were not logged`);
      this.windowStart = now;
      this.reported = 0;
      this.suppressed = 0;
    }
    if (this.reported++ < REPORTS_PER_WINDOW) this.logger.error(exception);
    else this.suppressed++;
  }
}
