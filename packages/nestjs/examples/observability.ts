import { Controller, Get, Header, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter } from '@nestwire/nestjs';
import { NestwireMetricsModule } from '@nestwire/nestjs/metrics';
import { NestwireTracingModule } from '@nestwire/nestjs/opentelemetry';
import { NestwireHealthIndicator, NestwireHealthModule } from '@nestwire/nestjs/terminus';
import { register } from 'prom-client';

@WebSocketGateway({ path: '/chat' })
class ChatGateway {
  @SubscribeMessage(1001)
  say(@MessageBody() text: string): string {
    return text.toUpperCase();
  }
}

@Controller()
class OperationsController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly nestwire: NestwireHealthIndicator,
  ) {}

  @Get('metrics')
  @Header('Content-Type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }

  @Get('health')
  @HealthCheck()
  check(): Promise<unknown> {
    return this.health.check([() => this.nestwire.check('nestwire', { maxConnections: 50_000, maxLoopDelayMs: 500 })]);
  }
}

@Module({
  imports: [NestwireMetricsModule.forRoot(), NestwireTracingModule, TerminusModule, NestwireHealthModule],
  controllers: [OperationsController],
  providers: [ChatGateway],
})
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(Number(process.env['PORT'] ?? 3000));
