import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { CloseConnectionException, type NestwireClient, type NestwireServer, Reply } from '@nestwire/nestjs';

export const Code = { Say: 1001, Said: 1002, Heard: 1003 } as const;

@WebSocketGateway({ path: '/chat' })
export class ChatGateway {
  @WebSocketServer()
  private readonly server!: NestwireServer;

  handleConnection(client: NestwireClient<{ guest?: string }>): void {
    const name = client.request.searchParams.get('name');
    if (name === null) throw new CloseConnectionException(4000, 'Say who you are');
    client.data.guest = name;
  }

  @SubscribeMessage(Code.Say)
  say(@ConnectedSocket() client: NestwireClient<{ guest?: string }>, @MessageBody() text: string): Reply {
    this.server.except(client).send(Code.Heard, { from: client.data.guest, text });
    return new Reply(Code.Said, text);
  }
}
