import type { HeaderLines } from '@nestwire/protocol';
import type { ConnectionRequest } from '../connection/ws-connection.js';

/** A valid opening handshake from somebody whose `Host` and `Origin` are admitted, before its answer. */
export interface HandshakeRequest {
  /** What the connection will know of it as `request`: the same object. */
  readonly facts: ConnectionRequest;
  /** The request-target as sent: a path with its query, or an absolute URI. */
  readonly target: string;
  /** The header fields: names in lower case, one entry a field line. They may hold secrets: cookies, tokens. */
  readonly headers: HeaderLines;
  /** What the client offers, in its order of preference. */
  readonly subprotocols: readonly string[];
  /** Aborted when no answer is needed any longer: the peer has gone, time is up, the server closes. */
  readonly signal: AbortSignal;
}

/** @internal */
export class PendingRequest implements HandshakeRequest {
  private controller: AbortController | undefined = undefined;
  private reason: Error | undefined = undefined;

  constructor(
    readonly facts: ConnectionRequest,
    readonly target: string,
    readonly headers: HeaderLines,
    readonly subprotocols: readonly string[],
  ) {}

  /** Made when it is asked for: most who decide never look. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  abort(reason: string): void {
    this.reason = new Error(reason);
    this.controller?.abort(this.reason);
  }
}
