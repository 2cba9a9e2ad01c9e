import { CloseCode, type HandshakeFailure } from '@nestwire/protocol';

/**
 * Why there is no connection: what the server's answer lacked, or what kept an answer from coming. `'tls'` is a TLS handshake with the
 * server that failed, `'proxy'` whatever went wrong on the way through a proxy, `'network'` all else below HTTP.
 */
export type HandshakeErrorReason = HandshakeFailure | 'timeout' | 'aborted' | 'network' | 'tls' | 'proxy';

/** The most of a refusal's body that is kept, in bytes. */
export const KEPT_BODY_BYTES = 16 * 1024;

/** What is known of a failed handshake. */
export interface HandshakeErrorDetails {
  readonly reason: HandshakeErrorReason;
  /** The HTTP status, where there was an answer: 401, 404, 503 …; the proxy's, where `reason` is `'proxy'`. */
  readonly status?: number;
  /** The answer's header fields, names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The answer's body, up to 16 KiB of it. */
  readonly body?: string;
  readonly cause?: unknown;
}

/** An opening handshake that failed. RFC 6455 §4.1. */
export class HandshakeError extends Error {
  readonly reason: HandshakeErrorReason;
  readonly status: number | undefined;
  readonly headers: HandshakeErrorDetails['headers'];
  readonly body: string | undefined;

  constructor(message: string, { reason, status, headers, body, cause }: HandshakeErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HandshakeError';
    this.reason = reason;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /**
   * What a WebSocket tells its user in such a case: 1015 for "a failure to perform a TLS handshake" (§7.4.1), else 1006. The `cause` is
   * then Node's error, whose `code` says which failure.
   */
  get closeCode(): number {
    return this.reason === 'tls' ? CloseCode.TlsHandshake : CloseCode.AbnormalClosure;
  }
}
