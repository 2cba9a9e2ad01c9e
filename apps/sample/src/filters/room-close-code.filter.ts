import { ForbiddenException, Injectable } from '@nestjs/common';
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
      // By class, not by status: a guard that says no has a 403 as well, and goes on being an `error`.
      [ForbiddenException, NestwireCloseCode.Forbidden],
    ]);
  }
}
