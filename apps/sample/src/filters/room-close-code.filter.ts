import { HttpStatus, Injectable } from '@nestjs/common';
import { ROOM_CLOSED } from '@nestwire/contracts';
import { CloseCodeFilter, NestwireCloseCode } from '@nestwire/nestjs';

export class RoomClosedError extends Error {
  constructor() {
    super('the room has closed');
  }
}

/** Which of the sample's exceptions end the connection, and with what; all others are answered with an `error`. */
@Injectable()
export class RoomCloseCodeFilter extends CloseCodeFilter {
  constructor() {
    super([
      [RoomClosedError, ROOM_CLOSED],
      [HttpStatus.FORBIDDEN, NestwireCloseCode.Forbidden],
    ]);
  }
}
