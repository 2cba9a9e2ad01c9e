import 'reflect-metadata';
import type { CanActivate, Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { isObservable, lastValueFrom } from 'rxjs';
import { GUARD_DENIED } from './exceptions/outcome.js';
import { HandlerContext } from './message/message-host.js';
import type { NestwireMessage } from './message/nestwire-message.js';
import { NEST_RUNS_GLOBALS } from './nest-globals.js';
import type { Find, Method } from './nest-parameters.js';

/*
 * Where nothing but guards stands in front of a handler, what Nest's own function for it does is: to ask the guards, to call the method, and
 * to give what is thrown to the filters. It takes five asynchronous functions for that, one within the other, and as many turns of the
 * microtask queue as a dozen; that is more than all else that such a message costs. So there the method is called directly: what a guard and
 * a method do at once is done at once.
 *
 * Nothing is hidden from Nest for it, and its own function is there nevertheless: whatever is not seen to be plain – interceptors, pipes, a
 * guard that is made for each request – goes that way, with the guards that Nest has found. `nest-direct.spec.ts` compares the two.
 */

/** Nest's metadata key; `nest-seam.spec.ts` holds it to it. */
const GUARDS = '__guards__';

/** What a guard said, or will say. */
type Verdict = ReturnType<CanActivate['canActivate']>;

/** A handler that is called without Nest's function around it. */
export interface DirectHandler {
  /**
   * Asks the guards and calls the method.
   *
   * @returns what the method gives; a promise of it where a guard has to be waited for.
   * @throws what a guard or the method throws: it is for the filters.
   */
  call(message: NestwireMessage): unknown;
}

/** How a handler's method is called. */
export interface PlainCall {
  readonly method: Method;
  /** How each of its arguments is found, by its place. */
  readonly finders: readonly (Find | undefined)[];
}

/** A gateway's method, and what Nest makes of it. */
export interface DirectTarget {
  readonly gateway: object;
  readonly type: Type;
  /** What Nest calls; guards know it by its metadata. */
  readonly handler: Method;
  readonly pattern: unknown;
}

export function directHandler(
  target: DirectTarget,
  { method, finders }: PlainCall,
  guards: readonly CanActivate[],
): DirectHandler {
  return new GuardedHandler(target, method, finders, guards);
}

/**
 * The guards of a handler in Nest's order: global, class, method.
 *
 * @param find - the instance that Nest has made of a guard's class; `undefined` where it makes another for each request, or none.
 * @returns `undefined` where one is not known.
 */
export function guardsOf(
  { type, handler }: DirectTarget,
  config: ApplicationConfig,
  find: (guard: Type) => unknown,
): readonly CanActivate[] | undefined {
  if (config.getGlobalRequestGuards().length > 0) return undefined;
  const list: unknown[] = [
    ...(NEST_RUNS_GLOBALS ? config.getGlobalGuards() : []),
    ...((Reflect.getMetadata(GUARDS, type) ?? []) as unknown[]),
    ...((Reflect.getMetadata(GUARDS, handler) ?? []) as unknown[]),
  ];
  const guards = list.map((guard) => (typeof guard === 'function' ? find(guard as Type) : guard));
  return guards.every(isGuard) ? guards : undefined;
}

function isGuard(value: unknown): value is CanActivate {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<CanActivate>).canActivate === 'function'
  );
}

class GuardedHandler implements DirectHandler {
  constructor(
    private readonly target: DirectTarget,
    private readonly method: Method,
    private readonly finders: readonly (Find | undefined)[],
    private readonly guards: readonly CanActivate[],
  ) {}

  call(message: NestwireMessage): unknown {
    const { guards, target } = this;
    const args: unknown[] = [message.client, message.envelope.data, message, target.pattern];
    if (guards.length === 0) return this.invoke(args);
    const context = new HandlerContext(args, target.type, target.handler);
    for (let at = 0; at < guards.length; at++) {
      const verdict = (guards[at] as CanActivate).canActivate(context);
      if (verdict === true) continue;
      if (verdict === false) throw new WsException(GUARD_DENIED);
      return this.callLater(args, context, verdict, at + 1);
    }
    return this.invoke(args);
  }

  /** A guard takes its time, or says something else than yes or no. */
  private async callLater(args: unknown[], context: HandlerContext, verdict: Verdict, next: number): Promise<unknown> {
    if (!(await settled(verdict))) throw new WsException(GUARD_DENIED);
    for (let at = next; at < this.guards.length; at++) {
      const further = (this.guards[at] as CanActivate).canActivate(context);
      if (!(typeof further === 'boolean' ? further : await settled(further))) throw new WsException(GUARD_DENIED);
    }
    return this.invoke(args);
  }

  private invoke(args: unknown[]): unknown {
    const { finders, target, method } = this;
    // Of its length from the start: a list that grows takes room for seventeen.
    const found = new Array<unknown>(finders.length);
    for (let at = 0; at < finders.length; at++) found[at] = finders[at]?.(args, target.gateway, target.handler);
    return Reflect.apply(method, target.gateway, found);
  }
}

/** As Nest does: an Observable counts by its last value. */
async function settled(verdict: Verdict): Promise<unknown> {
  const value: unknown = await verdict;
  return isObservable(value) ? lastValueFrom(value) : value;
}
