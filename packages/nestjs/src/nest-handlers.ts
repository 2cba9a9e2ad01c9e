import type { INestApplication } from '@nestjs/common';
import { type AnyClient, NestwireClient } from './client/nestwire-client.js';

/*
 * Nest binds every handler of a gateway to every client: 130 bytes and half a microsecond each, which for a hundred handlers is more than
 * all else that a connection takes. What it binds are functions that are the same for all clients, and it has no public way to get at them.
 * So they are taken where they pass: `WebSocketsController.subscribeMessages(handlers, client, instance)`, a private method with this
 * signature from Nest 10.4 on, replaced on the application's one instance of it.
 *
 * That is believed only as far as it can be seen to be true. A gateway's first client goes Nest's own way; where what Nest has bound are the
 * functions that have passed here, in that order, later clients do without. Else, or where there is no such method, each client has its
 * bound handlers, as with any adapter. `nest-handlers.spec.ts` fails as soon as that is so.
 */

/** A handler before it is bound: called with the gateway as `this` and the client in front. */
export type UnboundCallback = (...args: unknown[]) => Promise<unknown>;

/** One handler in the list that Nest binds from. */
export interface Subscriber {
  readonly message: unknown;
  readonly callback: UnboundCallback;
}

interface Controller {
  subscribeMessages: (subscribers: unknown, client: unknown, instance: unknown) => void;
}

/**
 * Has what Nest would bind to each client pass its path's server from now on.
 *
 * @returns whether it does.
 */
export function interceptHandlers(app: INestApplication): boolean {
  const controller = controllerOf(app);
  if (controller === undefined) return false;
  const bind = controller.subscribeMessages.bind(controller);
  controller.subscribeMessages = (subscribers, client, instance) => {
    if (!(client instanceof NestwireClient) || !isObject(instance) || !isSubscribers(subscribers)) {
      return bind(subscribers, client, instance);
    }
    client.server.passHandlers(client as AnyClient, subscribers, instance, () => bind(subscribers, client, instance));
  };
  return true;
}

function controllerOf(app: INestApplication): Controller | undefined {
  const { socketModule } = app as { socketModule?: unknown };
  if (!isObject(socketModule)) return undefined;
  const { webSocketsController: controller } = socketModule as { webSocketsController?: unknown };
  if (!isObject(controller)) return undefined;
  const { subscribeMessages } = controller as Partial<Controller>;
  return typeof subscribeMessages === 'function' && subscribeMessages.length === 3
    ? (controller as unknown as Controller)
    : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isSubscribers(value: unknown): value is readonly Subscriber[] {
  return (
    Array.isArray(value) &&
    value.every((entry) => isObject(entry) && typeof (entry as Partial<Subscriber>).callback === 'function')
  );
}
