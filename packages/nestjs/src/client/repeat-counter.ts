const WINDOW_MS = 10_000;

/** Tells when something has happened too often within 10 s. */
export class RepeatCounter {
  private readonly moments: number[] = [];

  constructor(private readonly limit: number) {}

  /** @returns whether this is the `limit`-th time, or a later one, within the window. */
  isTooOften(now: number): boolean {
    while (this.moments.length > 0 && now - (this.moments[0] as number) >= WINDOW_MS) this.moments.shift();
    this.moments.push(now);
    return this.moments.length >= this.limit;
  }
}
