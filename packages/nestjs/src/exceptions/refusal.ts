import {
  BadRequestException,
  ConflictException,
  ForbiddenException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { EnvelopeError } from '@nestwire/envelope';

const EXCEPTIONS: ReadonlyMap<number, new (message: string) => HttpException> = new Map([
  [400, BadRequestException],
  [401, UnauthorizedException],
  [403, ForbiddenException],
  [404, NotFoundException],
  [409, ConflictException],
  [503, ServiceUnavailableException],
]);

/** For a handler that gives a stream where there are `maxStreams` already. */
export const TOO_MANY_STREAMS: EnvelopeError = { status: 429, message: 'Too many streams' };

/** What filters get for a message that is refused before its handler is called: the exception that a handler would throw. */
export function exceptionOf({ status, message, details }: EnvelopeError): HttpException {
  if (details !== undefined) return new HttpException({ statusCode: status, message, details }, status);
  const Exception = EXCEPTIONS.get(status);
  return Exception === undefined ? new HttpException(message, status) : new Exception(message);
}
