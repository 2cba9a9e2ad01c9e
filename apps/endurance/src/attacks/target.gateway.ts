import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { NestwireClient } from '@nestwire/nestjs';

/** What attackers and the well-behaved client talk to: an echo, and the address that the server sees. */
export class TargetHandlers {
  /** How connections ended, by cause. */
  readonly causes: Record<string, number> = {};
  connected = 0;

  handleConnection(): void {
    this.connected++;
  }

  handleDisconnect(client: NestwireClient): void {
    const cause = String(client.cause);
    this.causes[cause] = (this.causes[cause] ?? 0) + 1;
    this.connected--;
  }

  @SubscribeMessage(1001)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(1002)
  address(@ConnectedSocket() client: NestwireClient): unknown {
    return { address: client.request.remoteAddress };
  }
}

@WebSocketGateway()
export class TargetGateway extends TargetHandlers {}

/** The same on a port of its own, where the deadline of a handshake is ours. */
export function ownPortGateway(port: number): new () => TargetHandlers {
  @WebSocketGateway(port)
  class OwnPortGateway extends TargetHandlers {}
  return OwnPortGateway;
}
