/** A bucket is a tenth wider than the one before; the first ends at 0.1 ms. */
const GROWTH = Math.log(1.1);
const SMALLEST_MS = 0.1;

/** Counts by bucket; those of several processes can be added. */
export interface LatencyCounts {
  readonly buckets: readonly number[];
  readonly maxMs: number;
}

/** Times, as counts of buckets: a percentile is right within a tenth, the longest exactly. */
export class Latencies {
  private readonly buckets: number[] = [];
  private maxMs = 0;

  record(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / GROWTH);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.maxMs = Math.max(this.maxMs, ms);
  }

  add({ buckets, maxMs }: LatencyCounts): void {
    for (const [bucket, count] of buckets.entries()) this.buckets[bucket] = (this.buckets[bucket] ?? 0) + (count ?? 0);
    this.maxMs = Math.max(this.maxMs, maxMs);
  }

  counts(): LatencyCounts {
    return { buckets: Array.from(this.buckets, (count: number | undefined) => count ?? 0), maxMs: this.maxMs };
  }

  /** The time within which this share (0 to 1) came, in milliseconds; 0 where nothing came. */
  percentile(share: number): number {
    const { buckets } = this.counts();
    const wanted = share * buckets.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const [bucket, count] of buckets.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return Math.min(this.maxMs, SMALLEST_MS * Math.exp(bucket * GROWTH));
    }
    return 0;
  }

  get max(): number {
    return this.maxMs;
  }
}
