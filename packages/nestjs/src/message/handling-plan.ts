/** How the messages of a code are handled: `@Concurrency()`, `@Unordered()` and `@HandlerTimeout()` say it. */
export interface HandlingPlan {
  /** One of these begins while fewer handlers of its connection than this are at work; 1: it works alone. */
  readonly limit: number;
  /** Whether it begins, and is answered, in the order of arrival. */
  readonly ordered: boolean;
  /** Milliseconds, or `Infinity` for no deadline; `undefined` for the adapter's `handlerTimeoutMs`. */
  readonly timeoutMs: number | undefined;
}

/** One at a time, in order: also for messages that no handler gets, whose answers have their place in the order as well. */
export const IN_ORDER: HandlingPlan = { limit: 1, ordered: true, timeoutMs: undefined };
