import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { RateRule } from '../client/message-rates.js';

const RATE_LIMIT = 'nestwire:rate-limit';

export interface RateLimitOptions {
  /** Messages a second, on the long run; may be less than 1. */
  readonly perSecond: number;
  /**
   * Messages at once.
   * @default perSecond, and at least 1
   */
  readonly burst?: number;
}

/**
 * How many messages of a code a connection may send; at a gateway, of all its codes together. More are an `error` 429 each, and
 * the fifth within 10 s closes with 4429 (`maxExcessMessages`). The adapter's `messagesPerSecond` holds besides.
 *
 * ```ts
 * @RateLimit({ perSecond: 0.2 }) // one in five seconds
 * @SubscribeMessage(1001)
 * resendPassword(): void { … }
 * ```
 *
 * It is counted for a connection: who opens several has as many. Limits for a user or an address are a guard's.
 *
 * @throws RangeError for a rate that is not above 0, or a burst below 1.
 */
export function RateLimit({ perSecond, burst = Math.max(1, perSecond) }: RateLimitOptions): CustomDecorator {
  if (!(perSecond > 0 && burst >= 1)) {
    throw new RangeError(
      `@RateLimit() takes a perSecond above 0 and a burst from 1, not ${String(perSecond)} and ${String(burst)}`,
    );
  }
  const rule: RateRule = { perSecond, burst };
  return SetMetadata(RATE_LIMIT, rule);
}

/** What {@link RateLimit} says of a handler, else of its gateway. */
export function rateLimitOf(handler: object, gateway: object): RateRule | undefined {
  return (Reflect.getMetadata(RATE_LIMIT, handler) ?? Reflect.getMetadata(RATE_LIMIT, gateway)) as RateRule | undefined;
}
