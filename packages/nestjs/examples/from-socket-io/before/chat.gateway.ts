import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import { type Member, Members } from '../members.js';

type ChatSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Member>;
type ChatNamespace = Namespace<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Member>;

@WebSocketGateway({ namespace: '/chat', cors: { origin: 'https://app.example' } })
export class ChatGateway {
  @WebSocketServer() private readonly server!: ChatNamespace;

  constructor(private readonly members: Members) {}

  afterInit(server: ChatNamespace): void {
    server.use((socket, next) => {
      const member = this.members.find(socket.handshake.auth['token']);
      if (member === undefined) return next(new Error('Unknown token'));
      socket.data = member;
      next();
    });
  }

  async handleConnection(socket: ChatSocket): Promise<void> {
    const { userId } = socket.data;
    socket.on('disconnecting', () => {
      for (const room of socket.rooms) socket.to(room).emit('left', { room, userId });
    });
    await socket.join(`user ${String(userId)}`);
  }

  @SubscribeMessage('join')
  async join(@MessageBody() room: string, @ConnectedSocket() socket: ChatSocket): Promise<number[]> {
    await socket.join(room);
    const there = await this.server.in(room).fetchSockets();
    return there.map(({ data }) => data.userId);
  }

  @SubscribeMessage('say')
  say(@MessageBody() { room, text }: { room: string; text: string }, @ConnectedSocket() socket: ChatSocket): void {
    if (!socket.rooms.has(room)) throw new WsException('You are not in this room');
    this.server.to(room).emit('said', { room, userId: socket.data.userId, text });
  }

  @SubscribeMessage('typing')
  typing(@MessageBody() room: string, @ConnectedSocket() socket: ChatSocket): void {
    socket.to(room).emit('typing', { room, userId: socket.data.userId });
  }

  @SubscribeMessage('whisper')
  whisper(@MessageBody() { to, text }: { to: number; text: string }, @ConnectedSocket() socket: ChatSocket): void {
    this.server.to(`user ${String(to)}`).emit('whispered', { userId: socket.data.userId, text });
  }
}
