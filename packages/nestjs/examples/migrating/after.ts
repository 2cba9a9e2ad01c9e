import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestwireAdapter } from '@nestwire/nestjs';
import { ChatGateway } from './chat.gateway.js';

@Module({ providers: [ChatGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app, { preset: 'platform-ws' }));
await app.listen(process.env['PORT'] ?? 3000);
