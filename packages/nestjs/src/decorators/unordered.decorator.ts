import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const UNORDERED = 'nestwire:unordered';

/** How many unordered handlers of a connection are at work, where `@Concurrency()` does not say. */
export const DEFAULT_UNORDERED_LIMIT = 8;

/**
 * Takes a code, or all of a gateway's, out of the order: such a message waits for `handleConnection` and for nothing else, and
 * is answered as soon as its handler has finished. Its reply may overtake those of earlier messages, so its client has to
 * give an `id`, or not to care.
 *
 * Up to 8 of them are at work for one connection, or as many as `@Concurrency(n)` on the same code or gateway says; they
 * neither wait for the ordered ones nor keep those waiting. Not for what changes state that the messages around it read.
 */
export const Unordered = (): CustomDecorator => SetMetadata(UNORDERED, true);

/** Whether a handler, or its gateway, is marked with {@link Unordered}. */
export function isUnordered(handler: object, gateway: object): boolean {
  return Reflect.getMetadata(UNORDERED, handler) === true || Reflect.getMetadata(UNORDERED, gateway) === true;
}
