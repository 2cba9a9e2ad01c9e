import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter } from '@nestwire/nestjs';

@WebSocketGateway()
class SlowGateway {
  @SubscribeMessage(1)
  async slow(@MessageBody() ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'done';
  }

  handleDisconnect(): void {
    console.log('disconnected');
  }
}

@Module({ providers: [SlowGateway] })
class ShutdownModule {}

/** What an application is that leaves signals to Nest. */
export async function startShutdownApp(): Promise<INestApplication> {
  const app = await NestFactory.create(ShutdownModule, { logger: false });
  app.enableShutdownHooks();
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(0, '127.0.0.1');
  return app;
}
