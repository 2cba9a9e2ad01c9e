import 'reflect-metadata';
import type { CanActivate, NestInterceptor, Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { isObservable, lastValueFrom } from 'rxjs';
import { GUARD_DENIED } from './exceptions/outcome.js';
import { HandlerContext } from './message/message-host.js';
import type { NestwireMessage } from './message/nestwire-message.js';
import { applyTo, argumentsOf, type MethodArguments } from './nest-arguments.js';
import { enhancersOf, type FindEnhancer, GUARDS, INTERCEPTORS } from './nest-enhancers.js';
import { InterceptedCall } from './nest-interceptors.js';
import type { Method, PlainCall } from './nest-parameters.js';

/*
 * What Nest's own function for a handler does is: to ask the guards, to go through the interceptors and the pipes, to call the method, and to
 * give what is thrown to the filters. It takes five asynchronous functions for that, one within the other, one more for each argument and
 * each pipe, and as many turns of the microtask queue as a dozen; that is more than all else that such a message costs. So the method is
 * called directly: what guards, pipes and a method do at once is done at once.
 *
 * Nothing is hidden from Nest for it, and its own function is there nevertheless: whatever is not known – what is made for each request, an
 * `@Ack()` – goes that way, with the enhancers that Nest has found. `nest-direct.spec.ts` compares the two.
 */

/** What a guard said, or will say. */
type Verdict = ReturnType<CanActivate['canActivate']>;

/** A handler that is called without Nest's function around it. */
export interface DirectHandler {
  /** Whether interceptors stand in front of the method: then what comes of it is always an Observable, of the answers. */
  readonly isIntercepted: boolean;
  /**
   * Asks the guards, and calls the method with what pipes make of its arguments.
   *
   * @returns what the method gives, or an Observable of the interceptors; a promise of it where something has to be waited for.
   * @throws what guards, interceptors, pipes or the method throw: it is for the filters.
   */
  call(message: NestwireMessage): unknown;
}

/** A gateway's method, and what Nest makes of it. */
export interface DirectTarget {
  readonly gateway: object;
  readonly type: Type;
  readonly name: string;
  /** What Nest calls; guards know it by its metadata. */
  readonly handler: Method;
  readonly pattern: unknown;
}

/** @returns `undefined` where not all that stands in front of the method is known. */
export function directHandler(
  target: DirectTarget,
  { method, parameters }: PlainCall,
  config: ApplicationConfig,
  find: FindEnhancer,
): DirectHandler | undefined {
  const guards = enhancersOf(GUARDS, target, config, find);
  const interceptors = enhancersOf(INTERCEPTORS, target, config, find);
  const args = argumentsOf(target, parameters, config, find);
  if (guards === undefined || interceptors === undefined || args === undefined) return undefined;
  return new KnownHandler(target, method, guards, interceptors, args);
}

class KnownHandler implements DirectHandler {
  constructor(
    private readonly target: DirectTarget,
    private readonly method: Method,
    private readonly guards: readonly CanActivate[],
    private readonly interceptors: readonly NestInterceptor[],
    private readonly args: MethodArguments,
  ) {}

  get isIntercepted(): boolean {
    return this.interceptors.length > 0;
  }

  call(message: NestwireMessage): unknown {
    const { guards, target } = this;
    const args: unknown[] = [message.client, message.envelope.data, message, target.pattern];
    if (guards.length === 0 && !this.isIntercepted) return this.invoke(args);
    const context = new HandlerContext(args, target.type, target.handler);
    for (let at = 0; at < guards.length; at++) {
      const verdict = (guards[at] as CanActivate).canActivate(context);
      if (verdict === true) continue;
      if (verdict === false) throw new WsException(GUARD_DENIED);
      return this.callLater(message, args, context, verdict, at + 1);
    }
    return this.proceed(message, args, context);
  }

  /** A guard takes its time, or says something else than yes or no. */
  private async callLater(
    message: NestwireMessage,
    args: unknown[],
    context: HandlerContext,
    verdict: Verdict,
    next: number,
  ): Promise<unknown> {
    if (!(await settled(verdict))) throw new WsException(GUARD_DENIED);
    for (let at = next; at < this.guards.length; at++) {
      const further = (this.guards[at] as CanActivate).canActivate(context);
      if (!(typeof further === 'boolean' ? further : await settled(further))) throw new WsException(GUARD_DENIED);
    }
    return this.proceed(message, args, context);
  }

  private proceed(message: NestwireMessage, args: unknown[], context: HandlerContext): unknown {
    if (!this.isIntercepted) return this.invoke(args);
    return new InterceptedCall(this.interceptors, context, message, () => this.invoke(args)).begin();
  }

  private invoke(args: unknown[]): unknown {
    const { gateway, handler } = this.target;
    return applyTo(this.method, gateway, this.args.of(args, gateway, handler));
  }
}

/** As Nest does: an Observable counts by its last value. */
async function settled(verdict: Verdict): Promise<unknown> {
  const value: unknown = await verdict;
  return isObservable(value) ? lastValueFrom(value) : value;
}
