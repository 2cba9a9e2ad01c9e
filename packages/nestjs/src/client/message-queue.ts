/** Does the work of one message; it MUST NOT reject. */
export interface MessageWorker<T> {
  handle(message: T): Promise<void>;
}

/** A connection's messages, one at a time, in the order in which they came. */
export class MessageQueue<T> {
  private readonly waiting: T[] = [];
  private working = false;
  private held = true;
  private onIdle: (() => void) | undefined = undefined;

  /** Messages wait until {@link release}. */
  constructor(private readonly worker: MessageWorker<T>) {}

  /** How many wait for their turn. */
  get length(): number {
    return this.waiting.length;
  }

  push(message: T): void {
    this.waiting.push(message);
    this.start();
  }

  release(): void {
    this.held = false;
    this.start();
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting.length = 0;
  }

  /** Calls back once nothing waits: at once, or behind the last message. */
  whenEmpty(callback: () => void): void {
    if (this.waiting.length === 0) callback();
    else this.onIdle = callback;
  }

  private start(): void {
    if (!this.working && !this.held && this.waiting.length > 0) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length > 0) await this.worker.handle(this.waiting.shift() as T);
    this.working = false;
    const { onIdle } = this;
    this.onIdle = undefined;
    onIdle?.();
  }
}
