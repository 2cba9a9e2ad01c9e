import { CloseCode, Role, serializeCloseBody } from '@nestwire/engine';
import { buildCloseReason, type CloseReason } from '@nestwire/envelope';

/**
 * Thrown from a handler, guard, pipe, interceptor or filter, it closes the connection by a closing handshake.
 *
 * ```ts
 * throw new CloseConnectionException(4403, 'not your room');
 * ```
 */
export class CloseConnectionException extends Error {
  /** What the peer reads. */
  readonly closeReason: string;

  /**
   * @param closeCode - what a server may send. @default 1011
   * @param reason - at most 123 bytes of UTF-8; as parts, `{ retryAfter: 1500, message: 'restart' }`, it goes out as JSON.
   * @throws RangeError for a code that a server may not send, or a longer reason.
   */
  constructor(
    readonly closeCode: number = CloseCode.UnexpectedCondition,
    reason: string | CloseReason = '',
  ) {
    const closeReason = typeof reason === 'string' ? reason : buildCloseReason(reason);
    super(`Close with ${String(closeCode)}${closeReason === '' ? '' : `: ${closeReason}`}`);
    this.name = 'CloseConnectionException';
    this.closeReason = closeReason;
    serializeCloseBody(closeCode, closeReason, Role.Server);
  }
}
