import { UseGuards, UseInterceptors } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import { PassingGuard, PassingInterceptor, PassingPipe } from './passing.js';

/** The same for the peers, which route by `event`: their answer names it, as Nest's documentation shows. */
@WebSocketGateway()
export class EventEchoGateway {
  @SubscribeMessage('plain')
  plain(@MessageBody() data: unknown): WsResponse {
    return { event: 'plain', data };
  }

  @UseGuards(PassingGuard)
  @SubscribeMessage('guarded')
  guarded(@MessageBody() data: unknown): WsResponse {
    return { event: 'guarded', data };
  }

  @UseGuards(PassingGuard)
  @UseInterceptors(PassingInterceptor)
  @SubscribeMessage('intercepted')
  guardedPipedIntercepted(@MessageBody(PassingPipe) data: unknown): WsResponse {
    return { event: 'intercepted', data };
  }
}
