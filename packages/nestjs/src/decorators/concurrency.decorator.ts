import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const CONCURRENCY = 'nestwire:concurrency';

/**
 * Lets up to `limit` handlers of one connection work at the same time, for a code or for all of a gateway's. Answers still go
 * out in the order in which the messages came: one that is ready early is held back until the earlier ones have theirs, and a
 * stream begins when they have.
 *
 * Messages still *begin* in order. One of these begins while fewer than `limit` of its connection are at work, whatever
 * their codes; one of a code without this decorator begins when all earlier ones have finished, and nothing begins before it
 * has. So what is not marked may count on everything before it being done.
 *
 * What a handler pushes by itself (`client.send`) is not held back. The adapter's `maxWaitingMessages` counts the answers that
 * are. Each handler at work keeps what it needs: `limit` × connections of them may be at work in all.
 *
 * ```ts
 * @Concurrency(8)
 * @SubscribeMessage(2001)
 * find(@MessageBody() query: Query): Promise<Product[]> { … }
 * ```
 *
 * @param limit - 1 or more. Without this decorator: 1
 * @throws RangeError for anything else.
 */
export function Concurrency(limit: number): CustomDecorator {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`@Concurrency() takes an integer from 1, not ${String(limit)}`);
  }
  return SetMetadata(CONCURRENCY, limit);
}

/** What {@link Concurrency} says of a handler, else of its gateway. */
export function concurrencyOf(handler: object, gateway: object): number | undefined {
  return (Reflect.getMetadata(CONCURRENCY, handler) ?? Reflect.getMetadata(CONCURRENCY, gateway)) as number | undefined;
}
