import { Handshake } from './handshake.js';

/** What gateways read of the socket of a request. */
export interface RequestSocket {
  /** The address of the socket's other end, which may be a proxy's; the client's is the request's own `remoteAddress`. */
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/**
 * The second argument of `handleConnection` with `preset: 'platform-ws'`: a handshake, with what gateways read of Node's
 * `IncomingMessage` besides. It is kept by nobody but the application.
 */
export class UpgradeRequest extends Handshake {
  get httpVersion(): string {
    return '1.1';
  }

  /** Names, in lower case, and values in turns. */
  get rawHeaders(): string[] {
    return Object.entries(this.headerLines).flatMap(([name, lines]) => (lines ?? []).flatMap((line) => [name, line]));
  }

  get socket(): RequestSocket {
    return { remoteAddress: this.peerAddress, encrypted: this.tls !== undefined };
  }

  /** The same as {@link socket}, as older Nodes call it. */
  get connection(): RequestSocket {
    return this.socket;
  }
}
