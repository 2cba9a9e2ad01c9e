import { EMPTY } from 'rxjs';
import { exceptionOf, TOO_MANY_STREAMS } from '../exceptions/refusal.js';
import type { NestwireMessage } from './nestwire-message.js';
import { abandonStream, isHandlerStream, observeWhenReleased } from './observe-iterable.js';

/**
 * Tells the message of a stream that its handler gives; an iterable becomes an Observable, which interceptors understand. Behind them
 * every answer is one.
 *
 * @throws HttpException 429 where the client has as many streams as it may have.
 */
export function announceStream(message: NestwireMessage, value: unknown): unknown {
  if (!isHandlerStream(value)) return value;
  if (message.expired || message.cancelled || !message.client.isOpen) {
    abandonStream(value);
    return EMPTY;
  }
  if (!message.client.inbox.admitsStream()) {
    abandonStream(value);
    throw exceptionOf(TOO_MANY_STREAMS);
  }
  message.streams = true;
  const values = observeWhenReleased(value, message);
  message.onStream?.();
  return values;
}
