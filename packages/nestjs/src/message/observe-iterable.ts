import { AsyncResource } from 'node:async_hooks';
import { isObservable, Observable, type Subscription } from 'rxjs';
import type { NestwireMessage } from './nestwire-message.js';

/** What a handler may return to answer more than once. */
export type HandlerStream = Observable<unknown> | AsyncIterable<unknown>;

export function isHandlerStream(value: unknown): value is HandlerStream {
  return isObservable(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

/** The stream as an Observable; an iterable's `return()` is called when the subscriber goes. */
export function observeStream(stream: HandlerStream): Observable<unknown> {
  if (isObservable(stream)) return stream;
  return new Observable((subscriber) => {
    const iterator = stream[Symbol.asyncIterator]();
    let ended = false;
    const run = async (): Promise<void> => {
      try {
        for (let next = await iterator.next(); !subscriber.closed; next = await iterator.next()) {
          if (next.done === true) {
            ended = true;
            return subscriber.complete();
          }
          subscriber.next(next.value);
        }
      } catch (error) {
        ended = true;
        subscriber.error(error);
      }
    };
    void run();
    return () => {
      if (!ended) void stop(iterator);
    };
  });
}

/** The same, begun when the answers of earlier messages have gone out: what it would emit before would have to be kept. */
export function observeWhenReleased(stream: HandlerStream, message: NestwireMessage): Observable<unknown> {
  const values = observeStream(stream);
  if (!message.holding) return values;
  return new Observable((subscriber) => {
    let inner: Subscription | undefined;
    const begin = (): void => {
      inner = values.subscribe(subscriber);
    };
    // Who releases it is another message's end: the stream's own `AsyncLocalStorage` is the one of now.
    if (message.holding) message.onRelease = AsyncResource.bind(begin);
    else begin();
    return () => {
      message.onRelease = undefined;
      if (inner === undefined) abandonStream(stream);
      else inner.unsubscribe();
    };
  });
}

/** Nobody will listen: an iterable that has begun by itself is told to stop. */
export function abandonStream(stream: HandlerStream): void {
  if (!isObservable(stream)) void stop(stream[Symbol.asyncIterator]());
}

/** What an iterator throws while it is told to stop has nobody left to hear it. */
async function stop(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody.
  }
}
