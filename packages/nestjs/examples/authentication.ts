import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  Module,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  ClientPrincipal,
  Handshake,
  HandshakeAuthenticator,
  NestwireAdapter,
  NestwireClient,
  type Principal,
  Public,
  UseHandshakeGuards,
} from '@nestwire/nestjs';

interface Member extends Principal {
  readonly name: string;
  readonly rooms: readonly string[];
}

/** Stands for whatever knows your tokens. */
@Injectable()
class Sessions {
  find(token: string): Member {
    if (token !== 'ann-s-token') throw new UnauthorizedException('Unknown token');
    return { userId: 10001, name: 'Ann', rooms: ['lobby'], expiresAt: Date.now() + 3_600_000 };
  }
}

/** Asked about every handshake: who is this? */
@Injectable()
class SessionAuthenticator extends HandshakeAuthenticator {
  constructor(private readonly sessions: Sessions) {
    super();
  }

  override authenticate(handshake: Handshake): Member | undefined {
    // Programs send a header; a page: new WebSocket(url, ['nestwire.v1.json', `bearer.${token}`]).
    const token = handshake.token({ header: true, subprotocol: 'bearer.' });
    return token === undefined ? undefined : this.sessions.find(token);
  }
}

/** Asked about handshakes on this gateway's path: may they come in? */
@Injectable()
class RoomGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const handshake = Handshake.of(context) as Handshake<Member>;
    const room = handshake.params['room'] as string;
    if (room !== 'lobby' && room !== 'attic') throw new NotFoundException('No such room');
    return handshake.principal === undefined || handshake.principal.rooms.includes(room);
  }
}

@UseHandshakeGuards(RoomGuard)
@WebSocketGateway({ path: '/rooms/:room' })
class RoomGateway {
  constructor(private readonly sessions: Sessions) {}

  /** For those who came without a token: they have 10 s, and this. */
  @Public()
  @SubscribeMessage(1)
  logIn(@MessageBody('token') token: string, @ConnectedSocket() client: NestwireClient<unknown, Member>): string {
    const member = this.sessions.find(token);
    client.authenticate(member);
    return `welcome ${member.name}`;
  }

  @SubscribeMessage(1001)
  hello(@ClientPrincipal() member: Member, @ConnectedSocket() client: NestwireClient): string {
    return `${member.name} is in ${String(client.params['room'])}`;
  }
}

@Module({
  providers: [Sessions, RoomGateway, { provide: HandshakeAuthenticator, useClass: SessionAuthenticator }],
})
class AppModule {}

export const app = await NestFactory.create(AppModule);
app.useWebSocketAdapter(new NestwireAdapter(app));
await app.listen(process.env['PORT'] ?? 9002);
