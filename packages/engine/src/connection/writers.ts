/** Told that the operating system has what was sent, or, with an error, that it never will. */
export type Written = (error?: Error) => void;

/** Who waits for what has been sent so far to be with the operating system. */
export class Writers {
  private all: Written[] = [];

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  add(written: Written): void {
    this.all.push(written);
  }

  /** The callback of the write that is about to be made, for all who wait. @param also - called before them. */
  take(also: (() => void) | undefined): (error?: Error | null) => void {
    const { all } = this;
    this.all = [];
    return (error) => {
      also?.();
      for (const written of all) written(error ?? undefined);
    };
  }

  fail(): void {
    if (this.isEmpty) return;
    const { all } = this;
    this.all = [];
    const error = new Error('The connection ended before this was written');
    for (const written of all) process.nextTick(written, error);
  }
}
