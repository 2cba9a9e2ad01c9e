import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { NestwireClient } from '@nestwire/nestjs';
import type { Socket } from 'socket.io';

/** A promise that the test settles. */
export class Gate {
  open: () => void = () => undefined;
  promise: Promise<void> = Promise.resolve();

  shut(): void {
    this.promise = new Promise((resolve) => (this.open = resolve));
  }
}

/** What both `handleConnection` wait for. */
export const admitting = new Gate();
/** What both `work` wait for. */
export const working = new Gate();
/** The rooms that `handleDisconnect` has found, a connection at a time. */
export const left: string[][] = [];

/** What both gateways do, each with its own words for it. */
abstract class Doings {
  handleConnection(): Promise<void> {
    return admitting.promise;
  }

  fail(): never {
    throw new WsException('broken');
  }

  async work(): Promise<string> {
    await working.promise;
    return 'done';
  }

  echo(data: unknown): unknown {
    return typeof data === 'string' ? data.length : data;
  }
}

@WebSocketGateway({ cors: { origin: 'https://app.example' }, pingInterval: 10 })
export class IoGateway extends Doings {
  @SubscribeMessage('join')
  join(@MessageBody() room: string, @ConnectedSocket() socket: Socket): string[] {
    void socket.join(room);
    return [...socket.rooms];
  }

  handleDisconnect(socket: Socket): void {
    left.push([...socket.rooms]);
  }

  @SubscribeMessage('fail')
  override fail(): never {
    return super.fail();
  }

  @SubscribeMessage('work')
  override work(): Promise<string> {
    return super.work();
  }

  @SubscribeMessage('echo')
  override echo(@MessageBody() data: unknown): unknown {
    return super.echo(data);
  }
}

@WebSocketGateway({ origins: ['https://app.example'] })
export class NestwireGateway extends Doings {
  @SubscribeMessage(1)
  join(@MessageBody() room: string, @ConnectedSocket() client: NestwireClient): string[] {
    client.join(room);
    return [...client.rooms];
  }

  handleDisconnect(client: NestwireClient): void {
    left.push([...client.rooms]);
  }

  @SubscribeMessage(2)
  override fail(): never {
    return super.fail();
  }

  @SubscribeMessage(3)
  override work(): Promise<string> {
    return super.work();
  }

  @SubscribeMessage(4)
  override echo(@MessageBody() data: unknown): unknown {
    return super.echo(data);
  }
}
