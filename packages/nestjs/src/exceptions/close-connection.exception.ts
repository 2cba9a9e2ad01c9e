import { CloseCode, Role, serializeCloseBody } from '@nestwire/engine';

/**
 * Thrown from a handler, guard, pipe, interceptor or filter, it closes the connection by a closing handshake.
 *
 * ```ts
 * throw new CloseConnectionException(4403, 'not your room');
 * ```
 */
export class CloseConnectionException extends Error {
  /**
   * @param closeCode - what a server may send. @default 1011
   * @param closeReason - at most 123 bytes of UTF-8; the peer reads it.
   * @throws RangeError for a code that a server may not send, or a longer reason.
   */
  constructor(
    readonly closeCode: number = CloseCode.UnexpectedCondition,
    readonly closeReason = '',
  ) {
    super(`Close with ${String(closeCode)}${closeReason === '' ? '' : `: ${closeReason}`}`);
    this.name = 'CloseConnectionException';
    serializeCloseBody(closeCode, closeReason, Role.Server);
  }
}
