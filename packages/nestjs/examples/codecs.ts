import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { MessagePackCodec } from '@nestwire/envelope/msgpack';
import { EventDataCodec, JsonCodec, NestwireAdapter } from '@nestwire/nestjs';
import { TsvCodec } from './tsv.codec.js';

@WebSocketGateway()
class ChatGateway {
  @SubscribeMessage(1001)
  chat(@MessageBody() data: { text: string }): object {
    return { heard: data.text };
  }
}

@Module({ providers: [ChatGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(
  new NestwireAdapter(app, {
    // Which of them a connection speaks, its client says: new WebSocket(url, 'nestwire.v1.msgpack').
    codecs: [new JsonCodec(), new MessagePackCodec(), new TsvCodec()],
    // What clients speak that say nothing: those of an application that comes from @nestjs/platform-ws.
    defaultCodec: new EventDataCodec({ events: { chat: 1001 } }),
  }),
);
await app.listen(process.env['PORT'] ?? 9002);
