import { ForbiddenException, Module, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CLOSE_BY_STATUS, CloseCodeFilter, CloseConnectionException, defineCloseCodes } from '@nestwire/nestjs';
import { NestwireAdapter, type NestwireClient } from '@nestwire/nestjs';

const closeCodes = defineCloseCodes({
  RoomClosed: { code: 4000, client: 'never', meaning: 'the room has closed' },
});

class RoomClosedError extends Error {}
class QuotaError extends Error {
  constructor(readonly retriable: boolean) {
    super('tenant 7 has used up its quota');
  }
}

@UseFilters(
  new CloseCodeFilter([
    // A class, and the code: the exception's message becomes the reason.
    [RoomClosedError, closeCodes.code.RoomClosed],
    // A question, and a reason of one's own; as parts, it goes out as JSON.
    {
      when: (exception) => exception instanceof QuotaError && exception.retriable,
      close: 1013,
      reason: { retryAfter: 1500, message: 'quota' },
    },
    // No close, but an error of another status.
    { when: QuotaError, error: 402, message: 'pay' },
    // 401, 403, 429 and 503, whoever threw them.
    ...CLOSE_BY_STATUS,
  ]),
)
@WebSocketGateway()
class RoomGateway {
  handleConnection(client: NestwireClient): void {
    if (client.request.searchParams.has('banned')) throw new ForbiddenException('banned');
  }

  @SubscribeMessage(1001)
  enter(@MessageBody() room: string, @ConnectedSocket() client: NestwireClient<{ room?: string }>): object {
    if (room === 'closed') throw new RoomClosedError('the room has closed');
    if (room === 'busy') throw new QuotaError(true);
    if (room === 'full') throw new QuotaError(false);
    if (room === 'private') throw new CloseConnectionException(4403, 'not your room');
    client.data.room = room;
    return { entered: room };
  }
}

@Module({ providers: [RoomGateway] })
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(process.env['PORT'] ?? 9002);
