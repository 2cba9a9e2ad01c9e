import { Controller, Get, Injectable, Module, Param, ParseIntPipe, Post, UnauthorizedException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import {
  ClientPrincipal,
  type ConnectionInfo,
  type Handshake,
  HandshakeAuthenticator,
  NestwireAdapter,
  NestwireClient,
  NestwireModule,
  NestwireServer,
  NestwireServers,
  type Principal,
} from '@nestwire/nestjs';

@Injectable()
class TokenAuthenticator extends HandshakeAuthenticator {
  /** Stands for whatever knows your tokens. */
  private readonly users = new Map<unknown, Principal>([
    ['ann-s-token', { userId: 10001 }],
    ['bob-s-token', { userId: 10002 }],
  ]);

  override authenticate(handshake: Handshake): Principal {
    const user = this.users.get(handshake.token({ header: true, subprotocol: 'bearer.' }));
    if (user === undefined) throw new UnauthorizedException('Unknown token');
    return user;
  }
}

@WebSocketGateway({ path: '/orders' })
class OrdersGateway {
  @WebSocketServer() private readonly server!: NestwireServer;

  @SubscribeMessage(1001)
  watch(@MessageBody() order: number, @ConnectedSocket() client: NestwireClient): string[] {
    client.join(`order ${String(order)}`);
    return [...client.rooms];
  }

  /** For those who watch the order, but not for who says it: that one knows. */
  @SubscribeMessage(1002)
  comment(
    @MessageBody() { order, text }: { order: number; text: string },
    @ConnectedSocket() client: NestwireClient,
    @ClientPrincipal() { userId }: Principal,
  ): void {
    this.server
      .to(`order ${String(order)}`)
      .except(client)
      .send(2002, { order, text, by: userId });
  }

  handleDisconnect(client: NestwireClient): void {
    // The rooms that it was in; it has left them.
    for (const room of client.rooms) this.server.to(room).send(2003, { left: client.principal?.userId });
  }
}

@Injectable()
class Orders {
  private readonly pages: NestwireServer;

  constructor(servers: NestwireServers) {
    this.pages = servers.of(OrdersGateway);
  }

  ship(order: number, buyer: number): void {
    this.pages.to(`order ${String(order)}`).send(2001, { order, state: 'shipped' });
    // All of the buyer's connections, wherever they look.
    this.pages.toUser(buyer).send(2004, 'your parcel is on its way');
  }

  watchers(order: number): Promise<ConnectionInfo[]> {
    return this.pages.to(`order ${String(order)}`).connections();
  }

  ban(user: number): void {
    this.pages.toUser(user).disconnect(4403, 'banned');
  }
}

@Controller()
class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Post('orders/:order/ship/:buyer')
  ship(@Param('order', ParseIntPipe) order: number, @Param('buyer', ParseIntPipe) buyer: number): void {
    this.orders.ship(order, buyer);
  }

  @Get('orders/:order/watchers')
  async watchers(@Param('order', ParseIntPipe) order: number): Promise<unknown[]> {
    return (await this.orders.watchers(order)).map(({ userId }) => userId);
  }

  @Post('users/:user/ban')
  ban(@Param('user', ParseIntPipe) user: number): void {
    this.orders.ban(user);
  }
}

@Module({
  imports: [NestwireModule.forRoot({ silenceTimeoutMs: 60_000 })],
  providers: [OrdersGateway, Orders, { provide: HandshakeAuthenticator, useClass: TokenAuthenticator }],
  controllers: [OrdersController],
})
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(process.env['PORT'] ?? 9002);
