/** Where a client connects to, and from where. */
export interface Target {
  readonly port: number;
  /** Begins with `/`, with its query. */
  readonly path: string;
  readonly localAddress: string;
  readonly subprotocol: string | undefined;
}

export interface LinkListener {
  onMessage(message: string | Uint8Array): void;
  /** Once: the connection is gone. 1006 where the server sent no close frame. */
  onEnd(closeCode: number): void;
}

/** A connection of a client's, by whatever it is made. */
export interface Link {
  send(message: string | Uint8Array): void;
  /** Begins the closing handshake with 1000. */
  close(): void;
  /** Stops reading. */
  pause(): void;
  resume(): void;
}

/** The server's answer was another than 101. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(`The handshake was answered with ${String(status)}`);
  }
}
