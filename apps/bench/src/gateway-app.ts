import 'reflect-metadata';
import { type INestApplication, type LogLevel, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestwireAdapter } from '@nestwire/nestjs';
import { EchoGateway } from './echo.gateway.js';
import { furtherGateways } from './further-gateways.js';

export interface GatewayAppOptions {
  /** How many gateways, the one with the codes 1001 to 1003 among them. */
  readonly gateways: number;
  /** How many handlers each of the further ones has. */
  readonly handlers: number;
  readonly logger?: LogLevel[] | false;
}

/** A bare Nest application on Nestwire, as it is shipped, but for the limits of messages a second and of one address: a load generator is one. */
export async function createGatewayApp({ gateways, handlers, logger }: GatewayAppOptions): Promise<INestApplication> {
  @Module({ providers: [EchoGateway, ...furtherGateways(gateways - 1, handlers)] })
  class BenchModule {}

  const app = await NestFactory.create(BenchModule, { logger: logger ?? ['error'], forceCloseConnections: true });
  const unlimited = { messagesPerSecond: Infinity, maxConnectionsPerAddress: Infinity, handshakesPerSecond: Infinity };
  app.useWebSocketAdapter(new NestwireAdapter(app, unlimited));
  return app;
}
