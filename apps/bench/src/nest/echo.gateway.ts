import { UseGuards, UseInterceptors } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { PassingGuard, PassingInterceptor, PassingPipe } from './passing.js';

/** What is measured: `data` comes back, by itself and behind what Nest can put in front of a method. */
@WebSocketGateway()
export class EchoGateway {
  @SubscribeMessage(1001)
  plain(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(PassingGuard)
  @SubscribeMessage(1002)
  guarded(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(PassingGuard)
  @UseInterceptors(PassingInterceptor)
  @SubscribeMessage(1003)
  guardedPipedIntercepted(@MessageBody(PassingPipe) data: unknown): unknown {
    return data;
  }
}
