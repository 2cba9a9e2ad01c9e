import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Members } from '../members.js';
import { ChatGateway } from './chat.gateway.js';

@Module({ providers: [ChatGateway, Members] })
class AppModule {}

export async function start(port: number): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new IoAdapter(app));
  await app.listen(port, '127.0.0.1');
  return app;
}
