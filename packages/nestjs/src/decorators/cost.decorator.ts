import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const COST = 'nestwire:cost';

/**
 * For how many messages one of a code counts, or one of any of a gateway's codes, against `messagesPerSecond` and `messageBurst`: dear ones
 * for several, cheap ones for less than one. It may not cost more than `messageBurst`: none would ever come in.
 *
 * ```ts
 * @Cost(20)
 * @SubscribeMessage(2001)
 * report(): Promise<Report> { … }
 * ```
 *
 * @param cost - above 0, or 0 for what is not counted. Without this decorator: 1
 * @throws RangeError for anything else.
 */
export function Cost(cost: number): CustomDecorator {
  if (!(cost >= 0 && cost < Infinity)) throw new RangeError(`@Cost() takes a number from 0, not ${String(cost)}`);
  return SetMetadata(COST, cost);
}

/** What {@link Cost} says of a handler, else of its gateway. */
export function costOf(handler: object, gateway: object): number {
  return (Reflect.getMetadata(COST, handler) ?? Reflect.getMetadata(COST, gateway) ?? 1) as number;
}
