/** A limit of one connection, or one user. */
export type LimitName = 'message-rate' | 'connections-per-user' | 'waiting' | 'streams' | 'violations';

/** What came of a path's messages, since its start. Only ever counts up. */
export class MessageCounts {
  private readonly byStatus = new Map<number, number>();
  private lateResults = 0;
  private readonly byLimit = new Map<LimitName, number>();
  private unanswered = 0;

  /** The `error`s sent, by status: 400 for what was malformed, 404 for unknown codes, 503 for handlers past their deadline… */
  get errors(): ReadonlyMap<number, number> {
    return this.byStatus;
  }

  /** Handlers that came to an end after their deadline; what they gave was dropped. */
  get late(): number {
    return this.lateResults;
  }

  /** How often reading from a client paused because too much of it waited. */
  get paused(): number {
    return this.byLimit.get('waiting') ?? 0;
  }

  /** How often each limit was met. */
  get limits(): ReadonlyMap<LimitName, number> {
    return this.byLimit;
  }

  /** @internal */
  countLimit(name: LimitName): void {
    this.byLimit.set(name, (this.byLimit.get(name) ?? 0) + 1);
  }

  /** Messages that were dropped without an answer, as clients of a bare format expect: malformed ones, and events that nobody handles. */
  get dropped(): number {
    return this.unanswered;
  }

  /** @internal */
  countError(status: number): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
  }

  /** @internal */
  countLate(): void {
    this.lateResults++;
  }

  /** @internal */
  countDropped(): void {
    this.unanswered++;
  }
}
