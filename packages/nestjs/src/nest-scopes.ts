import * as common from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { type ContextId, ContextIdFactory } from '@nestjs/core';
import type { AnyClient } from './client/nestwire-client.js';
import { NestwireServer } from './server/nestwire-server.js';
import { ScopedGateways } from './server/scoped-gateways.js';

/*
 * A gateway that injects something request-scoped or durable is made anew for each client. Nest 12 does so, behind the back
 * of the adapter (see `scoped-gateways.ts`). Nest 11 does not: there the method is called on an instance whose constructor never
 * ran, and the instance that it should be called on is resolved here, by the public `app.resolve()`.
 *
 * Scoped guards, pipes, interceptors and filters are Nest's to make: 12 does, 11 can not.
 */

/** Whether this Nest makes scoped gateways; the sign is the one of `nest-globals.ts`. */
const NEST_MAKES_SCOPED_GATEWAYS = 'StandardSchemaValidationPipe' in common;

export function scopedGatewaysOf(app: INestApplicationContext, types: readonly Type[]): ScopedGateways {
  const contexts = new WeakMap<AnyClient, ContextId>();
  const contextOf = (client: AnyClient): ContextId => {
    let contextId = contexts.get(client);
    if (contextId === undefined) {
      contextId = ContextIdFactory.getByRequest(client as object as Record<PropertyKey, unknown>);
      contexts.set(client, contextId);
      app.registerRequestByContextId(client, contextId);
    }
    return contextId;
  };
  return new ScopedGateways(new Set<unknown>(types), (type, client) =>
    app.resolve(type as Type<object>, contextOf(client), { strict: false }),
  );
}

export function isScoped(gateway: object, { server }: AnyClient): boolean {
  return server.scopedGateways.has(gateway.constructor);
}

/** The instance to call for a client; `undefined` if it is the one that Nest calls. */
export function scopedInstance(gateway: object, client: AnyClient): Promise<object> | undefined {
  if (NEST_MAKES_SCOPED_GATEWAYS || !isScoped(gateway, client)) return undefined;
  return client.server.scopedGateways.make(gateway.constructor, client).then((instance) => {
    // What `@WebSocketServer()` stands at, Nest sets on the instance that it knows.
    for (const [key, value] of Object.entries(gateway)) {
      if (value instanceof NestwireServer) Reflect.set(instance, key, value);
    }
    return instance;
  });
}

/** Nest catches what goes wrong with a scoped gateway's making only where there is a method to call then. */
export function giveLifecycle(prototype: object): void {
  for (const name of ['handleConnection', 'handleDisconnect']) {
    if (name in prototype) continue;
    const value = (): void => undefined;
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}
