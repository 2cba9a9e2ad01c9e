import { AsyncResource } from 'node:async_hooks';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, isObservable, Observable, type Subscriber } from 'rxjs';
import { isPromiseLike } from './exceptions/promise-like.js';
import { announceStream } from './message/announce-stream.js';
import type { NestwireMessage } from './message/nestwire-message.js';

/*
 * Interceptors, each around what is behind it, and the method behind the last. As with Nest:
 *
 * - What `handle()` gives begins when it is subscribed to, and each time anew, in the asynchronous context that `handle()` was called in.
 * - It emits later, never while it is subscribed to: an interceptor may rely on having its subscription by then.
 * - A method's promise is waited for, its Observable is subscribed to; what it throws, and what pipes throw, is an error of the stream.
 */

/** One message's way through them. */
export class InterceptedCall {
  constructor(
    private readonly interceptors: readonly NestInterceptor[],
    private readonly context: ExecutionContext,
    private readonly message: NestwireMessage,
    private readonly method: () => unknown,
  ) {}

  /** Begins with the first. @throws what it throws, and TypeError where it gives no stream. */
  begin(): Observable<unknown> | Promise<Observable<unknown>> {
    const given: unknown = (this.interceptors[0] as NestInterceptor).intercept(this.context, new Following(this, 1));
    return isPromiseLike(given) ? Promise.resolve(given).then(observe) : observe(given);
  }

  /** What stands at a place: an interceptor's stream, or, behind the last, what the method gives. */
  async at(index: number): Promise<unknown> {
    const interceptor = this.interceptors[index];
    if (interceptor !== undefined)
      return observe(await interceptor.intercept(this.context, new Following(this, index + 1)));
    const value = this.method();
    return announceStream(this.message, isPromiseLike(value) ? await value : value);
  }
}

/** What an interceptor calls to go on. */
class Following implements CallHandler {
  constructor(
    private readonly call: InterceptedCall,
    private readonly index: number,
  ) {}

  handle(): Observable<unknown> {
    const { call, index } = this;
    const scope = new AsyncResource('NestwireInterceptor');
    return new Observable((subscriber) => scope.runInAsyncScope(proceed, undefined, call, index, subscriber));
  }
}

function proceed(call: InterceptedCall, index: number, subscriber: Subscriber<unknown>): void {
  call.at(index).then(
    (value) => {
      // Whoever has gone meanwhile must not begin something that would be ended at once.
      if (subscriber.closed) return;
      if (isObservable(value)) return void value.subscribe(subscriber);
      subscriber.next(value);
      subscriber.complete();
    },
    (exception: unknown) => subscriber.error(exception),
  );
}

/** An interceptor gives an Observable, or what RxJS can make one of. */
function observe(given: unknown): Observable<unknown> {
  return isObservable(given) ? given : from(given as Observable<unknown>);
}
