import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { NestwireAdapter, type NestwireServer } from '@nestwire/nestjs';
import { bench, do_not_optimize } from 'mitata';
import { Channel } from '../load/channel.js';
import { furtherGateways } from '../nest/further-gateways.js';
import { listeningApp } from '../servers/nest-server.js';

@WebSocketGateway()
class ServerGateway {
  @WebSocketServer()
  readonly server!: NestwireServer;
}

/**
 * From a code to its route, in the table of a running application with 5 × 20 handlers: Nest binds them with the first client.
 *
 * @returns what ends the application.
 */
export async function benchRoutes(): Promise<() => Promise<void>> {
  @Module({ providers: [ServerGateway, ...furtherGateways(5, 20)] })
  class RouteModule {}

  const app = await NestFactory.create(RouteModule, { logger: ['error'], forceCloseConnections: true });
  app.useWebSocketAdapter(new NestwireAdapter(app));
  const server = await listeningApp(app);
  const channel = await Channel.open({ port: server.port, path: '/', compression: 'off' });
  // Nobody else needs this table; should it move, this file does not compile.
  const routes = app.get(ServerGateway).server.running?.routes;
  if (routes?.routeOf(2099) === undefined) throw new Error('The routes are not bound');
  let code = 0;
  bench('route lookup: one of 100', () => do_not_optimize(routes.routeOf(2000 + (code++ % 100))));
  bench('route lookup: none', () => do_not_optimize(routes.routeOf(9000)));
  return async () => {
    channel.destroy();
    await server.close();
  };
}
