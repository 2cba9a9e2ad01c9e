import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventDataCodec, JsonCodec, NestwireAdapter } from '@nestwire/nestjs';
import { ChatGateway, Code } from './code.gateway.js';

@Module({ providers: [ChatGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(
  new NestwireAdapter(app, {
    // New clients: new WebSocket(url, 'nestwire.v1.json'). They speak codes.
    codecs: [new JsonCodec()],
    // Those that are out there say no subprotocol, and speak events, each of which has a code.
    defaultCodec: new EventDataCodec({ events: { say: Code.Say, said: Code.Said, heard: Code.Heard } }),
  }),
);
await app.listen(process.env['PORT'] ?? 3000);
