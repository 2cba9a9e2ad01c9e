/** What became of numbered messages, over any number of connections. */
export interface Tally {
  /** Came, for the first time. */
  delivered: number;
  /** Never came, though the connection lived: a later one came, or the other end says that it was sent. */
  lost: number;
  /** Came again. */
  duplicated: number;
  /** Came behind a later one. */
  reordered: number;
  /** Came, and are not what was sent. */
  corrupt: number;
}

export function emptyTally(): Tally {
  return { delivered: 0, lost: 0, duplicated: 0, reordered: 0, corrupt: 0 };
}

export function addTally(sum: Tally, more: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += more[name];
}

/**
 * Messages with consecutive numbers on one connection. A gap is a loss at once, since messages come in order: whether the connection lives
 * on does not matter. What is behind the last that came is a loss only where the connection lived, which {@link end} is for; one that
 * was cut off is simply forgotten.
 */
export class Sequence {
  private missing: Set<number> | undefined = undefined;
  private last = Infinity;

  /**
   * @param tally - where it is counted.
   * @param next - the first number.
   */
  constructor(
    private readonly tally: Tally,
    private next = 0,
  ) {}

  receive(n: number): void {
    const { tally } = this;
    if (n >= this.last) return;
    if (n < this.next) {
      if (this.missing?.delete(n) === true) {
        tally.lost--;
        tally.reordered++;
        tally.delivered++;
      } else {
        tally.duplicated++;
      }
      return;
    }
    this.miss(n);
    tally.delivered++;
    this.next = n + 1;
  }

  /** All before `last` have been sent, and come no more; later ones are not for this sequence. */
  end(last: number): void {
    this.miss(last);
    this.next = Math.max(this.next, last);
    this.last = last;
  }

  private miss(until: number): void {
    for (let n = this.next; n < until; n++) {
      (this.missing ??= new Set()).add(n);
      this.tally.lost++;
    }
  }
}
