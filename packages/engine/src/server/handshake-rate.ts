/** So many addresses are remembered at once, twice; past it the older ones are forgotten, which is to their favour. */
const MOST_ADDRESSES = 65_536;

/**
 * A token bucket for each address, as one number: when it would be full again (the "generic cell rate algorithm"). A bucket that is full is
 * no different from none. So what was not touched for as long as an empty one takes to fill is forgotten: there are two generations of
 * buckets, one that is written to and one that is only looked up, and no timer.
 */
export class HandshakeRate {
  private current = new Map<string, number>();
  private previous = new Map<string, number>();
  private begunAt = -Infinity;
  private readonly everyMs: number;
  private readonly fillMs: number;

  /**
   * @param perSecond - `Infinity` for any number.
   * @param burst - how many may come at once.
   */
  constructor(
    perSecond: number,
    private readonly burst: number,
  ) {
    this.everyMs = 1000 / perSecond;
    this.fillMs = this.everyMs * burst;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.current.size + this.previous.size;
  }

  /**
   * Takes a token.
   *
   * @returns how long it takes until there is one, in milliseconds; 0 where there was.
   */
  take(address: string, now: number): number {
    if (this.everyMs === 0 || this.burst === Infinity) return 0;
    this.turnOver(now);
    const fullAt = Math.max(now, this.current.get(address) ?? this.previous.get(address) ?? 0);
    const waitMs = fullAt + this.everyMs - this.fillMs - now;
    // A hair: tokens are no whole numbers of milliseconds.
    if (waitMs > 1e-6) return waitMs;
    this.current.set(address, fullAt + this.everyMs);
    return 0;
  }

  private turnOver(now: number): void {
    const isOver = now - this.begunAt >= this.fillMs;
    if (!isOver && this.current.size < MOST_ADDRESSES) return;
    const bothAreOver = now - this.begunAt >= 2 * this.fillMs;
    this.previous = bothAreOver ? new Map<string, number>() : this.current;
    this.current = new Map();
    this.begunAt = now;
  }
}
