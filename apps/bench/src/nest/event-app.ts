import 'reflect-metadata';
import { type INestApplication, Module, type WebSocketAdapter } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEchoGateway } from './event-echo.gateway.js';
import { furtherGateways } from './further-gateways.js';

/** The same application for the adapters of Nest's own. */
export async function createEventApp(
  adapterFor: (app: INestApplication) => WebSocketAdapter,
  gateways: number,
  handlers: number,
): Promise<INestApplication> {
  // Each provider's class is the module's, so that two applications in one process do not share any.
  @Module({ providers: [EventEchoGateway, ...furtherGateways(gateways - 1, handlers, 'events')] })
  class EventModule {}

  const app = await NestFactory.create(EventModule, { logger: ['error'], forceCloseConnections: true });
  app.useWebSocketAdapter(adapterFor(app));
  return app;
}
