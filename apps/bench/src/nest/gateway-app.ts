import 'reflect-metadata';
import { type INestApplication, type LogLevel, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestwireAdapter } from '@nestwire/nestjs';
import { EchoGateway } from './echo.gateway.js';
import { furtherGateways } from './further-gateways.js';
import { GATEWAY_LIMITS } from './raised-limits.js';

export interface GatewayAppOptions {
  /** How many gateways, the one with the codes 1001 to 1003 among them. */
  readonly gateways: number;
  /** How many handlers each of the further ones has. */
  readonly handlers: number;
  readonly logger?: LogLevel[] | false;
}

/** A bare Nest application on Nestwire, as it is shipped but for its limits of rate, connections and handshakes. */
export async function createGatewayApp({ gateways, handlers, logger }: GatewayAppOptions): Promise<INestApplication> {
  @Module({ providers: [EchoGateway, ...furtherGateways(gateways - 1, handlers)] })
  class BenchModule {}

  const app = await NestFactory.create(BenchModule, { logger: logger ?? ['error'], forceCloseConnections: true });
  app.useWebSocketAdapter(new NestwireAdapter(app, GATEWAY_LIMITS));
  return app;
}
