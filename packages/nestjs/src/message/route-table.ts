import type { FilterChain } from '../exceptions/filter-chain.js';
import type { HandlingPlan } from './handling-plan.js';

/**
 * A gateway's handler for one code and one client: guards, pipes, interceptors, method and filters, as Nest built it. `ack`,
 * where the method asks for one, is the first function that Nest finds among the arguments.
 */
export type Handler = (data: unknown, message: unknown, ack?: (data?: unknown) => void) => Promise<unknown>;

/** What the table is made of: a code, and what its handler's decorators say. */
export interface RoutedHandler {
  /** `Class.method`, for people. */
  readonly name: string;
  readonly message: unknown;
  readonly plan: HandlingPlan;
  readonly filters: FilterChain;
}

/** Where the messages of a code go. */
export class Route {
  /** The place of the code's handler in every client's array; -1 until Nest has bound handlers to the first client. */
  slot = -1;
  /** Whether the method has an `@Ack()`, and so answers itself. */
  acknowledges = false;

  constructor(
    readonly plan: HandlingPlan,
    /** The gateway's and the method's filters: for what goes wrong outside of Nest's handler. */
    readonly filters: FilterChain,
  ) {}
}

/**
 * Which handler a code means on one path. Nest binds its handlers to every client anew, in the same order each time; so
 * the table is one for all clients of a path, and a client has a flat array of its bound handlers.
 */
export class RouteTable {
  private readonly routes = new Map<number, Route>();

  constructor(handlers: readonly RoutedHandler[]) {
    for (const { message, plan, filters } of handlers) {
      if (typeof message === 'number') this.routes.set(message, new Route(plan, filters));
    }
  }

  /** @param slot - the place of the code's handler in every client's array. */
  bind(code: number, slot: number, acknowledges: boolean): void {
    const route = this.routes.get(code);
    if (route === undefined || route.slot !== -1) return;
    route.slot = slot;
    route.acknowledges = acknowledges;
  }

  /** `undefined` where nobody subscribes to the code. */
  routeOf(code: number): Route | undefined {
    const route = this.routes.get(code);
    return route === undefined || route.slot === -1 ? undefined : route;
  }
}
