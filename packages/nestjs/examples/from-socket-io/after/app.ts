import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HandshakeAuthenticator, NestwireAdapter } from '@nestwire/nestjs';
import { Members } from '../members.js';
import { ChatAuthenticator, ChatGateway } from './chat.gateway.js';

@Module({ providers: [ChatGateway, Members, { provide: HandshakeAuthenticator, useClass: ChatAuthenticator }] })
class AppModule {}

export async function start(port: number): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(port, '127.0.0.1');
  return app;
}
