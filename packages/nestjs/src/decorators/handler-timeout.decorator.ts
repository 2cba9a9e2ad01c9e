import { type CustomDecorator, SetMetadata } from '@nestjs/common';

const HANDLER_TIMEOUT = 'nestwire:handler-timeout';

/**
 * How long a handler may take, for a code or for all of a gateway's, in place of the adapter's `handlerTimeoutMs`: from its
 * guards to its promise's end, or until it has given a stream. Past it the client gets an `error` 503 and the next message
 * begins; the handler goes on unheard, and what it gives in the end is dropped and counted.
 *
 * Every handler that is past its deadline still holds what it holds: raise it where work is long, and give the work itself a
 * timeout where it can have one.
 *
 * @param timeoutMs - milliseconds; `Infinity` for none, and then one handler that never ends holds up its connection for good.
 * @throws RangeError for anything that is not a positive number.
 */
export function HandlerTimeout(timeoutMs: number): CustomDecorator {
  if (!(timeoutMs > 0)) {
    throw new RangeError(`@HandlerTimeout() takes milliseconds above 0, or Infinity; not ${String(timeoutMs)}`);
  }
  return SetMetadata(HANDLER_TIMEOUT, timeoutMs);
}

/** What {@link HandlerTimeout} says of a handler, else of its gateway. */
export function handlerTimeoutOf(handler: object, gateway: object): number | undefined {
  return (Reflect.getMetadata(HANDLER_TIMEOUT, handler) ?? Reflect.getMetadata(HANDLER_TIMEOUT, gateway)) as
    number | undefined;
}
