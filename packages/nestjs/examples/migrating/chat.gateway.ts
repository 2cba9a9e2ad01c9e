import type { IncomingMessage } from 'node:http';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import { type Server, WebSocket } from 'ws';

interface Guest extends WebSocket {
  guest?: string;
  isAlive?: boolean;
}

@WebSocketGateway({ path: '/chat', maxPayload: 64 * 1024 })
export class ChatGateway implements OnGatewayConnection {
  @WebSocketServer()
  private readonly server!: Server;

  handleConnection(client: Guest, request: IncomingMessage): void {
    client.guest = new URL(request.url ?? '/', 'http://localhost').searchParams.get('name') ?? 'nobody';
    client.isAlive = true;
    client.on('pong', () => (client.isAlive = true));
  }

  /** Called every 30 s. */
  dropDeadClients(): void {
    for (const client of this.server.clients as Set<Guest>) {
      if (client.isAlive === false) client.terminate();
      client.isAlive = false;
      client.ping();
    }
  }

  @SubscribeMessage('say')
  say(@ConnectedSocket() client: Guest, @MessageBody() text: string): WsResponse<string> {
    if (text === '') throw new WsException('Say something');
    const message = JSON.stringify({ event: 'heard', data: { from: client.guest, text } });
    for (const other of this.server.clients) {
      if (other !== client && other.readyState === WebSocket.OPEN) other.send(message);
    }
    return { event: 'said', data: text };
  }
}
