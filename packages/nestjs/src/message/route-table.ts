import type { FilterChain } from '../exceptions/filter-chain.js';
import { NO_CODE } from '@nestwire/envelope';
import type { PatternTable } from '../server/pattern-table.js';
import type { HandlingPlan } from './handling-plan.js';
import type { AnyClient } from '../client/nestwire-client.js';
import type { DirectHandler } from '../nest-direct.js';
import type { UnboundCallback } from '../nest-handlers.js';

/**
 * A gateway's handler for one code and one client: guards, pipes, interceptors, method and filters, as Nest built it. `ack`,
 * where the method asks for one, is the first function that Nest finds among the arguments.
 */
export type Handler = (data: unknown, message: unknown, ack?: Acknowledge) => Promise<unknown>;

/** What an `@Ack()` is. */
export type Acknowledge = (data?: unknown) => void;

/** What the table is made of: a pattern, and what its handler's decorators say. */
export interface RoutedHandler {
  /** `Class.method`, for people. */
  readonly name: string;
  readonly message: unknown;
  readonly plan: HandlingPlan;
  readonly filters: FilterChain;
  /** Whether the handler is told of its message, and tells it of a stream. */
  readonly tellsMessage: () => boolean;
  /** Calls the method without Nest's function around it; `undefined` where Nest has more to do than to ask guards. */
  readonly direct: () => DirectHandler | undefined;
}

/** A handler that Nest has not bound to a client, and what it is called on. */
interface SharedHandler {
  readonly callback: UnboundCallback;
  readonly instance: object;
}

/** Where the messages of a code go. */
export class Route {
  /** Whether the method has an `@Ack()`, and so answers itself. */
  acknowledges = false;
  /** The place of the code's handler in every client's array; -1 where it is shared, or until Nest has bound it to the first client. */
  private slot = -1;
  private shared: SharedHandler | undefined = undefined;

  constructor(
    /** `Class.method`, for people. */
    readonly name: string,
    /** What was subscribed to: the code, or a contract's entry. */
    readonly pattern: unknown,
    readonly plan: HandlingPlan,
    /** The gateway's and the method's filters: for what goes wrong outside of Nest's handler. */
    readonly filters: FilterChain,
    /** Whether the handler is told of its message; else an answer that is a stream is the handler's own. */
    readonly tellsMessage: boolean,
    /** Calls the method without Nest's function around it, where that comes to the same. */
    readonly direct: DirectHandler | undefined,
  ) {}

  /** Whether there is a handler to call. */
  get isBound(): boolean {
    return this.slot !== -1 || this.shared !== undefined;
  }

  bind(slot: number, acknowledges: boolean): void {
    this.slot = slot;
    this.acknowledges = acknowledges;
  }

  share(handler: SharedHandler): void {
    this.slot = -1;
    this.shared = handler;
  }

  /** @param ack - where the method has an `@Ack()`. */
  call(client: AnyClient, data: unknown, message: unknown, ack?: Acknowledge): Promise<unknown> | undefined {
    const { shared } = this;
    if (shared === undefined) {
      const handler = client.handlers[this.slot];
      return ack === undefined ? handler?.(data, message) : handler?.(data, message, ack);
    }
    const { callback, instance } = shared;
    return ack === undefined
      ? callback.call(instance, client, data, message)
      : callback.call(instance, client, data, message, ack);
  }
}

/**
 * Which handler a code means on one path: one table for all of its clients. Handlers are shared by all of them; where that can't be,
 * Nest binds its own to every client anew, in the same order each time, so that a client has a flat array of them.
 */
export class RouteTable {
  private readonly routes = new Map<number, Route>();

  constructor(
    handlers: readonly RoutedHandler[],
    private readonly patterns: PatternTable,
  ) {
    for (const { name, message, plan, filters, tellsMessage, direct } of handlers) {
      const code = patterns.codeOf(message);
      if (code === undefined) continue;
      this.routes.set(code, new Route(name, message, plan, filters, tellsMessage(), direct()));
    }
  }

  /** The codes that somebody subscribes to. */
  get codes(): readonly number[] {
    return [...this.routes.keys()];
  }

  /** The codes, and what they are called: by an event's name, or by their number. */
  get labels(): readonly (readonly [code: number, label: string])[] {
    return [...this.routes].map(([code, { pattern }]) => [code, typeof pattern === 'string' ? pattern : String(code)]);
  }

  /** @param slot - the place of the pattern's handler in every client's array. */
  bind(pattern: unknown, slot: number, acknowledges: boolean): void {
    const route = this.routeFor(pattern);
    if (route?.isBound === false) route.bind(slot, acknowledges);
  }

  share(pattern: unknown, handler: SharedHandler): void {
    this.routeFor(pattern)?.share(handler);
  }

  /** `undefined` where nobody subscribes to the code. */
  routeOf(code: number): Route | undefined {
    const route = this.routes.get(code);
    return route?.isBound === true ? route : undefined;
  }

  private routeFor(pattern: unknown): Route | undefined {
    return this.routes.get(this.patterns.codeOf(pattern) ?? NO_CODE);
  }
}
