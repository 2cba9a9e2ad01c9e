import { AsyncResource } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isObservable, Observable, type Subscriber, type Subscription } from 'rxjs';
import type { NestwireMessage } from './nestwire-message.js';

/** What a handler may return to answer more than once. */
export type HandlerStream = Observable<unknown> | AsyncIterable<unknown>;

/** Whom a stream is for, and whether it keeps up. */
export interface StreamReader {
  readonly isWritable: boolean;
  /** Resolves with whether it will be read on. MUST NOT reject. */
  whenWritable(): Promise<boolean>;
}

/** An iterable that never waits for anything must not keep the process from all else: after so many values, others have their turn. */
const VALUES_A_TURN = 128;

export function isHandlerStream(value: unknown): value is HandlerStream {
  return isObservable(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);
}

/**
 * The stream as an Observable. An iterable is asked for its next value only while its reader keeps up, and one that has come when
 * it no longer does is held; its `return()` is called when the subscriber goes. An Observable can't be told to wait.
 */
export function observeStream(stream: HandlerStream, reader: StreamReader): Observable<unknown> {
  if (isObservable(stream)) return stream;
  return new Observable((subscriber) => {
    const iterator = stream[Symbol.asyncIterator]();
    let ended = false;
    const run = async (): Promise<void> => {
      try {
        for (let count = 1; reader.isWritable || (await isReadOn(reader, subscriber)); count++) {
          const next = await iterator.next();
          if (subscriber.closed) return;
          if (next.done === true) {
            ended = true;
            return subscriber.complete();
          }
          if (!reader.isWritable && !(await isReadOn(reader, subscriber))) break;
          subscriber.next(next.value);
          if (count % VALUES_A_TURN === 0) await nextTurn();
          if (subscriber.closed) return;
        }
        // Nobody reads any more.
        subscriber.unsubscribe();
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

/** Waits until there is room for one more value: whoever waits beside may have filled it. */
async function isReadOn(reader: StreamReader, subscriber: Subscriber<unknown>): Promise<boolean> {
  while (!reader.isWritable && !subscriber.closed) if (!(await reader.whenWritable())) return false;
  return !subscriber.closed;
}

/** The same, begun when the answers of earlier messages have gone out: what it would emit before would have to be kept. */
export function observeWhenReleased(stream: HandlerStream, message: NestwireMessage): Observable<unknown> {
  const values = observeStream(stream, message.client);
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
