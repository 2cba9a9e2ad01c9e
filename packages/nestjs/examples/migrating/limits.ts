import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestwireAdapter } from '@nestwire/nestjs';
import { ChatGateway } from './chat.gateway.js';

@Module({ providers: [ChatGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(
  new NestwireAdapter(app, {
    preset: 'platform-ws',
    // One by one: each is an option like any other, and leaves the line that is logged at the start.
    maxMessageBytes: 64 * 1024,
    messagesPerSecond: 100,
    handlerTimeoutMs: 30_000,
    origins: ['https://chat.example.com'],
    order: 'arrival',
  }),
);
await app.listen(process.env['PORT'] ?? 3000);
