import { Controller, Get, HttpException, HttpStatus, Module, UseFilters, UseGuards } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import {
  CloseCodeFilter,
  CloseConnectionException,
  Heartbeat,
  HeartbeatGuard,
  type NestwireClient,
  type NestwireServer,
  Reply,
  UserId,
} from '@nestwire/nestjs';
import { NestwireMetricsModule } from '@nestwire/nestjs/metrics';
import { NestwireTracingModule } from '@nestwire/nestjs/opentelemetry';
import { NestwireHealthIndicator, NestwireHealthModule } from '@nestwire/nestjs/terminus';
import { register } from 'prom-client';

/** Nest's word for the application's own port is 0. */
const GATEWAY_PORT = Number(process.env['GATEWAY_PORT'] ?? 0);

@Controller()
export class PageController {
  constructor(private readonly health: NestwireHealthIndicator) {}

  @Get()
  page(): string {
    return 'a page';
  }

  @Get('metrics')
  metrics(): Promise<string> {
    return register.metrics();
  }

  @Get('health')
  check(): unknown {
    return this.health.check('nestwire');
  }
}

@UseGuards(HeartbeatGuard)
@UseFilters(new CloseCodeFilter([[HttpStatus.GONE, 4410]]))
@WebSocketGateway(GATEWAY_PORT)
export class HelloGateway {
  @WebSocketServer()
  server!: NestwireServer;

  handleConnection(client: NestwireClient<{ greeting?: string }>): void {
    client.data.greeting = 'hello';
  }

  @Heartbeat()
  @SubscribeMessage(1001)
  hello(@MessageBody() data: object, @UserId() userId: number | string): object {
    return { hello: userId, clients: this.server.clients.size, ...data };
  }

  @SubscribeMessage(1002)
  teapot(): never {
    throw new HttpException('a teapot', HttpStatus.I_AM_A_TEAPOT);
  }

  @SubscribeMessage(1003)
  async *count(@MessageBody() to: number): AsyncGenerator<number> {
    for (let value = 1; value <= to; value++) yield value;
  }

  @SubscribeMessage(1004)
  elsewhere(client: NestwireClient<{ greeting?: string }>): Reply {
    return new Reply(2004, client.data.greeting);
  }

  @SubscribeMessage(1005)
  leave(): never {
    throw new CloseConnectionException(4403, 'not your room');
  }

  @SubscribeMessage(1006)
  gone(): never {
    throw new HttpException('gone', HttpStatus.GONE);
  }
}

@Module({
  imports: [NestwireMetricsModule, NestwireTracingModule, NestwireHealthModule],
  controllers: [PageController],
  providers: [HelloGateway],
})
export class AppModule {}
