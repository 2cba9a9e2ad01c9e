import { isObservable, Observable } from 'rxjs';

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
    const run = async (): Promise<void> => {
      try {
        for (let next = await iterator.next(); next.done !== true && !subscriber.closed; next = await iterator.next()) {
          subscriber.next(next.value);
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    void run();
    return () => {
      // What an iterator throws while it is told to stop has nobody left to hear it.
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    };
  });
}
