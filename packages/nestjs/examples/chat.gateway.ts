import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { defineContract, NestwireClient, NestwireServer, type ReplyOf, type RequestOf, type } from '@nestwire/nestjs';
import { from, type Observable } from 'rxjs';
import { z } from 'zod';

/** In a file that the clients import, too: from @nestwire/envelope, which runs in a browser. */
export const chat = defineContract('chat', {
  say: {
    code: 1001,
    request: z.object({ text: z.string().trim().min(1), room: z.string().default('lobby') }),
    reply: type<{ heardBy: number }>(),
  },
  history: { code: 1002, request: z.object({ last: z.int().max(100) }), reply: type<string>(), stream: true },
  said: { code: 1003, push: type<{ text: string; room: string }>() },
});

@WebSocketGateway()
export class ChatGateway {
  @WebSocketServer()
  private readonly server!: NestwireServer;
  private readonly lines: string[] = [];

  @SubscribeMessage(chat.say)
  say(
    @MessageBody() { text, room }: RequestOf<typeof chat.say>,
    @ConnectedSocket() client: NestwireClient,
  ): ReplyOf<typeof chat.say> {
    this.lines.push(text);
    this.server.except(client).send(chat.said, { text, room });
    return { heardBy: this.server.clients.size - 1 };
  }

  @SubscribeMessage(chat.history)
  history(@MessageBody('last') last: number): Observable<ReplyOf<typeof chat.history>> {
    return from(this.lines.slice(-last));
  }
}
