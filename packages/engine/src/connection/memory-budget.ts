/** Something that holds memory for what a peer has begun and not ended. */
export interface MemoryHolder {
  /** It holds the most of all, and there is too little: it has to let go. */
  onOverBudget(): void;
}

/**
 * The memory that unfinished messages may take, over all connections. Each may be within its own limit, and all of them
 * together too much: then the largest has to go, which is the likeliest to mean harm.
 */
export class MemoryBudget {
  private readonly holders = new Map<MemoryHolder, number>();
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes held now. */
  get heldBytes(): number {
    return this.held;
  }

  /** Says how much a holder holds now. */
  update(holder: MemoryHolder, bytes: number): void {
    const before = this.holders.get(holder) ?? 0;
    if (bytes === before) return;
    this.held += bytes - before;
    if (bytes === 0) this.holders.delete(holder);
    else this.holders.set(holder, bytes);
    if (this.held > this.maxBytes) this.largest()?.onOverBudget();
  }

  private largest(): MemoryHolder | undefined {
    let largest: MemoryHolder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.holders) {
      if (bytes <= most) continue;
      largest = holder;
      most = bytes;
    }
    return largest;
  }
}
