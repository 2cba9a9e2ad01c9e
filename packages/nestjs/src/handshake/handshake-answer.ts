import { StringDecoder } from 'node:string_decoder';
import { HttpException, HttpStatus } from '@nestjs/common';
import { CloseCode, type HandshakeDecision } from '@nestwire/engine';
import { NestwireCloseCode } from '@nestwire/envelope';
import { HandshakeRefusedException } from './handshake-refused.exception.js';
import { outcomeOf } from '../exceptions/outcome.js';

/**
 * How a client is told that it may not come in: by an HTTP response; by a connection that is closed at once, with a code that
 * scripts in a browser can read (they can't read the response); or by the second to browsers, and the first to others. A
 * browser is whoever sends `Origin`: it always does, and programs seldom do.
 */
export type Refusals = 'http' | 'close' | 'auto';

/** Who is refused: all that it takes to say how. */
interface Refused {
  readonly origin: string | undefined;
}

const CLOSE_CODES: ReadonlyMap<number, number> = new Map<number, number>([
  [HttpStatus.UNAUTHORIZED, NestwireCloseCode.Unauthenticated],
  [HttpStatus.FORBIDDEN, NestwireCloseCode.Forbidden],
  [HttpStatus.NOT_FOUND, NestwireCloseCode.NotFound],
  [HttpStatus.TOO_MANY_REQUESTS, NestwireCloseCode.TooManyMessages],
  [HttpStatus.SERVICE_UNAVAILABLE, CloseCode.TryAgainLater],
]);

const MAX_REASON_BYTES = 123;

/** What an exception of a guard or the authenticator means for the client, and whether somebody expected it. */
export function answerTo(
  exception: unknown,
  to: Refused,
  refusals: Refusals,
): { readonly decision: HandshakeDecision; readonly expected: boolean } {
  const outcome = outcomeOf(exception);
  if (outcome.kind === 'close') {
    const { closeCode, closeReason } = outcome;
    return { decision: { kind: 'close', closeCode, closeReason }, expected: true };
  }
  const { status, message } = outcome.error;
  return { decision: refusalOf(status, message, to, refusals, exception), expected: outcome.expected };
}

/** @param exception - what may have more to say. */
export function refusalOf(
  status: number,
  message: string,
  { origin }: Refused,
  refusals: Refusals,
  exception?: unknown,
): HandshakeDecision {
  const retryAfterMs = retryAfterOf(exception);
  if (refusals === 'close' || (refusals === 'auto' && origin !== undefined)) {
    return { kind: 'close', closeCode: closeCodeOf(status), closeReason: reasonOf(message, retryAfterMs) };
  }
  const headers: Record<string, string> = {};
  // "A server generating a 401 (Unauthorized) response MUST send a WWW-Authenticate header field" (RFC 9110 §11.6.1).
  if (status === (HttpStatus.UNAUTHORIZED as number)) headers['WWW-Authenticate'] = 'Bearer';
  if (retryAfterMs !== undefined) headers['Retry-After'] = String(Math.ceil(retryAfterMs / 1000));
  if (exception instanceof HandshakeRefusedException) Object.assign(headers, exception.headers);
  return { kind: 'refuse', status, reason: message, headers };
}

function closeCodeOf(status: number): number {
  // What the client did wrong it would do wrong again; what we did wrong may pass.
  const other = status < 500 ? CloseCode.PolicyViolation : CloseCode.UnexpectedCondition;
  return CLOSE_CODES.get(status) ?? other;
}

/** From {@link HandshakeRefusedException}, or from the object of any `HttpException`. */
function retryAfterOf(exception: unknown): number | undefined {
  const holder = exception instanceof HandshakeRefusedException ? exception : responseOf(exception);
  const { retryAfterMs } = holder as { retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 && retryAfterMs < Infinity ? retryAfterMs : undefined;
}

function responseOf(exception: unknown): object {
  const response = exception instanceof HttpException ? exception.getResponse() : undefined;
  return typeof response === 'object' ? response : {};
}

/** Plain text, or JSON with `retryAfter` in milliseconds; the message gives way where both are too long. */
function reasonOf(message: string, retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return cut(message);
  const retryAfter = Math.ceil(retryAfterMs);
  const whole = JSON.stringify({ retryAfter, message });
  return Buffer.byteLength(whole) <= MAX_REASON_BYTES ? whole : JSON.stringify({ retryAfter });
}

/** Whole characters, as many as a close frame has room for. */
function cut(text: string): string {
  // A decoder keeps back the bytes of a character that is not whole.
  return new StringDecoder('utf8').write(Buffer.from(text).subarray(0, MAX_REASON_BYTES));
}
