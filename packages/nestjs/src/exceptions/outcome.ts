import { HttpException, HttpStatus } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { CloseCode } from '@nestwire/engine';
import { type EnvelopeError, NestwireCloseCode } from '@nestwire/envelope';
import { detailsOfFailedValidation } from '../validation/validation-details.js';
import { CloseConnectionException } from './close-connection.exception.js';

/** What an exception means for the one who asked: an `error`, or the end of the connection. */
export type Outcome =
  | { readonly kind: 'error'; readonly error: EnvelopeError; readonly expected: boolean }
  | { readonly kind: 'close'; readonly closeCode: number; readonly closeReason: string };

/** What Nest throws when a guard says no: a WsException with this text, and nothing else to know it by. */
export const GUARD_DENIED = 'Forbidden resource';

/** What `error`s mean where there is no message to answer, because a client is only just connecting. */
export const CLOSE_CODE_OF_STATUS: ReadonlyMap<number, number> = new Map<number, number>([
  [HttpStatus.UNAUTHORIZED, NestwireCloseCode.Unauthenticated],
  [HttpStatus.FORBIDDEN, NestwireCloseCode.Forbidden],
  [HttpStatus.TOO_MANY_REQUESTS, NestwireCloseCode.TooManyMessages],
  [HttpStatus.SERVICE_UNAVAILABLE, CloseCode.TryAgainLater],
]);

/** The code that a connection ends with for an `error` of this status: so that who may not come in does not try again. */
export function closeCodeOfStatus(status: number): number {
  return CLOSE_CODE_OF_STATUS.get(status) ?? CloseCode.UnexpectedCondition;
}

/** The one table from exceptions to outcomes. An exception that nobody expected tells the peer nothing of itself. */
export function outcomeOf(exception: unknown): Outcome {
  if (exception instanceof CloseConnectionException) {
    return { kind: 'close', closeCode: exception.closeCode, closeReason: exception.closeReason };
  }
  if (exception instanceof HttpException) {
    const details = detailsOfFailedValidation(exception);
    if (details !== undefined) return expected(HttpStatus.UNPROCESSABLE_ENTITY, 'Validation failed', details);
    return expected(exception.getStatus(), exception.message, detailsOf(exception.getResponse()));
  }
  if (exception instanceof WsException) {
    const error = exception.getError();
    if (isGuardDenial(exception)) return expected(HttpStatus.FORBIDDEN, GUARD_DENIED);
    if (typeof error === 'string') return expected(HttpStatus.BAD_REQUEST, error);
    const { status, message } = error as { status?: unknown; message?: unknown };
    return expected(
      isErrorStatus(status) ? status : HttpStatus.BAD_REQUEST,
      typeof message === 'string' ? message : 'Bad Request',
      detailsOf(error),
    );
  }
  return {
    kind: 'error',
    error: { status: HttpStatus.INTERNAL_SERVER_ERROR, message: 'Internal server error' },
    expected: false,
  };
}

/** Whether it is what Nest throws for a guard that says no. */
export function isGuardDenial(exception: unknown): boolean {
  return exception instanceof WsException && exception.getError() === GUARD_DENIED;
}

function expected(status: number, message: string, details?: unknown): Outcome {
  return {
    kind: 'error',
    error: details === undefined ? { status, message } : { status, message, details },
    expected: true,
  };
}

/** What an exception's object says beyond status and message: `details`, or the list that a ValidationPipe makes. */
function detailsOf(response: unknown): unknown {
  if (typeof response !== 'object' || response === null) return undefined;
  const { details, message } = response as { details?: unknown; message?: unknown };
  return details ?? (Array.isArray(message) ? message : undefined);
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}
