import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CloseConnectionException, Handshake, UseHandshakeGuards } from '@nestwire/nestjs';
import { Crowd, type SoakClient } from './crowd.js';
import { Code, type EchoData, type EndedBy, type NextNumbers, SoakCloseCode } from '../codes.js';

@Injectable()
class PassingGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await turn();
    return true;
  }
}

/** At the handshake: those that ask to be refused are. */
@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return Handshake.of(context)?.searchParams.has('refuse') === false;
  }
}

@UseHandshakeGuards(RefusingGuard)
@WebSocketGateway({ path: '/soak' })
export class AnswersGateway {
  constructor(private readonly crowd: Crowd) {}

  @SubscribeMessage(Code.Echo)
  echo(@MessageBody() data: EchoData, @ConnectedSocket() client: SoakClient): EchoData {
    if (data.push !== undefined) this.crowd.pushTo(client, data.push);
    return data;
  }

  @UseGuards(PassingGuard)
  @SubscribeMessage(Code.Slow)
  async slow(@MessageBody() data: EchoData & { readonly ms: number }): Promise<EchoData> {
    await delay(data.ms);
    return data;
  }

  @SubscribeMessage(Code.Count)
  async *count(@MessageBody('to') to: number): AsyncGenerator<number> {
    for (let n = 0; n < to; n++) {
      // Some of the values come together, and some do not.
      if (n % 4 === 3) await turn();
      yield n;
    }
  }
}

@WebSocketGateway({ path: '/soak' })
export class RoomsGateway {
  constructor(private readonly crowd: Crowd) {}

  /** Messages wait for it. */
  async handleConnection(): Promise<void> {
    await turn();
  }

  async handleDisconnect(): Promise<void> {
    await turn();
  }

  @SubscribeMessage(Code.Join)
  join(@MessageBody('room') room: number, @ConnectedSocket() client: SoakClient): NextNumbers {
    return this.crowd.enter(room, client);
  }

  @SubscribeMessage(Code.Leave)
  leave(@MessageBody('room') room: number, @ConnectedSocket() client: SoakClient): NextNumbers {
    return this.crowd.leave(room, client);
  }
}

@WebSocketGateway({ path: '/soak' })
export class EndsGateway {
  @SubscribeMessage(Code.EndMe)
  endMe(@MessageBody('by') by: EndedBy, @ConnectedSocket() client: SoakClient): void {
    if (by === 'terminate') return client.terminate();
    if (by === 'disconnect') return client.close(SoakCloseCode.AsAsked, 'as asked');
    throw new CloseConnectionException(SoakCloseCode.Thrown, 'thrown');
  }
}
