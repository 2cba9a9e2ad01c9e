import { BadRequestException, ForbiddenException, UseFilters, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type CloseWithRequest, SampleCode } from '@nestwire/contracts';
import { CloseConnectionException, HeartbeatGuard, NestwireClient } from '@nestwire/nestjs';
import { RoomCloseCodeFilter, RoomClosedError } from '../filters/room-close-code.filter.js';

/** The ways in which a connection can end from within the application. */
@UseGuards(HeartbeatGuard)
@UseFilters(RoomCloseCodeFilter)
@WebSocketGateway()
export class CloseGateway {
  @SubscribeMessage(SampleCode.CloseWith)
  closeWith(@MessageBody() { closeCode, reason }: CloseWithRequest): never {
    throw closeException(closeCode, reason);
  }

  @SubscribeMessage(SampleCode.EnterClosedRoom)
  enterClosedRoom(): never {
    throw new RoomClosedError();
  }

  @SubscribeMessage(SampleCode.EnterForbiddenRoom)
  enterForbiddenRoom(): never {
    throw new ForbiddenException('not your room');
  }

  @SubscribeMessage(SampleCode.Drop)
  drop(@ConnectedSocket() client: NestwireClient): void {
    client.terminate();
  }
}

/** What the client asks for may not be for a server to send: then that is what it is told. */
function closeException(closeCode: unknown, reason: unknown): Error {
  if (typeof closeCode !== 'number') return new BadRequestException('closeCode must be a number');
  if (reason !== undefined && typeof reason !== 'string') return new BadRequestException('reason must be a string');
  try {
    return new CloseConnectionException(closeCode, reason ?? 'as you asked');
  } catch (error) {
    return new BadRequestException((error as RangeError).message);
  }
}
