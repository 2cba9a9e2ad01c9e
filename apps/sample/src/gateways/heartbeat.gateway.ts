import { UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { SampleCode } from '@nestwire/contracts';
import { Heartbeat, HeartbeatGuard } from '@nestwire/nestjs';

/** The application's own heartbeat: a ping shows that a machine lives, this that the client's program does. */
@UseGuards(HeartbeatGuard)
@WebSocketGateway()
export class HeartbeatGateway {
  @Heartbeat()
  @SubscribeMessage(SampleCode.Heartbeat)
  beat(): object {
    return { at: new Date().toISOString() };
  }
}
