import { HttpException } from '@nestjs/common';

export interface HandshakeRefusalOptions {
  /** Further header fields of the HTTP answer, such as `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** When to come again, in milliseconds: `Retry-After` of the HTTP answer, `retryAfter` of the close reason. */
  readonly retryAfterMs?: number;
}

/** Refuses a handshake, with more to say than an `HttpException` has. */
export class HandshakeRefusedException extends HttpException {
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;

  /**
   * @param status - an HTTP status, 400–599.
   * @param message - the body, or the close reason; the client reads it.
   */
  constructor(status: number, message: string, { headers = {}, retryAfterMs }: HandshakeRefusalOptions = {}) {
    super(message, status);
    this.headers = headers;
    this.retryAfterMs = retryAfterMs;
  }
}
