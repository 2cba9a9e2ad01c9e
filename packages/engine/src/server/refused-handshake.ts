/** How a handshake ended that has become no connection. */
export interface RefusedHandshake {
  /**
   * By an HTTP response; by a connection that was closed at once, for the scripts of browsers to read why; or not at all, because the
   * client went while a decision was pending.
   */
  readonly how: 'response' | 'close' | 'abandoned';
  /** The response's status, or the close code; 0 where the client has gone. */
  readonly code: number;
  /** Whether the path is this server's. A path of nobody's is answered by one of those that share an HTTP server. */
  readonly served: boolean;
}
