import type { RateRule } from '../client/message-rates.js';

/** How the messages of a code are handled; its decorators say it. */
export interface HandlingPlan {
  /** One of these begins while fewer handlers of its connection than this are at work; 1: it works alone. */
  readonly limit: number;
  /** Whether it begins, and is answered, in the order of arrival. */
  readonly ordered: boolean;
  /** Milliseconds, or `Infinity` for no deadline; `undefined` for the adapter's `handlerTimeoutMs`. */
  readonly timeoutMs: number | undefined;
  /** For how many messages it counts. */
  readonly cost: number;
  /** How many of it may come, besides what holds for all. */
  readonly rate: RateRule | undefined;
}

/** One at a time, in order: also for messages that no handler gets, whose answers have their place in the order as well. */
export const IN_ORDER: HandlingPlan = {
  limit: 1,
  ordered: true,
  timeoutMs: undefined,
  cost: 1,
  rate: undefined,
};
