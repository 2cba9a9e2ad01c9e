import { Injectable, UnauthorizedException } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import {
  ClientPrincipal,
  type Handshake,
  HandshakeAuthenticator,
  NestwireClient,
  NestwireServer,
} from '@nestwire/nestjs';
import { type Member, Members } from '../members.js';
import { ChatCode } from './chat-code.js';

/** Was `server.use()`: asked before a connection is opened. */
@Injectable()
export class ChatAuthenticator extends HandshakeAuthenticator {
  constructor(private readonly members: Members) {
    super();
  }

  override authenticate(handshake: Handshake): Member {
    const member = this.members.find(handshake.token({ subprotocol: 'bearer.' }));
    if (member === undefined) throw new UnauthorizedException('Unknown token');
    return member;
  }
}

@WebSocketGateway({ path: '/chat', origins: ['https://app.example'] })
export class ChatGateway {
  @WebSocketServer() private readonly server!: NestwireServer;

  handleDisconnect(client: NestwireClient): void {
    const userId = client.principal?.userId;
    for (const room of client.rooms) this.server.to(room).send(ChatCode.Left, { room, userId });
  }

  @SubscribeMessage(ChatCode.Join)
  async join(@MessageBody() room: string, @ConnectedSocket() client: NestwireClient): Promise<unknown[]> {
    client.join(room);
    const there = await this.server.to(room).connections();
    return there.map(({ userId }) => userId);
  }

  @SubscribeMessage(ChatCode.Say)
  say(
    @MessageBody() { room, text }: { room: string; text: string },
    @ConnectedSocket() client: NestwireClient,
    @ClientPrincipal() { userId }: Member,
  ): void {
    if (!client.rooms.has(room)) throw new WsException('You are not in this room');
    this.server.to(room).send(ChatCode.Said, { room, userId, text });
  }

  @SubscribeMessage(ChatCode.Typing)
  typing(
    @MessageBody() room: string,
    @ConnectedSocket() client: NestwireClient,
    @ClientPrincipal() { userId }: Member,
  ): void {
    this.server.to(room).except(client).send(ChatCode.Typing, { room, userId });
  }

  @SubscribeMessage(ChatCode.Whisper)
  whisper(@MessageBody() { to, text }: { to: number; text: string }, @ClientPrincipal() { userId }: Member): void {
    this.server.toUser(to).send(ChatCode.Whispered, { userId, text });
  }

  /** A page that only listens says so: 30 s without a message end a connection. */
  @SubscribeMessage(ChatCode.Beat)
  beat(): void {
    // That it came is all there is to it.
  }
}
