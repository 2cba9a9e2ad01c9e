import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter, UserId } from '@nestwire/nestjs';

@WebSocketGateway()
class HelloGateway {
  @SubscribeMessage(1001)
  hello(@MessageBody() data: object, @UserId() userId: number | string): object {
    return { hello: userId, ...data };
  }
}

@Module({ providers: [HelloGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(process.env['PORT'] ?? 9002);
